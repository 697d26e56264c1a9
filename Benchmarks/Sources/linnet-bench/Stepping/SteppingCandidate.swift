import CSUNDIALS
@_spi(SUNDIALS) import Integration

/// A method of SUNDIALS that the library does not offer, with the library's norm, Jacobian products and preconditioner.
enum SteppingCandidate {
  /// CVODE: Adams–Moulton of orders 1–12 by fixed-point iteration, with dense output of the order of the steps.
  case adams
  /// ARKStep with an explicit pair.
  case explicit(ARKODE_ERKTableID)
  /// ARKStep with a diagonally implicit pair and Newton–Krylov.
  case implicit(ARKODE_DIRKTableID)

  func callAsFunction(relativeTolerance: Double) -> any IntegrationMethod {
    CandidateMethod(scheme: self, relativeTolerance: relativeTolerance)
  }
}

private struct CandidateMethod: IntegrationMethod {
  let scheme: SteppingCandidate
  let relativeTolerance: Double
  var name: String { "\(scheme)" }

  func start(
    _ field: any DifferentiableVectorField, from state: [Double], at time: Double, events: Events
  ) -> any Stepper {
    let session = SUNDIALSSession(
      implicitly: field, state, events, relativeTolerance: relativeTolerance)
    if case .adams = scheme { return adams(session, time) }
    return rungeKutta(session, time, dimension: field.dimension)
  }

  private func adams(_ session: SUNDIALSSession, _ time: Double) -> any Stepper {
    session.nonlinearSolver = SUNNonlinSol_FixedPoint(session.vector, 0, session.context)
    let memory = CVodeCreate(CV_ADAMS, session.context)
    succeed([
      CVodeInit(memory, sundialsRightHandSide, 0, session.vector),
      CVodeSetUserData(memory, session.userData),
      CVodeSetErrHandlerFn(memory, sundialsSilence, nil),
      CVodeWFtolerances(memory, sundialsErrorWeights),
      CVodeSetNonlinearSolver(memory, session.nonlinearSolver),
      CVodeSetMaxNumSteps(memory, -1),
      CVodeSetMaxHnilWarns(memory, -1),
    ])
    return SUNDIALSStepper(session, at: time, memory: memory, calls: .cvode)
  }

  private func rungeKutta(_ session: SUNDIALSSession, _ time: Double, dimension: Int) -> any Stepper {
    let isExplicit = if case .explicit = scheme { true } else { false }
    let memory = ARKStepCreate(
      isExplicit ? sundialsRightHandSide : nil, isExplicit ? nil : sundialsRightHandSide, 0,
      session.vector,
      session.context)
    succeed([
      ARKStepSetUserData(memory, session.userData),
      ARKStepSetErrHandlerFn(memory, sundialsSilence, nil),
      ARKStepWFtolerances(memory, sundialsErrorWeights),
      ARKStepSetMaxNumSteps(memory, -1),
      ARKStepSetMaxHnilWarns(memory, -1),
    ])
    switch scheme {
    case .adams: preconditionFailure("Adams' methods are no Runge–Kutta methods")
    case .explicit(let table): succeed([ARKStepSetTableNum(memory, ARKODE_DIRK_NONE, table)])
    case .implicit(let table):
      session.linearSolver = SUNLinSol_SPGMR(
        session.vector, Int32(SUN_PREC_RIGHT), Int32(min(dimension, 60)), session.context)
      succeed([
        ARKStepSetTableNum(memory, table, ARKODE_ERK_NONE),
        ARKStepSetLinearSolver(memory, session.linearSolver, nil),
        ARKStepSetJacTimes(memory, sundialsLinearize, sundialsJacobianProduct),
        ARKStepSetPreconditioner(memory, sundialsPreparePreconditioner, sundialsApplyPreconditioner),
      ])
    }
    return SUNDIALSStepper(session, at: time, memory: memory, calls: .arkStep)
  }

  private func succeed(_ flags: [Int32]) {
    precondition(flags.allSatisfy { $0 == 0 }, "\(name) could not be set up: \(flags)")
  }
}

extension SUNDIALSCalls {
  fileprivate static var arkStep: SUNDIALSCalls {
    SUNDIALSCalls(
      evolve: ARKStepEvolve, setStopTime: ARKStepSetStopTime, setRoots: ARKStepRootInit,
      setRootDirection: ARKStepSetRootDirection, silenceInactiveRoots: ARKStepSetNoInactiveRootWarn,
      rootInfo: ARKStepGetRootInfo, lastStep: ARKStepGetLastStep, stepCount: ARKStepGetNumSteps,
      denseOutput: ARKStepGetDky, restart: nil,
      free: ARKStepFree)
  }
}
