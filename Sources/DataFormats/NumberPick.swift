/// The columns that are read of a source that holds nothing but numbers, and where NaN stands for a missing value.
struct NumberPick {
  private let columns: [Int]
  private let width: Int
  private let mayMiss: [Bool]
  private let isWhole: Bool

  init(_ columns: [ColumnReading], of width: Int) {
    for column in columns {
      precondition((0..<width).contains(column.column), "column \(column.column) of a source of \(width)")
      switch column.cells {
      case .number, .numberOrMissing: break
      case .word, .date: preconditionFailure("an array of numbers has no words")
      }
    }
    self.columns = columns.map(\.column)
    self.width = width
    mayMiss = columns.map { $0.cells == .numberOrMissing }
    isWhole = self.columns == Array(0..<width)
  }

  /// The position of the first entry among rows that must be a finite number and is none.
  func firstRefused(in values: UnsafeBufferPointer<Double>) -> Int? {
    guard firstNonFinite(values) != nil else { return nil }
    for row in 0..<values.count / width {
      for (column, mayMiss) in zip(columns, mayMiss) {
        let x = values[row * width + column]
        if !x.isFinite, !(mayMiss && x.isNaN) { return row * width + column }
      }
    }
    return nil
  }

  /// Hands on the chosen columns.
  func hand(
    _ values: UnsafeBufferPointer<Double>, _ rows: Int,
    to body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    if isWhole { return try body(values, rows) }
    var picked: [Double] = []
    picked.reserveCapacity(rows * columns.count)
    for i in 0..<rows {
      for j in columns { picked.append(values[i * width + j]) }
    }
    try picked.withUnsafeBufferPointer { try body($0, rows) }
  }
}
