import LinearAlgebra
import LinearNetworks
import Prose
import Samples

/// A predictor bound to the columns of a file.
struct ModelApplication {
  let predictor: AffinePredictor
  let table: SampleTable
  /// Where each input of the model stands in the table.
  let inputs: [Int]
  /// Where each output of the model stands in the table, if it is there.
  let observed: [Int?]
  /// Names of columns that the model does not know.
  let ignored: [String]

  init(_ model: SavedModel, to table: SampleTable) throws {
    predictor = model.predictor
    self.table = table
    guard table.isNamed else {
      guard table.columnCount == predictor.inputs.count else {
        throw ModelError.columnCount(file: table.name, found: table.columnCount, expected: predictor.inputs)
      }
      inputs = Array(predictor.inputs.indices)
      observed = predictor.outputs.map { _ in nil }
      ignored = []
      return
    }
    let names = table.inputs.map(\.name)
    let positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let missing = predictor.inputs.filter { positions[$0] == nil }
    let known = Set(predictor.inputs + predictor.outputs)
    let unknown = names.filter { !known.contains($0) }
    guard missing.isEmpty else {
      let nearest = missing.reduce(into: [String: String]()) { $0[$1] = nearestName(to: $1, among: unknown) }
      throw ModelError.missingColumns(file: table.name, missing: missing, nearest: nearest)
    }
    inputs = predictor.inputs.map { positions[$0]! }
    observed = predictor.outputs.map { positions[$0] }
    ignored = unknown
  }

  var lines: [String] {
    var lines = Screen.labelled(
      "Model",
      "\(Screen.count(predictor.inputs.count, "input")) to \(predictor.outputs.prefix(8).joined(separator: ", "))\(predictor.outputs.count > 8 ? ", …" : "")"
    )
    if !table.isNamed {
      lines += Screen.labelled(
        "Notice",
        "\(table.name) does not name its columns; they are taken in the order of the model's inputs")
    }
    if !ignored.isEmpty {
      lines += Screen.labelled(
        "Notice",
        "columns left out: \(ignored.prefix(12).joined(separator: ", "))\(ignored.count > 12 ? ", …" : "")")
    }
    return lines
  }

  /// Predicts block after block, rows of outputs, and collects the errors where the outputs are known.
  func forEachBlock(_ errors: inout PredictionErrors, _ body: ([Double]) throws -> Void) throws {
    let n = table.columnCount
    let outputs = predictor.outputs.count
    try table.forEachBlock(showing: ProgressLine()) { block, rows in
      let X = Matrix(rows, inputs.count) { i, j in block[i * n + inputs[j]] }
      // By columns of the transpose: one row of predictions after the other.
      let Y = predictor.predictions(on: X)
      let values = Y.transpose.storage
      precondition(values.count == rows * outputs)
      errors.append(predicted: Y, block: block, columns: n)
      try body(values)
    }
  }
}

/// Squared errors and variation of each output, in one pass.
struct PredictionErrors {
  let names: [String]
  private let observed: [Int?]
  private(set) var rows = 0
  private var squared: [Double]
  private var means: [Double]
  private var variation: [Double]

  init(_ names: [String], observed: [Int?]) {
    (self.names, self.observed) = (names, observed)
    squared = Array(repeating: 0, count: names.count)
    means = squared
    variation = squared
  }

  mutating func append(predicted: Matrix, block: UnsafeBufferPointer<Double>, columns n: Int) {
    for i in 0..<predicted.rows {
      rows += 1
      for j in names.indices {
        guard let column = observed[j] else { continue }
        let y = block[i * n + column]
        let e = y - predicted[i, j]
        squared[j] += e * e
        // Welford, Technometrics 4 (1962): no cancellation where the mean is large.
        let d = y - means[j]
        means[j] += d / Double(rows)
        variation[j] += d * (y - means[j])
      }
    }
  }

  /// R² (nil for outputs that do not vary) and RMSE of every output that the file has.
  var results: [(name: String, r2: Double?, rmse: Double)] {
    names.indices.filter { observed[$0] != nil && rows > 0 }.map { j in
      (
        names[j], variation[j] > 0 ? 1 - squared[j] / variation[j] : nil,
        (squared[j] / Double(rows)).squareRoot()
      )
    }
  }
}
