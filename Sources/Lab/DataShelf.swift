import DataFormats
import Foundation
import LinearNetworks
import Prose
import Samples

/// Tables that the server was given at its start, compressed (D1) and held in memory. No request adds one or reads a file.
public struct DataShelf: Sendable {
  /// A table from the bytes of a request, of any form that files have.
  ///
  /// The bytes pass through a file of this process alone, which is gone when `body` returns.
  ///
  /// - Parameters:
  ///   - name: what messages call the table; its ending says how the bytes are meant, and of an archive (`FILE.npz:NAME`) which array is.
  ///   - bytes: text, NPY or NPZ.
  ///   - reading: what may be done so that cells become numbers.
  ///   - body: what is done with the table, and with what was recognised in it, in words.
  /// - Throws: `DataFormatError` about the line and column, naming the table by `name`; ``LabError`` for too many columns.
  static func withTable<T>(
    name: String, bytes: Data, _ reading: ReadingOptions, _ limits: LabLimits,
    _ body: (SampleTable, _ said: (Notice) -> String) throws -> T
  ) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "linnet-" + UUID().uuidString)
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: folder) }
    // No more of the name than tells a format.
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let isMember = parts.count == 2 && parts[0].lowercased().hasSuffix(".npz") && !parts[1].contains("/")
    let ending = (isMember ? parts[0] : name).filter {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".")
    }
    let file = folder.appendingPathComponent("table" + ending.suffix(20))
    try bytes.write(to: file)
    // What is right or wrong stands in the user's file, not in this copy.
    func inTheirs(_ text: String) -> String {
      text.replacing(file.path, with: isMember ? parts[0] : name)
    }
    do {
      let path = file.path + (isMember ? ":" + parts[1] : "")
      let table = try SampleTable([DataFile.open(path)], name: name, reading)
      guard table.columnCount <= 2 * limits.dimension else {
        throw LabError(
          .limit, "the table has \(table.columnCount) columns, more than the lab's \(2 * limits.dimension).")
      }
      return try body(table) { inTheirs($0.message(control: \.knob)) }
    } catch {
      let error = LabError(error)
      throw LabError(error.kind, inTheirs("\(error)"))
    }
  }

  /// The tables in order.
  public let tables: [CompressedTable]

  /// A shelf of tables with different names.
  public init(_ tables: [CompressedTable]) { self.tables = tables }

  func prepared(_ choice: TableChoice) throws -> PreparedProblem {
    guard let table = tables.first(where: { $0.name == choice.name }) else {
      throw LabError(
        .notFound,
        "there is no table “\(choice.name.prefix(80))”; there are \(tables.map(\.name).joined(separator: ", "))."
      )
    }
    return try table.prepared(choice.targets, without: choice.drop ?? [], choice.prepare)
  }
}

extension CompressedTable {
  /// Columns chosen as a request names them, and prepared; whitened by default.
  func prepared(_ targets: [String], without drop: [String], _ preparation: Preparation?) throws
    -> PreparedProblem
  {
    guard !targets.isEmpty else {
      throw LabError(.unprocessable, "name at least one column to predict (“targets”).")
    }
    return try choosing(ColumnChoice(targets: targets, drop: drop)).prepared(preparation)
  }
}

/// A table as `GET /api/data` lists it.
struct TableSummary: Encodable {
  let name: String
  let columns: [String]
  let samples: Int

  init(_ table: CompressedTable) {
    (name, columns, samples) = (table.name, table.columns, table.samples.sampleCount)
  }

  /// Of a table of which only the names are wanted: its cells are not looked at.
  init(_ table: SampleTable) throws {
    (name, columns, samples) = (table.name, table.inputs.map(\.name), try table.rowCount())
  }
}

/// A prepared upload: what `POST /api/data` answers, and what later requests send back as their problem.
struct PreparedAnswer: Encodable {
  let name: String
  let columns: [String]
  let samples: Int
  let inputs, outputs, droppedConstants: [String]
  let preparation: Preparation
  let inputConditionNumber: Double
  /// What was recognised, and what was done so that cells became numbers.
  let notices: [String]
  let problem: ReducedProblem

  init(_ table: CompressedTable, columns: [String], notices: [String], _ prepared: PreparedProblem) {
    (name, self.columns, samples) = (table.name, columns, table.samples.sampleCount)
    self.notices = notices
    (inputs, outputs) = (prepared.inputNames, prepared.outputNames)
    droppedConstants = prepared.droppedConstants
    preparation = prepared.preparation
    inputConditionNumber = prepared.inputConditionNumber
    problem = ReducedProblem(prepared.problem)
  }
}
