import Certificates
import Figures
import Landscape
import Training

/// What a person sees of a run.
enum TrainingScreen {
  static func promise(
    _ run: TrainingRun, _ loaded: LoadedProblem, _ start: String, _ certificate: Certificate
  ) -> [String] {
    [Screen.label("Data", loaded.summary)] + loaded.notices.map { Screen.label("Notice", $0) }
      + [
        Screen.label("Network", "depth \(run.start.depth), widths \(widths(run)): \(start)"),
        Screen.label(
          "Method",
          "\(run.method.method.rawValue), \(run.unknowns) unknowns for \(run.start.parameterCount) weights (exact reduction); \(run.method.reason)"),
        "", "What the theory promises",
      ] + certificate.summaryLines + [""]
  }

  static func progress(_ p: TrainingProgress) -> String {
    let left = p.secondsLeft.map { ", about \(Screen.duration($0)) left" } ?? ""
    return "t \(Screen.number(p.time))  gap \(Screen.number(p.lossGap, digits: 3))  "
      + "alignment \(Screen.number(p.alignment, digits: 5))  step \(Screen.number(p.step, digits: 2))  "
      + "gradient \(Screen.number(p.relativeGradientNorm, digits: 2))  \(Screen.duration(p.secondsUsed))\(left)"
  }

  static func conclusion(_ run: TrainingRun, _ outcome: TrainingOutcome, _ report: TrainingReport) -> [String] {
    let n = Screen.number
    var lines = ["What happened"]
    lines.append(
      Screen.label(
        "Run",
        "\(outcome.ending); t = \(n(outcome.time, 4)), \(outcome.work.steps) steps, \(outcome.work.evaluations) evaluations, "
          + Screen.duration(outcome.secondsUsed)))
    if let accuracy = outcome.accuracy {
      lines.append(
        Screen.label(
          "Accuracy",
          "W(t) within \(n(accuracy.relativeError, 2)) (relative) of a run at \(run.method.method == .euler ? "half the step" : "ten times the tolerance"), at \(accuracy.comparisons) times"))
    }
    for plateau in outcome.plateaus.prefix(3) {
      lines.append(
        Screen.label(
          "Plateau",
          "from t = \(n(plateau.start, 4)) to \(n(plateau.end, 4)) (\(n(plateau.duration, 3)) long), loss gap \(n(plateau.gap, 3))"))
    }
    lines += report.certificate.observationLines
    let drift = outcome.records.map(\.imbalanceDrift).max() ?? 0
    lines.append(Screen.label("Conservation", "imbalance drifted by \(n(drift, 2)) at most, relative to the layers   [(15)]"))
    lines += ["", "Verdict"] + verdict(report)
    return lines
  }

  static func verdict(_ report: TrainingReport) -> [String] {
    let v = report.verdict
    let n = Screen.number
    let meaning =
      switch v.kind {
      case .globalMinimiser: "global minimiser: no network of these widths has a smaller loss   [Theorem 2.7]"
      case .strictSaddle: "strict saddle, exactly on its stable set: curvature \(n(v.escapeCurvature ?? 0, 3)) leads out   [Definition 2.3]"
      case .nonStrictSaddle: "non-strict saddle: stationary, no negative curvature, yet above the minimum   [Definition 2.3]"
      case .notStationary: "not stationary: this is not a limit   [Definition 2.1]"
      }
    return [
      Screen.label("Limit", meaning),
      Screen.label(
        "Loss",
        "\(n(v.loss, 10)), minimum \(n(report.globalMinimum.loss, 10)), gap \(n(v.lossGap, 3)) (irreducible \(n(report.globalMinimum.irreducibleLoss, 6)))"),
      Screen.label(
        "State",
        "rank \(v.rank) (tolerance \(n(v.rankTolerance, 2))), relative gradient \(n(v.relativeGradientNorm, 2)), smallest Hessian eigenvalue \(n(v.smallestHessianEigenvalue, 3)) (zero within \(n(v.curvatureTolerance, 2)))"),
    ]
  }

  static func files(_ folder: OutputFolder, _ figures: FigureFiles?) -> [String] {
    var lines = [
      Screen.label("Files", "\(folder.path)/: result.json, run.json, trajectory.csv, trajectory.npz, network.safetensors"),
      Screen.label("Figures", "convergence, singular-values, imbalance (" + (figures?.pictures.isEmpty == false ? ".svg, .png, .pdf, " : "") + ".vl.json)"),
    ]
    if let shortfall = figures?.shortfall { lines.append(Screen.label("", "\(shortfall)")) }
    return lines
  }

  private static func widths(_ run: TrainingRun) -> String {
    run.start.widths.map(String.init).joined(separator: "–")
  }
}
