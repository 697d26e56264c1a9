import Prose
import Samples

extension FitReport.Inference {
  /// What the standard errors and intervals rest on, without a full stop.
  func inWords(_ report: FitReport) -> String {
    let interval = FitScreen.percent(confidence)
    let isChosen = report.choice.criterion != "given"
    switch method {
    case .bootstrap:
      let done = bootstrap!
      let all = Double(done.resamples)
      let ranks = done.ranks.enumerated().filter { $0.element > 0 }.map { r, n in
        "rank \(r) in \(number(100 * Double(n) / all, digits: 3)) %"
      }
      return "scatter of \(count(done.resamples, "fit")) to resampled rows (bootstrap, seed \(done.seed)), "
        + (conditionalOnRank
          ? "all of the given rank \(report.rank)"
          : "the rank chosen anew in each: \(ranks.joined(separator: ", "))")
        + (done.failures > 0 ? "; \(count(done.failures, "resample")) had no fit" : "")
        + "; the \(interval) intervals are percentiles"
    case .classical, .asymptotic:
      let kind =
        method == .classical
        ? "classical, for independent errors of one covariance"
        : "asymptotic (Reinsel and Velu 1998, chapter 2)"
      return
        "\(kind), \(count(degreesOfFreedom!, "degree")) of freedom; the \(interval) interval is ± \(number(quantile!, digits: 4)) of them; conditional on rank \(report.rank)"
        + (isChosen
          ? ", which the same samples chose"
            // Of a factor there are no rows to be drawn again.
            + (TableFactor.isFactor(report.problem.source)
              ? "" : ": --intervals bootstrap includes the choice") : "")
    }
  }
}
