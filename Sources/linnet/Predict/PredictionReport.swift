import Prose
import RunFiles
import Theory

/// What `linnet predict --json` prints.
struct PredictionReport: Encodable {
  struct ErrorOfOutput: Encodable {
    let name: String
    /// 1 − Σ(y − ŷ)²/Σ(y − ȳ)² over the new rows; null where they do not vary.
    @ExplicitNull var r2: Double?
    let rmse: Double
  }

  let model: String
  let data: String
  let rows: Int
  /// Rows that lack an input that nothing takes the place of: their predictions are left empty.
  let rowsWithoutPrediction: Int
  let outputs: [String]
  let ignoredColumns: [String]
  /// Of the outputs that the file has.
  let errors: [ErrorOfOutput]
  /// Where all outputs are there and are indicators.
  @ExplicitNull var classification: Classification?

  init(model: String, data: String, application: ModelApplication, errors: PredictionErrors) {
    (self.model, self.data) = (model, data)
    rows = errors.rows
    rowsWithoutPrediction = errors.rowsWithout
    outputs = application.predictor.outputs
    ignoredColumns = application.ignored
    classification = errors.classification
    self.errors = errors.results.map { ErrorOfOutput(name: $0.name, r2: $0.r2, rmse: $0.rmse) }
  }

  /// What a person sees before the predictions.
  static func introduction(_ application: ModelApplication) -> [String] {
    let predictor = application.predictor
    var lines = labelledLines(
      "Model", "\(count(predictor.inputs.count, "input")) to \(list(predictor.outputs, atMost: 8))")
    if !application.isNamed {
      lines += labelledLines(
        "Notice",
        "\(application.table.name) does not name its columns; they are taken in the order of the model's inputs"
      )
    }
    if !application.ignored.isEmpty {
      lines += labelledLines("Notice", "columns left out: \(list(application.ignored))")
    }
    lines += application.table.notices.inWords.flatMap { labelledLines("Notice", $0) }
    return lines
  }

  func lines(to out: String?) -> [String] {
    var lines = labelledLines("Rows", "\(rows)" + (out.map { ", predictions in \($0)" } ?? ""))
    if rowsWithoutPrediction > 0 {
      lines += labelledLines(
        "Notice",
        "\(count(rowsWithoutPrediction, "row")) \(rowsWithoutPrediction == 1 ? "lacks" : "lack") an input; the prediction is left empty"
      )
    }
    guard !errors.isEmpty else { return lines }
    var table = ScreenTable(header: ["output", "R²", "RMSE"])
    for error in errors.prefix(20) {
      table.rows.append([error.name, error.r2.map { number($0) } ?? "–", number(error.rmse)])
    }
    lines += table.lines(label: "Error")
    if let classification { lines += FitScreen.confusion(classification, "Classes") }
    return lines
  }
}
