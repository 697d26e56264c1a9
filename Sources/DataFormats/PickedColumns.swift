extension RowSource {
  /// The same rows with only the columns at these positions, in this order.
  ///
  /// - Parameter positions: distinct, from 0.
  public func picking(_ positions: [Int]) -> any RowSource {
    positions == Array(0..<columnCount) ? self : PickedColumns(self, positions)
  }
}

/// Some columns of a source.
private struct PickedColumns: RowSource {
  private let source: any RowSource
  private let positions: [Int]

  init(_ source: any RowSource, _ positions: [Int]) {
    precondition(
      positions.allSatisfy((0..<source.columnCount).contains) && Set(positions).count == positions.count,
      "columns \(positions) of a source of \(source.columnCount)")
    (self.source, self.positions) = (source, positions)
  }

  var path: String { source.path }
  var columnCount: Int { positions.count }
  var columnNames: [String]? { source.columnNames.map { names in positions.map { names[$0] } } }
  var rowCountHint: Int? { source.rowCountHint }

  func forEachBlock(_ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void) throws {
    let n = source.columnCount
    var picked: [Double] = []
    try source.forEachBlock { block, rows in
      picked.removeAll(keepingCapacity: true)
      for i in 0..<rows {
        for j in positions { picked.append(block[i * n + j]) }
      }
      try picked.withUnsafeBufferPointer { try body($0, rows) }
    }
  }
}
