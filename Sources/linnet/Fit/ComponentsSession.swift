import DataFormats
import Figures
import Foundation
import LinearAlgebra
import LinearNetworks
import Prose
import Regression
import RunFiles
import Samples

/// One `linnet fit --pca`, from the files to the closing screen.
struct ComponentsSession {
  let table: FittedTable
  let preparation: Preparation
  let plan: FitPlan
  let destination: Destination

  func run() throws {
    let n = table.inputs.count
    if let rank = plan.rank, rank > n {
      throw RegressionError.rankTooLarge(rank: rank, inputs: n, outputs: n)
    }
    var samples: SampleCompression
    var drawn = DrawnRows(columns: table.columnCount, limit: RegressionSession.drawnSamples, seed: plan.seed)
    switch table {
    case .factor(let compressed): samples = compressed.samples
    case .rows(let table):
      samples = SampleCompression(columns: table.columnCount)
      try table.forEachBlock(showing: ProgressLine()) { block, rows in
        samples.append(rowMajor: block.baseAddress!, rows: rows)
        if destination.writesFiles { drawn.append(rowMajor: block.baseAddress!, rows: rows) }
      }
    }
    guard samples.sampleCount > 0 else { throw SampleTableError.noRowsLeft(table: table.name) }
    let pca = try PrincipalComponents(samples, columns: table.inputs, preparation: preparation)
    let largest = plan.largestRank(pca.columns.count)
    let choice = try choose(pca, upTo: largest)
    let widths = plan.widths(inputs: pca.columns.count, outputs: pca.columns.count, rank: choice.rank)
    let report = ComponentsReport(pca, of: table, choice: choice, widths: widths)

    if destination.printsJSON { Screen.standardOutput(try CanonicalJSON.encode(report)) }
    lines(report).forEach(destination.say)
    if let folder = try destination.folder(stem: "linnet-fit") {
      try folder.write(json: report, to: "fit.json")
      let isScaled = pca.preparation == .standardize
      let names = pca.columns.map(\.name)
      let meaning = NetworkMeaning(
        inputs: names, outputs: names, inputMeans: pca.means, outputMeans: pca.means,
        inputScales: isScaled ? pca.scales : nil, outputScales: isScaled ? pca.scales.map { 1 / $0 } : nil,
        coding: table.coding)
      try NetworkFile.write(
        pca.network(rank: choice.rank, widths: widths), to: folder.file("network.safetensors"),
        metadata: [
          "program": "linnet \(programVersion)", "rank": "\(choice.rank)",
          NetworkMeaning.key: try meaning.text,
        ])
      let figures = FitFigures(report, drawn: table.readable == nil ? nil : drawn, of: pca)
      try figures.write(to: folder, alsoWritten: ["report.html"], saying: destination.say)
      let page = ComponentsPage(
        report: report,
        figures: RunFolder.figures(figures.figures.map(\.name), in: folder.path),
        chartLibrary: FigureRenderer.located().chartLibrary)
      try AtomicFile.write(Data(page.html.utf8), to: folder.file("report.html"))
    }
  }

  private func choose(_ pca: PrincipalComponents, upTo largest: Int) throws -> ComponentsReport.Choice {
    let (aic, bic) = pca.informationCriteria
    if let rank = plan.rank {
      guard rank <= pca.columns.count else {
        throw RegressionError.rankTooLarge(rank: rank, inputs: pca.columns.count, outputs: pca.columns.count)
      }
      return .init(criterion: "given", rank: rank, reason: "given", aic: aic, bic: bic)
    }
    let criterion = plan.criterion!
    let values = (criterion == .akaike ? aic : bic).prefix(largest + 1)
    return .init(
      criterion: criterion.rawValue, rank: values.indices.min { values[$0] < values[$1] }!,
      reason: "least \(criterion == .akaike ? "AIC" : "BIC") of probabilistic principal components", aic: aic,
      bic: bic)
  }

  private func lines(_ report: ComponentsReport) -> [String] {
    let p = report.problem
    let done =
      switch p.preparation {
      case .none: "as they are"
      case .standardize: "centred, scaled to unit variance"
      default: "centred"
      }
    var lines = labelledLines(
      "Data",
      "\(table.name): \(count(p.samples, "sample")), \(count(p.columns, "column")); \(done)")
    lines += table.notices.inWords.flatMap { labelledLines("Notice", $0) }
    if !p.droppedConstants.isEmpty {
      lines += labelledLines(
        "Notice", "constant columns left out: \(list(p.droppedConstants.map(visible)))")
    }
    let c = report.components
    var components = ScreenTable(
      header: ["component", "", "variance", "explained", "together", "largest loadings"], leftAligned: [0, 5])
    var together = 0.0
    for i in c.explainedVariance.indices {
      together += c.explainedVarianceRatio[i]
      guard i < max(10, min(report.rank, 20)) else { break }
      let vector = c.vectors.row(i)
      let largest = vector.indices.sorted { vector[$0].magnitude > vector[$1].magnitude }.prefix(3)
      components.rows.append([
        "\(i + 1)", i + 1 == report.rank ? "◂" : "", number(c.explainedVariance[i], digits: 5),
        FitScreen.percent(c.explainedVarianceRatio[i]), FitScreen.percent(min(together, 1)),
        largest.map { "\(c.columns[$0]) \(number(vector[$0], digits: 3))" }.joined(separator: ", "),
      ])
    }
    if components.rows.count < c.explainedVariance.count {
      components.rows.append([
        "… \(c.explainedVariance.count - components.rows.count) more", "", "", "", "", "",
      ])
    }
    lines += [""] + components.lines(label: "Components") + [""]
    lines += labelledLines("Rank", "\(report.rank): \(report.choice.reason)")
    lines += labelledLines(
      "Loss",
      "\(number(report.minimum.loss, digits: 10)), the minimum of ½‖X − WX‖² over rank ≤ \(report.rank)",
      source: "Theorem 2.7")
    return lines + [""]
  }
}

extension FitFigures {
  /// The scree of principal components, and samples and columns on the first two.
  ///
  /// - Parameter drawn: samples to be drawn; nil where their rows are not to be had, and with them the second figure.
  init(_ report: ComponentsReport, drawn: DrawnRows?, of pca: PrincipalComponents) {
    let p = report.problem
    let subtitle = "\(count(p.samples, "sample")), \(count(p.columns, "column")), rank \(report.rank)"
    var figures: [(name: String, figure: LineFigure)] = [
      (
        "scree",
        .scree(
          report.components.explainedVariance, quantity: "variance", rank: report.rank,
          caption: "Variances of the principal components, σᵢ²/(m − 1).",
          subtitle: subtitle)
      )
    ]
    let c = report.components
    if let drawn, c.explainedVariance.count > 1, c.explainedVariance[1] > 0 {
      let deviations = c.explainedVariance.prefix(2).map { $0.squareRoot() }
      let (X, V) = (drawn.rows, pca.components)
      let scores = (0..<X.rows).map { i -> LineFigure.Point in
        let z = (0..<2).map { k in
          pca.columns.enumerated().reduce(0) { sum, column in
            let (j, named) = column
            return sum + (X[i, named.column] - pca.means[j]) * pca.scales[j] * V[j, k]
          } / deviations[k]
        }
        return LineFigure.Point(z[0], z[1])
      }
      let loadings = pca.columns.indices.map { j in
        LineFigure.Loading(
          name: pca.columns[j].name, end: LineFigure.Point(V[j, 0] * deviations[0], V[j, 1] * deviations[1]))
      }
      figures.append(
        (
          "biplot",
          .biplot(
            scores: scores, loadings: loadings,
            explained: (c.explainedVarianceRatio[0], c.explainedVarianceRatio[1]),
            caption: drawn.isPartial
              ? "\(drawn.limit) samples drawn at random of \(p.samples)." : "All samples.", subtitle: subtitle
          )
        ))
    }
    self.figures = figures
  }
}
