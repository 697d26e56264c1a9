import Foundation
import Prose
import RunFiles
import Samples

extension ReadingProgress {
  /// For a line of progress; `begun` is when the reading of the first file began.
  func line(since begun: Date) -> String {
    let done = rowsBefore + rows
    let left = estimatedRows.map { all in
      "\(rowsBefore == 0 ? expectedRows.map { " of \($0)" } ?? "" : ""), about \(duration(Date().timeIntervalSince(begun) * Double(all - done) / Double(max(done, 1)))) left"
    }
    return "reading \(file): \(rows) rows\(left ?? "")"
  }
}

extension SampleTable {
  /// Reads all samples once, with a line of progress.
  func forEachBlock(
    showing line: ProgressLine, _ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    defer { line.clear() }
    try forEachBlock(progress: line.shown(), body)
  }

  /// Compresses all samples, with a line of progress.
  func compressed(showing line: ProgressLine) throws -> CompressedTable {
    defer { line.clear() }
    return try compressed(progress: line.shown())
  }

  /// Compresses all samples in two parts, with a line of progress.
  func compressed(
    holdingOut isHeldOut: () -> Bool, showing line: ProgressLine
  ) throws -> (kept: CompressedTable, heldOut: CompressedTable) {
    defer { line.clear() }
    return try compressed(holdingOut: isHeldOut, progress: line.shown())
  }
}

extension ModelApplication {
  /// Predicts block after block, with a line of progress.
  func forEachBlock(showing line: ProgressLine, _ body: ([Double]) throws -> Void) throws -> PredictionErrors
  {
    defer { line.clear() }
    return try forEachBlock(progress: line.shown(), body)
  }
}

extension ProgressLine {
  /// Shows how far a reading is.
  fileprivate func shown() -> (ReadingProgress) -> Void {
    var (begun, lastRows) = (Date(), 0)
    return { progress in
      // The same samples, read once more.
      if progress.rowsBefore == 0, progress.rows < lastRows { begun = Date() }
      lastRows = progress.rowsBefore + progress.rows
      self.show(progress.line(since: begun))
    }
  }
}
