import Landscape
import LinearNetworks
import Prose
import Theory
import Training

/// The answer of `POST /api/descent`: gradient descent in steps of one size, from the start whose flow `POST /api/solve` answers.
///
/// What is promised of the step before it runs stands in `descent.promise`; the trajectory is that of the iterates, at t = kη.
struct DescentAnswer: Encodable, Sendable {
  let problem: TrainingReport.ProblemSummary
  let target: TrainingReport.Target
  let globalMinimum: TrainingReport.Minimum
  let trajectory: RankOneAnswer.Trajectory
  let termination: TrainingReport.TerminationSummary
  let verdict: Verdict
  let descent: DescentReport
  /// What was asked for by “record”; null if nothing was.
  @ExplicitNull private(set) var recorded: [TrainingReport.RecordedObservable]?
  /// η_max of D21, below which no step raises the loss; null where there is no such bound.
  @ExplicitNull private(set) var largestSafeStep: Double?

  /// Weights up to which the sharpness is recorded. Tuned: 300 values then take less than a second.
  static let mostWeights = 1000

  /// Nil where it is no descent that ran.
  init?(_ run: TrainingRun, _ outcome: TrainingOutcome) {
    guard let report = DescentReport(run, outcome) else { return nil }
    descent = report
    problem = TrainingReport.ProblemSummary(run.problem, widths: run.start.widths)
    target = TrainingReport.Target(run.problem)
    globalMinimum = TrainingReport.Minimum(run.problem, rank: run.start.bottleneckWidth)
    let records = outcome.records
    trajectory = RankOneAnswer.Trajectory(
      times: records.map(\.time), loss: records.map(\.loss), gap: records.map(\.gap),
      distanceToTarget: records.map(\.distanceToTarget), alignment: records.map(\.alignment),
      imbalance: records.map(\.imbalance), imbalanceDrift: records.map(\.imbalanceDrift),
      singularValues: records.map(\.singularValues))
    recorded =
      outcome.recordings.isEmpty
      ? nil : outcome.recordings.map { TrainingReport.RecordedObservable($0, records) }
    termination = TrainingReport.TerminationSummary(outcome)
    verdict = outcome.verdict
    largestSafeStep =
      Setting(problem: run.problem, start: run.start, step: report.promise.step).largestSafeStep
  }
}

extension RunRequest {
  /// How gradient descent runs beside the flow: in steps of “step”, by default of half of the stability limit, within what a slider waits for.
  ///
  /// - Throws: ``LabError`` where the request asks for another method, or for a step or time that there is none of.
  func descentOptions(_ limits: LabLimits, for start: LinearNetwork) throws(LabError) -> TrainingOptions {
    guard method == nil || method == .auto || method == .euler, flow != .induced else {
      throw LabError(
        .unprocessable, "“method” and “flow” are those of gradient descent here; leave them out.")
    }
    var withoutSteps = self
    (withoutSteps.method, withoutSteps.step, withoutSteps.flow) = (nil, nil, nil)
    var options = try withoutSteps.options(limits)
    if let step {
      guard step >= 1e-200, step <= 1e200 else {
        throw LabError(.unprocessable, "“step” must lie between 1e-200 and 1e200, not \(step).")
      }
      options.step = step
    }
    options.method = .euler
    // The flow beside it is on the page already.
    options.estimatesAccuracy = false
    options.maximumSeconds = min(options.maximumSeconds, limits.solveSeconds)
    options.descent = DescentOptions()
    options.descent?.recordsSharpness = start.parameterCount <= DescentAnswer.mostWeights
    return options
  }
}
