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
    /// W(t) came to a singular matrix, which the exact flow only approaches (Lemma 3.3); beyond it round-off would decide.
    case reachedSingularMatrix
    case solverFailed(Termination)

    /// The promised values of `termination.kind` in `result.json`.
    public var kind: String {
      switch self {
      case .converged: "converged"
      case .reachedFinalTime: "reachedFinalTime"
      case .budgetRanOut: "budgetRanOut"
      case .interrupted: "interrupted"
      case .reachedSingularMatrix: "reachedSingularMatrix"
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
  /// When `auto` gave up explicit steps for the implicit method; nil if it did not.
  public let timeOfSwitch: Double?
  public let work: Work
  public let secondsUsed: Double
  public let accuracy: AccuracyEstimate?
  /// From which the run can be continued.
  public let checkpoint: Checkpoint
}

extension TrainingRun {
  /// The verdict on a network of the reduced problem, which is that on the full network.
  ///
  /// The full Hessian splits. Inputs and outputs outside the reduction add blocks ‖A X‖² ≥ 0, since nothing of the labels is there. Every hidden dimension outside adds the
  /// same block, in which adjacent layers meet in that dimension alone: so one spare dimension in each layer that has any shows all further eigenvalues.
  ///
  /// - Parameter gradientTolerance: by default that of the options.
  func verdict(onReduced network: LinearNetwork, gradientTolerance: Double? = nil) -> Verdict {
    let widths = zip(reduction.widths, start.widths).enumerated().map { j, width in
      j == 0 || j == start.depth ? width.0 : min(width.0 + 1, width.1)
    }
    let padded = LinearNetwork(
      layers: network.layers.enumerated().map { j, W in
        Matrix(widths[j + 1], widths[j]) { $0 < W.rows && $1 < W.columns ? W[$0, $1] : 0 }
      })
    let rule = VerdictRule(
      loss: reduction.loss, minimum: GlobalMinimum(of: reduction.loss, rank: start.bottleneckWidth),
      gradientTolerance: gradientTolerance ?? options.gradientTolerance)
    return rule.verdict(on: padded).verdict
  }
}
