import CSUNDIALS

/// Variable-order backward differentiation (BDF 1–5) with Newton–Krylov: for stiff flows and long plateaus.
///
/// The linear systems are solved by GMRES with the field's exact Jacobian products; no matrix is formed.
///
/// Accuracy: the local error of each step is held below `relativeTolerance` of every block's norm.
///
/// Source: Hindmarsh et al., "SUNDIALS: Suite of nonlinear and differential/algebraic equation solvers", ACM TOMS 31 (2005); CVODE.
public struct CVODE: IntegrationMethod {
  /// The bound on each step's local error, relative to every block's norm.
  public let relativeTolerance: Double
  public var name: String { "cvode" }

  /// BDF at a relative tolerance between 0 and 1.
  public init(relativeTolerance: Double) {
    precondition(relativeTolerance > 0 && relativeTolerance < 1, "a relative tolerance lies between 0 and 1")
    self.relativeTolerance = relativeTolerance
  }

  public func start(
    _ field: any DifferentiableVectorField, from state: [Double], at time: Double, events: Events
  ) -> any Stepper {
    CVODEStepper(field, state, time, events, relativeTolerance)
  }
}

private final class CVODEStepper: Stepper {
  private let session: SUNDIALSSession
  private var memory: UnsafeMutableRawPointer?
  private let linearSolver: SUNLinearSolver
  private var stopTime: Double?
  private(set) var time: Double
  let landsOnOutputs = false

  init(
    _ field: any DifferentiableVectorField, _ state: [Double], _ time: Double, _ events: Events,
    _ tolerance: Double
  ) {
    self.time = time
    session = SUNDIALSSession(field, state, events, relativeTolerance: tolerance)
    // Small systems are solved to the end by GMRES; 60 directions otherwise (tuned).
    linearSolver = SUNLinSol_SPGMR(
      session.vector, Int32(SUN_PREC_NONE), Int32(min(field.dimension, 60)), session.context)
    memory = CVodeCreate(CV_BDF, session.context)
    let flags = [
      CVodeInit(memory, sundialsRightHandSide, time, session.vector),
      CVodeSetUserData(memory, session.userData),
      CVodeSetErrHandlerFn(memory, sundialsSilence, nil),
      CVodeWFtolerances(memory, sundialsErrorWeights),
      CVodeSetLinearSolver(memory, linearSolver, nil),
      CVodeSetJacTimes(memory, sundialsLinearize, sundialsJacobianProduct),
      CVodeSetMaxNumSteps(memory, -1),
      CVodeSetMaxHnilWarns(memory, -1),
    ]
    precondition(flags.allSatisfy { $0 == 0 }, "CVODE could not be set up: \(flags)")
    if events.count > 0 {
      CVodeRootInit(memory, Int32(events.count), sundialsRoots)
      var falling = [Int32](repeating: -1, count: events.count)
      CVodeSetRootDirection(memory, &falling)
      CVodeSetNoInactiveRootWarn(memory)
    }
  }

  deinit {
    CVodeFree(&memory)
    SUNLinSolFree(linearSolver)
  }

  var dimension: Int { session.field.dimension }
  var state: UnsafePointer<Double> { UnsafePointer(session.state) }

  var lastStep: Double {
    var h = 0.0
    CVodeGetLastStep(memory, &h)
    return h
  }

  var work: Work {
    var work = session.work
    var steps = 0
    CVodeGetNumSteps(memory, &steps)
    work.steps = steps
    return work
  }

  func advance(notBeyond limit: Double?) -> StepResult {
    withExtendedLifetime(session) {
      if let limit, limit != stopTime {
        CVodeSetStopTime(memory, limit)
        stopTime = limit
      }
      let before = time
      var reached = time
      // Without a limit the target time only sets the scale of the first step.
      let flag = CVode(memory, limit ?? time + session.timeScale, session.vector, &reached, CV_ONE_STEP)
      time = reached
      switch flag {
      // CVODE itself goes on with steps too small to move the time, near a singularity for ever.
      case CV_SUCCESS where reached == before: return .failed(.stepSizeUnderflow(time: time, step: lastStep))
      case CV_SUCCESS, CV_TSTOP_RETURN: return .stepped
      case CV_ROOT_RETURN:
        var found = [Int32](repeating: 0, count: session.events.count)
        CVodeGetRootInfo(memory, &found)
        return .events(found.indices.filter { found[$0] != 0 }.map { .init(index: $0, time: time) })
      default: return .failed(sundialsTermination(flag: flag, time: time, step: lastStep))
      }
    }
  }

  func interpolate(at t: Double, into y: UnsafeMutablePointer<Double>) {
    let target = N_VMake_Serial(sunindextype(dimension), y, session.context)
    let flag = CVodeGetDky(memory, t, 0, target)
    N_VDestroy(target)
    precondition(flag == 0, "no dense output at time \(t) from CVODE at time \(time)")
  }
}
