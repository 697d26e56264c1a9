import Completion
import Figures
import Prose

/// What a person sees of a completion.
enum CompletionScreen {
  private static func n(_ x: Double, _ digits: Int = 4) -> String { number(x, digits: digits) }

  static func promise(
    _ file: String, _ all: ObservedMatrix, _ train: ObservedMatrix, _ test: ObservedMatrix?, widths: [Int],
    norm: Double, seed: UInt64
  ) -> [String] {
    var lines = labelledLines(
      "Data",
      "\(file): \(all.rows)×\(all.columns), \(count(train.entries.count, "entry", plural: "entries")) observed (\(n(100 * train.share, 3)) %)"
        + (test.map { ", \($0.entries.count) held out" } ?? ""))
    for (name, empty) in [("row", train.emptyRows), ("column", train.emptyColumns)] where !empty.isEmpty {
      let names =
        empty.prefix(12).map { "\($0 + 1)" }.joined(separator: ", ") + (empty.count > 12 ? ", …" : "")
      lines += labelledLines(
        "Notice",
        "\(empty.count == 1 ? "\(name) \(names) has" : "\(name)s \(names) have") no observed entry: the data do not determine \(empty.count == 1 ? "it" : "them"), what is found there is the start's"
      )
    }
    lines += labelledLines(
      "Network",
      "depth \(widths.count - 1), widths \(chain(widths)): balanced, random, ‖W_0‖ = \(n(norm)) × ‖observed entries‖, seed \(seed)"
    )
    lines += labelledLines(
      "Theory",
      "conservation of the imbalances and dL/dt = −‖∇L‖² hold; certificates, levels and limits need all entries, and do not apply",
      source: "(13), (15)")
    return lines + [""]
  }

  static func resumed(at time: Double?) -> [String] {
    labelledLines(
      "Resumed", time.map { "at t = \(number($0))" } ?? "at t = 0, since there was no checkpoint yet")
  }

  static func progress(_ r: CompletionRecord) -> String {
    "t \(n(r.time))  error \(n(r.trainError, 3))"
      + (r.testError.map { "  held out \(n($0, 3))" } ?? "") + "  effective rank \(n(r.effectiveRank, 3))"
  }

  static func conclusion(_ result: CompletionResult, _ outcome: CompletionOutcome) -> [String] {
    let last = result.final
    var lines = ["What happened"]
    let words =
      switch outcome.ending {
      case .reachedResidual:
        "reached the residual that was asked for, \(n(result.options.residual, 3)) of the observed entries"
      case .stationary: "stands still: the gradient vanished relative to its scale"
      case .reachedFinalTime: "reached the final time that was asked for"
      case .budgetRanOut: "the wall clock ran out"
      case .interrupted: "interrupted"
      case .solverFailed(let termination): "failed: \(termination)"
      }
    lines += labelledLines(
      "Run",
      "\(words); t = \(n(last.time)), \(count(outcome.work.steps, "step")), \(duration(outcome.secondsUsed))")
    lines += labelledLines(
      "Errors",
      "observed entries \(n(last.trainError, 3))" + (last.testError.map { ", held out \(n($0, 3))" } ?? "")
        + " (root mean square)")
    lines += labelledLines(
      "Rank",
      "\(last.rank) singular \(last.rank == 1 ? "value" : "values") above a hundredth of the largest, effective rank \(n(last.effectiveRank, 3)); nuclear norm \(n(last.nuclearNorm))"
    )
    if let least = result.nuclearNorm {
      let gap = (least.upperBound - least.lowerBound) / max(least.upperBound, .leastNormalMagnitude)
      lines += labelledLines(
        "Least norm",
        "the completion of least nuclear norm has \(gap <= 1e-5 ? n(least.upperBound) : "\(n(least.lowerBound)) to \(n(least.upperBound))"), effective rank \(n(least.effectiveRank, 3))"
          + (least.testError.map { ", held out \(n($0, 3))" } ?? "")
          + (least.distance.map { "; the flow's differs from it by \(n($0, 3)) (relative)" } ?? ""))
    }
    let drift = result.trajectory.map(\.imbalanceDrift).max() ?? 0
    lines += labelledLines(
      "Conservation", "imbalance drifted by \(n(drift, 2)) at most, relative to the layers", source: "(15)")
    let v = result.verdict
    lines += ["", "Verdict"] + labelledLines("Limit", v.description)
    lines += labelledLines(
      "Loss",
      "\(n(v.loss, 10)); residual \(n(v.residual, 3)), relative gradient \(n(v.relativeGradient, 2))"
        + (v.smallestHessianEigenvalue.map { ", smallest Hessian eigenvalue \(n($0, 3))" } ?? ""))
    return lines + [""]
  }

  static func files(_ folder: OutputFolder, _ figures: FigureFiles) -> [String] {
    let formats = figures.pictures.isEmpty ? "" : ".svg, .png, .pdf, "
    return labelledLines(
      "Files", "\(folder.path)/: run.json, completion.json, completed.csv, network.safetensors")
      + labelledLines("Figures", "errors, singular-values (\(formats).vl.json)")
      + (figures.shortfall.map { labelledLines("", "\($0)") } ?? [])
  }
}
