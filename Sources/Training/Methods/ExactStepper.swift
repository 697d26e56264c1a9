import ExactFlows
import Integration
import LinearAlgebra
import LinearNetworks

/// Walks along an exact solution as a solver would, so that it is watched and recorded like any other run.
///
/// Its state is W, by factors where it has low rank, from which everything about balanced layers follows: the cost of a step does not depend on the depth. Two layers that are not balanced
/// are themselves the state, up to a hidden rotation (``FlowState/write(_:into:)``).
///
/// Steps only decide where the run is looked at: they grow while W changes by less than a tenth of its size and at a speed that lasts, and shrink where it changes more. Any
/// time in between is exact too, and events are located to round-off.
final class ExactStepper: Stepper {
  private let solution: (Double) -> any ExactState
  private let start: LinearNetwork
  private let flow: any FlowState
  private let events: Events
  private(set) var time: Double
  private(set) var lastStep = 0.0
  private(set) var work = Work()

  private let current, candidate, quantities: UnsafeMutablePointer<Double>
  private var matrix: FactoredMatrix
  private var nextStep: Double
  /// ‖ΔW‖ over the last step, by its length.
  private var speed: Double?

  /// The change of W, relative to its norm, up to which a step may grow or must shrink (tuned: some hundred steps a run).
  static let largestChange = 0.1

  /// - Parameters:
  ///   - start: the layers at time zero, which the solution gives back only to round-off.
  ///   - flow: how the state stands for W.
  ///   - firstStep: a time in which the start hardly changes.
  init(
    _ solution: any ExactSolution, from start: LinearNetwork, as flow: any FlowState, at time: Double,
    firstStep: Double, events: Events
  ) {
    (self.start, self.flow, self.events, self.time, nextStep) = (start, flow, events, time, firstStep)
    self.solution = solution.evaluator()
    dimension = flow.dimension
    (current, candidate) = (zeroedBuffer(dimension), zeroedBuffer(dimension))
    quantities = zeroedBuffer(events.count)
    matrix = start.factoredEndToEnd
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

  let dimension: Int
  var state: UnsafePointer<Double> { UnsafePointer(current) }

  func advance(notBeyond limit: Double?) -> StepResult {
    let start = time
    // Steps double where nothing moves; there is a last time.
    guard start < .greatestFiniteMagnitude else { return .failed(.nonFiniteState(time: start)) }
    var end = min(start + nextStep, limit ?? .greatestFiniteMagnitude, .greatestFiniteMagnitude)
    var (distance, change, reached) = (0.0, 0.0, matrix)
    let size = matrix.frobeniusNorm
    while true {
      reached = evaluate(at: end, into: candidate)
      distance = (reached - matrix).frobeniusNorm
      change = distance / max(reached.frobeniusNorm, size, .leastNormalMagnitude)
      // No step is smaller than what the clock can tell, and W = 0 has no size that a step could be measured by.
      let middle = start + 0.5 * (end - start)
      guard change > ExactStepper.largestChange, size > 0, middle > start * (1 + 1e-12), middle < end else {
        break
      }
      end = middle
    }
    // Exponential decay and growth are resolved to a factor of two in speed a step, down to changes that are round-off.
    let newSpeed = distance / (end - start)
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
  private func evaluate(at t: Double, into y: UnsafeMutablePointer<Double>) -> FactoredMatrix {
    work.evaluations += 1
    guard t > 0 else {
      y.update(from: flow.vector(of: start), count: dimension)
      return start.factoredEndToEnd
    }
    let state = solution(t)
    flow.write(state, into: y)
    return state.factors
  }

  // MARK: Events

  /// The quantities that fall through zero in (a, b], with their times to the last digit of the clock.
  private func eventsBetween(_ a: Double, _ b: Double) -> [EventOccurrence] {
    guard events.count > 0 else { return [] }
    events.evaluate(current, quantities)
    let before = (0..<events.count).map { quantities[$0] }
    events.evaluate(candidate, quantities)
    let after = (0..<events.count).map { quantities[$0] }
    let scratch = zeroedBuffer(dimension)
    defer { scratch.deallocate() }
    return events.passages(from: a, before, to: b, after) { [self] t in
      _ = evaluate(at: t, into: scratch)
      events.evaluate(scratch, quantities)
      return UnsafePointer(quantities)
    }
  }
}

extension FlowState {
  /// y of a moment of a closed form: W, or the layers where W does not tell what they are.
  func write(_ state: any ExactState, into y: UnsafeMutablePointer<Double>) {
    guard let layers = state.layers else { return write(state.factors, into: y) }
    y.update(from: vector(of: layers), count: dimension)
  }
}
