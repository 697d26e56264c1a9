import DataFormats
import LinearAlgebra
import LinearNetworks
import Prose

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
  /// What may be done so that the cells become numbers.
  public let options: ReadingOptions
  /// What was done so that the cells become numbers; nil before ``coded()``, and where they are numbers as they stand.
  public let coding: TableCoding?
  /// What was recognised that a user may want to know.
  public let notices: [Notice]

  /// Read one after the other; all have the same columns.
  private var sources: [any RowSource]
  /// What is read of each source, in the order of its columns, and what becomes of it; the latter only if there is a coding.
  private let plan: [PlannedColumn]
  private let gaps: Gaps

  /// A column that is read.
  private struct PlannedColumn: Sendable {
    let column: Int
    let name: String
    var coded: CodedColumn?
    let isOutput: Bool

    /// A column of ones that no source has; it stands behind all others.
    static func constant(_ name: String) -> PlannedColumn {
      PlannedColumn(
        column: .max, name: name, coded: CodedColumn(name: name, code: .constant), isOutput: false)
    }

    var isConstant: Bool { coded?.code == .constant }
  }

  /// What becomes of a row in which something is missing that nothing takes the place of.
  private enum Gaps: Sendable {
    /// It is left out.
    case drop
    /// It is handed on, with NaN.
    case keep
  }

  /// The samples in a file that `DataFile.open` can read.
  ///
  /// - Throws: `DataFormatError`.
  public init(_ file: String, _ options: ReadingOptions = ReadingOptions()) throws {
    try self.init(files: [file], options)
  }

  /// The samples in several files with the same columns, one after the other.
  ///
  /// - Throws: `DataFormatError`; ``SampleTableError/differentColumns(first:second:)``.
  public init(files: [String], _ options: ReadingOptions = ReadingOptions()) throws {
    try self.init(
      files.map { try DataFile.open($0, options.format) },
      name: files.map { $0 == "-" ? "standard input" : $0 }.joined(separator: ", "), options)
  }

  /// The samples of several sources with the same columns, one after the other.
  ///
  /// - Parameters:
  ///   - sources: at least one; columns that they do not name are called column1, column2, …
  ///   - name: what the table is called in messages.
  ///   - options: what may be done so that the cells become numbers.
  /// - Throws: ``SampleTableError/differentColumns(first:second:)``.
  public init(
    _ sources: [any RowSource], name: String, _ options: ReadingOptions = ReadingOptions()
  ) throws(SampleTableError) {
    precondition(!sources.isEmpty, "a table needs at least one source of rows")
    let first = sources[0]
    for source in sources {
      guard source.columnCount == first.columnCount, source.columnNames == first.columnNames else {
        throw .differentColumns(first: first.path, second: source.path)
      }
    }
    self.init(
      name: name, inputs: first.namedColumns(orPrefix: "column"), outputs: [], defaultPreparation: .whiten,
      isNamed: first.columnNames != nil, sources: sources, options: options)
  }

  /// Samples whose inputs are the rows of one file and whose outputs are the same rows of another.
  ///
  /// Columns that the files do not name are called x1, x2, … and y1, y2, …
  ///
  /// - Throws: `DataFormatError`.
  public init(inputs: String, outputs: String, _ options: ReadingOptions = ReadingOptions()) throws {
    let X = try DataFile.open(inputs, options.format)
    let Y = try DataFile.open(outputs, options.format)
    self.init(
      name: "\(inputs), \(outputs)", inputs: X.namedColumns(orPrefix: "x"),
      outputs: Y.namedColumns(orPrefix: "y").map {
        NamedColumn(column: X.columnCount + $0.column, name: $0.name)
      }, defaultPreparation: .none, isNamed: X.columnNames != nil && Y.columnNames != nil,
      sources: [PairedRows(X, Y)], options: options)
  }

  /// Samples in memory.
  ///
  /// - Parameters:
  ///   - rows: one sample a row; NaN is a missing value.
  ///   - columns: their names, distinct, one for each column of `rows`.
  ///   - name: what the table is called in messages.
  ///   - options: what may be done so that the cells become numbers.
  public init(
    rows: Matrix, columns: [String], name: String = "the table", _ options: ReadingOptions = ReadingOptions()
  ) {
    precondition(
      rows.columns == columns.count && !columns.isEmpty && Set(columns).count == columns.count,
      "\(rows.columns) columns need as many distinct names, not \(columns)")
    self.init(
      name: name, inputs: columns.enumerated().map { NamedColumn(column: $0.offset, name: $0.element) },
      outputs: [], defaultPreparation: .whiten, isNamed: true,
      sources: [RowsInMemory(rows, columnNames: columns, path: name)], options: options)
  }

  /// All columns of some sources, as they stand.
  private init(
    name: String, inputs: [NamedColumn], outputs: [NamedColumn], defaultPreparation: Preparation,
    isNamed: Bool, sources: [any RowSource], options: ReadingOptions
  ) {
    (self.name, self.inputs, self.outputs) = (name, inputs, outputs)
    (self.defaultPreparation, self.isNamed, self.sources, self.options) = (
      defaultPreparation, isNamed, sources, options
    )
    (coding, gaps) = (nil, .drop)
    plan =
      inputs.map { PlannedColumn(column: $0.column, name: $0.name, isOutput: false) }
      + outputs.map { PlannedColumn(column: $0.column, name: $0.name, isOutput: true) }
    var seen: Set<Notice> = []
    notices = sources.flatMap(\.notices).filter { seen.insert($0).inserted }
  }

  /// Some columns of a table, read as planned.
  private init(
    _ table: SampleTable, _ planned: [PlannedColumn], coding: TableCoding?, gaps: Gaps, notices: [Notice]
  ) {
    let plan = planned.sorted { $0.column < $1.column }
    (name, defaultPreparation, isNamed) = (table.name, table.defaultPreparation, table.isNamed)
    (options, sources, self.plan) = (table.options, table.sources, plan)
    (self.coding, self.gaps, self.notices) = (coding, gaps, notices)
    // Where the columns stand in the blocks.
    var begin: [Int: Int] = [:]
    var position = 0
    for column in plan {
      begin[column.column] = position
      position += column.coded?.columns.count ?? 1
    }
    func named(_ columns: [PlannedColumn]) -> [NamedColumn] {
      columns.flatMap { column in
        (column.coded?.columns ?? [column.name]).enumerated().map {
          NamedColumn(column: begin[column.column]! + $0.offset, name: $0.element)
        }
      }
    }
    // Inputs stand as in the file, outputs as they were named.
    inputs = named(plan.filter { !$0.isOutput })
    outputs = named(planned.filter(\.isOutput))
  }

  /// Columns of the blocks that ``forEachBlock(progress:_:)`` hands on.
  public var columnCount: Int { inputs.count + outputs.count }

  /// The table of the chosen columns; the cells of the others are not looked at.
  ///
  /// - Throws: ``SampleTableError`` for what no column is called, or if no input is left.
  public func choosing(_ choice: ColumnChoice) throws(SampleTableError) -> SampleTable {
    precondition(coding == nil, "columns are chosen before they are coded")
    let all = plan.sorted { $0.column < $1.column }.map { NamedColumn(column: $0.column, name: $0.name) }
    let (inputs, outputs) = try choice.sorted(all, of: name)
    return SampleTable(
      self,
      inputs.map { PlannedColumn(column: $0.column, name: $0.name, isOutput: false) }
        + outputs.map { PlannedColumn(column: $0.column, name: $0.name, isOutput: true) },
      coding: nil, gaps: .drop, notices: notices)
  }

  /// The same samples with a further input that is always 1.
  ///
  /// - Parameter name: what it is called.
  public func addingConstant(_ name: String = "1") -> SampleTable {
    precondition(coding == nil, "a constant is added before columns are coded")
    return SampleTable(self, plan + [.constant(name)], coding: nil, gaps: gaps, notices: notices)
  }

  /// The table as numbers: words are coded and missing values dealt with as the options allow.
  ///
  /// Where they allow nothing, this is the table itself. Otherwise the rows are read once or twice.
  ///
  /// - Throws: ``SampleTableError`` for what is not allowed, `DataFormatError`.
  public func coded() throws -> SampleTable {
    guard coding == nil else { return self }
    if options.missing == .refuse, options.words == .refuse {
      // A constant must be known to a prediction.
      return plan.contains(where: \.isConstant) ? withCoding(plan, notices) : self
    }
    let census = try census()
    try refuse(census, words: options.words == .refuse, missing: options.missing == .refuse)
    var notices = notices
    var planned = plan
    for (i, counts) in census.enumerated() where !plan[i].isConstant {
      let (code, notice) = try self.code(of: plan[i].name, counts)
      planned[i].coded = CodedColumn(name: plan[i].name, code: code)
      if let notice { notices.append(notice) }
    }
    let missing = zip(plan, census).filter { $0.1.missing > 0 }
    if options.missing == .mean || options.missing == .indicator {
      let draft = SampleTable(self, planned, coding: nil, gaps: .keep, notices: [])
      let means = try draft.means()
      for i in planned.indices where !planned[i].isOutput && !planned[i].isConstant {
        let coded = planned[i].coded!
        planned[i].coded!.fill = coded.valueColumns.map { means[$0]! }
        if options.missing == .indicator, census[i].missing > 0 {
          planned[i].coded!.indicator = "\(coded.name) is missing"
        }
      }
    }
    if !missing.isEmpty {
      notices.append(
        try self.notice(missing: missing.map { ($0.0.name, $0.1.missing, $0.0.isOutput) }, planned))
    }
    return withCoding(planned, notices)
  }

  /// The table whose columns are read as planned, with what new rows need to be read so, too.
  private func withCoding(_ planned: [PlannedColumn], _ notices: [Notice]) -> SampleTable {
    func coded(_ column: PlannedColumn) -> CodedColumn {
      column.coded ?? CodedColumn(name: column.name, code: .number)
    }
    let coding = TableCoding(
      missing: options.missing, inputs: planned.filter { !$0.isOutput }.map(coded),
      outputs: planned.filter(\.isOutput).map(coded))
    return SampleTable(self, planned, coding: coding, gaps: .drop, notices: notices)
  }

  /// The table with other names for its columns, in the order of the table.
  package func calling(_ names: [String]) -> SampleTable {
    precondition(coding == nil && names.count == plan.count, "\(names.count) names for \(plan.count) columns")
    let renamed = zip(plan, names).map {
      PlannedColumn(column: $0.0.column, name: $0.1, isOutput: $0.0.isOutput)
    }
    return SampleTable(self, renamed, coding: nil, gaps: gaps, notices: notices)
  }

  /// The columns that a coding names, coded in its way, for a prediction: a row in which something is missing that nothing takes
  /// the place of is handed on with NaN.
  ///
  /// - Parameter coding: of the model; its outputs are read as far as the table has them.
  /// - Returns: nil if the table lacks an input.
  package func applying(_ coding: TableCoding) -> SampleTable? {
    precondition(self.coding == nil, "a table is coded once")
    let positions = Dictionary(plan.map { ($0.name, $0.column) }) { first, _ in first }
    var planned: [PlannedColumn] = []
    for coded in coding.inputs where coded.code != .constant {
      guard let column = positions[coded.name] else { return nil }
      planned.append(PlannedColumn(column: column, name: coded.name, coded: coded, isOutput: false))
    }
    planned += coding.inputs.filter { $0.code == .constant }.map { .constant($0.name) }
    // Of a model that reproduces its inputs the outputs are there already.
    let read = Set(planned.map(\.column))
    for coded in coding.outputs {
      if let column = positions[coded.name], !read.contains(column) {
        planned.append(PlannedColumn(column: column, name: coded.name, coded: coded, isOutput: true))
      }
    }
    return SampleTable(self, planned, coding: coding, gaps: .keep, notices: notices)
  }

  /// The columns of a factor, which the table has in the same order, coded in its way.
  func applying(_ pattern: TableFactor) -> SampleTable {
    precondition(coding == nil, "a table is coded once")
    let positions = Dictionary(plan.map { ($0.name, $0.column) }) { first, _ in first }
    let isOutput = { (name: String) in pattern.missing != .refuse && pattern.targets.contains(name) }
    let planned = pattern.columns.map { column in
      PlannedColumn(
        column: positions[column.name]!, name: column.name, coded: pattern.isCoded ? column : nil,
        // Where nothing may be missing, rows without a target are not left out either.
        isOutput: isOutput(column.name))
    }
    let coding = TableCoding(
      missing: pattern.missing, inputs: pattern.columns.filter { !isOutput($0.name) },
      outputs: pattern.columns.filter { isOutput($0.name) })
    return SampleTable(self, planned, coding: pattern.isCoded ? coding : nil, gaps: .drop, notices: notices)
  }

  /// The same table without the rows in which something is missing that nothing takes the place of.
  package var withoutGaps: SampleTable {
    SampleTable(self, plan, coding: coding, gaps: .drop, notices: notices)
  }

  /// The number of rows; their cells are not looked at.
  ///
  /// - Throws: `DataFormatError` for a row of another length.
  package func rowCount() throws -> Int {
    var count = 0
    for source in sources { try source.forEachBlock(of: []) { _, rows in count += rows } }
    return count
  }

  /// Reads all samples once, in blocks of rows as `RowSource.forEachBlock` hands them on.
  ///
  /// - Parameters:
  ///   - progress: told after every block how far the reading is.
  ///   - body: what is done with a block, row-major, ``columnCount`` numbers in a row.
  /// - Throws: ``SampleTableError`` for words and missing values with their numbers, and if rows do not pair;
  ///   `DataFormatError`; what `body` throws.
  public func forEachBlock(
    progress: ((ReadingProgress) -> Void)? = nil,
    _ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    let readings = plan.filter { !$0.isConstant }.map { column in
      // What may not be missing is refused where it is read, but targets of new rows are not known as a rule.
      let mayMiss = coding.map { $0.missing != .refuse || column.isOutput } ?? true
      return ColumnReading(column.column, column.coded?.reading(mayMiss: mayMiss) ?? .number)
    }
    var rowsBefore = 0
    for (place, source) in sources.enumerated() {
      var rows = 0
      defer { rowsBefore += rows }
      do {
        try source.forEachBlock(of: readings) { block, count in
          try hand(block, count, to: body)
          rows += count
          progress?(
            ReadingProgress(
              file: source.path, rows: rows, expectedRows: source.rowCountHint, rowsBefore: rowsBefore,
              estimatedRows: estimate(reading: place, rows: rows, after: rowsBefore)))
        }
      } catch let error as DataFormatError where error.isAboutCell {
        guard coding == nil else {
          if case .unknownWord = error { throw SampleTableError.unknownToTheModel(problem: error.problem) }
          throw SampleTableError.unlikeTheModel(problem: error.problem)
        }
        // How many more there are, and in which columns.
        try refuse(try census(), words: true, missing: true)
        throw error
      }
    }
  }

  /// About how many rows there are in all sources, if so many were read of the one at a place and before it.
  private func estimate(reading place: Int, rows: Int, after before: Int) -> Int? {
    var all = before
    for (i, source) in sources.enumerated() where i >= place {
      guard let estimate = source.rowCountEstimate else { return nil }
      all += i == place ? max(rows, estimate) : estimate
    }
    return all
  }

  /// Codes the rows of a block, and leaves out those with gaps unless they are wanted.
  private func hand(
    _ block: UnsafeBufferPointer<Double>, _ count: Int,
    to body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    guard plan.contains(where: { $0.coded != nil }) else { return try body(block, count) }
    // Constants stand last and are not in the block.
    let width = plan.count { !$0.isConstant }
    var rows: [Double] = []
    var kept = 0
    rows.reserveCapacity(count * columnCount)
    for i in 0..<count {
      let begin = rows.count
      for (j, column) in plan.enumerated() {
        if column.isConstant {
          rows.append(1)
        } else if let coded = column.coded {
          coded.append(block[i * width + j], to: &rows)
        } else {
          rows.append(block[i * width + j])
        }
      }
      if gaps == .drop, rows[begin...].contains(where: \.isNaN) {
        rows.removeLast(rows.count - begin)
      } else {
        kept += 1
      }
    }
    if kept > 0 { try rows.withUnsafeBufferPointer { try body($0, kept) } }
  }

  /// All samples, exactly compressed, from which problems can be made without another reading of them.
  ///
  /// - Parameter progress: told after every block how far the reading is.
  /// - Throws: what ``coded()`` and ``forEachBlock(progress:_:)`` throw.
  public func compressed(progress: ((ReadingProgress) -> Void)? = nil) throws -> CompressedTable {
    let table = try coded()
    var samples = SampleCompression(columns: table.columnCount)
    try table.forEachBlock(progress: progress) { samples.append(rowMajor: $0.baseAddress!, rows: $1) }
    return try table.compressed(to: samples)
  }

  /// The compressed table whose samples were read elsewhere, as ``forEachBlock(progress:_:)`` hands them on.
  ///
  /// - Throws: ``SampleTableError/noRowsLeft(table:)``.
  package func compressed(to samples: SampleCompression) throws(SampleTableError) -> CompressedTable {
    guard samples.sampleCount > 0 else { throw .noRowsLeft(table: name) }
    return CompressedTable(
      name: name, inputs: inputs, outputs: outputs, defaultPreparation: defaultPreparation,
      coding: coding, notices: notices, samples: samples)
  }

  /// Sources that are read one after the other.
  package var sourceCount: Int { sources.count }

  /// The same table, coded as it is, of some of the sources alone; perhaps of none.
  package func sources(at places: [Int]) -> SampleTable {
    var part = self
    part.sources = places.map { sources[$0] }
    return part
  }

  /// The problem of predicting the outputs from the inputs.
  ///
  /// - Parameters:
  ///   - targets: names of the columns to predict, or patterns.
  ///   - drop: names of the columns to leave out, or patterns; all others are inputs.
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

// MARK: Words and missing values

extension SampleTable {
  /// The counts of the cells of every column that is read, over all sources.
  private func census() throws -> [ColumnCensus] {
    let columns = plan.filter { !$0.isConstant }.map(\.column)
    var sum: [ColumnCensus]?
    for source in sources {
      let found = try source.census(of: columns)
      sum = sum.map { zip($0, found).map { $0.merging($1) } } ?? found
    }
    return sum! + plan.filter(\.isConstant).map { _ in ColumnCensus() }
  }

  /// - Throws: ``SampleTableError`` if a column holds words that are not allowed, or misses values that may not be missing.
  private func refuse(_ census: [ColumnCensus], words: Bool, missing: Bool) throws(SampleTableError) {
    let counts = zip(plan, census)
    let texts = counts.filter { $0.1.words > 0 }
    if words, let (column, first) = texts.first, let word = first.firstWord {
      throw .words(
        table: name, column: column.name, value: word.text, place: word.place,
        distinct: first.texts?.count, columns: texts.map(\.0.name),
        areCategories: (try? code(of: column.name, first)) != nil)
    }
    let gaps = counts.filter { $0.1.missing > 0 }
    if missing, let (column, first) = gaps.first {
      throw .missingValues(
        table: name, columns: gaps.map { .init(name: $0.0.name, count: $0.1.missing) }, column: column.name,
        places: first.missingPlaces)
    }
  }

  /// The code of a column by what its cells are.
  private func code(of name: String, _ counts: ColumnCensus) throws(SampleTableError) -> (ColumnCode, Notice?)
  {
    if counts.words == 0 { return (.number, nil) }
    if counts.numbers == 0, counts.truths == counts.words { return (.truth, nil) }
    if counts.numbers == 0, let order = counts.dates.first(where: { $0.value == counts.words })?.key {
      return (.date(order), Notice("“\(visible(name))” is read as days since 1 January 1970"))
    }
    // What differs in most rows names them (tuned: of a few rows even categories are all different).
    guard let texts = counts.texts, texts.count <= max(20, (counts.words + counts.numbers) / 2) else {
      throw .words(
        table: self.name, column: name, value: counts.firstWord!.text, place: counts.firstWord!.place,
        distinct: counts.texts?.count, columns: [name], areCategories: false)
    }
    // As R and pandas sort factors and categories: by code points, whatever the locale.
    let words = texts.keys.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    return (
      .categories(words),
      Notice(
        "“\(visible(name))” is coded by \(count(words.count - 1, "column")) for \(count(words.count, "category", plural: "categories")) against “\(visible(words[0]))”"
      )
    )
  }

  /// The mean of every column of the blocks over the rows that have it.
  private func means() throws -> [String: Double] {
    let columns = inputs + outputs
    let n = columnCount
    var counts = [Double](repeating: 0, count: n)
    var means = counts
    try forEachBlock { block, rows in
      for i in 0..<rows {
        for j in 0..<n where !block[i * n + j].isNaN {
          // Welford, Technometrics 4 (1962): no cancellation where the mean is large.
          counts[j] += 1
          means[j] += (block[i * n + j] - means[j]) / counts[j]
        }
      }
    }
    return Dictionary(columns.map { ($0.name, means[$0.column]) }) { first, _ in first }
  }

  /// What is said of missing values that were dealt with.
  private func notice(
    missing: [(name: String, count: Int, isOutput: Bool)], _ planned: [PlannedColumn]
  ) throws -> Notice {
    let counts = list(missing.map { "“\(visible($0.name))” (\($0.count))" })
    var rows = (all: 0, kept: 0)
    let dropping = SampleTable(self, planned, coding: nil, gaps: .drop, notices: [])
    let keeping = SampleTable(self, planned, coding: nil, gaps: .keep, notices: [])
    if options.missing == .drop || missing.contains(where: \.isOutput) {
      try keeping.forEachBlock { rows.all += $1 }
      try dropping.forEachBlock { rows.kept += $1 }
    }
    let left = rows.all - rows.kept
    let leftOut = left > 0 ? "\(count(left, "row")) of \(rows.all) \(left == 1 ? "is" : "are") left out" : ""
    let filled =
      switch options.missing {
      case .refuse, .drop: ""
      case .mean: "means stand in the place of inputs"
      case .indicator: "means stand in the place of inputs, and a column marks them"
      }
    let done = [leftOut, filled].filter { !$0.isEmpty }.joined(separator: "; ")
    return Notice("values are missing in \(counts): \(done)")
  }
}

extension DataFormatError {
  /// Whether a cell is not the number that it should be.
  fileprivate var isAboutCell: Bool {
    switch self {
    case .notANumber, .emptyCell, .nonFiniteCell, .nonFiniteEntry, .unknownWord, .notADate: true
    default: false
    }
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
  /// Rows of the files before it.
  public let rowsBefore: Int
  /// About how many rows all files have together, where that is known.
  public let estimatedRows: Int?
}

extension RowSource {
  /// The columns by their names; where the source has none, numbered from 1 behind a prefix.
  func namedColumns(orPrefix prefix: String) -> [NamedColumn] {
    let names = columnNames ?? (1...columnCount).map { "\(prefix)\($0)" }
    return names.enumerated().map { NamedColumn(column: $0.offset, name: $0.element) }
  }
}
