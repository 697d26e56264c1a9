import LinearNetworks

/// Which columns of a table are predicted, which are left out, and which predict: all others.
public struct ColumnChoice: Equatable, Sendable {
  /// Names of the columns to predict, in the order of the outputs.
  public let targets: [String]
  /// Names of the columns to leave out.
  public let drop: [String]

  /// A choice of columns by their names.
  ///
  /// - Parameters:
  ///   - targets: the columns to predict; none if all columns are to be inputs.
  ///   - drop: the columns to leave out.
  /// - Throws: ``SampleTableError`` for a name that is empty, given twice, or among both.
  public init(targets: [String] = [], drop: [String] = []) throws(SampleTableError) {
    for (use, names) in [(ColumnUse.target, targets), (.dropped, drop)] {
      if names.contains("") { throw .emptyName(use: use) }
      var seen: Set<String> = []
      for name in names {
        guard seen.insert(name).inserted else { throw .namedTwice(name: name, use: use) }
      }
    }
    if let both = targets.first(where: drop.contains) { throw .targetDropped(name: both) }
    (self.targets, self.drop) = (targets, drop)
  }

  /// Sorts columns into inputs and outputs.
  ///
  /// - Throws: ``SampleTableError`` for a name that no column has, or if no input is left.
  func sorted(_ columns: [NamedColumn], of table: String) throws(SampleTableError) -> (
    inputs: [NamedColumn], outputs: [NamedColumn]
  ) {
    let names = columns.map(\.name)
    func positions(_ wanted: [String], _ use: ColumnUse) throws(SampleTableError) -> [Int] {
      try wanted.map { name throws(SampleTableError) in
        guard let position = names.firstIndex(of: name) else {
          throw .unknownColumn(name: name, use: use, table: table, columns: names)
        }
        return position
      }
    }
    let outputs = try positions(targets, .target)
    let others = Set(outputs + (try positions(drop, .dropped)))
    let inputs = columns.indices.filter { !others.contains($0) }
    guard !inputs.isEmpty else { throw .noInputsLeft(table: table, targets: targets) }
    return (inputs.map { columns[$0] }, outputs.map { columns[$0] })
  }
}

/// What a column was named for.
public enum ColumnUse: String, Sendable {
  /// To be predicted.
  case target
  /// To be left out.
  case dropped
}
