import CSUNDIALS

/// The explicit Runge–Kutta pair of Dormand and Prince, order 5(4), with adaptive steps: for flows that are not stiff.
///
/// Accuracy: the local error of each step is held below `relativeTolerance` of every block's norm.
///
/// Source: Dormand, Prince, "A family of embedded Runge–Kutta formulae", J. Comput. Appl. Math. 6 (1980); ERKStep of ARKODE.
public struct DormandPrince: IntegrationMethod {
  /// The bound on each step's local error, relative to every block's norm.
  public let relativeTolerance: Double
  public var name: String { "erk" }

  /// The pair at a relative tolerance between 0 and 1.
  public init(relativeTolerance: Double) {
    precondition(relativeTolerance > 0 && relativeTolerance < 1, "a relative tolerance lies between 0 and 1")
    self.relativeTolerance = relativeTolerance
  }

  public func start(
    _ field: any DifferentiableVectorField, from state: [Double], at time: Double, events: Events
  ) -> any Stepper {
    ERKStepper(field, state, time, events, relativeTolerance)
  }
}

private final class ERKStepper: Stepper {
  private let session: SUNDIALSSession
  private var memory: UnsafeMutableRawPointer?
  private var stopTime: Double?
  private(set) var time: Double
  // ARKODE's dense output is a polynomial of degree 4 at most: one order less than the steps.
  let landsOnOutputs = true

  init(
    _ field: any DifferentiableVectorField, _ state: [Double], _ time: Double, _ events: Events,
    _ tolerance: Double
  ) {
    self.time = time
    session = SUNDIALSSession(field, state, events, relativeTolerance: tolerance)
    memory = ERKStepCreate(sundialsRightHandSide, time, session.vector, session.context)
    let flags = [
      ERKStepSetUserData(memory, session.userData),
      ERKStepSetErrHandlerFn(memory, sundialsSilence, nil),
      ERKStepWFtolerances(memory, sundialsErrorWeights),
      // Named, because ARKODE 5.4's default tables of some orders lose their order in ERKStep (llnl/sundials issue 311).
      ERKStepSetTableNum(memory, ARKODE_DORMAND_PRINCE_7_4_5),
      ERKStepSetMaxNumSteps(memory, -1),
      ERKStepSetMaxHnilWarns(memory, -1),
    ]
    precondition(flags.allSatisfy { $0 == 0 }, "ERKStep could not be set up: \(flags)")
    if events.count > 0 {
      ERKStepRootInit(memory, Int32(events.count), sundialsRoots)
      var falling = [Int32](repeating: -1, count: events.count)
      ERKStepSetRootDirection(memory, &falling)
      ERKStepSetNoInactiveRootWarn(memory)
    }
  }

  deinit { ERKStepFree(&memory) }

  var dimension: Int { session.field.dimension }
  var state: UnsafePointer<Double> { UnsafePointer(session.state) }

  var lastStep: Double {
    var h = 0.0
    ERKStepGetLastStep(memory, &h)
    return h
  }

  var work: Work {
    var work = session.work
    var steps = 0
    ERKStepGetNumSteps(memory, &steps)
    work.steps = steps
    return work
  }

  func advance(notBeyond limit: Double?) -> StepResult {
    withExtendedLifetime(session) {
      if let limit, limit != stopTime {
        ERKStepSetStopTime(memory, limit)
        stopTime = limit
      }
      let before = time
      var reached = time
      let flag = ERKStepEvolve(
        memory, limit ?? time + session.timeScale, session.vector, &reached, ARK_ONE_STEP)
      time = reached
      switch flag {
      // ARKODE itself goes on with steps too small to move the time, near a singularity for ever.
      case ARK_SUCCESS where reached == before: return .failed(.stepSizeUnderflow(time: time, step: lastStep))
      case ARK_SUCCESS, ARK_TSTOP_RETURN: return .stepped
      case ARK_ROOT_RETURN:
        var found = [Int32](repeating: 0, count: session.events.count)
        ERKStepGetRootInfo(memory, &found)
        return .events(found.indices.filter { found[$0] != 0 }.map { .init(index: $0, time: time) })
      default: return .failed(sundialsTermination(flag: flag, time: time, step: lastStep))
      }
    }
  }

  func interpolate(at t: Double, into y: UnsafeMutablePointer<Double>) {
    let target = N_VMake_Serial(sunindextype(dimension), y, session.context)
    let flag = ERKStepGetDky(memory, t, 0, target)
    N_VDestroy(target)
    precondition(flag == 0, "no dense output at time \(t) from ERKStep at time \(time)")
  }
}
