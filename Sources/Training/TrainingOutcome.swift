import Integration
import Landscape
import LinearAlgebra
import LinearNetworks

/// What came out of a run.
public struct TrainingOutcome: Sendable {
  /// Why the run ended. "Converged" means that the limit was classified, never that a step or a loss was small.
  public enum Ending: Equatable, Sendable {
    /// The gradient vanished relative to its scale and the limit was classified.
    case converged
    /// The gradient vanished relative to its scale, but what the limit is the numbers cannot tell: the verdict says what is too close.
    case reachedUndecidedLimit
    /// The final time that was asked for was reached.
    case reachedFinalTime
    /// Time or wall clock ended the run first; `budget` says which.
    case budgetRanOut(budget: String)
    /// ``TrainingCallbacks/isInterrupted`` said so.
    case interrupted
    /// W(t) came to a singular matrix, which the exact flow only approaches (Lemma 3.3); beyond it round-off would decide.
    case reachedSingularMatrix
    /// The integrator could not go on.
    case solverFailed(Termination)

    /// The promised values of `termination.kind` in `result.json`.
    public var kind: String {
      switch self {
      case .converged: "converged"
      case .reachedUndecidedLimit: "reachedUndecidedLimit"
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

  /// Why the run ended.
  public let ending: Ending
  /// Flow time reached.
  public let time: Double
  /// The trajectory: requested times, the grid and steps, in order of time.
  public let records: [TrajectoryRecord]
  /// The extreme curvatures along the trajectory; empty if they were not asked for.
  public let spectrum: [SpectrumRecord]
  /// Stretches in which the loss hardly moved.
  public let plateaus: [Plateau]
  /// The end-to-end matrices at the times asked for, in the prepared coordinates.
  public let states: [(time: Double, endToEnd: Matrix)]
  /// The final layers, with the widths of the start.
  public let network: LinearNetwork
  /// What the final network is.
  public let verdict: Verdict
  /// First times of ‖W − W*‖² ≤ ε ‖W*‖² for ε = 1e-1, …, 1e-12, located by the solver's root finding.
  public let accuracyTimes: [Double?]
  /// First time of ‖W‖ ≤ √6 ‖W*‖.
  public let sizeTime: Double?
  /// When `auto` gave up explicit steps for the implicit method; nil if it did not.
  public let timeOfSwitch: Double?
  /// What the integration cost.
  public let work: Work
  /// Wall clock, of all parts of a resumed run.
  public let secondsUsed: Double
  /// The measured accuracy of the trajectory; nil if it was not estimated.
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
      for: reduction.problem, rank: start.bottleneckWidth,
      gradientTolerance: gradientTolerance ?? options.gradientTolerance)
    return rule.verdict(on: padded).verdict
  }
}
