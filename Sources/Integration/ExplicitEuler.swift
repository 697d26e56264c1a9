/// Explicit Euler with steps that are known beforehand, y ← y + h_k f(y): first order, and gradient descent with learning rates h_k on a gradient flow.
///
/// With momentum β it is Polyak's heavy ball, v ← β v + h_k f(y), y ← y + v, whose time runs by h_k/(1 − β) a step (``IterateClock``).
///
/// Dense output and events by linear interpolation, of the same order as the method.
public struct ExplicitEuler: ExplicitMethod {
  /// The steps.
  public let clock: IterateClock
  /// h, in units of time.
  public var step: Double { clock.step }
  public var name: String { "euler" }

  /// Euler with equal steps h > 0.
  public init(step: Double) { clock = IterateClock(step: step) }

  /// Euler with these steps.
  public init(_ clock: IterateClock) { self.clock = clock }

  public func start(_ field: any VectorField, from state: [Double], at time: Double, events: Events)
    -> any Stepper
  {
    EulerStepper(field, state, time, clock, events)
  }
}

private final class EulerStepper: Stepper {
  let field: any VectorField
  private let stepped: (any SteppedField)?
  let clock: IterateClock
  let events: Events
  private(set) var time: Double
  private(set) var lastStep = 0.0
  private(set) var work = Work()

  /// Times are multiples of the duration of equal steps after this one; it moves when a limit cuts a step short.
  private var origin: Double
  private var stepCount = 0
  /// Of the next step, counted from the start of the run.
  private var number = 0
  private let duration: Double
  private let y, previous, derivative, before, after: UnsafeMutablePointer<Double>
  /// v; none without momentum.
  private let velocity: UnsafeMutablePointer<Double>?

  init(
    _ field: any VectorField, _ state: [Double], _ time: Double, _ clock: IterateClock, _ events: Events
  ) {
    precondition(
      state.count == field.dimension, "a state of \(state.count) entries in \(field.dimension) dimensions")
    (self.field, self.clock, self.events, self.time, origin) = (field, clock, events, time, time)
    stepped = field as? any SteppedField
    duration = clock.duration(0)
    (y, previous, derivative) = (
      zeroedBuffer(state.count), zeroedBuffer(state.count), zeroedBuffer(state.count)
    )
    velocity = clock.momentum > 0 ? zeroedBuffer(state.count) : nil
    (before, after) = (zeroedBuffer(events.count), zeroedBuffer(events.count))
    for (i, x) in state.enumerated() { y[i] = x }
    events.evaluate(y, after)
  }

  deinit {
    for p in [y, previous, derivative, before, after] + (velocity.map { [$0] } ?? []) { p.deallocate() }
  }

  /// Where multiples of the step are counted from, how many there have been, the number of the next step, and v.
  var memory: [Double] {
    get {
      [origin, Double(stepCount), Double(number)]
        + (velocity.map { Array(UnsafeBufferPointer(start: $0, count: dimension)) } ?? [])
    }
    set {
      guard newValue.count >= 3, let count = Int(exactly: newValue[1]), let next = Int(exactly: newValue[2])
      else { return }
      (origin, stepCount, number) = (newValue[0], count, next)
      guard let velocity, newValue.count == 3 + dimension else { return }
      for i in 0..<dimension { velocity[i] = newValue[3 + i] }
    }
  }

  var dimension: Int { field.dimension }
  var state: UnsafePointer<Double> { UnsafePointer(y) }

  func advance(notBeyond limit: Double?) -> StepResult {
    // Times are multiples of the step, so that 10⁵ steps of 1e-6 end at 0.1 to the last digit.
    let whole = clock.factors.isConstant ? duration : clock.duration(number)
    var next = clock.factors.isConstant ? origin + Double(stepCount + 1) * duration : time + whole
    var share = 1.0
    let cut = limit.map { $0 < next - 1e-9 * whole } ?? false
    if let limit, cut {
      (next, share) = (limit, (limit - time) / whole)
    } else if let limit, limit < next + 1e-9 * whole {
      // A limit within round-off of a multiple is that multiple.
      next = limit
    }
    previous.update(from: y, count: dimension)
    stepped?.prepare(step: number)
    field.evaluate(y, into: derivative)
    work.evaluations += 1
    guard move(by: share * clock.size(number)) else {
      y.update(from: previous, count: dimension)
      return .failed(.nonFiniteState(time: time))
    }
    let start = time
    (time, lastStep) = (next, cut ? limit! - start : whole)
    (origin, stepCount) = cut ? (next, 0) : (origin, stepCount + 1)
    number += 1
    work.steps += 1
    guard events.count > 0 else { return .stepped }
    before.update(from: after, count: events.count)
    events.evaluate(y, after)
    let passed = (0..<events.count).filter { before[$0] > 0 && after[$0] <= 0 }
    if passed.isEmpty { return .stepped }
    return .events(
      passed.map { .init(index: $0, time: start + lastStep * before[$0] / (before[$0] - after[$0])) }
        .sorted { $0.time < $1.time })
  }

  /// y ← y + v, v = h f, or βv + h f; false where an entry is not finite any more.
  private func move(by h: Double) -> Bool {
    let n = dimension
    // The sum of x − x is 0 for finite numbers, and NaN as soon as one is not: no branch in the loop.
    var check = 0.0
    if let velocity {
      let β = clock.momentum
      for i in 0..<n {
        velocity[i] = β * velocity[i] + h * derivative[i]
        y[i] += velocity[i]
        check += y[i] - y[i]
      }
    } else {
      for i in 0..<n {
        let x = y[i] + h * derivative[i]
        y[i] = x
        check += x - x
      }
    }
    return check == 0
  }

  func interpolate(at t: Double, into result: UnsafeMutablePointer<Double>) {
    let θ = lastStep > 0 ? (t - (time - lastStep)) / lastStep : 1
    for i in 0..<dimension { result[i] = previous[i] + θ * (y[i] - previous[i]) }
  }
}
