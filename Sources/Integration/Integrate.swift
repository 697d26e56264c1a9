/// What watches an integration, records it, and may end it.
public protocol IntegrationObserver: AnyObject {
  /// y at a requested time.
  func output(time: Double, state: UnsafePointer<Double>)
  /// A quantity of ``Events`` has passed through zero from above.
  func event(_ occurrence: EventOccurrence)
  /// After every step; returns whether to go on.
  func stepped(_ stepper: any Stepper) -> Bool
  /// Asked many times within a step, since one step may take long: whether to give it up.
  var isInterrupted: Bool { get }
}

extension IntegrationObserver {
  public var isInterrupted: Bool { false }
}

/// The time loop: steps until the final time, the observer's word or a failure.
///
/// - Parameters:
///   - stepper: where the integration starts, and by which method.
///   - outputTimes: increasing, from the stepper's time on; may be endless.
///   - finalTime: where to stop; nil leaves that to the observer.
///   - observer: gets the outputs, the events and a look at every step.
public func integrate(
  _ stepper: any Stepper, outputTimes: some Sequence<Double>, finalTime: Double?,
  observer: any IntegrationObserver
) -> Termination {
  var times = outputTimes.makeIterator()
  var next = times.next()
  let interpolated = zeroedBuffer(stepper.dimension)
  defer { interpolated.deallocate() }

  func deliverOutputs() {
    while let t = next, t <= stepper.time {
      if t == stepper.time {
        observer.output(time: t, state: stepper.state)
      } else {
        stepper.interpolate(at: t, into: interpolated)
        observer.output(time: t, state: interpolated)
      }
      next = times.next()
    }
  }

  deliverOutputs()
  stepper.giveUp { [unowned observer] in observer.isInterrupted }
  defer { stepper.giveUp { false } }
  while true {
    if let finalTime, stepper.time >= finalTime { return .reachedFinalTime }
    let result = stepper.advance(notBeyond: finalTime)
    if case .failed(let termination) = result { return termination }
    if case .events(let occurrences) = result { occurrences.forEach(observer.event) }
    deliverOutputs()
    if !observer.stepped(stepper) { return .stoppedByObserver }
  }
}
