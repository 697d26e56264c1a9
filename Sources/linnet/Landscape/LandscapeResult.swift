import Landscape
import Training

/// `landscape.json`, described in Documentation/landscape.md.
struct LandscapeResult: Encodable {
  /// What polishing did.
  struct Polishing: Encodable {
    let ending: Polish.Ending
    let steps: Int
    let distance, relativeDistance: Double
    let gradientBefore, gradientAfter, gradientRoundOff: Double
    let verdictBefore: Verdict

    init(_ polish: Polish, verdictBefore: Verdict) {
      (ending, steps) = (polish.ending, polish.steps)
      (distance, relativeDistance) = (polish.distance, polish.relativeDistance)
      (gradientBefore, gradientAfter) = (polish.gradientBefore, polish.gradientAfter)
      gradientRoundOff = polish.gradientRoundOff
      self.verdictBefore = verdictBefore
    }
  }

  /// Gradient flow from the saddle along its escape direction.
  struct EscapeRun: Encodable {
    /// ε of the start W + ε Δ.
    let size: Double
    let termination: TrainingReport.TerminationSummary
    let plateaus: [Plateau]
    let verdict: Verdict

    init(_ outcome: TrainingOutcome, size: Double) {
      self.size = size
      termination = .init(outcome)
      plateaus = outcome.plateaus
      verdict = outcome.verdict
    }
  }

  let problem: TrainingReport.ProblemSummary
  /// The file.
  let network: String
  let globalMinimum: TrainingReport.Minimum
  /// Absent without --polish.
  let polish: Polishing?
  /// Of the polished network, with --polish.
  let landscape: LandscapeReport
  /// Absent without --escape, or if there is no direction out.
  let escapeRun: EscapeRun?
}
