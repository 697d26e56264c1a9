import LinearAlgebra
import LinearNetworks
import Prose
import Samples

/// A predictor bound to the columns of a table, by their names.
public struct ModelApplication: Sendable {
  /// What is applied.
  public let predictor: AffinePredictor
  /// What it is applied to, coded as the samples of the model were.
  public let table: SampleTable
  /// Whether the table names its columns.
  public let isNamed: Bool
  /// Names of the columns that the model does not know.
  public let ignored: [String]
  /// Where each input of the model stands in the table.
  private let inputs: [Int]
  /// Where each output of the model stands in the table, if it is there.
  private let observed: [Int?]

  /// Finds the inputs of a model among the columns of a table, and codes them as the model's were; without names they are taken
  /// in order.
  ///
  /// - Throws: ``ModelError/missingColumns(table:missing:nearest:)``, ``ModelError/columnCount(table:found:expected:)``.
  public init(_ model: SavedModel, to table: SampleTable) throws(ModelError) {
    predictor = model.predictor
    let coding = model.coding ?? TableCoding(numbers: predictor.inputs, outputs: predictor.outputs)
    let names = table.inputs.map(\.name)
    let wanted = coding.inputs.filter { $0.code != .constant }.map(\.name)
    var bound = table
    if !table.isNamed {
      guard names.count == wanted.count else {
        throw .columnCount(table: table.name, found: names.count, expected: wanted)
      }
      bound = table.calling(wanted)
    }
    let known = Set(wanted + coding.outputs.map(\.name))
    let unknown = table.isNamed ? names.filter { !known.contains($0) } : []
    guard let coded = bound.applying(coding) else {
      let missing = wanted.filter { !names.contains($0) }
      let nearest = missing.reduce(into: [String: String]()) { $0[$1] = nearestName(to: $1, among: unknown) }
      throw .missingColumns(table: table.name, missing: missing, nearest: nearest)
    }
    self.table = coded
    isNamed = table.isNamed
    let positions = Dictionary((coded.inputs + coded.outputs).map { ($0.name, $0.column) }) { first, _ in
      first
    }
    // Columns that were constant in the samples of the model are not among its inputs.
    inputs = predictor.inputs.map { positions[$0]! }
    observed = predictor.outputs.map { positions[$0] }
    ignored = unknown
  }

  /// Predicts block after block and compares where the outputs are known.
  ///
  /// - Parameters:
  ///   - progress: told after every block how far the reading is.
  ///   - body: what is done with the predictions of a block: a row for every sample, row-major, a number for each output, NaN
  ///     where an input is missing that nothing takes the place of.
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
      for i in 0..<rows {
        // A sum of ∞ and −∞ is NaN, as is a prediction from an input that is missing.
        let isMissing = (0..<X.columns).contains { X[i, $0].isNaN }
        if !isMissing, let j = (0..<Y.columns).first(where: { !Y[i, $0].isFinite }) {
          throw ModelError.overflow(table: table.name, row: errors.rows + i + 1, output: predictor.outputs[j])
        }
      }
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
