import DataFormats
import LinearAlgebra
import LinearNetworks
import Prose

/// The factor of a table with all that is needed to merge it with those of other tables: columns, their coding, and where the samples come from.
///
/// The samples of a table that no memory and no machine holds are compressed part by part, wherever the parts are; the parts are merged, in any order
/// and grouping, and stand for the whole table from then on. What depends on single rows, such as a cross-validation, a factor cannot know.
///
/// *Accuracy*: the factor of merged parts is that of the whole table up to round-off of its columns' lengths, however they were split (`SampleCompression` of LinearNetworks).
///
/// Source: D1 of Documentation/derived.md; the tree of merged factors is the parallel TSQR of Demmel, Grigori, Hoemmen, Langou, SIAM J. Sci. Comput. 34 (2012).
public struct TableFactor: Sendable {
  /// What it is called in messages: its file or files.
  public let name: String
  /// The columns of the table, in its order.
  public let columns: [CodedColumn]
  /// Whether cells had to become numbers; otherwise all columns are numbers as they stand.
  public let isCoded: Bool
  /// What was done where values were missing.
  public let missing: MissingValues
  /// The columns that were named to be predicted, in that order; perhaps none.
  public let targets: [String]
  /// What is done to the samples unless another preparation is asked for.
  public let defaultPreparation: Preparation
  /// What was recognised while the table was read.
  public let notices: [Notice]
  /// The files that the samples come from.
  public let sources: [FactorSource]
  /// The factor.
  public let samples: SampleCompression

  /// The names of the columns of ``samples``.
  public var names: [String] { columns.flatMap(\.columns) }

  init(
    name: String, columns: [CodedColumn], isCoded: Bool, missing: MissingValues, targets: [String],
    defaultPreparation: Preparation, notices: [Notice], sources: [FactorSource], samples: SampleCompression
  ) {
    (self.name, self.columns, self.isCoded, self.missing) = (name, columns, isCoded, missing)
    (self.targets, self.defaultPreparation) = (targets, defaultPreparation)
    (self.notices, self.sources, self.samples) = (notices, sources, samples)
  }

  /// The factor of a compressed table.
  ///
  /// - Parameters:
  ///   - table: as it was compressed.
  ///   - sources: the files that its samples come from.
  ///   - pattern: the factor that it was coded like (``SampleTable/coded(like:)``); nil if its own cells decided.
  public init(_ table: CompressedTable, sources: [FactorSource], like pattern: TableFactor? = nil) {
    let positions = Dictionary(
      uniqueKeysWithValues: (table.inputs + table.outputs).map { ($0.name, $0.column) })
    let coded: [CodedColumn]
    if let pattern {
      coded = pattern.columns
    } else if let coding = table.coding {
      // A word that is the same in all rows becomes no column, and has no place.
      coded = (coding.inputs + coding.outputs).map {
        ($0, $0.columns.first.flatMap { positions[$0] } ?? .max)
      }
      .enumerated().sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }.map(\.element.0)
    } else {
      coded = table.columns.map { CodedColumn(name: $0, code: .number) }
    }
    self.init(
      name: table.name, columns: coded, isCoded: pattern?.isCoded ?? (table.coding != nil),
      missing: pattern?.missing ?? table.coding?.missing ?? .refuse,
      targets: pattern?.targets ?? table.coding?.outputs.map(\.name) ?? table.outputs.map(\.name),
      defaultPreparation: pattern?.defaultPreparation ?? table.defaultPreparation, notices: table.notices,
      sources: sources, samples: table.samples)
  }

  /// The factor of columns of numbers.
  ///
  /// - Parameters:
  ///   - samples: the factor.
  ///   - names: of its columns.
  ///   - name: what it is called in messages.
  ///   - sources: where the samples come from.
  package init(numbers samples: SampleCompression, names: [String], name: String, sources: [FactorSource]) {
    self.init(
      name: name, columns: names.map { CodedColumn(name: $0, code: .number) }, isCoded: false,
      missing: .refuse,
      targets: [], defaultPreparation: .whiten, notices: [], sources: sources, samples: samples)
  }

  /// The factor of the samples of both.
  ///
  /// - Throws: ``FactorError`` if the columns or what was done with their cells differ, or if both have samples of the same file.
  public func merging(_ other: TableFactor) throws(FactorError) -> TableFactor {
    let (mine, theirs) = (columns.map(\.name), other.columns.map(\.name))
    if mine != theirs {
      throw .differentColumns(
        first: name, second: other.name, missing: mine.filter { !theirs.contains($0) },
        surplus: theirs.filter { !mine.contains($0) })
    }
    guard missing == other.missing, targets == other.targets, isCoded == other.isCoded,
      defaultPreparation == other.defaultPreparation
    else { throw .differentTreatment(first: name, second: other.name) }
    if let (a, _) = zip(columns, other.columns).first(where: { $0 != $1 }) {
      throw .differentCoding(first: name, second: other.name, column: a.name)
    }
    for source in other.sources {
      if let same = sources.first(where: { $0.isSame(as: source) }) {
        throw .sameSource(source: same.file, first: name, second: other.name)
      }
    }
    guard samples.sampleCount <= SampleFactor.mostSamples - other.samples.sampleCount else {
      throw .tooManySamples(first: name, second: other.name)
    }
    var samples = samples
    samples.merge(other.samples)
    return TableFactor(
      name: "\(name), \(other.name)", columns: columns, isCoded: isCoded, missing: missing, targets: targets,
      defaultPreparation: defaultPreparation,
      notices: notices + other.notices.filter { !notices.contains($0) },
      sources: sources + other.sources, samples: samples)
  }

  /// The merged factors in some files.
  ///
  /// - Throws: what ``init(file:)`` and ``merging(_:)`` throw.
  public init(files: [String]) throws {
    precondition(!files.isEmpty, "a table needs at least one factor")
    let first = try TableFactor(file: files[0])
    self = try files.dropFirst().reduce(first) { try $0.merging(TableFactor(file: $1)) }
  }

  /// The table of some columns: the same as if they had been chosen before it was compressed.
  ///
  /// - Parameters:
  ///   - choice: the columns, by the names that they have in the table; without columns to predict those that were named when it was compressed.
  ///   - predictsTargets: whether columns that were named then are predicted if none are named now.
  ///   - constant: the name of a further input that is always 1; nil for none.
  /// - Throws: ``SampleTableError`` for what no column is called, or if no input is left; ``FactorError/filledTarget(column:table:)``.
  public func choosing(
    _ choice: ColumnChoice, predictsTargets: Bool = true, addingConstant constant: String? = nil
  ) throws -> CompressedTable {
    var choice = choice
    if choice.targets.isEmpty, predictsTargets {
      choice = try ColumnChoice(targets: targets.map { .exactly($0) }, drop: choice.drop, keep: choice.keep)
    }
    let all = columns.enumerated().map { NamedColumn(column: $0.offset, name: $0.element.name) }
    let (inputs, outputs) = try choice.sorted(all, of: name)
    for output in outputs where columns[output.column].fill != nil {
      throw FactorError.filledTarget(column: output.name, table: name)
    }
    var begin: [Int] = []
    var position = 0
    for column in columns {
      begin.append(position)
      position += column.columns.count
    }
    func named(_ chosen: [NamedColumn]) -> [NamedColumn] {
      chosen.flatMap { column in
        columns[column.column].columns.enumerated().map {
          NamedColumn(column: begin[column.column] + $0.offset, name: $0.element)
        }
      }
    }
    func coded(_ chosen: [NamedColumn]) -> [CodedColumn] { chosen.map { columns[$0.column] } }
    let ones = constant.map { NamedColumn(column: position, name: $0) }
    let constantColumn = constant.map { CodedColumn(name: $0, code: .constant) }
    // A constant must be known to a prediction.
    let coding =
      isCoded || constant != nil
      ? TableCoding(
        missing: missing, inputs: coded(inputs) + (constantColumn.map { [$0] } ?? []), outputs: coded(outputs)
      )
      : nil
    return CompressedTable(
      name: name, inputs: named(inputs) + (ones.map { [$0] } ?? []), outputs: named(outputs),
      defaultPreparation: defaultPreparation, coding: coding, notices: notices,
      samples: constant == nil ? samples : samples.addingOnes())
  }
}

/// A file that samples of a factor come from.
public struct FactorSource: Codable, Hashable, Sendable {
  /// What it was called.
  public let file: String
  /// Its size and checksum; nil for samples that no file holds.
  public let fingerprint: FileFingerprint?

  /// A source.
  public init(file: String, fingerprint: FileFingerprint?) {
    (self.file, self.fingerprint) = (file, fingerprint)
  }

  /// Whether the samples are the same: by what is in the file, whatever it is called.
  func isSame(as other: FactorSource) -> Bool {
    fingerprint == other.fingerprint && (fingerprint != nil || file == other.file)
  }
}

extension SampleTable {
  /// The table with the columns of a factor, coded in its way, so that its own factor can be merged with that one.
  ///
  /// - Throws: ``FactorError/differentColumns(first:second:missing:surplus:)`` if the table lacks one of them, or has them in another order.
  public func coded(like pattern: TableFactor) throws(FactorError) -> SampleTable {
    let names = (inputs + outputs).sorted { $0.column < $1.column }.map(\.name)
    let wanted = pattern.columns.map(\.name)
    let found = names.filter { wanted.contains($0) }
    guard found == wanted else {
      throw .differentColumns(
        first: pattern.name, second: name, missing: wanted.filter { !names.contains($0) }, surplus: [])
    }
    return applying(pattern)
  }
}
