import DataFormats

/// How the cells of a table became numbers: what a model was made of, and what is done with new rows in the same way.
public struct TableCoding: Codable, Equatable, Sendable {
  /// What was done where values were missing.
  public let missing: MissingValues
  /// The columns that predict, in the order of the table.
  public let inputs: [CodedColumn]
  /// The columns that are predicted.
  public let outputs: [CodedColumn]

  /// - Parameters:
  ///   - missing: what was done where values were missing.
  ///   - inputs: the columns that predict.
  ///   - outputs: the columns that are predicted.
  public init(missing: MissingValues, inputs: [CodedColumn], outputs: [CodedColumn]) {
    (self.missing, self.inputs, self.outputs) = (missing, inputs, outputs)
  }

  /// The coding of columns that hold nothing but numbers.
  public init(numbers inputs: [String], outputs: [String]) {
    self.init(
      missing: .refuse, inputs: inputs.map { CodedColumn(name: $0, code: .number) },
      outputs: outputs.map { CodedColumn(name: $0, code: .number) })
  }

  /// Whether every column is a number as it stands, and nothing was missing.
  public var isTrivial: Bool {
    missing == .refuse && (inputs + outputs).allSatisfy { $0.code == .number && $0.indicator == nil }
  }
}

/// A column of a table and the numbers that its cells become.
public struct CodedColumn: Codable, Equatable, Sendable {
  /// What the table calls it.
  public let name: String
  /// What a cell becomes.
  public let code: ColumnCode
  /// What stands in the place of missing values, for every column that it becomes; nil where nothing may.
  public internal(set) var fill: [Double]?
  /// The name of the further column that marks missing values; nil if there is none.
  public internal(set) var indicator: String?

  /// A column without missing values.
  public init(name: String, code: ColumnCode) { (self.name, self.code) = (name, code) }

  /// Names of the columns that it becomes.
  public var columns: [String] { valueColumns + (indicator.map { [$0] } ?? []) }

  /// The same without the one that marks missing values.
  var valueColumns: [String] {
    switch code {
    case .number, .truth, .date, .constant: [name]
    case .categories(let words): words.dropFirst().map { "\(name)=\($0)" }
    }
  }

  /// What the reader makes of its cells.
  func reading(mayMiss: Bool) -> CellReading {
    switch code {
    case .number, .constant: mayMiss ? .numberOrMissing : .number
    case .truth: .word(["true": 1, "True": 1, "TRUE": 1, "false": 0, "False": 0, "FALSE": 0])
    case .date(let order): .date(order)
    case .categories(let words):
      .word(Dictionary(uniqueKeysWithValues: words.enumerated().map { ($0.element, Double($0.offset)) }))
    }
  }

  /// Appends the numbers of a cell; NaN for each if it was missing and nothing stands in its place.
  func append(_ x: Double, to row: inout [Double]) {
    let count = valueColumns.count
    if x.isNaN {
      row.append(contentsOf: fill ?? Array(repeating: .nan, count: count))
    } else if case .categories = code {
      for k in 0..<count { row.append(x == Double(k + 1) ? 1 : 0) }
    } else {
      row.append(x)
    }
    if indicator != nil { row.append(x.isNaN ? 1 : 0) }
  }
}

/// What the cells of a column become.
public enum ColumnCode: Equatable, Sendable {
  /// A number is what it says.
  case number
  /// True is 1 and false is 0, however they are capitalised.
  case truth
  /// Days since 1 January 1970.
  case date(DateOrder)
  /// A column of ones, for which a table has nothing.
  case constant
  /// A column of zeros and ones for every word but the first, the reference.
  case categories([String])
}

extension ColumnCode: Codable {
  private enum Key: String, CodingKey { case kind, order, words }
  private enum Kind: String, Codable { case number, truth, date, constant, categories }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    switch self {
    case .number: try values.encode(Kind.number, forKey: .kind)
    case .truth: try values.encode(Kind.truth, forKey: .kind)
    case .constant: try values.encode(Kind.constant, forKey: .kind)
    case .date(let order):
      try values.encode(Kind.date, forKey: .kind)
      try values.encode(order, forKey: .order)
    case .categories(let words):
      try values.encode(Kind.categories, forKey: .kind)
      try values.encode(words, forKey: .words)
    }
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    switch try values.decode(Kind.self, forKey: .kind) {
    case .number: self = .number
    case .truth: self = .truth
    case .constant: self = .constant
    case .date: self = .date(try values.decode(DateOrder.self, forKey: .order))
    case .categories: self = .categories(try values.decode([String].self, forKey: .words))
    }
  }
}
