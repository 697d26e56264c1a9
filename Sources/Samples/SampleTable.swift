import DataFormats
import LinearAlgebra
import LinearNetworks

/// Samples in rows with named columns, some of them inputs and some outputs: a data file, several, or an array.
///
/// The rows are read in blocks when they are wanted, once for each call, so that memory does not grow with their number.
///
/// ```swift
/// let prepared = try SampleTable("tobacco.csv").prepared(targets: ["sugar", "nicotine"])
/// ```
public struct SampleTable: Sendable {
  /// What the table is called in messages: its file or files.
  public let name: String
  /// The columns to predict from; at first all columns of a table.
  public let inputs: [NamedColumn]
  /// The columns to predict; at first none of a table.
  public let outputs: [NamedColumn]
  /// What is done to the samples unless another preparation is asked for: a table is whitened, pairs of files are taken
  /// as they are.
  public let defaultPreparation: Preparation

  /// Whether the files name the columns; otherwise they are numbered.
  public let isNamed: Bool

  /// Read one after the other; all have the same columns.
  private let sources: [any RowSource]

  /// The samples in a file that `DataFile.open` can read.
  ///
  /// - Throws: `DataFormatError`.
  public init(_ file: String) throws { try self.init(files: [file]) }

  /// The samples in several files with the same columns, one after the other.
  ///
  /// - Throws: `DataFormatError`; ``SampleTableError/differentColumns(first:second:)``.
  public init(files: [String]) throws {
    try self.init(files.map { try DataFile.open($0) }, name: files.joined(separator: ", "))
  }

  /// The samples of several sources with the same columns, one after the other.
  ///
  /// - Parameters:
  ///   - sources: at least one; columns that they do not name are called column1, column2, …
  ///   - name: what the table is called in messages.
  /// - Throws: ``SampleTableError/differentColumns(first:second:)``.
  public init(_ sources: [any RowSource], name: String) throws(SampleTableError) {
    precondition(!sources.isEmpty, "a table needs at least one source of rows")
    let first = sources[0]
    for source in sources {
      guard source.columnCount == first.columnCount, source.columnNames == first.columnNames else {
        throw .differentColumns(first: first.path, second: source.path)
      }
    }
    self.sources = sources
    self.name = name
    inputs = first.namedColumns(orPrefix: "column")
    outputs = []
    defaultPreparation = .whiten
    isNamed = first.columnNames != nil
  }

  /// Samples whose inputs are the rows of one file and whose outputs are the same rows of another.
  ///
  /// Columns that the files do not name are called x1, x2, … and y1, y2, …
  ///
  /// - Throws: `DataFormatError`.
  public init(inputs: String, outputs: String) throws {
    let (X, Y) = (try DataFile.open(inputs), try DataFile.open(outputs))
    sources = [PairedRows(X, Y)]
    name = "\(inputs), \(outputs)"
    self.inputs = X.namedColumns(orPrefix: "x")
    self.outputs = Y.namedColumns(orPrefix: "y").map {
      NamedColumn(column: X.columnCount + $0.column, name: $0.name)
    }
    defaultPreparation = .none
    isNamed = X.columnNames != nil && Y.columnNames != nil
  }

  /// Samples in memory.
  ///
  /// - Parameters:
  ///   - rows: one sample a row.
  ///   - columns: their names, distinct, one for each column of `rows`.
  ///   - name: what the table is called in messages.
  public init(rows: Matrix, columns: [String], name: String = "the table") {
    precondition(
      rows.columns == columns.count && !columns.isEmpty && Set(columns).count == columns.count,
      "\(rows.columns) columns need as many distinct names, not \(columns)")
    sources = [RowsInMemory(rows, columnNames: columns, path: name)]
    self.name = name
    inputs = columns.enumerated().map { NamedColumn(column: $0.offset, name: $0.element) }
    outputs = []
    defaultPreparation = .whiten
    isNamed = true
  }

  /// The same rows, of which only some columns are read.
  private init(
    _ table: SampleTable, inputs: [NamedColumn], outputs: [NamedColumn], sources: [any RowSource]
  ) {
    (name, defaultPreparation, isNamed) = (table.name, table.defaultPreparation, table.isNamed)
    (self.inputs, self.outputs, self.sources) = (inputs, outputs, sources)
  }

  /// Columns of the blocks that ``forEachBlock(progress:_:)`` hands on.
  public var columnCount: Int { sources[0].columnCount }

  /// The table of the chosen columns; the others are not read any more.
  ///
  /// - Throws: ``SampleTableError`` for a name that no column has, or if no input is left.
  public func choosing(_ choice: ColumnChoice) throws(SampleTableError) -> SampleTable {
    let all = (self.inputs + self.outputs).sorted { $0.column < $1.column }
    let (inputs, outputs) = try choice.sorted(all, of: name)
    let kept = (inputs + outputs).map(\.column).sorted()
    func renumbered(_ columns: [NamedColumn]) -> [NamedColumn] {
      columns.map { NamedColumn(column: kept.firstIndex(of: $0.column)!, name: $0.name) }
    }
    return SampleTable(
      self, inputs: renumbered(inputs), outputs: renumbered(outputs),
      sources: sources.map { $0.picking(kept) })
  }

  /// Reads all samples once, in blocks of rows as `RowSource.forEachBlock` hands them on.
  ///
  /// - Parameters:
  ///   - progress: told after every block how far the reading is.
  ///   - body: what is done with a block, row-major, ``columnCount`` numbers in a row.
  /// - Throws: `DataFormatError`, ``SampleTableError/rowCounts(inputs:outputs:found:expected:)``, and what `body` throws.
  public func forEachBlock(
    progress: ((ReadingProgress) -> Void)? = nil,
    _ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    for source in sources {
      var rows = 0
      try source.forEachBlock { block, count in
        try body(block, count)
        rows += count
        progress?(ReadingProgress(file: source.path, rows: rows, expectedRows: source.rowCountHint))
      }
    }
  }

  /// All samples, exactly compressed, from which problems can be made without another reading.
  ///
  /// - Parameter progress: told after every block how far the reading is.
  /// - Throws: what ``forEachBlock(progress:_:)`` throws.
  public func compressed(progress: ((ReadingProgress) -> Void)? = nil) throws -> CompressedTable {
    var samples = SampleCompression(columns: columnCount)
    try forEachBlock(progress: progress) { samples.append(rowMajor: $0.baseAddress!, rows: $1) }
    return CompressedTable(
      name: name, inputs: inputs, outputs: outputs, defaultPreparation: defaultPreparation, samples: samples)
  }

  /// The problem of predicting the outputs from the inputs.
  ///
  /// - Parameters:
  ///   - targets: names of the columns to predict.
  ///   - drop: names of the columns to leave out; all others are inputs.
  ///   - preparation: what is done to the samples.
  ///   - whitenRank: whiten only this many principal directions.
  /// - Throws: ``SampleTableError``, `DataFormatError`, `PreparationError`.
  public func prepared(
    targets: [String], drop: [String] = [], preparation: Preparation = .whiten, whitenRank: Int? = nil
  ) throws -> PreparedProblem {
    try choosing(ColumnChoice(targets: targets, drop: drop)).compressed()
      .prepared(preparation, whitenRank: whitenRank)
  }
}

/// How far the reading of a table is.
public struct ReadingProgress: Sendable {
  /// The file that is read.
  public let file: String
  /// Rows of it that were read.
  public let rows: Int
  /// All its rows, where that is known.
  public let expectedRows: Int?
}

extension RowSource {
  /// The columns by their names; where the source has none, numbered from 1 behind a prefix.
  func namedColumns(orPrefix prefix: String) -> [NamedColumn] {
    let names = columnNames ?? (1...columnCount).map { "\(prefix)\($0)" }
    return names.enumerated().map { NamedColumn(column: $0.offset, name: $0.element) }
  }
}
