import LinearAlgebra
import Prose

/// A table of which the rows are read in blocks, so that memory does not grow with their number.
///
/// Samples are rows in files, as everyone stores them. Every entry that reaches a caller is finite, unless it asked for missing
/// values.
public protocol RowSource: Sendable {
  /// Where the table is.
  var path: String { get }
  /// Entries in each row; at least 1.
  var columnCount: Int { get }
  /// The names of the columns, where the table gives them: distinct and not empty.
  var columnNames: [String]? { get }
  /// The number of rows, where it is known without reading them.
  var rowCountHint: Int? { get }
  /// About how many rows there are, where reading the beginning told that.
  var rowCountEstimate: Int? { get }
  /// What was recognised that a user may want to know.
  var notices: [Notice] { get }

  /// Reads the table from its first row to its last and hands on blocks of whole rows, row-major.
  ///
  /// The buffer holds rows × `columns.count` numbers and is valid only during the call. Reading may be repeated.
  ///
  /// - Parameters:
  ///   - columns: which columns, in the order wanted, each at most once; the cells of the others are not looked at.
  ///   - body: what is done with a block.
  /// - Throws: `DataFormatError`, at the first entry that is not what was asked for or where the file contradicts its format,
  ///   and whatever `body` throws.
  func forEachBlock(
    of columns: [ColumnReading], _ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws

  /// Counts what the cells of some columns are, in one reading.
  ///
  /// - Throws: `DataFormatError` where the file contradicts its format.
  func census(of columns: [Int]) throws -> [ColumnCensus]
}

extension RowSource {
  /// Nothing.
  public var notices: [Notice] { [] }

  /// The number of rows, where it is known.
  public var rowCountEstimate: Int? { rowCountHint }

  /// Reads all columns, which must hold numbers.
  ///
  /// - Throws: what ``forEachBlock(of:_:)`` throws.
  public func forEachBlock(_ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void) throws {
    try forEachBlock(of: (0..<columnCount).map { ColumnReading($0) }, body)
  }

  /// Counts numbers and missing ones: the census of a source that holds nothing else.
  public func census(of columns: [Int]) throws -> [ColumnCensus] {
    var counts = columns.map { _ in ColumnCensus() }
    var row = 0
    try forEachBlock(of: columns.map { ColumnReading($0, .numberOrMissing) }) { block, rows in
      for i in 0..<rows {
        for j in counts.indices {
          let x = block[i * counts.count + j]
          if x.isNaN {
            counts[j].addMissing(at: CellPlace(file: path, unit: .row, number: row))
          } else {
            counts[j].addNumber(x)
          }
        }
        row += 1
      }
    }
    return counts
  }

  /// The whole table as a matrix, one row of it a row.
  ///
  /// - Throws: what ``forEachBlock(of:_:)`` throws.
  public func readMatrix() throws -> Matrix {
    var values: [Double] = []
    // The hint comes from a header that has been compared with the size of the file.
    values.reserveCapacity((rowCountHint ?? 0) * columnCount)
    try forEachBlock { block, _ in values.append(contentsOf: block) }
    return Matrix(rows: columnCount, columns: values.count / columnCount, storage: values).transpose
  }
}

/// Files of tables, recognised by their names and, where these say nothing, by their contents.
public enum DataFile {
  /// The ending of files that hold the factor of a table and no rows.
  package static let factorEnding = ".linnet"

  /// A format that is read, by the ending of the name in lower case.
  ///
  /// A new format is a line here, above ``text`` and with a file of its own.
  static let formats:
    [(ending: String, open: @Sendable (String, TextFormat) throws(DataFormatError) -> any RowSource)] = [
      (".npy", { path, _ throws(DataFormatError) in try NPYFile(path) }),
      (".npz", { path, _ throws(DataFormatError) in try NPZTable(path) }),
      (
        ".tsv",
        { path, format throws(DataFormatError) in
          var format = format
          format.separator = format.separator ?? .tab
          return try CSVFile(path, format)
        }
      ),
    ]

  /// Opens a table: NumPy's `.npy`, `.npz` (also one array of several, `FILE.npz:NAME`), or text of any ending with commas,
  /// semicolons, tabs or blanks between the cells. Each may be packed by gzip (`.gz`), and `-` is standard input.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - format: what is known of the form of a text.
  /// - Throws: `foreignFormat`, and what the initialisers of `CSVFile`, `NPYFile` and `NPZTable` throw.
  public static func open(_ path: String, _ format: TextFormat = TextFormat()) throws(DataFormatError)
    -> any RowSource
  {
    var name = path.lowercased()
    if let (archive, array) = NPZTable.parts(of: path) { return try NPZTable(archive, array: array) }
    if name.hasSuffix(".gz") { name.removeLast(3) }
    for known in formats where name.hasSuffix(known.ending) { return try known.open(path, format) }
    if name.hasSuffix(factorEnding) {
      _ = try InputFile(path)
      throw .hasNoRows(file: path)
    }
    if let foreign = ForeignFormat.all.first(where: { $0.endings.contains(where: name.hasSuffix) }) {
      // A file that is not there has no format.
      _ = try InputFile(path)
      throw .foreignFormat(file: path, format: foreign.name, conversion: foreign.conversion(path))
    }
    let file = try InputFile.unpacked(path)
    let beginning = try file.bytes(at: 0, count: min(file.byteCount, 8))
    if beginning.starts(with: NPYHeader.magic) { return try NPYFile(path) }
    if beginning.starts(with: [0x50, 0x4B, 3, 4]) { return try NPZTable(path) }
    return try CSVFile(path, format)
  }

  /// The matrix in a file that `open` can read.
  ///
  /// - Throws: what ``open(_:_:)`` and reading throw.
  public static func readMatrix(_ path: String, _ format: TextFormat = TextFormat()) throws -> Matrix {
    try open(path, format).readMatrix()
  }
}

/// A format that others write and that is not read here, with the way to convert it.
struct ForeignFormat {
  let name: String
  let endings: [String]
  /// How to convert the file at a path.
  let conversion: @Sendable (String) -> String

  private static func pandas(_ reader: String, _ name: String, _ endings: [String]) -> ForeignFormat {
    ForeignFormat(name: name, endings: endings) { path in
      "python3 -c \"import pandas; pandas.\(reader)('\(path)').to_csv('table.csv', index=False)\""
    }
  }

  static let all = [
    pandas("read_parquet", "a Parquet file", [".parquet", ".pq"]),
    pandas("read_feather", "an Arrow file", [".feather", ".arrow"]),
    pandas("read_excel", "a spreadsheet", [".xlsx", ".xls", ".ods"]),
    pandas("read_stata", "a Stata file", [".dta"]),
    pandas("read_spss", "an SPSS file", [".sav"]),
    pandas("read_sas", "a SAS file", [".sas7bdat", ".xpt"]),
    pandas("read_pickle", "a Python pickle", [".pkl", ".pickle"]),
    pandas("read_json", "a JSON file", [".json", ".ndjson", ".jsonl"]),
    pandas("read_hdf", "an HDF5 file", [".h5", ".hdf5"]),
    ForeignFormat(name: "a MATLAB file", endings: [".mat"]) { path in
      "python3 -c \"import numpy, scipy.io; numpy.savez('table.npz', **{k: v for k, v in scipy.io.loadmat('\(path)').items() if k[0] != '_'})\""
    },
    ForeignFormat(name: "an R file", endings: [".rds", ".rdata", ".rda"]) { path in
      "Rscript -e \"write.csv(readRDS('\(path)'), 'table.csv', row.names = FALSE)\""
    },
  ]
}
