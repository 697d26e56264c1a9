import DataFormats
import Foundation
import LinearNetworks
import Samples

/// Tables that the server was given at its start, compressed (D1) and held in memory. No request adds one or reads a file.
public struct DataShelf: Sendable {
  /// A table from the bytes of a request, of any form that files have.
  ///
  /// The bytes pass through a file of this process alone, which is gone when this returns.
  ///
  /// - Throws: `DataFormatError` about the line and column, naming the table by `name`; ``LabError`` for too many columns.
  static func table(name: String, csv: Data, _ limits: LabLimits) throws -> CompressedTable {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "linnet-" + UUID().uuidString)
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("table")
    try csv.write(to: file)
    do {
      let table = try SampleTable([CSVFile(file.path)], name: name)
      guard table.columnCount <= 2 * limits.dimension else {
        throw LabError(
          .limit, "the table has \(table.columnCount) columns, more than the lab's \(2 * limits.dimension).")
      }
      return try table.compressed()
    } catch {
      // What is wrong stands in the user's file, not in this copy.
      let error = LabError(error)
      throw LabError(error.kind, "\(error)".replacing(file.path, with: name))
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
}

/// A prepared upload: what `POST /api/data` answers, and what later requests send back as their problem.
struct PreparedAnswer: Encodable {
  let name: String
  let columns: [String]
  let samples: Int
  let inputs, outputs, droppedConstants: [String]
  let preparation: Preparation
  let inputConditionNumber: Double
  let problem: ReducedProblem

  init(_ table: CompressedTable, _ prepared: PreparedProblem) {
    (name, columns, samples) = (table.name, table.columns, table.samples.sampleCount)
    (inputs, outputs) = (prepared.inputNames, prepared.outputNames)
    droppedConstants = prepared.droppedConstants
    preparation = prepared.preparation
    inputConditionNumber = prepared.inputConditionNumber
    problem = ReducedProblem(prepared.problem)
  }
}
