/// Why an integration ended. Not an `Error`: the trajectory up to then is valid.
public enum Termination: Equatable, Sendable {
  /// t reached the time asked for.
  case reachedFinalTime
  /// ``IntegrationObserver/stepped(_:)`` said so.
  case stoppedByObserver
  /// The error could not be held with any step that changes t.
  case stepSizeUnderflow(time: Double, step: Double)
  /// y or f(y) became infinite or NaN.
  case nonFiniteState(time: Double)
  /// ``IntegrationObserver/isInterrupted`` said so in the middle of a step, which was given up.
  case interrupted(time: Double)
  /// Anything else the solver reported.
  case solverFailure(time: Double, message: String)
}

extension Termination: CustomStringConvertible {
  public var description: String {
    switch self {
    case .reachedFinalTime: "the final time was reached"
    case .stoppedByObserver: "the run was stopped"
    case .stepSizeUnderflow(let t, let h):
      "the step size fell to \(h) at time \(t): the tolerance is too strict for double precision, or the flow is too stiff for this method; "
        + "try a looser tolerance or an implicit method"
    case .nonFiniteState(let t):
      "the state became infinite or NaN after time \(t): a smaller step or an adaptive method may go on"
    case .interrupted(let t): "the run was interrupted after time \(t)"
    case .solverFailure(let t, let message): "the solver stopped at time \(t): \(message)"
    }
  }
}
