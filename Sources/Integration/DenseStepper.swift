/// The steps of a one-step method, with states between their ends and the passages of events.
///
/// Such a method knows nothing but y and y′ where its steps end. Between, y is the polynomial of degree 7 through the ends of the last four steps (``RecentNodes``), at no evaluation of the field, of order 8, so that steps of order 5 may be as long
/// as their own error lets them, however many states are asked for. Where the polynomial is not known to be as accurate as the steps, in the first steps and where steps grow or shrink fast, the
/// step is taken again and lands on the times that are asked for.
///
/// Source: the polynomial is Hermite's; that its last two degrees differ by less than the steps may err is our own test.
final class DenseStepper: NodeStepper {
  private let steps: SUNDIALSStepper
  private let begin: (_ state: [Double], _ time: Double) -> SUNDIALSStepper
  private let norm: ErrorNorm
  private let events: Events
  private var nodes: RecentNodes
  /// Whether the polynomial serves in the last step; nil until somebody asks.
  private var isSmooth: Bool?
  /// The last step, once more.
  private var again: SUNDIALSStepper?
  /// What earlier ones have cost, and y′ at the start.
  private var earlierEvaluations = 0
  private let scratch: UnsafeMutablePointer<Double>
  /// The events' quantities at the end of the last step; these and the state at a time within it.
  private var quantities: [Double]
  private let quantitiesWithin, stateWithin: UnsafeMutablePointer<Double>

  /// - Parameters:
  ///   - field: f.
  ///   - state: y(`time`).
  ///   - time: where it begins.
  ///   - relativeTolerance: of the steps.
  ///   - events: watched at the ends of the steps.
  ///   - begin: the same method's steps from another state, without events.
  init(
    _ field: any VectorField, from state: [Double], at time: Double, relativeTolerance: Double,
    events: Events,
    begin: @escaping (_ state: [Double], _ time: Double) -> SUNDIALSStepper
  ) {
    (self.begin, self.events) = (begin, events)
    steps = begin(state, time)
    norm = ErrorNorm(field, relativeTolerance: relativeTolerance)
    nodes = RecentNodes(dimension: field.dimension)
    scratch = zeroedBuffer(field.dimension)
    (quantitiesWithin, stateWithin) = (zeroedBuffer(events.count), zeroedBuffer(field.dimension))
    quantities = []
    quantities = eventQuantities(steps.state)
    nodes.append(at: time) { y, derivative in
      y.update(from: steps.state, count: field.dimension)
      field.evaluate(steps.state, into: derivative)
    }
    earlierEvaluations = 1
  }

  deinit {
    for buffer in [scratch, quantitiesWithin, stateWithin] { buffer.deallocate() }
  }

  var dimension: Int { steps.dimension }
  var time: Double { steps.time }
  var state: UnsafePointer<Double> { steps.state }
  var lastStep: Double { steps.lastStep }
  let isAtNode = true

  var work: Work {
    var work = steps.work
    work.evaluations += earlierEvaluations + (again?.work.evaluations ?? 0)
    return work
  }

  func giveUp(when isInterrupted: @escaping () -> Bool) { steps.giveUp(when: isInterrupted) }

  func derivative(into result: UnsafeMutablePointer<Double>) { steps.derivative(into: result) }

  func advance(notBeyond limit: Double?) -> StepResult {
    let before = time
    let result = steps.advance(notBeyond: limit)
    guard result == .stepped else { return result }
    forgetAgain()
    isSmooth = nil
    nodes.append(at: time) { y, derivative in
      y.update(from: state, count: dimension)
      steps.derivative(into: derivative)
    }
    let passed = eventsSince(before)
    return passed.isEmpty ? .stepped : .events(passed)
  }

  // MARK: Between the ends

  func interpolate(at t: Double, into y: UnsafeMutablePointer<Double>) {
    guard t < time, let beginning = nodes.beginning else {
      return y.update(from: state, count: dimension)
    }
    guard t > beginning.time else {
      return beginning.state.withUnsafeBufferPointer { y.update(from: $0.baseAddress!, count: dimension) }
    }
    if servesPolynomial || !goAgain(from: beginning, to: t, into: y) { nodes.interpolate(at: t, into: y) }
  }

  private var servesPolynomial: Bool {
    if let isSmooth { return isSmooth }
    let serves = nodes.uncertainty(into: scratch) && norm(scratch, at: state) <= 1
    isSmooth = serves
    return serves
  }

  /// y(t) by steps that land there; false should they fail, although the step itself did not.
  private func goAgain(
    from beginning: (time: Double, state: ArraySlice<Double>), to t: Double,
    into y: UnsafeMutablePointer<Double>
  ) -> Bool {
    if let again, again.time > t { forgetAgain() }
    let stepper = again ?? begin(Array(beginning.state), beginning.time)
    again = stepper
    while stepper.time < t { guard stepper.advance(notBeyond: t) == .stepped else { return false } }
    y.update(from: stepper.state, count: dimension)
    return true
  }

  private func forgetAgain() {
    earlierEvaluations += again?.work.evaluations ?? 0
    again = nil
  }

  // MARK: Events

  private func eventQuantities(_ y: UnsafePointer<Double>) -> [Double] {
    guard events.count > 0 else { return [] }
    events.evaluate(y, quantitiesWithin)
    return Array(UnsafeBufferPointer(start: quantitiesWithin, count: events.count))
  }

  /// The quantities that fall through zero in the last step, with their times, which are as accurate as the states between.
  private func eventsSince(_ before: Double) -> [EventOccurrence] {
    guard events.count > 0 else { return [] }
    let earlier = quantities
    quantities = eventQuantities(state)
    return events.passages(from: before, earlier, to: time, quantities) { t in
      interpolate(at: t, into: stateWithin)
      events.evaluate(stateWithin, quantitiesWithin)
      return UnsafePointer(quantitiesWithin)
    }
  }
}
