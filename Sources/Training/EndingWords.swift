import Integration
import Prose

extension TrainingOutcome.Ending: CustomStringConvertible {
  var period: Int? {
    if case .oscillating(let period) = self { period } else { nil }
  }

  var threshold: Double? {
    switch self {
    case .reachedLossGap(let ratio): ratio
    case .reachedGradient(let norm): norm
    default: nil
    }
  }

  /// Whether the integrator could not go on, or went nowhere.
  public var isFailure: Bool {
    switch self {
    case .solverFailed, .diverged: true
    default: false
    }
  }

  /// Whether there is something to go on with: more time would have led further.
  public var canGoOn: Bool {
    switch self {
    case .interrupted, .budgetRanOut: true
    default: false
    }
  }

  public var description: String {
    switch self {
    case .stationaryAtStart:
      "stationary at t = 0: the gradient of the start is zero, and it stays there for ever"
    case .converged: "converged: the gradient vanished relative to its scale, and a theorem names the limit"
    case .catapult(let rise):
      "converged after a catapult: the loss gap first rose to \(number(rise, digits: 3)) times that of the start, then the gradient vanished relative to its scale, and a theorem names the limit"
    case .onPlateau:
      "stands still on a stationary level that no theorem names as the limit of exactly this start; whether the start leaves it round-off hides"
    case .reachedUndecidedLimit:
      "stands still, as the gradient vanished relative to its scale, but at what kind of point the numbers cannot tell"
    case .decidedByRoundOff:
      "stands at the global minimum, but left a plateau at another time when data and start were moved by 16 units of round-off: whether exactly this start leaves it cannot be told"
    case .reachedFinalTime: "reached the final time that was asked for"
    case .reachedLossGap(let ratio):
      "reached the loss gap that was asked for, \(number(ratio)) of the start's, before any limit was named"
    case .reachedGradient(let norm):
      "reached the gradient that was asked for, \(number(norm)) of its scale; a plateau has one as small"
    case .oscillating(let period):
      "oscillates with period \(period): after every \(period) steps the iterates are the same again, and nothing else will come; a smaller step may converge"
    case .diverged: "diverged: the iterates grew beyond all numbers; a smaller step may converge"
    case .stopped(let rule): "stopped by a rule of the caller's: \(rule)"
    case .budgetRanOut(let budget): "budget ran out: \(budget)"
    case .interrupted: "interrupted"
    case .reachedSingularMatrix:
      "came to a singular matrix, which the exact flow approaches for ever as det W(t) keeps its sign (Lemma 3.3); further on round-off would decide"
    case .solverFailed(let termination): "failed: \(termination)"
    }
  }
}
