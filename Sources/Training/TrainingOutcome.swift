import Integration
import Landscape
import LinearAlgebra
import LinearNetworks

/// What came out of a run.
public struct TrainingOutcome: Sendable {
  /// Why the run ended. "Converged" means that the limit was classified, never that a step or a loss was small.
  public enum Ending: Equatable, Sendable {
    case converged
    case reachedFinalTime
    case budgetRanOut(budget: String)
    case interrupted
    case solverFailed(Termination)

    /// The promised values of `termination.kind` in `result.json`.
    public var kind: String {
      switch self {
      case .converged: "converged"
      case .reachedFinalTime: "reachedFinalTime"
      case .budgetRanOut: "budgetRanOut"
      case .interrupted: "interrupted"
      case .solverFailed(.stepSizeUnderflow): "stepSizeUnderflow"
      case .solverFailed(.nonFiniteState): "nonFiniteState"
      case .solverFailed: "solverFailure"
      }
    }
  }

  public let ending: Ending
  /// Flow time reached.
  public let time: Double
  public let records: [TrajectoryRecord]
  public let plateaus: [Plateau]
  /// The end-to-end matrices at the times asked for, in the prepared coordinates.
  public let states: [(time: Double, endToEnd: Matrix)]
  /// The final layers, with the widths of the start.
  public let network: LinearNetwork
  public let verdict: Verdict
  /// First times of ‖W − W*‖² ≤ ε ‖W*‖² for ε = 1e-1, …, 1e-12, located by the solver's root finding.
  public let accuracyTimes: [Double?]
  /// First time of ‖W‖ ≤ √6 ‖W*‖.
  public let sizeTime: Double?
  public let work: Work
  public let secondsUsed: Double
  public let accuracy: AccuracyEstimate?
  /// From which the run can be continued.
  public let checkpoint: Checkpoint
}

extension TrainingRun {
  /// The verdict on a network of the run's widths, in the coordinates of the prepared inputs.
  public func verdict(on network: LinearNetwork) -> Verdict {
    // The landscape is the same in the eigen-coordinates of the inputs, an orthogonal change of W_1.
    let layers = [network.layers[0] * problem.inputBasis] + network.layers.dropFirst()
    let rule = VerdictRule(
      loss: problem.loss, minimum: GlobalMinimum(of: problem.loss, rank: network.bottleneckWidth),
      gradientTolerance: options.gradientTolerance)
    return rule.verdict(on: LinearNetwork(layers: layers)).verdict
  }
}
