import LinearNetworks
import Prose
import Regression
import RunFiles
import Samples

/// What a person sees of a regression.
enum FitScreen {
  static func lines(_ report: FitReport) -> [String] {
    let p = report.problem
    var lines = labelledLines(
      "Data",
      "\(p.source): \(count(p.samples, "sample")), \(count(p.inputs, "input")), \(count(p.outputs, "output")); \(p.preparationInWords)"
    )
    lines += report.notices.flatMap { labelledLines("Notice", $0) }
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
    if let neglected = report.neglected {
      let outputs = neglected.neglected.map {
        "\(visible($0.name)) (R² \(number($0.r2, digits: 2)), at full rank \(number($0.fullR2, digits: 2)))"
      }
      lines += labelledLines(
        "Notice",
        "\(visible(neglected.deciding)) has \(percent(neglected.share)) of the outputs' variance and decides what a rank is spent on; it leaves out \(list(outputs)). To count all outputs alike, whatever their units, try"
      )
      lines += Self.weightedCommand.map { String(repeating: " ", count: Screen.indent) + $0 }
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
    lines += [""] + outputs(report)
    if let classification = report.classification { lines += [""] + confusion(classification, "Classes") }
    if let test = report.test { lines += [""] + self.test(test) }
    return lines + coefficients(report) + collinearity(report) + [""]
  }

  /// This command line with weights, and without what would not go with them, in lines that a shell reads as one.
  private static var weightedCommand: [String] {
    var words: [String] = []
    var rest = CommandLine.arguments.dropFirst()
    while let word = rest.popFirst() {
      if ["--criterion", "--rank", "--weights", "--out"].contains(word) {
        rest = rest.dropFirst()
      } else if word != "--force",
        !["--criterion=", "--rank=", "--weights=", "--out="].contains(where: word.hasPrefix)
      {
        words.append(word)
      }
    }
    let all =
      ["linnet"] + words.map(shellQuoted) + ["--weights", "residual-covariance", "--criterion", "bic"]
    return all.dropFirst().reduce(into: [all[0]]) { lines, word in
      if lines[lines.count - 1].count + word.count < 90 {
        lines[lines.count - 1] += " " + word
      } else {
        lines[lines.count - 1] += " \\"
        lines.append("  " + word)
      }
    }
  }

  /// How well classes are predicted, with the table of which for which if it fits on the screen.
  static func confusion(_ found: Classification, _ label: String) -> [String] {
    let total = found.confusion.reduce(0) { $0 + $1.reduce(0, +) }
    let lines = labelledLines(
      label,
      "\(percent(found.accuracy)) of \(count(total, "row")) in the class of the \(found.confusion.count == 2 ? "larger output, or above ½" : "largest output")"
    )
    guard found.classes.count <= 12 else { return lines }
    var table = ScreenTable(header: ["observed \\ predicted"] + found.classes.map(visible))
    for (name, row) in zip(found.classes, found.confusion) {
      table.rows.append([visible(name)] + row.map(String.init))
    }
    let drawn = table.lines(label: "")
    // A wide table would break on the screen.
    return drawn.allSatisfy { $0.count <= 110 } ? lines + drawn : lines
  }

  private static func test(_ test: FitReport.Test) -> [String] {
    var table = ScreenTable(header: ["held-out output", "R²", "RMSE"])
    for output in test.outputs.prefix(12) {
      table.rows.append([visible(output.name), output.r2.map { number($0) } ?? "–", number(output.rmse)])
    }
    if test.outputs.count > 12 { table.rows.append(["… \(test.outputs.count - 12) more", "", ""]) }
    return labelledLines("Test", "\(count(test.samples, "sample")) that the fit has not seen: \(test.source)")
      + table.lines(label: "") + (test.classification.map { confusion($0, "") } ?? [])
  }

  private static func collinearity(_ report: FitReport) -> [String] {
    guard let factors = report.collinearity.varianceInflation, let κ = report.collinearity.conditionNumber
    else {
      return []
    }
    // The limits are those of Marquardt and of Belsley, Kuh and Welsch.
    let inflated = zip(report.predictor.inputs, factors).filter { $0.1 > 10 }.sorted { $0.1 > $1.1 }
    guard !inflated.isEmpty || κ > 30 else { return [] }
    let names = inflated.prefix(5).map { "\(visible($0.0)) \(number($0.1, digits: 3))" }
    return [""]
      + labelledLines(
        "Notice",
        "the inputs nearly depend on each other: condition number \(number(κ, digits: 3))"
          + (names.isEmpty
            ? "" : ", variance inflation \(names.joined(separator: ", "))\(inflated.count > 5 ? ", …" : "")")
          + ". Predictions do not suffer, single coefficients do; a penalty (--ridge) or fewer inputs (--drop) steady them."
      )
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
    let errors = report.inference
    // Standard errors stand beside their coefficients as long as the line has room.
    let showsErrors = errors != nil && p.outputs.count <= 3
    var table = ScreenTable(
      header: ["input"] + p.outputs.flatMap { showsErrors ? [visible($0), "± s.e."] : [visible($0)] })
    for (i, input) in p.inputs.enumerated() {
      table.rows.append(
        [visible(input)]
          + p.outputs.indices.flatMap { j -> [String] in
            let value = number(p.coefficients[j, i], digits: 6)
            return showsErrors ? [value, number(errors!.standardErrors[j, i], digits: 3)] : [value]
          })
    }
    var lines = [""] + table.lines(label: "Coefficients")
    if showsErrors, let errors { lines += labelledLines("", "s.e.: \(errors.inWords(report))") }
    return lines
  }

  static func percent(_ fraction: Double) -> String { number(100 * fraction, digits: 5) + " %" }
}
