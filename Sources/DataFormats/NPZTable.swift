import Foundation

/// One array of an NPZ archive as a table; it is held in memory.
public struct NPZTable: RowSource {
  public let path: String
  public let columnCount: Int
  public var columnNames: [String]? { nil }
  public var rowCountHint: Int? { array.shape[0] }

  /// What the archive calls it.
  public let name: String
  private let array: NDArray

  /// Reads one array of an archive.
  ///
  /// - Parameters:
  ///   - path: the archive.
  ///   - name: of the array; nil if the archive has only one.
  /// - Throws: `missingArray`, `notAMatrix`, `noEntries`, and what `NPZArchive` throws.
  public init(_ path: String, array name: String? = nil) throws(DataFormatError) {
    let archive = try NPZArchive(path)
    guard let chosen = name ?? (archive.names.count == 1 ? archive.names[0] : nil) else {
      throw .severalArrays(file: path, arrays: archive.names)
    }
    let array = try archive.anyArray(chosen)
    guard array.shape.count == 1 || array.shape.count == 2 else {
      throw .notAMatrix(file: path, shape: array.shape)
    }
    guard !array.values.isEmpty else { throw .noEntries(file: path) }
    self.path = "\(path):\(chosen)"
    (self.name, self.array) = (chosen, array)
    columnCount = array.shape.count == 2 ? array.shape[1] : 1
  }

  /// `FILE.npz` and `NAME` of `FILE.npz:NAME`; nil for other paths, and for a file that is called so.
  static func parts(of path: String) -> (archive: String, array: String)? {
    guard let colon = path.lastIndex(of: ":"), !FileManager.default.fileExists(atPath: path) else {
      return nil
    }
    let archive = String(path[..<colon])
    return archive.lowercased().hasSuffix(".npz") ? (archive, String(path[path.index(after: colon)...])) : nil
  }

  public func forEachBlock(
    of columns: [ColumnReading], _ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    let pick = NumberPick(columns, of: columnCount)
    try array.values.withUnsafeBufferPointer { values in
      if let position = pick.firstRefused(in: values) {
        throw DataFormatError.nonFiniteEntry(
          file: path, array: name, index: array.index(of: position), value: "\(values[position])")
      }
      try pick.hand(values, array.shape[0], to: body)
    }
  }
}
