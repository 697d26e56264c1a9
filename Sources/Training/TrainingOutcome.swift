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
    /// The final time that was asked for was reached.
    case reachedFinalTime
    /// Time or wall clock ended the run first; `budget` says which.
    case budgetRanOut(budget: String)
    /// ``TrainingCallbacks/isInterrupted`` said so.
    case interrupted
    /// The integrator could not go on.
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

  /// Why the run ended.
  public let ending: Ending
  /// Flow time reached.
  public let time: Double
  /// The trajectory: requested times, the grid and steps, in order of time.
  public let records: [TrajectoryRecord]
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
