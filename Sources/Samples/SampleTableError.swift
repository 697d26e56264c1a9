import DataFormats
import Prose

/// Why files or columns do not make a table of samples.
public enum SampleTableError: MendableError, Equatable {
  /// No column has this name.
  case unknownColumn(name: String, use: ColumnUse, table: String, columns: [String])
  /// A name is empty.
  case emptyName(use: ColumnUse)
  /// A name is given twice for the same use.
  case namedTwice(name: String, use: ColumnUse)
  /// A column is named for two uses that exclude each other.
  case contradiction(name: String, use: ColumnUse, other: ColumnUse)
  /// No column fits a pattern.
  case noMatch(pattern: String, use: ColumnUse, table: String, columns: [String])
  /// Targets and dropped columns are all there are.
  case noInputsLeft(table: String, targets: [String])
  /// All targets are left out.
  case noTargetsLeft(table: String)
  /// Every row lacks a value.
  case noRowsLeft(table: String)
  /// Columns hold words: the first of them with a value, its place and the number of different ones (nil for more than are
  /// counted), all of them, and whether the words may be categories.
  case words(
    table: String, column: String, value: String, place: CellPlace, distinct: Int?, columns: [String],
    areCategories: Bool)
  /// A cell of new rows is not what the model has been made of.
  case unlikeTheModel(problem: String)
  /// A word in new rows was in none of the samples of the model.
  case unknownToTheModel(problem: String)
  /// Values are missing: how many in which columns, and in which lines those of the first of these begin.
  case missingValues(table: String, columns: [MissingCount], column: String, places: [CellPlace])
  /// Two files that are to be read one after the other differ in their columns.
  case differentColumns(first: String, second: String)
  /// Inputs and outputs in two files differ in their rows; of the longer file no more is known than one row beyond.
  case rowCounts(inputs: String, outputs: String, found: Int, expected: Int)
}

/// How many values a column misses.
public struct MissingCount: Hashable, Sendable {
  /// The column.
  public let name: String
  /// How many.
  public let count: Int

  /// - Parameters:
  ///   - name: of the column.
  ///   - count: how many values it misses.
  public init(name: String, count: Int) { (self.name, self.count) = (name, count) }
}

extension SampleTableError {
  public var problem: String {
    switch self {
    case .unknownColumn(let name, let use, let table, let columns):
      "\(table) has no column “\(Self.shortened(name))” to \(use.verb)"
        + (Self.isUnseparated(columns)
          ? "; its only column is called “\(Self.shortened(columns[0]))”."
          : nearestName(to: name, among: columns) == nil
            ? "; its columns are \(list(columns.map(visible)))." : ".")
    case .emptyName(let use): "a column to \(use.verb) has an empty name; give every column by its name."
    case .namedTwice(let name, let use):
      "“\(Self.shortened(name))” is named twice among the columns to \(use.verb); once is enough."
    case .contradiction(let name, let use, let other):
      "“\(Self.shortened(name))” cannot be both a column to \(use.verb) and a column to \(other.verb)."
    case .noMatch(let pattern, let use, let table, let columns):
      "no column of \(table) fits “\(Self.shortened(pattern))”, a column to \(use.verb); its columns are \(list(columns.map(visible)))."
    case .noTargetsLeft(let table): "no column of \(table) is left to predict: all targets are left out."
    case .noRowsLeft(let table): "no row of \(table) is left: something is missing in every one."
    case .unlikeTheModel(let problem): "\(problem) The model was made of samples without such cells."
    case .unknownToTheModel(let problem):
      "\(problem) The model cannot know what it does; leave such rows out, or fit again with samples that have it."
    case .words(_, let column, let value, let place, let distinct, let columns, let areCategories):
      "\(place), column “\(Self.shortened(column))”: “\(Self.shortened(value))” is not a number; the column holds "
        + (distinct.map { "\($0) different \($0 == 1 ? "value" : "values")" }
          ?? "more than \(ColumnCensus.distinctLimit) different values")
        + (areCategories ? "" : ", too many for categories")
        + (columns.count > 1 ? ", and \(count(columns.count - 1, "further column")) words, too." : ".")
    case .missingValues(let table, let columns, let column, let places):
      "\(count(columns.reduce(0) { $0 + $1.count }, "value")) of \(table) \(columns.count == 1 && columns[0].count == 1 ? "is" : "are") missing, in "
        + list(columns.map { "“\(Self.shortened($0.name))” (\($0.count))" })
        + "; the first: \(places.first.map { "\($0)" } ?? table), column “\(Self.shortened(column))”."
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
    case .unknownColumn(_, _, _, let columns) where Self.isUnseparated(columns): [.separator]
    case .unknownColumn(let name, let use, _, let columns):
      [use.remedy(nearestName(to: name, among: columns).map { [$0] } ?? [])]
    case .noInputsLeft(_, let targets): targets.isEmpty ? [.drop([])] : [.targets([]), .drop([])]
    case .noMatch(_, let use, _, _): [use.remedy([])]
    case .words(_, _, _, _, _, let columns, let areCategories):
      (areCategories ? [.encode] : []) + [.drop(columns)]
    case .unlikeTheModel: [.missing("mean")]
    case .missingValues(_, let columns, _, _):
      [.missing("drop"), .missing("mean"), .missing("indicator"), .drop(columns.map(\.name))]
    case .noRowsLeft: [.missing("mean")]
    case .unknownToTheModel, .emptyName, .namedTwice, .contradiction, .noTargetsLeft, .differentColumns,
      .rowCounts:
      []
    }
  }

  /// Whether a table looks like one whose cells were not told apart.
  private static func isUnseparated(_ columns: [String]) -> Bool {
    columns.count == 1 && columns[0].contains { ",;\t".contains($0) }
  }

  /// Names come from users, and a message is one line.
  private static func shortened(_ name: String) -> String {
    let name = visible(name)
    return name.count > 80 ? name.prefix(79) + "…" : name
  }
}

extension ColumnUse {
  var verb: String {
    switch self {
    case .target: "predict"
    case .dropped: "leave out"
    case .kept: "predict from"
    }
  }

  func remedy(_ names: [String]) -> Remedy {
    switch self {
    case .target: .targets(names)
    case .dropped: .drop(names)
    case .kept: .keep(names)
    }
  }
}
