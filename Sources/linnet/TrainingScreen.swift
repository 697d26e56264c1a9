import Certificates
import Figures
import Landscape
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
      + ["", "What the theory promises"] + certificate.summaryLines + [""]
  }

  /// Data and network, the beginning of every screen.
  static func problem(_ loaded: LoadedProblem, widths: [Int], start: String) -> [String] {
    Screen.labelled("Data", loaded.summary) + loaded.notices.flatMap { Screen.labelled("Notice", $0) }
      + Screen.labelled("Network", "depth \(widths.count - 1), widths \(Screen.widths(widths)): \(start)")
  }

  /// The most wanted first, since a narrow terminal cuts the end.
  static func progress(_ p: TrainingProgress) -> String {
    let left =
      p.secondsLeft.map { $0 < 1 ? ", less than 1 s left" : ", about \(Screen.duration($0)) left" } ?? ""
    return "t \(Screen.number(p.time))  gap \(Screen.number(p.lossGap, digits: 3))  "
      + "\(Screen.duration(p.secondsUsed))\(left)  alignment \(Screen.number(p.alignment, digits: 5))  "
      + "step \(Screen.number(p.step, digits: 2))  gradient \(Screen.number(p.relativeGradientNorm, digits: 2))"
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
    for plateau in outcome.plateaus.prefix(3) {
      lines += Screen.labelled(
        "Plateau",
        "from t = \(n(plateau.start, 4)) to \(n(plateau.end, 4)) (\(n(plateau.duration, 3)) long), "
          + "loss gap \(n(plateau.gap, 3))")
    }
    lines += report.certificate.observationLines
    let drift = outcome.records.map(\.imbalanceDrift).max() ?? 0
    lines += Screen.labelled(
      "Conservation", "imbalance drifted by \(n(drift, 2)) at most, relative to the layers", equation: "(15)")
    return lines + ["", "Verdict"] + verdict(report) + [""]
  }

  static func verdict(_ report: TrainingReport) -> [String] {
    let v = report.verdict
    let n = Screen.number
    let (meaning, source) =
      switch v.kind {
      case .globalMinimiser:
        ("global minimiser: no network of these widths has a smaller loss", "Theorem 2.7")
      case .strictSaddle:
        (
          "strict saddle, exactly on its stable set: curvature \(n(v.escapeCurvature ?? 0, 3)) leads out",
          "Definition 2.3"
        )
      case .nonStrictSaddle:
        ("non-strict saddle: stationary without negative curvature, yet above the minimum", "Definition 2.3")
      case .notStationary: ("not stationary: this is not a limit", "Definition 2.1")
      }
    let minimum = report.globalMinimum
    return Screen.labelled("Limit", meaning, equation: source)
      + Screen.labelled(
        "Loss",
        "\(n(v.loss, 10)), minimum \(n(minimum.loss, 10)), gap \(n(v.lossGap, 3)) "
          + "(irreducible \(n(minimum.irreducibleLoss, 6)))")
      + Screen.labelled(
        "State",
        "rank \(v.rank) (tolerance \(n(v.rankTolerance, 2))), relative gradient \(n(v.relativeGradientNorm, 2)), "
          + "smallest Hessian eigenvalue \(n(v.smallestHessianEigenvalue, 3)) (zero within \(n(v.curvatureTolerance, 2)))"
      )
  }

  static func files(_ folder: OutputFolder, _ figures: FigureFiles) -> [String] {
    let formats = figures.pictures.isEmpty ? "" : ".svg, .png, .pdf, "
    return Screen.labelled(
      "Files",
      "\(folder.path)/: report.html, result.json, run.json, trajectory.csv, trajectory.npz, network.safetensors"
    )
      + Screen.labelled("Figures", "convergence, singular-values, imbalance (\(formats).vl.json)")
      + (figures.shortfall.map { Screen.labelled("", "\($0)") } ?? [])
  }
}
