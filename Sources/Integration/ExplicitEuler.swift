/// Explicit Euler with a fixed step, y ← y + h f(y): first order, and gradient descent with learning rate h on a gradient flow.
///
/// Dense output and events by linear interpolation, of the same order as the method.
public struct ExplicitEuler: ExplicitMethod {
  /// h > 0, in units of time.
  public let step: Double
  public var name: String { "euler" }

  /// Euler with step h > 0.
  public init(step: Double) {
    precondition(step > 0 && step.isFinite, "the step must be positive, not \(step)")
    self.step = step
  }

  public func start(_ field: any VectorField, from state: [Double], at time: Double, events: Events)
    -> any Stepper
  {
    EulerStepper(field, state, time, step, events)
  }
}

private final class EulerStepper: Stepper {
  let field: any VectorField
  let step: Double
  let events: Events
  private(set) var time: Double
  private(set) var lastStep = 0.0
  private(set) var work = Work()
  let landsOnOutputs = false

  /// Times are multiples of the step after this one; it moves when a limit cuts a step short.
  private var origin: Double
  private var stepCount = 0
  private let y, previous, derivative, before, after: UnsafeMutablePointer<Double>

  init(_ field: any VectorField, _ state: [Double], _ time: Double, _ step: Double, _ events: Events) {
    precondition(
      state.count == field.dimension, "a state of \(state.count) entries in \(field.dimension) dimensions")
    (self.field, self.step, self.events, self.time, origin) = (field, step, events, time, time)
    (y, previous, derivative) = (
      zeroedBuffer(state.count), zeroedBuffer(state.count), zeroedBuffer(state.count)
    )
    (before, after) = (zeroedBuffer(events.count), zeroedBuffer(events.count))
    for (i, x) in state.enumerated() { y[i] = x }
    events.evaluate(y, after)
  }

  deinit { for p in [y, previous, derivative, before, after] { p.deallocate() } }

  /// Where multiples of the step are counted from, and how many there have been.
  var memory: [Double] {
    get { [origin, Double(stepCount)] }
    set {
      guard newValue.count == 2, let count = Int(exactly: newValue[1]) else { return }
      (origin, stepCount) = (newValue[0], count)
    }
  }

  var dimension: Int { field.dimension }
  var state: UnsafePointer<Double> { UnsafePointer(y) }

  func advance(notBeyond limit: Double?) -> StepResult {
    // Times are multiples of the step, so that 10⁵ steps of 1e-6 end at 0.1 to the last digit.
    var next = origin + Double(stepCount + 1) * step
    var h = step
    let cut = limit.map { $0 < next - 1e-9 * step } ?? false
    if let limit, cut {
      (next, h) = (limit, limit - time)
    } else if let limit, limit < next + 1e-9 * step {
      // A limit within round-off of a multiple is that multiple.
      next = limit
    }
    previous.update(from: y, count: dimension)
    field.evaluate(y, into: derivative)
    work.evaluations += 1
    var finite = true
    for i in 0..<dimension {
      y[i] += h * derivative[i]
      finite = finite && y[i].isFinite
    }
    guard finite else {
      y.update(from: previous, count: dimension)
      return .failed(.nonFiniteState(time: time))
    }
    let start = time
    (time, lastStep) = (next, h)
    (origin, stepCount) = cut ? (next, 0) : (origin, stepCount + 1)
    work.steps += 1
    guard events.count > 0 else { return .stepped }
    before.update(from: after, count: events.count)
    events.evaluate(y, after)
    let passed = (0..<events.count).filter { before[$0] > 0 && after[$0] <= 0 }
    if passed.isEmpty { return .stepped }
    return .events(
      passed.map { .init(index: $0, time: start + h * before[$0] / (before[$0] - after[$0])) }
        .sorted { $0.time < $1.time })
  }

  func interpolate(at t: Double, into result: UnsafeMutablePointer<Double>) {
    let θ = lastStep > 0 ? (t - (time - lastStep)) / lastStep : 1
    for i in 0..<dimension { result[i] = previous[i] + θ * (y[i] - previous[i]) }
  }
}
