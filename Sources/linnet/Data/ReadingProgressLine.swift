import Foundation
import Prose
import RunFiles
import Samples

extension ReadingProgress {
  /// For a line of progress; `begun` is when the reading of the file began.
  func line(since begun: Date) -> String {
    let left = expectedRows.map { expected in
      " of \(expected), about \(duration(Date().timeIntervalSince(begun) * Double(expected - rows) / Double(rows))) left"
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
    var (file, begun) = ("", Date())
    return { progress in
      if progress.file != file { (file, begun) = (progress.file, Date()) }
      self.show(progress.line(since: begun))
    }
  }
}
