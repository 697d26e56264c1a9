import Figures
import Theory
import Training

/// What a person sees of a run.
enum TrainingScreen {
  static func promise(
    _ run: TrainingRun, _ loaded: LoadedProblem, _ start: String, _ certificate: Certificate
  )
    -> [String]
  {
    problem(loaded, widths: run.start.widths, start: start)
      + Screen.labelled(
        "Method",
        "\(run.method.method.rawValue), \(Screen.count(run.unknowns, "unknown")) for \(Screen.count(run.start.parameterCount, "weight")) "
          + "(exact reduction); \(run.method.reason)")
      + ["", "What the theory promises"] + certificate.lines + [""]
  }

  /// Data and network, the beginning of every screen.
  static func problem(_ loaded: LoadedProblem, widths: [Int], start: String) -> [String] {
    Screen.labelled("Data", loaded.summary) + loaded.notices.flatMap { Screen.labelled("Notice", $0) }
      + Screen.labelled("Network", "depth \(widths.count - 1), widths \(Screen.widths(widths)): \(start)")
  }

  /// The most wanted first, since a narrow terminal cuts the end.
  static func progress(_ p: TrainingProgress) -> String {
    let left = p.secondsLeft.map { ", \(timeLeft($0)) left" } ?? ", time left unknown"
    return "t \(Screen.number(p.time))  gap \(Screen.number(p.lossGap, digits: 3))  "
      + "\(Screen.duration(p.secondsUsed))\(left)  alignment \(Screen.number(p.alignment, digits: 5))  "
      + "step \(Screen.number(p.step, digits: 2))  gradient \(Screen.number(p.relativeGradientNorm, digits: 2))"
  }

  private static func timeLeft(_ range: ClosedRange<Double>) -> String {
    let (least, most) = (Screen.duration(range.lowerBound), Screen.duration(range.upperBound))
    if range.upperBound < 1 { return "less than 1 s" }
    if least == most { return "about \(most)" }
    return range.lowerBound < 1 ? "at most about \(most)" : "\(least) to \(most)"
  }

  static func conclusion(_ run: TrainingRun, _ outcome: TrainingOutcome, _ report: TrainingReport) -> [String]
  {
    let n = Screen.number
    var lines = ["What happened"]
    lines += Screen.labelled(
      "Run",
      "\(outcome.ending); t = \(n(outcome.time, 4)), \(Screen.count(outcome.work.steps, "step")), "
        + "\(Screen.count(outcome.work.evaluations, "evaluation")), \(Screen.duration(outcome.secondsUsed))")
    if let accuracy = outcome.accuracy {
      let times = "at \(Screen.count(accuracy.comparisons, "time"))"
      let meaning =
        switch run.method.method {
        case .exact: "(relative) of the exact solution at every recorded time"
        case .euler: "(relative) of a run at half the step, \(times)"
        case .auto, .erk, .cvode: "(relative) of a run at ten times the tolerance, \(times)"
        }
      lines += Screen.labelled("Precision", "W(t) within \(n(accuracy.relativeError, 2)) \(meaning)")
    }
    for other in report.agreement?.comparisons ?? [] {
      lines += Screen.labelled(
        "Agreement",
        "\(report.agreement!.reference) and \(other.name): W(t) within \(n(other.relativeDifference, 2)) (relative) "
          + "of each other at \(report.agreement!.times) times")
    }
    for plateau in outcome.plateaus.prefix(6) {
      lines += Screen.labelled(
        "Plateau",
        "from t = \(n(plateau.start, 4)) to \(n(plateau.end, 4)) (\(n(plateau.duration, 3)) long), "
          + "loss gap \(n(plateau.gap, 3))"
          + (plateau.isNearLevel
            ? ": near the saddles of rank \(plateau.level.rank) that keep \(directions(plateau.level.kept)), gap \(n(plateau.level.gap, 5))"
            : ""))
    }
    if outcome.plateaus.count > 6 {
      lines += Screen.labelled("", "and \(outcome.plateaus.count - 6) more plateaus, in result.json")
    }
    if let sharpest = outcome.spectrum.max(by: { $0.largestHessianEigenvalue < $1.largestHessianEigenvalue }),
      let first = outcome.spectrum.first, let last = outcome.spectrum.last
    {
      let stability = run.options.step.map { "; 2/η = \(n(2 / $0, 4))" } ?? ""
      lines += Screen.labelled(
        "Sharpness",
        "λmax \(n(first.largestHessianEigenvalue, 4)) at the start, at most \(n(sharpest.largestHessianEigenvalue, 4)) at "
          + "t = \(n(sharpest.time, 4)), \(n(last.largestHessianEigenvalue, 4)) at the end\(stability)",
        equation: "(8)")
    }
    lines += certainty(report) + observations(report)
    let drift = outcome.records.map(\.imbalanceDrift).max() ?? 0
    lines += Screen.labelled(
      "Conservation", "imbalance drifted by \(n(drift, 2)) at most, relative to the layers", equation: "(15)")
    let v = report.verdict
    lines += ["", "Verdict"] + LandscapeScreen.verdict(v, report.globalMinimum)
    if v.kind == .strictSaddle, outcome.ending == .converged {
      lines += Screen.labelled(
        "", "The run is exactly on the stable set of this saddle, as far as can be told.")
    }
    return lines + [""]
  }

  /// From when on the limit was certain, and what was promised then.
  private static func certainty(_ report: TrainingReport) -> [String] {
    guard let certainty = report.certainty else { return [] }
    let n = { (x: Double) in Screen.number(x) }
    let below =
      certainty.level == nil
      ? "there is no stationary level but the minimum"
      : "the loss is \(Screen.number(100 * certainty.margin, digits: 3)) % below the lowest saddle level"
    let since = certainty.time == 0 ? "from the start" : "since t = \(n(certainty.time))"
    var lines = Screen.labelled("Certain", "\(since): \(below)", equation: certainty.theorem)
    if let renewed = report.renewal?.strongest, let bound = renewed.bound,
      let time = bound.curve.time(to: 1e-6)
    {
      lines += Screen.labelled(
        "",
        "from there \(bound.on == .gap ? "the loss gap" : "‖W − W*‖²") is promised below 1e-6 (relative) by t = \(n(time))",
        equation: renewed.id)
    }
    return lines
  }

  /// Promise beside observation: the times of the promise that the certificate puts first, and what became of every one.
  private static func observations(_ report: TrainingReport) -> [String] {
    let bounded = report.observations.filter { $0.timeToAccuracy.contains { $0.promised != nil } }
    let first = bounded.first { $0.id == report.certificate.best } ?? bounded.first
    let table = first.flatMap { first in
      report.certificate.finding(first.id)?.timeTable(observed: first.timeToAccuracy.map(\.observed))
    }
    return (table ?? []) + report.observations.flatMap(\.lines)
  }

  private static func directions(_ kept: [Int]) -> String {
    kept.isEmpty
      ? "no singular direction"
      : "singular direction\(kept.count == 1 ? "" : "s") \(LandscapeScreen.list(kept))"
  }

  static func files(_ folder: OutputFolder, _ figures: FigureFiles) -> [String] {
    let names = figures.specifications.map {
      $0.deletingPathExtension().deletingPathExtension().lastPathComponent
    }
    let formats = figures.pictures.isEmpty ? "" : ".svg, .png, .pdf, "
    return Screen.labelled(
      "Files",
      "\(folder.path)/: report.html, result.json, run.json, trajectory.csv, trajectory.npz, network.safetensors"
    )
      + Screen.labelled("Figures", "\(names.joined(separator: ", ")) (\(formats).vl.json)")
      + (figures.shortfall.map { Screen.labelled("", "\($0)") } ?? [])
  }
}
