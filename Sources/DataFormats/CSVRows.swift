import Foundation

/// Rows of comma-separated text, for tables that are written while they are computed.
public enum CSVRows {
  /// The line of column names.
  public static func header(_ names: [String]) -> [UInt8] {
    Array((names.map(CSVFile.quoted).joined(separator: ",") + "\n").utf8)
  }

  /// Appends a line for each row of numbers, each number with the digits that tell it from every other double, nothing for NaN.
  public static func append(rowMajor values: [Double], columns: Int, to text: inout [UInt8]) {
    precondition(columns > 0 && values.count % columns == 0, "\(values.count) numbers in rows of \(columns)")
    for (i, value) in values.enumerated() {
      // What is missing has no digits.
      if !value.isNaN { text.append(contentsOf: value.description.utf8) }
      text.append(i % columns == columns - 1 ? 0x0A : 0x2C)
    }
  }
}
