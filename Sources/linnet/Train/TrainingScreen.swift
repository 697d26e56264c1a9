import Figures
import Prose
import RunFiles
import Theory
import Training

/// What a person sees of a run.
enum TrainingScreen {
  static func promise(
    _ run: TrainingRun, _ loaded: LoadedProblem, _ start: String, _ startLines: [String],
    _ promise: CertificateReport, _ detail: Detail, _ descent: DescentPromise? = nil,
    _ search: StepSearch? = nil
  )
    -> [String]
  {
    problem(loaded, widths: run.start.widths, start: start)
      + startLines + Imbalance.lines(promise.imbalances)
      + labelledLines(
        "Method",
        "\(methodName(run)), \(count(run.unknowns, "unknown")) for \(count(run.start.parameterCount, "weight")) "
          + "(exact reduction); \(run.method.reason)")
      + (descent.map { DescentScreen.promise($0, run, search) } ?? [])
      + ["", "What the theory promises" + (descent == nil ? "" : " of the flow")]
      + certificate(promise.certificate, detail)
      + (promise.saddleSequence?.lines() ?? []) + [""]
  }

  /// How much is said of a certificate.
  enum Detail {
    /// The answers to the three questions, and the theorem that they rest on.
    case brief
    /// Every theorem, also the silent ones with their reasons.
    case full
  }

  /// The answers, and as much of the theorems as is wanted.
  static func certificate(_ certificate: Certificate, _ detail: Detail) -> [String] {
    guard detail == .brief else { return certificate.answers.lines + [""] + certificate.lines }
    let others = certificate.others
    return certificate.summary
      + labelledLines(
        "More",
        "\(count(others.speaking, "theorem")) \(others.speaking == 1 ? "speaks" : "speak") here and \(others.silent) \(others.silent == 1 ? "is" : "are") silent: --verbose shows them all"
      )
  }

  private static func methodName(_ run: TrainingRun) -> String {
    run.method.method == .euler ? "gradient descent (explicit Euler)" : run.method.method.rawValue
  }

  /// Data and network, the beginning of every screen.
  static func problem(_ loaded: LoadedProblem, widths: [Int], start: String) -> [String] {
    labelledLines("Data", loaded.summary) + loaded.notices.flatMap { labelledLines("Notice", $0) }
      + labelledLines("Network", "depth \(widths.count - 1), widths \(chain(widths)): \(start)")
  }

  /// The most wanted first, since a narrow terminal cuts the end.
  static func progress(_ p: TrainingProgress) -> String {
    let left = p.secondsLeft.map { ", \(timeLeft($0)) left" } ?? ", time left unknown"
    return "t \(number(p.time))  gap \(number(p.lossGap, digits: 3))  "
      + "\(duration(p.secondsUsed))\(left)  cos(W, W*) \(number(p.alignment, digits: 5))  "
      + "step \(number(p.step, digits: 2))  gradient \(number(p.relativeGradientNorm, digits: 2))"
  }

  private static func timeLeft(_ range: ClosedRange<Double>) -> String {
    let (least, most) = (duration(range.lowerBound), duration(range.upperBound))
    if range.upperBound < 1 { return "less than 1 s" }
    if least == most { return "about \(most)" }
    return range.lowerBound < 1 ? "at most about \(most)" : "\(least) to \(most)"
  }

  static func conclusion(_ run: TrainingRun, _ outcome: TrainingOutcome, _ report: TrainingReport) -> [String]
  {
    func n(_ x: Double, _ digits: Int) -> String { number(x, digits: digits) }
    var lines = ["What happened"]
    lines += labelledLines(
      "Run",
      "\(outcome.ending); t = \(n(outcome.time, 4)), \(count(outcome.work.steps, "step")), "
        + "\(count(outcome.work.evaluations, "evaluation")), \(duration(outcome.secondsUsed))")
    if let accuracy = outcome.accuracy {
      let times = "at \(count(accuracy.comparisons, "time"))"
      let meaning =
        switch run.method.method {
        case .exact: "(relative) of the exact solution at every recorded time"
        case .euler: "(relative) of the flow from the same start, \(times)"
        case .auto, .erk, .cvode: "(relative) of a run at ten times the tolerance, \(times)"
        }
      lines += labelledLines("Precision", "W(t) within \(n(accuracy.relativeError, 2)) \(meaning)")
    }
    for other in report.agreement?.comparisons ?? [] {
      lines += labelledLines(
        "Agreement",
        "\(report.agreement!.reference) and \(other.name): W(t) within \(n(other.relativeDifference, 2)) (relative) "
          + "of each other at \(report.agreement!.times) times")
    }
    for plateau in outcome.plateaus.prefix(6) {
      lines += labelledLines(
        "Plateau",
        "from t = \(n(plateau.start, 4)) to \(n(plateau.end, 4)) (\(n(plateau.duration, 3)) long), "
          + "loss gap \(n(plateau.gap, 3)): near the saddles of rank \(plateau.level.rank) that keep "
          + "\(directions(plateau.level.kept)), gap \(n(plateau.level.gap, 5))")
    }
    if outcome.plateaus.count > 6 {
      lines += labelledLines("", "and \(outcome.plateaus.count - 6) more plateaus, in result.json")
    }
    if let sharpest = outcome.spectrum.max(by: { $0.largestHessianEigenvalue < $1.largestHessianEigenvalue }),
      let first = outcome.spectrum.first, let last = outcome.spectrum.last
    {
      let stability = run.options.step.map { "; 2/η = \(n(2 / $0, 4))" } ?? ""
      lines += labelledLines(
        "Sharpness",
        "λmax \(n(first.largestHessianEigenvalue, 4)) at the start, at most \(n(sharpest.largestHessianEigenvalue, 4)) at "
          + "t = \(n(sharpest.time, 4)), \(n(last.largestHessianEigenvalue, 4)) at the end\(stability)",
        source: "(8)")
    }
    lines += recorded(report)
    lines += report.descent.map(DescentScreen.conclusion) ?? []
    lines += report.saddleSequence.map { $0.predicted.lines(passed: $0.passed) } ?? []
    lines += certainty(report) + observations(report)
    let drift = outcome.records.map(\.imbalanceDrift).max() ?? 0
    lines += labelledLines(
      "Conservation", "imbalance drifted by \(n(drift, 2)) at most, relative to the layers", source: "(15)")
    let v = report.verdict
    lines += ["", "Verdict"] + LandscapeScreen.verdict(v, report.globalMinimum)
    let isSaddle = v.kind == .strictSaddle || v.kind == .nonStrictSaddle
    if isSaddle, outcome.ending == .converged, let best = report.certificate.best {
      lines += labelledLines("", "The exact flow from exactly this start goes there.", source: best)
    } else if isSaddle {
      let leaves = report.certificate.theorems.first {
        $0.strength == .almostEvery && $0.limit == .globalMinimiser
      }
      lines += labelledLines(
        "",
        leaves == nil
          ? "A plateau, as far as anyone can tell: no theorem names it as the limit of exactly this start."
          : "A plateau: almost every start like this one leaves it.", source: leaves?.id ?? "")
    }
    return lines + [""]
  }

  /// The events whose times were asked for, and the loss on held-out rows.
  private static func recorded(_ report: TrainingReport) -> [String] {
    var lines: [String] = []
    for event in (report.events ?? []).prefix(12) {
      lines += labelledLines(
        "Event", "\(event.event): " + (event.time.map { "t = \(number($0))" } ?? "not in this run"))
    }
    if let count = report.events?.count, count > 12 {
      lines += labelledLines("", "and \(count - 12) more events, in result.json")
    }
    guard let held = report.heldOut else { return lines }
    let m = Double(held.rows)
    return lines
      + labelledLines(
        "Held out",
        "\(count(held.rows, "row")) (\(held.source)): loss per row \(number(held.finalLoss / m)) at the end, "
          + (held.leastTime.map { "least \(number(held.leastLoss / m)) at t = \(number($0))" }
            ?? "where it is the least"))
  }

  /// From when on the limit was certain, and what was promised then.
  private static func certainty(_ report: TrainingReport) -> [String] {
    guard let certainty = report.certainty else { return [] }
    let n = { (x: Double) in number(x) }
    let below =
      certainty.level == nil
      ? "there is no stationary level but the minimum"
      : "the loss is \(number(100 * certainty.margin, digits: 3)) % below the lowest saddle level"
    let since = certainty.time == 0 ? "from the start" : "since t = \(n(certainty.time))"
    var lines = labelledLines("Certain", "\(since): \(below)", source: certainty.theorem)
    if let renewed = report.renewal?.strongest, let bound = renewed.bound,
      let time = bound.curve.time(to: 1e-6)
    {
      lines += labelledLines(
        "",
        "from there \(bound.on == .gap ? "the loss gap" : "‖W − W*‖²") is promised below 1e-6 (relative) by t = \(n(time))",
        source: renewed.id)
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
    return (table ?? []) + Observation.lines(report.observations)
  }

  private static func directions(_ kept: [Int]) -> String {
    kept.isEmpty
      ? "no singular direction"
      : "singular direction\(kept.count == 1 ? "" : "s") \(ranges(kept))"
  }

  static func files(
    _ folder: OutputFolder, _ figures: FigureFiles?, _ run: TrainingRun, _ outcome: TrainingOutcome
  ) -> [String] {
    let files = labelledLines(
      "Files",
      "\(folder.path)/: report.html, result.json, run.json, trajectory.csv, trajectory.npz, network.safetensors, start.safetensors"
    )
    guard let figures else { return files }
    let names = figures.specifications.map {
      $0.deletingPathExtension().deletingPathExtension().lastPathComponent
    }
    let formats = figures.pictures.isEmpty ? "" : ".svg, .png, .pdf, "
    let omitted = TrainingFigures.reasonToOmit(
      drift: outcome.records.map(\.imbalanceDrift), depth: run.start.depth, method: run.method.method.rawValue
    )
    return files
      + labelledLines("Figures", "\(names.joined(separator: ", ")) (\(formats).vl.json)")
      + (omitted.map { labelledLines("", "none of the imbalance: \($0)") } ?? [])
      + (figures.shortfall.map { labelledLines("", "\($0)") } ?? [])
  }
}
