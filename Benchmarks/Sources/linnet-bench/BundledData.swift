import LinearNetworks
import Samples

/// The tables in Examples/data.
enum BundledData {
  /// The regression problem of a table, without the inputs that depend on others where the preparation refuses them.
  ///
  /// - Parameter isOutput: whether a column is a label; all others are inputs.
  static func problem(
    _ name: String, preparation: Preparation, outputs isOutput: (String) -> Bool
  ) throws -> Problem {
    let table = try SampleTable(Repository.file("Examples/data/\(name).csv"))
    let targets = table.inputs.map(\.name).filter(isOutput)
    do {
      return try table.prepared(targets: targets, preparation: preparation).problem
    } catch PreparationError.dependentInputs(let dependent, _, _) {
      return try table.prepared(targets: targets, drop: dependent, preparation: preparation).problem
    }
  }
}
