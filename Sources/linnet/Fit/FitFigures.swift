import Figures
import Foundation
import LinearAlgebra
import LinearNetworks
import Prose
import Regression
import RunFiles
import Samples

/// The figures of a regression: rank trace, held-out error, scree, observed against fitted values.
struct FitFigures {
  let figures: [(name: String, figure: LineFigure)]

  /// Outputs in the figure of fitted values; more colours could not be told apart.
  private static let shownOutputs = 6

  /// - Parameter observed: samples to be drawn; nil where their rows are not to be had.
  init(_ report: FitReport, observed: DrawnRows?, of factor: RegressionFactor) {
    let p = report.problem
    let subtitle =
      "\(count(p.samples, "sample")), \(count(p.inputs, "input")), \(count(p.outputs, "output")), rank \(report.rank)"
    var figures: [(name: String, figure: LineFigure)] = []
    // With a single rank beside zero there is nothing to trace.
    if report.path.ranks.count > 2 {
      figures.append(
        (
          "rank-trace",
          .rankTrace(
            coefficientChange: report.path.coefficientChange,
            residualChange: report.path.residualCovarianceChange,
            rank: report.rank, subtitle: subtitle)
        ))
      if let validation = report.choice.crossValidation {
        let penalty = validation.penalties.firstIndex(of: p.ridge) ?? 0
        figures.append(
          (
            "held-out-error",
            .heldOutError(
              validation.error[penalty], standardError: validation.standardError[penalty], rank: report.rank,
              criterion: report.choice.reason, subtitle: subtitle)
          ))
      }
      figures.append(
        (
          "scree",
          .scree(
            report.singularValues.map { 0.5 * $0 * $0 }, quantity: "½σᵢ²", rank: report.rank,
            caption:
              "What each further rank takes from the loss: ½σᵢ², with the singular values of the labels that a linear predictor can see, Y P_X. Theorem 2.7 of Eftekhari (2020).",
            subtitle: subtitle)
        ))
    }
    if let path = report.ridgePath, report.rank > 0, path.filter({ $0.ridge > 0 }).count > 1 {
      let root = Double(p.samples).squareRoot()
      figures.append(
        (
          "ridge-path",
          .ridgePath(
            penalties: path.map(\.ridge),
            coefficients: factor.usedInputPositions.enumerated().map { i, j in
              // The length of a prepared column, back in the units of the file.
              let deviation =
                Matrix.column(factor.inputFactor.column(j)).frobeniusNorm / (root * factor.inputScales[j])
              return (factor.inputs[j].name, path.map { $0.coefficients[0, i] * deviation })
            }, chosen: p.ridge, output: report.predictor.outputs[0], subtitle: subtitle)
        ))
    }
    if let observed { figures.append(("fitted", FitFigures.fitted(report, observed, factor, subtitle))) }
    self.figures = figures
  }

  private static func fitted(
    _ report: FitReport, _ observed: DrawnRows, _ factor: RegressionFactor, _ subtitle: String
  ) -> LineFigure {
    let shown = factor.outputs.indices.prefix(shownOutputs)
    let rows = observed.rows
    let predicted = report.predictor.predictions(on: rows.columns(factor.usedInputs.map(\.column)))
    // Outputs of different units share the axes in standard deviations of each.
    let areIndicators = shown.allSatisfy { j in
      rows.column(factor.outputs[j].column).allSatisfy { $0 == 0 || $0 == 1 }
    }
    let isScaled = shown.count > 1 && !areIndicators
    let outputs = shown.map { j in
      let y = rows.column(factor.outputs[j].column)
      let fitted = predicted.column(j)
      let mean = y.reduce(0, +) / Double(max(y.count, 1))
      let deviation = (y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(y.count, 1))).squareRoot()
      func scaled(_ values: [Double]) -> [Double] {
        isScaled ? values.map { deviation > 0 ? ($0 - mean) / deviation : 0 } : values
      }
      return LineFigure.FittedOutput(
        name: report.predictor.outputs[j], fitted: scaled(fitted), observed: scaled(y))
    }
    let samples =
      observed.isPartial
      ? "\(observed.limit) samples drawn at random of \(report.problem.samples)" : "All samples"
    let left = report.outputs.count - shown.count
    let choice = left > 0 ? ", the first \(shown.count) of \(report.outputs.count) outputs" : ""
    if areIndicators {
      return .observedShareAgainstFitted(outputs, caption: "\(samples)\(choice).", subtitle: subtitle)
    }
    return .observedAgainstFitted(
      outputs, unit: isScaled ? "standard deviations about the mean" : "",
      caption:
        "\(samples)\(choice). Dashed: observed = fitted.",
      subtitle: subtitle)
  }

  func write(to folder: OutputFolder, alsoWritten: [String] = [], saying say: (String) -> Void) throws {
    let files = try FigureRenderer.located().write(figures, to: URL(fileURLWithPath: folder.path))
    let formats = files.pictures.isEmpty ? "" : ".svg, .png, .pdf, "
    var lines = labelledLines(
      "Files",
      "\(folder.path)/: \((["fit.json", "network.safetensors"] + alsoWritten).joined(separator: ", "))")
    if !figures.isEmpty {
      lines += labelledLines(
        "Figures", "\(figures.map(\.name).joined(separator: ", ")) (\(formats).vl.json)")
    }
    if let shortfall = files.shortfall { lines += labelledLines("", "\(shortfall)") }
    lines.forEach(say)
  }
}
