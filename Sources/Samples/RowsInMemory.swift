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

  func forEachBlock(
    of columns: [ColumnReading], _ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    var rows: [Double] = []
    rows.reserveCapacity(rowCount * columns.count)
    for i in 0..<rowCount {
      for column in columns {
        let x = values[i * columnCount + column.column]
        guard x.isFinite || (x.isNaN && column.cells == .numberOrMissing) else {
          throw DataFormatError.nonFiniteEntry(
            file: path, array: nil, index: [i, column.column], value: "\(x)")
        }
        rows.append(x)
      }
    }
    if rowCount > 0 { try rows.withUnsafeBufferPointer { try body($0, rowCount) } }
  }
}
