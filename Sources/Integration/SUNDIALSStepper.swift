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
@_spi(SUNDIALS) public final class SUNDIALSStepper: NodeStepper {
  private let session: SUNDIALSSession
  private var memory: UnsafeMutableRawPointer?
  private let calls: SUNDIALSCalls
  private let source: SUNDIALSDerivative
  private var stopTime: Double?
  /// A vector of SUNDIALS over the caller's memory.
  private let window: N_Vector
  /// y before the step: the solvers try out states in the place of the result, and leave the last one there where the first step is given up.
  private let stateBefore: UnsafeMutablePointer<Double>
  public private(set) var time: Double
  public private(set) var isAtNode = true
  public let landsOnOutputs: Bool

  /// - Parameters:
  ///   - memory: the solver, set up but for its events; freed here.
  ///   - landsOnOutputs: whether dense output is less accurate than the steps.
  ///   - source: where y′ is found.
  public init(
    _ session: SUNDIALSSession, at time: Double, memory: UnsafeMutableRawPointer?, calls: SUNDIALSCalls,
    landsOnOutputs: Bool, derivativeFrom source: SUNDIALSDerivative = .interpolant
  ) {
    (self.session, self.time, self.memory) = (session, time, memory)
    (self.calls, self.landsOnOutputs, self.source) = (calls, landsOnOutputs, source)
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

  public var lastStep: Double {
    var h = 0.0
    _ = calls.lastStep(memory, &h)
    return h
  }

  public var work: Work {
    var work = session.work
    _ = calls.stepCount(memory, &work.steps)
    return work
  }

  public func advance(notBeyond limit: Double?) -> StepResult {
    if let limit, limit != stopTime {
      _ = calls.setStopTime(memory, limit)
      stopTime = limit
    }
    let (before, wasAtNode) = (time, isAtNode)
    stateBefore.update(from: session.state, count: dimension)
    isAtNode = true
    // Without a limit the target time only sets the scale of the first step. (CVODE's constants are ARKODE's.)
    let flag = session.step {
      calls.evolve(memory, limit ?? time + session.timeScale, session.vector, &time, CV_ONE_STEP)
    }
    if session.wasInterrupted, flag < 0 {
      // As if the step had not been begun; of other failures the solver says itself how far it has come.
      (time, isAtNode) = (before, wasAtNode)
      session.state.update(from: stateBefore, count: dimension)
      return .failed(.interrupted(time: before))
    }
    switch flag {
    // The solvers go on with steps too small to move the time, near a singularity for ever.
    case CV_SUCCESS where time == before: return .failed(.stepSizeUnderflow(time: time, step: lastStep))
    case CV_SUCCESS, CV_TSTOP_RETURN: return .stepped
    case CV_ROOT_RETURN:
      // The solver has stepped beyond, and comes back to the end of that step next time.
      isAtNode = false
      var found = [Int32](repeating: 0, count: session.events.count)
      _ = calls.rootInfo(memory, &found)
      return .events(found.indices.filter { found[$0] != 0 }.map { .init(index: $0, time: time) })
    default: return .failed(sundialsTermination(flag: flag, time: time, step: lastStep))
    }
  }

  public func giveUp(when isInterrupted: @escaping () -> Bool) { session.isInterrupted = isInterrupted }

  public func interpolate(at t: Double, into y: UnsafeMutablePointer<Double>) {
    denseOutput(at: t, derivatives: 0, into: y)
  }

  public func derivative(into result: UnsafeMutablePointer<Double>) {
    if source == .lastEvaluation, let here = evaluationHere {
      return result.update(from: here, count: dimension)
    }
    denseOutput(at: time, derivatives: 1, into: result)
  }

  /// The result of the evaluation at the end of the step, if it still stands.
  private var evaluationHere: UnsafeMutablePointer<Double>? {
    // ARKODE moves a step that ends within 100 units of round-off of a stop time onto it, and then evaluates the field once more for its interpolant.
    let isHere = { (t: Double) in (t - self.time).magnitude <= 200 * self.time.ulp }
    let (latest, before) = session.lastEvaluations
    if let latest, isHere(latest.time) { return latest.result }
    if let before, isHere(before.time), before.result != latest?.result { return before.result }
    return nil
  }

  private func denseOutput(at t: Double, derivatives: Int32, into y: UnsafeMutablePointer<Double>) {
    N_VSetArrayPointer(y, window)
    let flag = calls.denseOutput(memory, t, derivatives, window)
    precondition(flag == 0, "no dense output at time \(t) from the solver at time \(time)")
  }
}
