import Foundation
import LinearNetworks
import Prose
import Theory

/// The step with which gradient descent comes to a loss gap in the fewest steps.
///
/// Steps are tried on a grid of equal ratios from a hundredth of the stability limit up to it, and then twice on a finer one around the best (beyond the limit a gap can be passed, but not kept); a trial is given up as soon as it has taken more steps than the
/// best one so far. The number of steps is no convex function of η, so that a better one between the tried ones cannot be excluded: the trials are told.
///
/// Saxe, McClelland, Ganguli (2014) and Arora, Cohen, Hazan (2018) compare depths at the best step of each.
public struct StepSearch: Codable, Sendable, Equatable {
  /// L_N − min L_N relative to that of the start.
  public let gap: Double
  /// In the order of the steps.
  public let trials: [DescentReport.Trial]
  /// η.
  public let best: Double
  /// Its number of steps.
  public let steps: Int

  /// Steps after which a trial is given up in any case.
  public static let mostSteps = 1_000_000

  /// Nil where no step reached the gap.
  ///
  /// - Parameters:
  ///   - problem: what is trained on.
  ///   - start: where descent starts.
  ///   - options: of the run, whose step is looked for.
  ///   - gap: L_N − min L_N relative to that of the start, between 0 and 1.
  ///   - samples: for batches.
  ///   - isInterrupted: ends the search.
  public init?(
    problem: Problem, start: LinearNetwork, options: TrainingOptions, gap: Double,
    samples: PreparedSamples? = nil, isInterrupted: @escaping () -> Bool = { false }
  ) {
    let stability = StabilityLimit(
      problem: problem, start: start, momentum: options.descent?.momentum ?? 0)
    guard let limit = stability.limit ?? stability.limitAtStart else { return nil }
    var trials: [DescentReport.Trial] = []
    var best: (step: Double, steps: Int)?
    func tryStep(_ η: Double) {
      guard !isInterrupted(), !trials.contains(where: { ($0.step / η - 1).magnitude < 1e-12 }) else { return }
      var trial = options
      (trial.step, trial.method, trial.stopGap, trial.stopGradient) = (η, .euler, gap, nil)
      (trial.finalTime, trial.outputTimes, trial.estimatesAccuracy, trial.spectrumInterval) = (
        nil, [], false, nil
      )
      trial.descent?.recordsSharpness = false
      trial.descent?.comparesModified = false
      // Only what is needed is recorded: the first iterate and those on the way of the growing ones.
      let run = TrainingRun(problem: problem, start: start, options: trial, samples: samples)
      var callbacks = TrainingCallbacks()
      callbacks.isInterrupted = isInterrupted
      let most = best.map { min($0.steps, Self.mostSteps) } ?? Self.mostSteps
      let outcome = run.run(stopping: [StepBudgetRule(steps: most)], callbacks: callbacks)
      let steps = outcome.iterates?.goalReached
      trials.append(.init(step: η, steps: steps, ending: outcome.ending.kind))
      if let steps, steps < best?.steps ?? .max { best = (η, steps) }
    }
    let ratio = pow(100, 1.0 / 24)
    // From three quarters, so that the first trial already is a good one.
    for i in (0...24).sorted(by: { ($0 - 20).magnitude < ($1 - 20).magnitude }) {
      tryStep(limit / 100 * pow(ratio, Double(i)))
    }
    var width = ratio
    for _ in 0..<2 {
      guard let center = best?.step else { break }
      let fine = pow(width, 0.25)
      for i in [-3, -2, -1, 1, 2, 3] where center * pow(fine, Double(i)) < limit {
        tryStep(center * pow(fine, Double(i)))
      }
      width = fine
    }
    guard let best else { return nil }
    self.gap = gap
    self.trials = trials.sorted { $0.step < $1.step }
    (self.best, steps) = best
  }
}

/// Ends a run after so many steps.
package struct StepBudgetRule: StopRule {
  /// How many.
  package let steps: Int

  /// A budget of `steps` steps.
  package init(steps: Int) { self.steps = steps }

  package func ending(at moment: RunMoment) -> TrainingOutcome.Ending? {
    moment.steps >= steps ? .budgetRanOut(budget: "\(steps) steps") : nil
  }
}
