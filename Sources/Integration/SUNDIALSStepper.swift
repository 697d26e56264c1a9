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

/// A run of a solver of SUNDIALS, one step at a time.
@_spi(SUNDIALS) public final class SUNDIALSStepper: Stepper {
  private let session: SUNDIALSSession
  private var memory: UnsafeMutableRawPointer?
  private let calls: SUNDIALSCalls
  private var stopTime: Double?
  public private(set) var time: Double
  public let landsOnOutputs: Bool

  /// - Parameters:
  ///   - memory: the solver, set up but for its events; freed here.
  ///   - landsOnOutputs: whether dense output is less accurate than the steps.
  public init(
    _ session: SUNDIALSSession, at time: Double, memory: UnsafeMutableRawPointer?, calls: SUNDIALSCalls,
    landsOnOutputs: Bool
  ) {
    (self.session, self.time, self.memory) = (session, time, memory)
    (self.calls, self.landsOnOutputs) = (calls, landsOnOutputs)
    let count = session.events.count
    guard count > 0 else { return }
    var falling = [Int32](repeating: -1, count: count)
    let flags = [
      calls.setRoots(memory, Int32(count), sundialsRoots), calls.setRootDirection(memory, &falling),
      calls.silenceInactiveRoots(memory),
    ]
    precondition(flags.allSatisfy { $0 == 0 }, "events could not be set up: \(flags)")
  }

  deinit { calls.free(&memory) }

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
    let before = time
    // Without a limit the target time only sets the scale of the first step. (CVODE's constants are ARKODE's.)
    let flag = calls.evolve(memory, limit ?? time + session.timeScale, session.vector, &time, CV_ONE_STEP)
    switch flag {
    // The solvers go on with steps too small to move the time, near a singularity for ever.
    case CV_SUCCESS where time == before: return .failed(.stepSizeUnderflow(time: time, step: lastStep))
    case CV_SUCCESS, CV_TSTOP_RETURN: return .stepped
    case CV_ROOT_RETURN:
      var found = [Int32](repeating: 0, count: session.events.count)
      _ = calls.rootInfo(memory, &found)
      return .events(found.indices.filter { found[$0] != 0 }.map { .init(index: $0, time: time) })
    default: return .failed(sundialsTermination(flag: flag, time: time, step: lastStep))
    }
  }

  public func interpolate(at t: Double, into y: UnsafeMutablePointer<Double>) {
    let target = N_VMake_Serial(sunindextype(dimension), y, session.context)!
    useVectorisedOperations(target)
    let flag = calls.denseOutput(memory, t, 0, target)
    N_VDestroy(target)
    precondition(flag == 0, "no dense output at time \(t) from the solver at time \(time)")
  }
}
