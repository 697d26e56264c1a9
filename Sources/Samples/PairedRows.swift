import DataFormats
import Foundation
import Prose

/// Two files read side by side: each row is a row of the first followed by the same row of the second.
///
/// The second file is read on a thread of its own, a block ahead at most, so that neither is held in memory.
struct PairedRows: RowSource {
  let first: any RowSource
  let second: any RowSource

  init(_ first: any RowSource, _ second: any RowSource) { (self.first, self.second) = (first, second) }

  var path: String { "\(first.path) and \(second.path)" }
  var columnCount: Int { first.columnCount + second.columnCount }
  var columnNames: [String]? { nil }
  var rowCountHint: Int? { first.rowCountHint ?? second.rowCountHint }
  var rowCountEstimate: Int? { rowCountHint ?? first.rowCountEstimate ?? second.rowCountEstimate }

  var notices: [Notice] { first.notices + second.notices }

  func census(of columns: [Int]) throws -> [ColumnCensus] {
    let split = first.columnCount
    return try first.census(of: columns.filter { $0 < split })
      + second.census(of: columns.filter { $0 >= split }.map { $0 - split })
  }

  /// The columns of the first file come before those of the second.
  func forEachBlock(
    of columns: [ColumnReading], _ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    precondition(
      columns.map(\.column) == columns.map(\.column).sorted(), "columns of two files are read in order")
    let leftColumns = columns.filter { $0.column < first.columnCount }
    let rightColumns = columns.filter { $0.column >= first.columnCount }.map {
      ColumnReading($0.column - first.columnCount, $0.cells)
    }
    if let a = first.rowCountHint, let b = second.rowCountHint, a != b { throw mismatch(a, b) }
    let partner = RowFeed(second, rightColumns)
    defer { partner.stop() }
    let (left, right) = (leftColumns.count, rightColumns.count)
    var joined: [Double] = []
    var rowsSoFar = 0
    try first.forEachBlock(of: leftColumns) { block, rows in
      joined.removeAll(keepingCapacity: true)
      for i in 0..<rows {
        joined.append(contentsOf: block[i * left..<(i + 1) * left])
        guard try partner.appendRow(to: &joined, columns: right) else {
          throw mismatch(nil, rowsSoFar + i)
        }
      }
      rowsSoFar += rows
      try joined.withUnsafeBufferPointer { try body($0, rows) }
    }
    var surplus: [Double] = []
    if try partner.appendRow(to: &surplus, columns: right) { throw mismatch(rowsSoFar, nil) }
  }

  private func mismatch(_ a: Int?, _ b: Int?) -> SampleTableError {
    // Where one file ended before the other only the shorter count is known.
    let a = a ?? b! + 1
    return .rowCounts(inputs: first.path, outputs: second.path, found: b ?? a + 1, expected: a)
  }
}

/// Rows of a source, pulled one at a time while another thread reads it.
private final class RowFeed: @unchecked Sendable {
  // The block is touched by the reader only between `wanted` and `ready`, by the consumer only between `ready` and `wanted`.
  private var block: [Double] = []
  private var position = 0
  private var failure: (any Error)?
  private var isFinished = false
  private var isStopped = false
  private let wanted = DispatchSemaphore(value: 0)
  private let ready = DispatchSemaphore(value: 0)

  private struct Stopped: Error {}

  init(_ source: any RowSource, _ columns: [ColumnReading]) {
    Thread.detachNewThread { [self] in
      wanted.wait()
      do {
        try source.forEachBlock(of: columns) { values, _ in
          if isStopped { throw Stopped() }
          block = Array(values)
          position = 0
          ready.signal()
          wanted.wait()
        }
      } catch {
        failure = error is Stopped ? nil : error
      }
      isFinished = true
      ready.signal()
    }
    wanted.signal()
    ready.wait()
  }

  /// Appends the next row; false if there is none.
  func appendRow(to row: inout [Double], columns: Int) throws -> Bool {
    if position == block.count, !isFinished {
      wanted.signal()
      ready.wait()
    }
    if isFinished {
      if let failure { throw failure }
      return false
    }
    row.append(contentsOf: block[position..<position + columns])
    position += columns
    return true
  }

  func stop() {
    isStopped = true
    wanted.signal()
  }
}
