import ExactFlows
import Integration
import LinearAlgebra

/// Walks along an exact solution as a solver would, so that it is watched and recorded like any other run.
///
/// Its state is W, from which everything about balanced layers follows: the cost of a step does not depend on the depth.
///
/// Steps only decide where the run is looked at: they grow while W changes by less than a tenth of its size and at a speed that lasts, and shrink where it changes more. Any
/// time in between is exact too, and events are located to round-off.
final class ExactStepper: Stepper {
  private let solution: (Double) -> any ExactState
  private let start: Matrix
  private let events: Events
  private(set) var time: Double
  private(set) var lastStep = 0.0
  private(set) var work = Work()
  let landsOnOutputs = false

  private let current, candidate, quantities: UnsafeMutablePointer<Double>
  private var matrix: Matrix
  private var nextStep: Double
  /// ‖ΔW‖ over the last step, by its length.
  private var speed: Double?

  /// The change of W, relative to its norm, up to which a step may grow or must shrink (tuned: some hundred steps a run).
  static let largestChange = 0.1

  /// - Parameters:
  ///   - start: W at time zero, which the solution gives back only to round-off.
  ///   - firstStep: a time in which the start hardly changes.
  init(
    _ solution: any ExactSolution, from start: Matrix, at time: Double, firstStep: Double,
    events: Events
  ) {
    (self.start, self.events, self.time, nextStep) = (start, events, time, firstStep)
    self.solution = solution.evaluator()
    let dimension = start.storage.count
    (current, candidate) = (zeroedBuffer(dimension), zeroedBuffer(dimension))
    quantities = zeroedBuffer(events.count)
    matrix = start
    matrix = evaluate(at: time, into: current)
  }

  deinit { for p in [current, candidate, quantities] { p.deallocate() } }

  /// The length of the next step, and the speed of the last one; -1 before the first.
  var memory: [Double] {
    get { [nextStep, speed ?? -1] }
    set {
      guard newValue.count == 2, newValue[0] > 0 else { return }
      (nextStep, speed) = (newValue[0], newValue[1] >= 0 ? newValue[1] : nil)
    }
  }

  var dimension: Int { start.storage.count }
  var state: UnsafePointer<Double> { UnsafePointer(current) }

  func advance(notBeyond limit: Double?) -> StepResult {
    let start = time
    var end = min(start + nextStep, limit ?? .infinity)
    var (change, reached) = (0.0, matrix)
    while true {
      reached = evaluate(at: end, into: candidate)
      change =
        (reached - matrix).frobeniusNorm
        / max(reached.frobeniusNorm, matrix.frobeniusNorm, .leastNormalMagnitude)
      // No step is smaller than what the clock can tell.
      let middle = start + 0.5 * (end - start)
      guard change > ExactStepper.largestChange, middle > start * (1 + 1e-12), middle < end else { break }
      end = middle
    }
    // Exponential decay and growth are resolved to a factor of two in speed a step, down to changes that are round-off.
    let newSpeed = (reached - matrix).frobeniusNorm / (end - start)
    let ratio = change > 1e-12 ? speed.map { max(newSpeed / $0, $0 / newSpeed) } ?? 1 : 1
    let growth = change > 0.5 * ExactStepper.largestChange || ratio >= 2 ? 0.8 : (ratio < 1.5 ? 2 : 1)
    (nextStep, speed) = (growth * (end - start), newSpeed)
    let passed = eventsBetween(start, end)
    current.update(from: candidate, count: dimension)
    (time, lastStep, matrix) = (end, end - start, reached)
    work.steps += 1
    return passed.isEmpty ? .stepped : .events(passed)
  }

  func interpolate(at t: Double, into y: UnsafeMutablePointer<Double>) { _ = evaluate(at: t, into: y) }

  /// Writes W and returns it.
  private func evaluate(at t: Double, into y: UnsafeMutablePointer<Double>) -> Matrix {
    work.evaluations += 1
    let W = t == 0 ? start : solution(t).endToEndMatrix
    W.storage.withUnsafeBufferPointer { y.update(from: $0.baseAddress!, count: $0.count) }
    return W
  }

  // MARK: Events

  /// The quantities that fall through zero in (a, b], with their times by bisection to the last digit of the clock.
  private func eventsBetween(_ a: Double, _ b: Double) -> [EventOccurrence] {
    guard events.count > 0 else { return [] }
    events.evaluate(current, quantities)
    let before = (0..<events.count).map { quantities[$0] }
    events.evaluate(candidate, quantities)
    let passed = (0..<events.count).filter { before[$0] > 0 && quantities[$0] <= 0 }
    guard !passed.isEmpty else { return [] }
    let scratch = zeroedBuffer(dimension)
    defer { scratch.deallocate() }
    let after = (0..<events.count).map { quantities[$0] }
    return passed.map { index in
      let time = root(from: (a, before[index]), to: (b, after[index])) { [self] t in
        _ = evaluate(at: t, into: scratch)
        events.evaluate(scratch, quantities)
        return quantities[index]
      }
      return EventOccurrence(index: index, time: time)
    }.sorted { $0.time < $1.time }
  }

  /// The zero of g between a point where it is positive and one where it is not: the Illinois form of regula falsi, with bisection where that does not
  /// shrink the bracket, to the last digits of the clock.
  private func root(
    from positive: (t: Double, g: Double), to other: (t: Double, g: Double), _ g: (Double) -> Double
  ) -> Double {
    var (low, high) = (positive, other)
    for iteration in 0..<200 {
      let middle = low.t + 0.5 * (high.t - low.t)
      guard middle > low.t, middle < high.t, high.g != 0 else { break }
      var t = (low.t * high.g - high.t * low.g) / (high.g - low.g)
      if !(t > low.t && t < high.t) || iteration % 3 == 2 { t = middle }
      let value = g(t)
      if value > 0 {
        // The end that stays counts half, so that it moves next time.
        (low, high.g) = ((t, value), 0.5 * high.g)
      } else {
        (high, low.g) = ((t, value), 0.5 * low.g)
      }
      if high.t - low.t <= 4 * .ulpOfOne * high.t { break }
    }
    return high.t
  }
}
