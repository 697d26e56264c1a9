import DataFormats
import LinearAlgebra

/// The rows of a matrix as a source like any file.
struct RowsInMemory: RowSource {
  let path: String
  let columnNames: [String]?
  let columnCount: Int
  private let rowCount: Int
  /// Row-major.
  private let values: [Double]

  init(_ rows: Matrix, columnNames: [String]?, path: String) {
    (self.path, self.columnNames) = (path, columnNames)
    (rowCount, columnCount, values) = (rows.rows, rows.columns, rows.transpose.storage)
  }

  var rowCountHint: Int? { rowCount }

  func forEachBlock(_ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void) throws {
    if rowCount > 0 { try values.withUnsafeBufferPointer { try body($0, rowCount) } }
  }
}
