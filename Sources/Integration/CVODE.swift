import CSUNDIALS

/// Variable-order backward differentiation (BDF 1–5) with Newton–Krylov: for stiff flows and long plateaus.
///
/// The linear systems are solved by GMRES with the field's exact Jacobian products and its preconditioner, if it has one; no matrix is formed.
///
/// Accuracy: the local error of each step is held below `relativeTolerance` of every block's norm.
///
/// Source: Hindmarsh et al., "SUNDIALS: Suite of nonlinear and differential/algebraic equation solvers", ACM TOMS 31 (2005); CVODE.
public struct CVODE: ImplicitMethod {
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
    let session = SUNDIALSSession(
      implicitly: field, state, events, relativeTolerance: relativeTolerance)
    // Small systems are solved to the end by GMRES; 60 directions otherwise (tuned).
    // From the right, so that the residual that is tested is that of the equation: tested from the left it let steps fail five times as often (measured).
    let side = session.preconditioned == nil ? SUN_PREC_NONE : SUN_PREC_RIGHT
    session.linearSolver = SUNLinSol_SPGMR(
      session.vector, Int32(side), Int32(min(field.dimension, 60)), session.context)
    let memory = CVodeCreate(CV_BDF, session.context)
    let flags = [
      CVodeInit(memory, sundialsRightHandSide, 0, session.vector),
      CVodeSetUserData(memory, session.userData),
      CVodeSetErrHandlerFn(memory, sundialsSilence, nil),
      CVodeWFtolerances(memory, sundialsErrorWeights),
      CVodeSetLinearSolver(memory, session.linearSolver, nil),
      CVodeSetJacTimes(memory, sundialsLinearize, sundialsJacobianProduct),
      session.preconditioned == nil
        ? 0 : CVodeSetPreconditioner(memory, sundialsPreparePreconditioner, sundialsApplyPreconditioner),
      CVodeSetMaxNumSteps(memory, -1),
      CVodeSetMaxHnilWarns(memory, -1),
    ]
    precondition(flags.allSatisfy { $0 == 0 }, "CVODE could not be set up: \(flags)")
    return SUNDIALSStepper(session, at: time, memory: memory, calls: .cvode)
  }
}

extension SUNDIALSCalls {
  @_spi(SUNDIALS) public static var cvode: SUNDIALSCalls {
    SUNDIALSCalls(
      evolve: CVode, setStopTime: CVodeSetStopTime, setRoots: CVodeRootInit,
      setRootDirection: CVodeSetRootDirection, silenceInactiveRoots: CVodeSetNoInactiveRootWarn,
      rootInfo: CVodeGetRootInfo, lastStep: CVodeGetLastStep, stepCount: CVodeGetNumSteps,
      denseOutput: CVodeGetDky, restart: CVodeReInit, free: CVodeFree)
  }
}
