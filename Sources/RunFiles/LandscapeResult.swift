import Landscape
import Training

/// `landscape.json`, described in Documentation/landscape.md.
package struct LandscapeResult: Encodable {
  /// What polishing did.
  package struct Polishing: Encodable {
    package let ending: Polish.Ending
    package let steps: Int
    package let distance, relativeDistance: Double
    package let gradientBefore, gradientAfter, gradientRoundOff: Double
    package let verdictBefore: Verdict

    package init(_ polish: Polish, verdictBefore: Verdict) {
      (ending, steps) = (polish.ending, polish.steps)
      (distance, relativeDistance) = (polish.distance, polish.relativeDistance)
      (gradientBefore, gradientAfter) = (polish.gradientBefore, polish.gradientAfter)
      gradientRoundOff = polish.gradientRoundOff
      self.verdictBefore = verdictBefore
    }
  }

  /// Gradient flow from the saddle along its escape direction.
  package struct EscapeRun: Encodable {
    /// ε of the start W + ε Δ.
    package let size: Double
    package let termination: TrainingReport.TerminationSummary
    package let plateaus: [Plateau]
    package let verdict: Verdict

    package init(_ outcome: TrainingOutcome, size: Double) {
      self.size = size
      termination = .init(outcome)
      plateaus = outcome.plateaus
      verdict = outcome.verdict
    }
  }

  package let problem: TrainingReport.ProblemSummary
  /// The file.
  package let network: String
  package let globalMinimum: TrainingReport.Minimum
  /// Absent without --polish.
  package let polish: Polishing?
  /// Of the polished network, with --polish.
  package let landscape: LandscapeReport
  /// Absent without --escape, or if there is no direction out.
  package let escapeRun: EscapeRun?

  /// What is known of a network, with what was done to it.
  ///
  /// - Parameters:
  ///   - problem: the problem and the network.
  ///   - network: the file.
  ///   - globalMinimum: of the problem at the network's bottleneck.
  ///   - polish: what polishing did, if it was asked for.
  ///   - landscape: of the polished network, if it was polished.
  ///   - escapeRun: the flow along the direction out, if it was asked for and there is one.
  package init(
    problem: TrainingReport.ProblemSummary, network: String, globalMinimum: TrainingReport.Minimum,
    polish: Polishing?, landscape: LandscapeReport, escapeRun: EscapeRun?
  ) {
    (self.problem, self.network, self.globalMinimum) = (problem, network, globalMinimum)
    (self.polish, self.landscape, self.escapeRun) = (polish, landscape, escapeRun)
  }
}
