import Integration
import Landscape
import LinearAlgebra
import LinearNetworks
import Theory

/// What came out of a run.
public struct TrainingOutcome: Sendable {
  /// Why the run ended. "Converged" means that a theorem names the limit, never that a step or a loss was small.
  public enum Ending: Equatable, Sendable {
    /// The gradient vanished relative to its scale, and a theorem names the limit.
    case converged
    /// Gradient descent converged, after its loss had risen above that of the start, to `rise` times its gap: steps too long for the start threw it to a flatter place.
    case catapult(rise: Double)
    /// The gradient vanished relative to its scale, but what the limit is the numbers cannot tell: the verdict says what is too close.
    case reachedUndecidedLimit
    /// The run stands still on a stationary level that no theorem names as the limit of exactly this start, and the means of the method are at an end.
    case onPlateau
    /// The gradient of the start is zero: the run stays there for ever. The verdict says what it is.
    case stationaryAtStart
    /// The run stands at the global minimum, but left a plateau on its way at another time when data and start were moved by some units of round-off (`RoundOffCompanion`): whether exactly this start
    /// leaves that plateau cannot be told.
    case decidedByRoundOff
    /// The final time that was asked for was reached.
    case reachedFinalTime
    /// The loss gap fell to the share of the start's that was asked for (``LossGapRule``).
    case reachedLossGap(ratio: Double)
    /// The gradient fell to the size that was asked for (``GradientRule``).
    case reachedGradient(relativeNorm: Double)
    /// The iterates of explicit Euler repeat with this period, and will for ever.
    case oscillating(period: Int)
    /// The iterates of explicit Euler grew beyond all numbers.
    case diverged
    /// A rule of the caller's own was met; `rule` says which.
    case stopped(rule: String)
    /// Time or wall clock ended the run first; `budget` says which.
    case budgetRanOut(budget: String)
    /// ``TrainingCallbacks/isInterrupted`` said so.
    case interrupted
    /// W(t) came to a singular matrix, which the exact flow only approaches (Lemma 3.3); beyond it round-off would decide.
    case reachedSingularMatrix
    /// The integrator could not go on.
    case solverFailed(Termination)

    /// Whether the run came to its limit and the limit is known; everything else only ended it.
    public var meansConvergence: Bool {
      if case .catapult = self { return true }
      return self == .converged || self == .stationaryAtStart
    }

    /// The promised values of `termination.kind` in `result.json`.
    public var kind: String {
      switch self {
      case .converged: "converged"
      case .catapult: "catapult"
      case .reachedUndecidedLimit: "reachedUndecidedLimit"
      case .onPlateau: "onPlateau"
      case .stationaryAtStart: "stationaryAtStart"
      case .decidedByRoundOff: "decidedByRoundOff"
      case .reachedFinalTime: "reachedFinalTime"
      case .reachedLossGap: "reachedLossGap"
      case .reachedGradient: "reachedGradient"
      case .oscillating: "oscillating"
      case .diverged: "diverged"
      case .stopped: "stopped"
      case .budgetRanOut: "budgetRanOut"
      case .interrupted: "interrupted"
      case .reachedSingularMatrix: "reachedSingularMatrix"
      case .solverFailed(.stepSizeUnderflow): "stepSizeUnderflow"
      case .solverFailed(.nonFiniteState): "nonFiniteState"
      case .solverFailed: "solverFailure"
      }
    }
  }

  /// Squared relative distances ‖W − W*‖²/‖W*‖² whose first times are located: 1e-1 … 1e-12.
  public static let accuracies = [
    1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12,
  ]

  /// Why the run ended.
  public let ending: Ending
  /// Flow time reached.
  public let time: Double
  /// The trajectory: requested times, the grid and steps, in order of time; of explicit Euler iterates, and nothing between them.
  public let records: [TrajectoryRecord]
  /// The observables that were recorded, by whose columns ``TrajectoryRecord/others`` has their numbers.
  public let recordings: [Recording]
  /// The extreme curvatures along the trajectory; empty if they were not asked for.
  public let spectrum: [SpectrumRecord]
  /// Stretches in which the loss hardly moved; none where explicit Euler let it rise.
  public let plateaus: [Plateau]
  /// The end-to-end matrices at the times asked for, in the prepared coordinates; of explicit Euler at the times of the last iterates at or before them.
  public let states: [(time: Double, endToEnd: Matrix)]
  /// The final layers, with the widths of the start.
  public let network: LinearNetwork
  /// What the final network is.
  public let verdict: Verdict
  /// First times of ‖W − W*‖² ≤ ε ‖W*‖² for the ε of ``accuracies``, located by the solver's root finding; of explicit Euler those of iterates.
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
  /// Gradient flow from the same start beside the iterates of descent; nil for other methods, and where it was not asked for or did not come as far.
  public let flow: FlowBeside?
  /// What was recorded of descent; nil for other methods.
  let descent: DescentRecords?
  /// The iterates, their number and what became of the loss; nil for other methods.
  let iterates: IterateRecords?
  /// The flow times at which the run was resumed from a checkpoint; empty for a run in one go.
  public let resumptions: [Double]
  /// Whether round-off decides when, or whether, a plateau is left, and no theorem says where exactly this start goes.
  let isDecidedByRoundOff: Bool
  /// From which the run can be continued.
  public let checkpoint: Checkpoint
  /// The way to any moment of the run: ``state(at:)``.
  let solution: any SolutionInTime

  /// The word of the limit that the run came to; nil where it came to none. A saddle is one only where a theorem names it, not on a plateau, and the minimum is none where round-off decides whether it is reached.
  package var limitWord: String? {
    if verdict.kind == .globalMinimiser { return isDecidedByRoundOff ? nil : verdict.limitWord }
    return ending.meansConvergence ? verdict.limitWord : nil
  }
}

extension TrainingRun {
  /// Closes a run: the last state is recorded and judged, and the accuracy estimated.
  func outcome(
    of loop: TrainingLoop, _ termination: Termination?, _ stepper: any Stepper, _ measures: RunMeasures,
    _ recordings: [Recording], _ callbacks: TrainingCallbacks
  ) -> TrainingOutcome {
    var ending: TrainingOutcome.Ending =
      switch termination {
      case nil: .stationaryAtStart
      case .reachedFinalTime: .reachedFinalTime
      case .interrupted:
        callbacks.isInterrupted() ? .interrupted : WallClockRule(seconds: options.maximumSeconds).ending
      case .stoppedByObserver: loop.ending!
      case .nonFiniteState where takesIterates: .diverged
      case .stepSizeUnderflow?, .nonFiniteState?, .solverFailure?: .solverFailed(termination!)
      }
    let last = loop.close(stepper)
    // Before anything that may take long.
    if ending.canGoOn { callbacks.checkpoint(loop.checkpoint) }
    let network = exactSolution.map { reduction.expand($0.network(at: last.time)) } ?? last.network
    loop.observeCurvatures(of: network, at: last)
    let verdict = verdict(
      onReduced: last.reducedNetwork, gradientTolerance: ending.gradientTolerance(options))
    if ending == .converged, verdict.kind == .undecided { ending = .reachedUndecidedLimit }
    let records = loop.records
    let checkpoint = loop.checkpoint
    let plateaus =
      records.iterates?.lossHasRisen == true ? [] : Plateau.find(in: records.trajectory.records)
    if ending == .converged, let iterates = records.iterates, measures.initialGap > 0,
      iterates.highestGap > measures.initialGap * (1 + 1e-6)
    {
      ending = .catapult(rise: iterates.highestGap / measures.initialGap)
    }
    let flow =
      takesIterates && options.estimatesAccuracy && !callbacks.isInterrupted()
      ? FlowBeside(
        self, records.states(comparedWith: flowState()), steps: loop.totalWork.steps,
        secondsUsed: loop.clock.elapsed, callbacks) : nil
    let accuracy =
      takesIterates
      ? flow.flatMap(AccuracyEstimate.init)
      : options.estimatesAccuracy && !callbacks.isInterrupted() && !(stepper is RestingStepper)
        ? AccuracyEstimate(
          of: self, states: records.states(comparedWith: flowState()), switched: records.timeOfSwitch != nil,
          passages: records.levelPassages, steps: loop.totalWork.steps, isCertain: { namesMinimum }
        ) {
          callbacks.isInterrupted() || loop.clock.elapsed > options.maximumSeconds
        } : nil
    let isDecidedByRoundOff = accuracy?.showsRoundOff == true && !namesMinimum
    if ending == .converged, verdict.kind == .globalMinimiser, isDecidedByRoundOff {
      ending = .decidedByRoundOff
    }
    return TrainingOutcome(
      ending: ending, time: last.time, records: records.trajectory.records, recordings: recordings,
      spectrum: records.spectrum?.records ?? [], plateaus: plateaus,
      states: records.states.filter(\.isRequested).map { ($0.time, reduction.expand(endToEnd: $0.matrix)) },
      network: network, verdict: verdict, accuracyTimes: records.accuracyTimes.times.dropLast().map(\.self),
      sizeTime: records.accuracyTimes.times.last!, timeOfSwitch: records.timeOfSwitch, work: loop.totalWork,
      secondsUsed: checkpoint.secondsUsed, accuracy: accuracy, flow: flow, descent: records.descent,
      iterates: records.iterates, resumptions: loop.resumptions,
      isDecidedByRoundOff: isDecidedByRoundOff,
      checkpoint: checkpoint,
      solution: solution(records, until: last.time))
  }

  /// Whether a theorem is certain, before the run, that exactly this start goes to the global minimum.
  private var namesMinimum: Bool {
    let strongest = promise.certificate.strongest
    return strongest?.strength == .certain && strongest?.limit == .globalMinimiser
  }

  private func solution(_ records: RunRecords, until end: Double) -> any SolutionInTime {
    if let exactSolution { return ClosedSolution(solution: exactSolution, run: self) }
    return SteppedSolution(
      run: self, history: records.history!, timeOfSwitch: records.timeOfSwitch, end: end)
  }

  /// The verdict on a network of the reduced problem, which is that on the full network.
  ///
  /// The full Hessian splits. Inputs and outputs outside the reduction add blocks ‖A X‖² ≥ 0, since nothing of the labels is there. Every hidden dimension outside adds the
  /// same block, in which adjacent layers meet in that dimension alone: so one spare dimension in each layer that has any shows all further eigenvalues.
  ///
  /// - Parameter gradientTolerance: up to which the point counts as stationary.
  private func verdict(onReduced network: LinearNetwork, gradientTolerance: Double) -> Verdict {
    let widths = zip(reduction.widths, start.widths).enumerated().map { j, width in
      j == 0 || j == start.depth ? width.0 : min(width.0 + 1, width.1)
    }
    let padded = LinearNetwork(
      layers: network.layers.enumerated().map { j, W in
        Matrix(widths[j + 1], widths[j]) { $0 < W.rows && $1 < W.columns ? W[$0, $1] : 0 }
      })
    let rule = VerdictRule(
      for: reduction.problem, rank: start.bottleneckWidth, gradientTolerance: gradientTolerance)
    return rule.verdict(on: padded).verdict
  }
}

extension TrainingOutcome.Ending {
  /// Where round-off ended the approach to a saddle the gradient cannot be as small as elsewhere: a direction that shrinks while its opposite grows from
  /// round-off meets it at about √eps.
  fileprivate func gradientTolerance(_ options: TrainingOptions) -> Double {
    self == .reachedSingularMatrix ? max(1e-6, options.gradientTolerance) : options.gradientTolerance
  }
}
