import DataFormats
import LinearNetworks

/// The tables in Examples/data.
enum BundledData {
  /// The regression problem of a table, without the inputs that depend on others where the preparation refuses them.
  ///
  /// - Parameter isOutput: whether a column is a label; all others are inputs.
  static func problem(
    _ name: String, preparation: Preparation, outputs isOutput: (String) -> Bool
  ) throws -> Problem {
    let file = try CSVFile(Repository.file("Examples/data/\(name).csv"))
    var table = SampleCompression(columns: file.columnCount)
    try file.forEachBlock { table.append(rowMajor: $0.baseAddress!, rows: $1) }
    let columns = file.columnNames!.enumerated().map { NamedColumn(column: $0.offset, name: $0.element) }
    let outputs = columns.filter { isOutput($0.name) }
    let inputs = columns.filter { !isOutput($0.name) }
    do {
      return try PreparedProblem(table, inputs: inputs, outputs: outputs, preparation: preparation).problem
    } catch {
      guard case PreparationError.dependentInputs(let dependent, _, _) = error else { throw error }
      return try PreparedProblem(
        table, inputs: inputs.filter { !dependent.contains($0.name) }, outputs: outputs,
        preparation: preparation
      ).problem
    }
  }
}
