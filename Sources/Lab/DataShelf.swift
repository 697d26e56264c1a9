import DataFormats
import Foundation
import LinearNetworks

/// Tables that the server was given at its start, compressed (D1) and held in memory. No request adds one or reads a file.
public struct DataShelf: Sendable {
  /// One table.
  public struct Table: Sendable {
    public let name: String
    public let columns: [String]
    let compression: SampleCompression

    /// Reads a table whole.
    public init(name: String, _ source: any RowSource) throws {
      self.name = name
      columns = source.columnNames ?? (0..<source.columnCount).map { "column\($0 + 1)" }
      var compression = SampleCompression(columns: source.columnCount)
      try source.forEachBlock { block, rows in compression.append(rowMajor: block.baseAddress!, rows: rows) }
      self.compression = compression
    }

    /// A table from the bytes of a request: comma-separated, or tab-separated where the first line has tabs and no comma.
    ///
    /// The bytes pass through a file of this process alone, which is gone when this returns.
    ///
    /// - Throws: `DataFormatError` about the line and column, naming the table by `name`; ``LabError`` for too many columns.
    init(name: String, csv: Data, _ limits: LabLimits) throws {
      let line = csv.prefix { $0 != 0x0A && $0 != 0x0D }
      let separator: CSVFile.Separator = line.contains(0x09) && !line.contains(0x2C) ? .tab : .comma
      let columns = line.reduce(1) { $0 + ($1 == separator.rawValue ? 1 : 0) }
      guard columns <= 2 * limits.dimension else {
        throw LabError(
          .limit, "the table has \(columns) columns, more than the lab's \(2 * limits.dimension).")
      }
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "linnet-" + UUID().uuidString)
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      defer { try? FileManager.default.removeItem(at: folder) }
      let file = folder.appendingPathComponent("table")
      try csv.write(to: file)
      do {
        try self.init(name: name, CSVFile(file.path, separator: separator))
      } catch {
        // What is wrong stands in the user's file, not in this copy.
        throw LabError(.unprocessable, "\(LabError(error))".replacing(file.path, with: name))
      }
    }

    /// Columns chosen and prepared; `whiten` by default.
    func prepared(targets: [String], drop: [String], _ preparation: Preparation?) throws -> PreparedProblem {
      guard !targets.isEmpty else {
        throw LabError(.unprocessable, "name at least one column to predict (“targets”).")
      }
      func positions(_ names: [String], _ key: String) throws(LabError) -> [Int] {
        guard Set(names).count == names.count else {
          throw LabError(.unprocessable, "“\(key)” names a column twice.")
        }
        return try names.map { name throws(LabError) in
          guard let position = columns.firstIndex(of: name) else {
            throw LabError(
              .unprocessable,
              "\(self.name) has no column “\(name.prefix(80))”; its columns are \(columns.prefix(12).joined(separator: ", "))\(columns.count > 12 ? ", …" : ".")"
            )
          }
          return position
        }
      }
      let outputs = try positions(targets, "targets")
      let dropped = try positions(drop, "drop")
      let inputs = columns.indices.filter { !outputs.contains($0) && !dropped.contains($0) }
      guard !inputs.isEmpty, !outputs.contains(where: dropped.contains) else {
        throw LabError(.unprocessable, "no column is left to predict from, or a target is dropped.")
      }
      func named(_ positions: [Int]) -> [NamedColumn] {
        positions.map { NamedColumn(column: $0, name: columns[$0]) }
      }
      return try PreparedProblem(
        compression, inputs: named(inputs), outputs: named(outputs), preparation: preparation ?? .whiten)
    }
  }

  /// The tables in order.
  public let tables: [Table]

  /// A shelf of tables with different names.
  public init(_ tables: [Table]) { self.tables = tables }

  func prepared(_ choice: TableChoice) throws -> PreparedProblem {
    guard let table = tables.first(where: { $0.name == choice.name }) else {
      throw LabError(
        .notFound,
        "there is no table “\(choice.name.prefix(80))”; there are \(tables.map(\.name).joined(separator: ", "))."
      )
    }
    return try table.prepared(targets: choice.targets, drop: choice.drop ?? [], choice.prepare)
  }
}

/// A table as `GET /api/data` lists it.
struct TableSummary: Encodable {
  let name: String
  let columns: [String]
  let samples: Int

  init(_ table: DataShelf.Table) {
    (name, columns, samples) = (table.name, table.columns, table.compression.sampleCount)
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

  init(_ table: DataShelf.Table, _ prepared: PreparedProblem) {
    (name, columns, samples) = (table.name, table.columns, table.compression.sampleCount)
    (inputs, outputs) = (prepared.inputNames, prepared.outputNames)
    droppedConstants = prepared.droppedConstants
    preparation = prepared.preparation
    inputConditionNumber = prepared.inputConditionNumber
    problem = ReducedProblem(prepared.problem)
  }
}
