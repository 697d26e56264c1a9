import Integration
import Prose
import Theory
import Training

/// What a person sees of gradient descent.
enum DescentScreen {
  private static func n(_ x: Double, _ digits: Int = 4) -> String { number(x, digits: digits) }

  /// Step, stability and what the theorems on descent say, before the run.
  static func promise(_ descent: DescentPromise, _ run: TrainingRun, _ search: StepSearch?) -> [String] {
    let stability = descent.stability
    var step = "η = \(n(descent.step))"
    if let share = descent.share, let limit = stability.limit, let λ = stability.sharpnessAtMinimiser {
      let name = descent.momentum > 0 ? "2(1 + β)/λmax" : "2/λmax"
      step +=
        ", \(n(share, 3)) of the stability limit \(name) = \(n(limit)) at the balanced minimiser (λmax \(n(λ)))"
    }
    step += "; λmax \(n(stability.sharpnessAtStart)) at the start"
    if let layers = run.options.descent?.layerSteps {
      step =
        "\(list(layers.steps.map { n($0) })) of layers 1 to \(layers.steps.count), which is one step η = (η_1⋯η_N)^(1/N) on V_j = W_j/√(η_j/η), whose product is the same; λmax, imbalances, the flow and all theorems here are those of the V_j, files and singular values of layers those of the W_j. "
        + step
    }
    if descent.momentum > 0 { step += "; momentum \(n(descent.momentum)), time runs by η/(1 − β) a step" }
    switch run.options.descent?.factors ?? .constant {
    case .constant: break
    case .harmonic: step += "; step k is η/(k + 1)"
    case .listed(let factors):
      step += "; \(count(factors.count, "factor")) of η from a file, the last for good"
    }
    if let batch = run.options.descent?.batch {
      step += "; batches of \(count(batch.size, "sample")), seed \(batch.seed)"
    }
    var lines = labelledLines("Step", step, source: "D25")
    if let search {
      lines += labelledLines(
        "Best step",
        "of \(search.trials.count) tried, \(n(search.best)) comes to \(n(search.gap, 3)) of the start's loss gap in the fewest steps, \(search.steps)"
      )
    }
    lines += warnings(descent)
    if let certificate = descent.certificate {
      lines += ["", "What the theory promises of descent in steps of \(n(descent.step))"] + certificate.lines
    }
    return lines
  }

  /// What is to be feared of a step.
  private static func warnings(_ descent: DescentPromise) -> [String] {
    if let share = descent.share, share > 1 {
      return labelledLines(
        "Warning",
        "the step is \(n(share, 3)) times the stability limit: descent cannot settle at the balanced minimiser, and will oscillate, diverge, or be thrown to a flatter one if there is one"
      )
    }
    if let share = descent.shareAtStart, share > 1 {
      return labelledLines(
        "Warning",
        "the step is \(n(share, 3)) times what is stable at the start: the loss may rise before it falls (a catapult)"
      )
    }
    return []
  }

  /// Descent beside the flow, after the run.
  static func conclusion(_ report: DescentReport) -> [String] {
    var lines: [String] = []
    if let flow = report.flow, let largest = flow.largest {
      let dear = "more than twenty times the work of the descent: a run by --method erk or cvode goes on"
      var words =
        "W of descent and of the flow at t = kη differ by \(n(largest.distance, 3)) at most (relative), at t = \(n(largest.time))"
      if let modified = flow.modifiedDistances?.max() {
        words += "; from the modified equation by \(n(modified, 3))"
      }
      if let end = flow.end {
        words =
          end > 0
          ? words + "; it was followed to t = \(n(end)) only"
            + (flow.isTooDear ? ", since it takes \(dear)" : "")
          : "not followed to the first recorded step" + (flow.isTooDear ? ": that takes \(dear)" : "")
      }
      lines += labelledLines("Flow", words)
    }
    lines += table(report)
    if let highest = report.highestGap, report.lossHasRisen {
      lines += labelledLines(
        "Loss",
        // The start's own gap is known to round-off.
        highest > 1 + 1e-6
          ? "rose, to \(n(highest, highest < 1.01 ? 8 : 3)) times the start's gap at most"
          : "rose from one step to the next, but never above the start's")
    }
    if let sharp = report.sharpness, let first = sharp.values.first, let last = sharp.values.last,
      let peak = sharp.values.max()
    {
      let limit = report.promise.momentum > 0 ? "2(1 + β)/η" : "2/η"
      var words =
        "λmax \(n(first)) at the start, \(n(peak)) at most, \(n(last)) at the end; \(limit) = \(n(sharp.limit))"
      if let crossed = sharp.crossed {
        words += crossed == 0 ? ", above it from the start" : ", passed at step \(crossed)"
        if peak > 1.02 * first, crossed > 0 { words += " (progressive sharpening)" }
      } else if peak > 1.02 * first {
        words += ", never passed (progressive sharpening)"
      }
      lines += labelledLines("Sharpness", words, source: "(8)")
    }
    if let band = report.band, let low = band.least.last, let middle = band.median.last,
      let high = band.largest.last, let k = band.iterates.last
    {
      lines += labelledLines(
        "Batches",
        "\(band.seeds.count) runs with seeds \(band.seeds.first!) to \(band.seeds.last!): loss gap \(n(low, 3)) to \(n(high, 3)), median \(n(middle, 3)), at step \(k)"
      )
    }
    return lines
  }

  /// Steps to accuracies, beside the flow's time in steps.
  private static func table(_ report: DescentReport) -> [String] {
    let rows = report.reached.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    guard rows.contains(where: { $0.steps != nil }) else { return [] }
    func cells(_ texts: [String]) -> String {
      texts.map { String(repeating: " ", count: max(11 - $0.count, 0)) + $0 }.joined()
    }
    var lines =
      labelledLines("Accuracy", cells(rows.map { number($0.accuracy) }) + "   of ‖W−W*‖²/‖W*‖²", width: 130)
      + labelledLines(
        "  descent", cells(rows.map { $0.steps.map(String.init) ?? "–" }) + "   steps", width: 130)
    if rows.contains(where: { $0.flow != nil }) {
      lines += labelledLines(
        "  flow", cells(rows.map { $0.flow.map { n($0) } ?? "–" }) + "   time in steps", width: 130)
    }
    return lines
  }
}
