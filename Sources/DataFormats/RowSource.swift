import LinearAlgebra

/// A data file whose rows are read in blocks, so that memory does not grow with their number.
///
/// Samples are rows in files, as everyone stores them. Every entry that reaches a caller is finite.
public protocol RowSource: Sendable {
  /// Where the file is.
  var path: String { get }
  /// Entries in each row; at least 1.
  var columnCount: Int { get }
  /// The names of the columns, where the file gives them: distinct and not empty.
  var columnNames: [String]? { get }
  /// The number of rows, where it is known without reading them.
  var rowCountHint: Int? { get }

  /// Reads the file from its first row to its last and hands on blocks of whole rows, row-major.
  ///
  /// The buffer holds rows × `columnCount` numbers and is valid only during the call. Reading may be repeated.
  ///
  /// - Throws: `DataFormatError`, at the first entry that is not a finite number or where the file contradicts its
  ///   format, and whatever `body` throws.
  func forEachBlock(_ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void) throws
}

extension RowSource {
  /// The whole file as a matrix, one row of the file a row.
  public func readMatrix() throws -> Matrix {
    var values: [Double] = []
    // The hint comes from a header that has been compared with the size of the file.
    values.reserveCapacity((rowCountHint ?? 0) * columnCount)
    try forEachBlock { block, _ in values.append(contentsOf: block) }
    return Matrix(rows: columnCount, columns: values.count / columnCount, storage: values).transpose
  }
}

/// Data files, recognised by the extension of their name.
public enum DataFile {
  /// The extensions `open` knows, in lower case.
  public static let extensions = [".csv", ".tsv", ".npy"]

  /// Opens a file of numbers: `.csv` (comma-separated), `.tsv` (tab-separated) or `.npy` (NumPy).
  ///
  /// - Throws: `unknownExtension`, and what `CSVFile.init` or `NPYFile.init` throw.
  public static func open(_ path: String) throws(DataFormatError) -> any RowSource {
    let name = path.lowercased()
    if name.hasSuffix(".csv") { return try CSVFile(path) }
    if name.hasSuffix(".tsv") { return try CSVFile(path, separator: .tab) }
    if name.hasSuffix(".npy") { return try NPYFile(path) }
    throw .unknownExtension(file: path, known: extensions)
  }

  /// The matrix in a file that `open` can read.
  public static func readMatrix(_ path: String) throws -> Matrix { try open(path).readMatrix() }
}
