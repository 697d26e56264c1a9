import LinearNetworks
import Prose
import Regression
import Samples

/// What a person sees of a regression.
enum FitScreen {
  static func lines(_ report: FitReport, table: SampleTable) -> [String] {
    let p = report.problem
    let done =
      switch p.preparation {
      case .none: "as they are"
      case .standardize: "centred, inputs scaled to unit variance"
      default: "centred"
      }
    var lines = labelledLines(
      "Data",
      "\(table.name): \(count(p.samples, "sample")), \(count(p.inputs, "input")), \(count(p.outputs, "output")); \(done)"
    )
    lines += table.notices.inWords.flatMap { labelledLines("Notice", $0) }
    if !p.droppedConstants.isEmpty {
      lines += labelledLines(
        "Notice", "constant columns left out: \(list(p.droppedConstants.map(visible)))")
    }
    if p.inputRank < p.inputs {
      lines += labelledLines(
        "Notice",
        "the \(p.inputs) inputs have rank \(p.inputRank)\(p.ridge == 0 ? ": of all solutions the one of least norm is given" : "")"
      )
    }
    if p.weights == .residualCovariance {
      lines += labelledLines(
        "Weights", "inverse residual covariance: maximum likelihood, whatever the units of the outputs")
    }
    if p.ridge > 0 { lines += labelledLines("Penalty", "λ = \(number(p.ridge))") }
    lines += [""] + path(report) + [""]
    lines += labelledLines("Rank", "\(report.rank): \(report.choice.reason)")
    if report.rank == 0 {
      lines += labelledLines(
        "", "No linear relation is better than the mean: every sample is predicted by it.")
    }
    lines += labelledLines(
      "Loss",
      "\(number(report.minimum.loss, digits: 10)), the minimum over rank ≤ \(report.rank); "
        + "full rank gains \(gain(report.minimum)), irreducible \(number(report.minimum.irreducibleLoss, digits: 6))",
      source: "Theorem 2.7")
    if let correlations = report.canonicalCorrelations {
      let shown = correlations.prefix(8).map { number($0) }.joined(separator: ", ")
      lines += labelledLines("Canonical", "correlations \(shown)\(correlations.count > 8 ? ", …" : "")")
    }
    return lines + [""] + outputs(report) + coefficients(report) + [""]
  }

  /// What full rank gains; nothing below the round-off of the loss.
  private static func gain(_ minimum: FitReport.Minimum) -> String {
    minimum.gap <= .ulpOfOne * minimum.loss ? "nothing" : number(minimum.gap, digits: 3)
  }

  /// The rank path; of many ranks the first, those around the one in use, and the last.
  private static func path(_ report: FitReport) -> [String] {
    let (path, validation) = (report.path, report.choice.crossValidation)
    let penalty = validation?.penalties.firstIndex(of: report.problem.ridge) ?? 0
    var table = ScreenTable(
      header: ["rank", "", "loss", "learnable", "explained"]
        + (validation == nil ? ["GCV"] : ["held-out error", "± s.e."])
        + ["BIC"])
    let last = path.ranks.count - 1
    let shown = path.ranks.filter {
      last <= 14 || $0 <= 7 || ($0 - report.rank).magnitude <= 2 || $0 == last
    }
    var previous = -1
    for r in shown {
      if r > previous + 1 { table.rows.append(["…"] + Array(repeating: "", count: table.header.count - 1)) }
      previous = r
      let middle =
        validation.map {
          [
            number($0.error[penalty][r], digits: 5),
            number($0.standardError[penalty][r], digits: 2),
          ]
        } ?? [path.gcv[r].map { number($0, digits: 5) } ?? "–"]
      table.rows.append(
        [
          "\(r)", r == report.rank ? "◂" : "", number(path.loss[r], digits: 7),
          percent(path.learnableFraction[r]),
          percent(path.explainedFraction[r]),
        ] + middle + [number(path.bic[r], digits: 6)])
    }
    return table.lines(label: "Rank path")
  }

  private static func outputs(_ report: FitReport) -> [String] {
    var table = ScreenTable(header: ["output", "R²", "RMSE", "intercept"])
    for (output, intercept) in zip(report.outputs, report.predictor.intercept).prefix(12) {
      table.rows.append(
        [
          output.name, output.r2.map { number($0) } ?? "–", number(output.rmse),
          number(intercept, digits: 6),
        ])
    }
    if report.outputs.count > 12 { table.rows.append(["… \(report.outputs.count - 12) more", "", "", ""]) }
    return table.lines(label: "Fit")
  }

  /// The coefficients in the units of the data, where they fit on the screen.
  private static func coefficients(_ report: FitReport) -> [String] {
    let p = report.predictor
    guard p.inputs.count <= 20, p.outputs.count <= 6, report.rank > 0 else { return [] }
    var table = ScreenTable(header: ["input"] + p.outputs)
    for (i, input) in p.inputs.enumerated() {
      table.rows.append([input] + p.outputs.indices.map { number(p.coefficients[$0, i], digits: 6) })
    }
    return [""] + table.lines(label: "Coefficients")
  }

  static func percent(_ fraction: Double) -> String { number(100 * fraction, digits: 5) + " %" }
}
