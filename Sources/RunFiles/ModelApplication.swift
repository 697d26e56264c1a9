import LinearAlgebra
import LinearNetworks
import Prose
import Samples

/// A predictor bound to the columns of a table, by their names.
public struct ModelApplication: Sendable {
  /// What is applied.
  public let predictor: AffinePredictor
  /// What it is applied to.
  public let table: SampleTable
  /// Names of the columns that the model does not know.
  public let ignored: [String]
  /// Where each input of the model stands in the table.
  private let inputs: [Int]
  /// Where each output of the model stands in the table, if it is there.
  private let observed: [Int?]

  /// Finds the inputs of a model among the columns of a table; without names they are taken in order.
  ///
  /// - Throws: ``ModelError/missingColumns(table:missing:nearest:)``, ``ModelError/columnCount(table:found:expected:)``.
  public init(_ model: SavedModel, to table: SampleTable) throws(ModelError) {
    predictor = model.predictor
    self.table = table
    guard table.isNamed else {
      guard table.columnCount == predictor.inputs.count else {
        throw .columnCount(table: table.name, found: table.columnCount, expected: predictor.inputs)
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
      throw .missingColumns(table: table.name, missing: missing, nearest: nearest)
    }
    inputs = predictor.inputs.map { positions[$0]! }
    observed = predictor.outputs.map { positions[$0] }
    ignored = unknown
  }

  /// Predicts block after block and compares where the outputs are known.
  ///
  /// - Parameters:
  ///   - progress: told after every block how far the reading is.
  ///   - body: what is done with the predictions of a block: a row for every sample, row-major, a number for each output.
  /// - Returns: the errors over all rows.
  /// - Throws: what reading throws, and what `body` throws.
  public func forEachBlock(
    progress: ((ReadingProgress) -> Void)? = nil, _ body: ([Double]) throws -> Void
  ) throws -> PredictionErrors {
    var errors = PredictionErrors(predictor.outputs, observed: observed)
    let n = table.columnCount
    try table.forEachBlock(progress: progress) { block, rows in
      let X = Matrix(rows, inputs.count) { i, j in block[i * n + inputs[j]] }
      let Y = predictor.predictions(on: X)
      errors.append(predicted: Y, block: block, columns: n)
      // By columns of the transpose: one row of predictions after the other.
      try body(Y.transpose.storage)
    }
    return errors
  }
}

extension AffinePredictor {
  /// C x + b for every row x of a matrix: rows × outputs.
  public func predictions(on rows: Matrix) -> Matrix {
    var Y = Matrix.product(rows, .plain, coefficients, .transposed)
    for j in 0..<Y.columns {
      for i in 0..<Y.rows { Y[i, j] += intercept[j] }
    }
    return Y
  }
}

/// Squared errors and variation of each output, in one pass.
public struct PredictionErrors: Sendable {
  private let names: [String]
  private let observed: [Int?]
  /// Rows that were predicted.
  public private(set) var rows = 0
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

  /// R² = 1 − Σ(y − ŷ)²/Σ(y − ȳ)² (nil for an output that does not vary) and the root of the mean squared error of every output
  /// that the table has.
  public var results: [(name: String, r2: Double?, rmse: Double)] {
    names.indices.filter { observed[$0] != nil && rows > 0 }.map { j in
      (
        names[j], variation[j] > 0 ? 1 - squared[j] / variation[j] : nil,
        (squared[j] / Double(rows)).squareRoot()
      )
    }
  }
}
