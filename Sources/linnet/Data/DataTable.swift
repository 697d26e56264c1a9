import DataFormats
import Foundation
import LinearNetworks

/// Samples in files that are read one after the other, and which of their columns are what.
struct DataTable {
  let sources: [any RowSource]
  let inputs: [NamedColumn]
  let outputs: [NamedColumn]
  /// What `train` does to data of this form unless it is told otherwise.
  let defaultPreparation: Preparation
  /// The files, for the screen.
  let name: String

  var columnCount: Int { sources[0].columnCount }

  /// Reads all samples once, with a line of progress.
  func forEachBlock(_ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void) throws {
    for source in sources { try source.forEachBlock(following: ProgressLine(), body) }
  }
}

extension RowSource {
  /// Reads all rows with a line of progress on standard error.
  func forEachBlock(
    following progress: ProgressLine, _ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    let begun = Date()
    var rows = 0
    try forEachBlock { block, count in
      try body(block, count)
      rows += count
      progress.show(
        "reading \(path): \(rows) rows"
          + (rowCountHint.map {
            " of \($0), about \(Screen.duration(Date().timeIntervalSince(begun) * Double($0 - rows) / Double(rows))) left"
          } ?? ""))
    }
    progress.clear()
  }
}
