import Prose
import Regression
import Report
import RunFiles
import Samples

/// A fit as one page that needs nothing else, as the report of a run is.
struct FitPage {
  let report: FitReport
  let figures: [RunFolder.Figure]
  /// The text of Vega, Vega-Lite and Vega-Embed as one script; nil for static figures.
  let chartLibrary: String?

  var html: String {
    let p = report.problem
    let outputs = list(report.outputs.map { visible($0.name) }, atMost: 6)
    return Document(
      title: "Linnet: fit of \(outputs)", generator: "linnet \(report.version)",
      content: [
        Block.heading(
          "Fit of \(outputs): rank \(report.rank)", of: p.source, facts: HTML(count(p.samples, "sample")),
          HTML(count(p.inputs, "input")), HTML(count(p.outputs, "output")), HTML(treatment),
          HTML(report.choice.reason)),
        Block.section("Fit", id: "fit", [errors] + test),
        Block.section("Rank path", id: "path", path), classes, coefficients,
        FigureSection(figures, data: "fit.json").html,
        Block.section("Notes", id: "notes", notes.map { Block.paragraph(HTML($0)) }),
      ], scripts: FigureSection.scripts(chartLibrary)
    ).text
  }

  /// What was done to the columns, and how errors and coefficients count where that is not the usual way.
  private var treatment: String {
    let p = report.problem
    return
      ([p.preparationInWords]
      + (p.weights == .identity ? [] : ["weighed by the inverse residual covariance"])
      + (p.ridge > 0 ? ["penalty λ = \(number(p.ridge))"] : [])).joined(separator: " · ")
  }

  private func cell(_ x: Double?, digits: Int = 6) -> HTML {
    HTML(x.map { number($0, digits: digits) } ?? "–")
  }

  private var errors: HTML {
    Block.table(
      ["output", "R²", "RMSE", "intercept"],
      zip(report.outputs, report.predictor.intercept).map {
        [HTML(visible($0.name)), cell($0.r2), cell($0.rmse), cell($1)]
      }, className: "numbers")
  }

  private var test: [HTML] {
    guard let test = report.test else { return [] }
    return [
      Block.subheading("On \(count(test.samples, "sample")) that the fit has not seen: \(test.source)"),
      Block.table(
        ["output", "R²", "RMSE"], test.outputs.map { [HTML(visible($0.name)), cell($0.r2), cell($0.rmse)] },
        className: "numbers"),
    ]
  }

  private var path: HTML {
    let path = report.path
    let validation = report.choice.crossValidation
    let row = validation?.penalties.firstIndex(of: report.problem.ridge) ?? 0
    return Block.table(
      ["rank", "loss", "learnable", "explained", "GCV", "AIC", "BIC"]
        + (validation == nil ? [] : ["held-out error", "± s.e."]),
      path.ranks.map { r in
        [
          HTML("\(r)\(r == report.rank ? " ◂" : "")"), cell(path.loss[r], digits: 7),
          HTML(FitScreen.percent(path.learnableFraction[r])),
          HTML(FitScreen.percent(path.explainedFraction[r])),
          cell(path.gcv[r]), cell(path.aic[r]), cell(path.bic[r]),
        ] + (validation.map { [cell($0.error[row][r]), cell($0.standardError[row][r], digits: 3)] } ?? [])
      }, className: "numbers")
  }

  private var classes: HTML {
    let found =
      [("fitted samples", report.classification), ("held-out samples", report.test?.classification)]
      .compactMap { name, value in value.map { (name, $0) } }
    if found.isEmpty { return .empty }
    return Block.section(
      "Classes", id: "classes",
      found.flatMap { name, value in
        [
          Block.subheading("\(FitScreen.percent(value.accuracy)) of the \(name) in the predicted class"),
          Block.table(
            ["observed \\ predicted"] + value.classes.map(visible),
            zip(value.classes, value.confusion).map { [HTML(visible($0))] + $1.map { HTML("\($0)") } },
            className: "numbers"),
        ]
      })
  }

  /// All coefficients, with their intervals where there are any; of a very wide fit the file has them.
  private var coefficients: HTML {
    let p = report.predictor
    guard report.rank > 0 || report.inference != nil else { return .empty }
    guard p.inputs.count * p.outputs.count <= 2000 else {
      return Block.section(
        "Coefficients", id: "coefficients",
        Block.paragraph("All of them are in fit.json (predictor.coefficients)."))
    }
    let all = Array(p.outputs.indices)
    // With intervals, the outputs would not stand beside each other.
    if report.inference != nil || all.count > 8 {
      return Block.section(
        "Coefficients", id: "coefficients",
        all.flatMap { j in
          (all.count > 1 ? [Block.subheading(visible(p.outputs[j]))] : []) + [coefficients(of: [j])]
        })
    }
    return Block.section("Coefficients", id: "coefficients", coefficients(of: all))
  }

  /// A table of the coefficients for some outputs.
  private func coefficients(of outputs: [Int]) -> HTML {
    let (p, errors, inflation) = (report.predictor, report.inference, report.collinearity.varianceInflation)
    let header =
      ["input"]
      + outputs.flatMap { j in
        [visible(p.outputs[j])]
          + (errors.map { ["s.e.", "\(FitScreen.percent($0.confidence)) interval"] } ?? [])
      } + (inflation == nil ? [] : ["VIF"])
    func interval(_ low: Double, _ high: Double) -> HTML {
      HTML("\(number(low, digits: 4)) … \(number(high, digits: 4))")
    }
    var rows = p.inputs.indices.map { i in
      [HTML(visible(p.inputs[i]))]
        + outputs.flatMap { j in
          [cell(p.coefficients[j, i])]
            + (errors.map {
              [cell($0.standardErrors[j, i], digits: 3), interval($0.lower[j, i], $0.upper[j, i])]
            } ?? [])
        } + (inflation.map { [cell($0[i], digits: 3)] } ?? [])
    }
    if let errors, let deviations = errors.interceptStandardErrors, let low = errors.interceptLower,
      let high = errors.interceptUpper
    {
      rows.append(
        [HTML("intercept")]
          + outputs.flatMap { j in
            [cell(p.intercept[j]), cell(deviations[j], digits: 3), interval(low[j], high[j])]
          } + (inflation == nil ? [] : [.empty]))
    }
    return Block.table(header, rows, className: "numbers")
  }

  private var notes: [String] {
    var lines = [
      "Reduced-rank regression in closed form: the loss is the global minimum over all matrices of that rank, and of every linear network with that bottleneck (Theorem 2.7 of Eftekhari 2020)."
    ]
    if let errors = report.inference { lines.append("Standard errors (s.e.): \(errors.inWords(report)).") }
    if let neglected = report.neglected {
      lines.append(
        "\(visible(neglected.deciding)) has \(FitScreen.percent(neglected.share)) of the outputs' variance and decides what a rank is spent on; it leaves out \(list(neglected.neglected.map { visible($0.name) })). Weights (--weights residual-covariance) count all outputs alike."
      )
    }
    return lines + report.notices
  }
}
