import Prose

/// Why files or columns do not make a table of samples.
public enum SampleTableError: MendableError, Equatable {
  /// No column has this name.
  case unknownColumn(name: String, use: ColumnUse, table: String, columns: [String])
  /// A name is empty.
  case emptyName(use: ColumnUse)
  /// A name is given twice for the same use.
  case namedTwice(name: String, use: ColumnUse)
  /// A column is to be predicted and left out.
  case targetDropped(name: String)
  /// Targets and dropped columns are all there are.
  case noInputsLeft(table: String, targets: [String])
  /// Two files that are to be read one after the other differ in their columns.
  case differentColumns(first: String, second: String)
  /// Inputs and outputs in two files differ in their rows; of the longer file no more is known than one row beyond.
  case rowCounts(inputs: String, outputs: String, found: Int, expected: Int)
}

extension SampleTableError {
  public var problem: String {
    switch self {
    case .unknownColumn(let name, let use, let table, let columns):
      "\(table) has no column “\(Self.shortened(name))” to \(use.verb)"
        + (nearestName(to: name, among: columns) == nil ? "; its columns are \(list(columns))." : ".")
    case .emptyName(let use): "a column to \(use.verb) has an empty name; give every column by its name."
    case .namedTwice(let name, let use):
      "“\(Self.shortened(name))” is named twice among the columns to \(use.verb); once is enough."
    case .targetDropped(let name):
      "“\(Self.shortened(name))” cannot be both a column to predict and a column to leave out."
    case .noInputsLeft(let table, let targets):
      targets.isEmpty
        ? "no column of \(table) is left: all of them are left out."
        : "no column of \(table) is left to predict from: the targets \(list(targets)) and those left out are all there are."
    case .differentColumns(let first, let second):
      "\(second) does not have the same columns as \(first); files given together must agree."
    case .rowCounts(let inputs, let outputs, let found, let expected):
      "\(inputs) and \(outputs) must have a row for every sample: one has \(expected) rows, the other \(found)."
    }
  }

  public var remedies: [Remedy] {
    switch self {
    case .unknownColumn(let name, let use, _, let columns):
      [use.remedy(nearestName(to: name, among: columns).map { [$0] } ?? [])]
    case .noInputsLeft(_, let targets): targets.isEmpty ? [.drop([])] : [.targets([]), .drop([])]
    case .emptyName, .namedTwice, .targetDropped, .differentColumns, .rowCounts: []
    }
  }

  /// Names come from users, and a message is one line.
  private static func shortened(_ name: String) -> String {
    name.count > 80 ? name.prefix(79) + "…" : name
  }
}

extension ColumnUse {
  var verb: String {
    switch self {
    case .target: "predict"
    case .dropped: "leave out"
    }
  }

  func remedy(_ names: [String]) -> Remedy {
    switch self {
    case .target: .targets(names)
    case .dropped: .drop(names)
    }
  }
}
