import CSUNDIALS

/// The explicit Runge–Kutta pair of Dormand and Prince, order 5(4), with adaptive steps: for flows that are not stiff.
///
/// Accuracy: the local error of each step is held below `relativeTolerance` of every block's norm; between the steps y is as accurate (`DenseStepper`).
///
/// Source: Dormand, Prince, "A family of embedded Runge–Kutta formulae", J. Comput. Appl. Math. 6 (1980); ERKStep of ARKODE.
public struct DormandPrince: ExplicitMethod {
  /// The bound on each step's local error, relative to every block's norm.
  public let relativeTolerance: Double
  public var name: String { "erk" }

  /// The pair at a relative tolerance between 0 and 1.
  public init(relativeTolerance: Double) {
    precondition(relativeTolerance > 0 && relativeTolerance < 1, "a relative tolerance lies between 0 and 1")
    self.relativeTolerance = relativeTolerance
  }

  public func start(
    _ field: any VectorField, from state: [Double], at time: Double, events: Events
  ) -> any Stepper {
    DenseStepper(field, from: state, at: time, relativeTolerance: relativeTolerance, events: events) {
      [self] in
      steps(field, from: $0, at: $1)
    }
  }

  private func steps(_ field: any VectorField, from state: [Double], at time: Double) -> SUNDIALSStepper {
    let session = SUNDIALSSession(field, state, .none, relativeTolerance: relativeTolerance)
    let memory = ERKStepCreate(sundialsRightHandSide, 0, session.vector, session.context)
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
    return SUNDIALSStepper(
      session, at: time, memory: memory, calls: .erkStep, derivativeFrom: .lastEvaluation)
  }
}

extension SUNDIALSCalls {
  fileprivate static var erkStep: SUNDIALSCalls {
    SUNDIALSCalls(
      evolve: ERKStepEvolve, setStopTime: ERKStepSetStopTime, setRoots: ERKStepRootInit,
      setRootDirection: ERKStepSetRootDirection, silenceInactiveRoots: ERKStepSetNoInactiveRootWarn,
      rootInfo: ERKStepGetRootInfo, lastStep: ERKStepGetLastStep, stepCount: ERKStepGetNumSteps,
      denseOutput: ERKStepGetDky,
      restart: { ERKStepReInit($0, sundialsRightHandSide, $1, $2) }, free: ERKStepFree)
  }
}
