import CSUNDIALS

/// What CVODE and ARKODE offer under different names: the same calls, with the same meaning of their flags.
@_spi(SUNDIALS) public struct SUNDIALSCalls {
  public typealias Memory = UnsafeMutableRawPointer

  let evolve: (Memory?, Double, N_Vector?, UnsafeMutablePointer<Double>?, Int32) -> Int32
  let setStopTime: (Memory?, Double) -> Int32
  let setRoots: (Memory?, Int32, CVRootFn?) -> Int32
  let setRootDirection: (Memory?, UnsafeMutablePointer<Int32>?) -> Int32
  let silenceInactiveRoots: (Memory?) -> Int32
  let rootInfo: (Memory?, UnsafeMutablePointer<Int32>?) -> Int32
  let lastStep: (Memory?, UnsafeMutablePointer<Double>?) -> Int32
  let stepCount: (Memory?, UnsafeMutablePointer<Int>?) -> Int32
  let denseOutput: (Memory?, Double, Int32, N_Vector?) -> Int32
  /// Nil where the origin of time is to stay.
  let restart: ((Memory?, Double, N_Vector?) -> Int32)?
  let free: (UnsafeMutablePointer<Memory?>?) -> Void

  public init(
    evolve: @escaping (Memory?, Double, N_Vector?, UnsafeMutablePointer<Double>?, Int32) -> Int32,
    setStopTime: @escaping (Memory?, Double) -> Int32,
    setRoots: @escaping (Memory?, Int32, CVRootFn?) -> Int32,
    setRootDirection: @escaping (Memory?, UnsafeMutablePointer<Int32>?) -> Int32,
    silenceInactiveRoots: @escaping (Memory?) -> Int32,
    rootInfo: @escaping (Memory?, UnsafeMutablePointer<Int32>?) -> Int32,
    lastStep: @escaping (Memory?, UnsafeMutablePointer<Double>?) -> Int32,
    stepCount: @escaping (Memory?, UnsafeMutablePointer<Int>?) -> Int32,
    denseOutput: @escaping (Memory?, Double, Int32, N_Vector?) -> Int32,
    restart: ((Memory?, Double, N_Vector?) -> Int32)?,
    free: @escaping (UnsafeMutablePointer<Memory?>?) -> Void
  ) {
    self.evolve = evolve
    self.setStopTime = setStopTime
    self.setRoots = setRoots
    self.setRootDirection = setRootDirection
    self.silenceInactiveRoots = silenceInactiveRoots
    self.rootInfo = rootInfo
    self.lastStep = lastStep
    self.stepCount = stepCount
    self.denseOutput = denseOutput
    self.restart = restart
    self.free = free
  }
}

/// Where a solver has y′ at the end of a step.
@_spi(SUNDIALS) public enum SUNDIALSDerivative: Sendable {
  /// In its interpolant.
  case interpolant
  /// In the result of the last evaluation, which a pair of the kind "first same as last" makes there; its interpolant would ask for another one.
  case lastEvaluation
}

/// A run of a solver of SUNDIALS, one step at a time.
///
/// The solver counts time from an origin of its own and in a unit that suits the flow there, t = origin + unit·τ. After a plateau that lasted 10³⁰ the flow may leave it within a time of one,
/// which no sum of the two can show; the origin then moves to where the state is, the solver starts anew, and the states go on while t, to all its digits, stays. The unit is a power of
/// two, so that nothing is rounded by it, and keeps times of 1e-290 as far from underflow as those of one.
@_spi(SUNDIALS) public final class SUNDIALSStepper: NodeStepper {
  private let session: SUNDIALSSession
  private var memory: UnsafeMutableRawPointer?
  private let calls: SUNDIALSCalls
  private let source: SUNDIALSDerivative
  /// The τ beyond which the solver does not step.
  private var stopTime: Double?
  /// A vector of SUNDIALS over the caller's memory.
  private let window: N_Vector
  /// y at the end of the last step: the solvers try out states in the place of the result, and leave the last one there where the first step fails.
  private let stateBefore: UnsafeMutablePointer<Double>
  private var origin: Double
  /// ‖y‖/‖f(y)‖ there.
  private var timeScale = 1.0
  /// τ.
  private var localTime = 0.0
  /// Steps before the origin moved.
  private var earlierSteps = 0
  /// Steps since ``time`` last changed.
  private var stepsInPlace = 0
  public private(set) var time: Double
  public private(set) var isAtNode = true

  /// Steps shorter than this part of τ move the origin: they are then still known to seven digits.
  private static let finestStep = 1e-9
  /// Steps in which t does not change after which the solver is said to stand: a departure from a plateau takes some hundred.
  private static let longestStand = 20_000

  /// - Parameters:
  ///   - time: of the state; it is the origin, so that the solver is at 0.
  ///   - memory: the solver at time 0, set up but for its events; freed here.
  ///   - source: where y′ is found.
  public init(
    _ session: SUNDIALSSession, at time: Double, memory: UnsafeMutableRawPointer?, calls: SUNDIALSCalls,
    derivativeFrom source: SUNDIALSDerivative = .interpolant
  ) {
    (self.session, self.time, origin, self.memory) = (session, time, time, memory)
    (self.calls, self.source) = (calls, source)
    window = N_VMake_Serial(sunindextype(session.field.dimension), session.state, session.context)
    useVectorisedOperations(window)
    stateBefore = zeroedBuffer(session.field.dimension)
    let count = session.events.count
    guard count > 0 else { return }
    var falling = [Int32](repeating: -1, count: count)
    let flags = [
      calls.setRoots(memory, Int32(count), sundialsRoots), calls.setRootDirection(memory, &falling),
      calls.silenceInactiveRoots(memory),
    ]
    precondition(flags.allSatisfy { $0 == 0 }, "events could not be set up: \(flags)")
  }

  deinit {
    calls.free(&memory)
    N_VDestroy(window)
    stateBefore.deallocate()
  }

  public var dimension: Int { session.field.dimension }
  public var state: UnsafePointer<Double> { UnsafePointer(session.state) }

  public var lastStep: Double { session.timeUnit * localStep }

  private var localStep: Double {
    var h = 0.0
    _ = calls.lastStep(memory, &h)
    return h
  }

  public var work: Work {
    var work = session.work
    _ = calls.stepCount(memory, &work.steps)
    work.steps += earlierSteps
    return work
  }

  public func advance(notBeyond limit: Double?) -> StepResult {
    if localTime == 0 {
      measureTime(limit)
    } else if isAtNode, localStep < Self.finestStep * localTime, localTime != stopTime {
      moveOrigin(limit)
    }
    let result = step(notBeyond: limit)
    guard case .failed(.stepSizeUnderflow) = result, isAtNode, localTime > 0,
      stepsInPlace <= Self.longestStand
    else { return result }
    moveOrigin(limit)
    return step(notBeyond: limit)
  }

  /// Takes the unit: the power of two below the time in which the state at the origin changes by its own size, or below what is left until the limit if that is shorter.
  private func measureTime(_ limit: Double?) {
    timeScale = session.timeScale
    let span = limit.map { min(timeScale, $0 - time) } ?? timeScale
    session.timeUnit = span >= .leastNormalMagnitude ? span.binade : 1
  }

  private func moveOrigin(_ limit: Double?) {
    guard let restart = calls.restart else { return }
    earlierSteps = work.steps
    (origin, localTime, stopTime) = (time, 0, nil)
    measureTime(limit)
    let flag = restart(memory, 0, session.vector)
    precondition(flag == 0, "the solver could not be started anew at time \(time): \(flag)")
  }

  private func step(notBeyond limit: Double?) -> StepResult {
    let unit = session.timeUnit
    if let limit {
      let stop = (limit - origin) / unit
      // Where only the rounding of t lies between.
      guard stop > localTime else {
        time = limit
        return .stepped
      }
      if stop != stopTime {
        _ = calls.setStopTime(memory, stop)
        stopTime = stop
      }
    }
    let (before, wasAtNode) = (localTime, isAtNode)
    stateBefore.update(from: session.state, count: dimension)
    isAtNode = true
    let target = target(unit)
    // (CVODE's constants are ARKODE's.)
    let flag = session.step { calls.evolve(memory, target, session.vector, &localTime, CV_ONE_STEP) }
    if flag < 0 {
      let isUnchanged = (0..<dimension).allSatisfy { session.state[$0] == stateBefore[$0] }
      if session.wasInterrupted || localTime <= before || isUnchanged {
        // A step that failed has not been taken, even where ARKODE gives the time that it tried. (Where only the field beyond its end has no value, it has.)
        (localTime, isAtNode) = (before, wasAtNode)
        session.state.update(from: stateBefore, count: dimension)
        if session.wasInterrupted { return .failed(.interrupted(time: time)) }
      } else {
        time = max(time, origin + unit * localTime)
      }
      return .failed(sundialsTermination(flag: flag, time: time, step: lastStep))
    }
    let reached = localTime == stopTime ? limit ?? time : max(time, origin + unit * localTime)
    stepsInPlace = reached == time ? stepsInPlace + 1 : 0
    time = reached
    if localTime == before && before == 0 || stepsInPlace > Self.longestStand {
      return .failed(.stepSizeUnderflow(time: time, step: lastStep))
    }
    guard flag == CV_ROOT_RETURN else { return .stepped }
    // The solver has stepped beyond, and comes back to the end of that step next time.
    isAtNode = false
    var found = [Int32](repeating: 0, count: session.events.count)
    _ = calls.rootInfo(memory, &found)
    return .events(found.indices.filter { found[$0] != 0 }.map { EventOccurrence(index: $0, time: time) })
  }

  /// The time that is told to the solver, which takes one step all the same: it only sets the scale of the first one. The limit may be 10²⁰ times as far as the flow goes.
  private func target(_ unit: Double) -> Double {
    guard localTime == 0 else { return stopTime ?? 2 * localTime }
    return min(timeScale / unit, stopTime ?? .infinity)
  }

  public func giveUp(when isInterrupted: @escaping () -> Bool) { session.isInterrupted = isInterrupted }

  public func interpolate(at t: Double, into y: UnsafeMutablePointer<Double>) {
    denseOutput(at: (t - origin) / session.timeUnit, derivatives: 0, into: y)
  }

  public func derivative(into result: UnsafeMutablePointer<Double>) {
    if source == .lastEvaluation, let here = evaluationHere {
      result.update(from: here, count: dimension)
    } else {
      denseOutput(at: localTime, derivatives: 1, into: result)
    }
    let rate = 1 / session.timeUnit
    for i in 0..<dimension { result[i] *= rate }
  }

  /// The result of the evaluation at the end of the step, if it still stands.
  private var evaluationHere: UnsafeMutablePointer<Double>? {
    // ARKODE moves a step that ends within 100 units of round-off of a stop time onto it, and then evaluates the field once more for its interpolant.
    let isHere = { (τ: Double) in (τ - self.localTime).magnitude <= 200 * self.localTime.ulp }
    let (latest, before) = session.lastEvaluations
    if let latest, isHere(latest.time) { return latest.result }
    if let before, isHere(before.time), before.result != latest?.result { return before.result }
    return nil
  }

  private func denseOutput(at τ: Double, derivatives: Int32, into y: UnsafeMutablePointer<Double>) {
    N_VSetArrayPointer(y, window)
    // The rounding of t may lead out of the last step.
    let within = isAtNode ? min(max(τ, localTime - localStep), localTime) : min(τ, localTime)
    let flag = calls.denseOutput(memory, within, derivatives, window)
    precondition(flag == 0, "no dense output at time \(time) from the solver at \(localTime)")
  }
}
