import DataFormats
import LinearNetworks

/// The tables in Examples/data.
enum BundledData {
  /// The regression problem of a table.
  ///
  /// - Parameter outputs: the columns that are labels; all others are inputs.
  static func problem(_ name: String, preparation: Preparation, outputs: Set<String>) throws -> Problem {
    let file = try CSVFile(Repository.file("Examples/data/\(name).csv"))
    var table = SampleCompression(columns: file.columnCount)
    try file.forEachBlock { table.append(rowMajor: $0.baseAddress!, rows: $1) }
    let columns = file.columnNames!.enumerated().map { NamedColumn(column: $0.offset, name: $0.element) }
    return try PreparedProblem(
      table, inputs: columns.filter { !outputs.contains($0.name) },
      outputs: columns.filter { outputs.contains($0.name) }, preparation: preparation
    ).problem
  }
}
