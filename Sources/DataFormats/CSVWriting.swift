import Foundation
import LinearAlgebra

extension CSVFile {
  /// Writes a matrix as comma-separated text, whole or not at all.
  ///
  /// Each number has as many digits as tell it from every other double, so that reading gives it back exactly. A header
  /// in which every name is itself a number needs `header: .present` to be read back.
  ///
  /// - Parameters:
  ///   - A: one row of it is a row of the file.
  ///   - columnNames: the header, or nil for none.
  ///   - path: where to.
  /// - Throws: `unwritable`, `diskFull`.
  public static func write(
    _ A: Matrix, columnNames: [String]? = nil, to path: String
  ) throws(DataFormatError) {
    precondition(
      columnNames.map { $0.count == A.columns } ?? true,
      "\(columnNames?.count ?? 0) names for \(A.columns) columns")
    try write(header: columnNames, rows: A.rows, columns: A.columns, to: path) { i, j in A[i, j] }
  }

  /// Writes columns of equal length side by side, under their names.
  ///
  /// - Throws: `unwritable`, `diskFull`.
  public static func write(
    columns: [(name: String, values: [Double])], to path: String
  ) throws(DataFormatError) {
    let rows = columns.first?.values.count ?? 0
    for column in columns {
      precondition(
        column.values.count == rows, "column “\(column.name)” has \(column.values.count) entries, not \(rows)"
      )
    }
    try write(header: columns.map(\.name), rows: rows, columns: columns.count, to: path) { i, j in
      columns[j].values[i]
    }
  }

  private static func write(
    header: [String]?, rows: Int, columns: Int, to path: String, _ entry: (Int, Int) -> Double
  ) throws(DataFormatError) {
    try AtomicFile.write(to: path) { sink throws(DataFormatError) in
      if let header { try sink.append(CSVRows.header(header)) }
      var line: [UInt8] = []
      for i in 0..<rows {
        line.removeAll(keepingCapacity: true)
        for j in 0..<columns {
          if j > 0 { line.append(0x2C) }
          line.append(contentsOf: entry(i, j).description.utf8)
        }
        line.append(0x0A)
        try sink.append(line)
      }
    }
  }

  /// A cell of text, between quotation marks if it needs them.
  package static func quoted(_ text: String) -> String {
    let needsQuotes =
      text.isEmpty || text.first == " " || text.last == " "
      || text.unicodeScalars.contains { ",\"\n\r".unicodeScalars.contains($0) }
    return needsQuotes ? "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : text
  }
}
