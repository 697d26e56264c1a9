import LinearAlgebra

/// A bounded random sample of the rows of a table that is read once, each row as likely as any other.
///
/// Source: Vitter, "Random sampling with a reservoir", ACM Transactions on Mathematical Software 11 (1985), algorithm R.
public struct DrawnRows: Sendable {
  /// Rows in the sample, at most.
  public let limit: Int
  private let columns: Int
  private var values: [Double] = []
  private var seen = 0
  private var generator: SeededGenerator

  /// An empty sample.
  ///
  /// - Parameters:
  ///   - columns: numbers in a row.
  ///   - limit: rows in the sample, at most.
  ///   - seed: of the draw.
  public init(columns: Int, limit: Int, seed: UInt64) {
    (self.columns, self.limit) = (columns, limit)
    generator = SeededGenerator(seed: seed)
  }

  /// Takes rows given one after the other (row-major).
  public mutating func append(rowMajor rows: UnsafePointer<Double>, rows count: Int) {
    for i in 0..<count {
      seen += 1
      let row = UnsafeBufferPointer(start: rows + i * columns, count: columns)
      if seen <= limit {
        values.append(contentsOf: row)
      } else {
        let place = Int.random(in: 0..<seen, using: &generator)
        if place < limit { values.replaceSubrange(place * columns..<(place + 1) * columns, with: row) }
      }
    }
  }

  /// The rows of the sample.
  public var rows: Matrix {
    Matrix(rows: columns, columns: values.count / columns, storage: values).transpose
  }

  /// Whether some row was left out.
  public var isPartial: Bool { seen > limit }
}
