import LinearAlgebra

/// A matrix in NumPy's NPY format, read in blocks of rows.
///
/// Versions 1 to 3, C and Fortran order, both byte orders; real floating-point numbers of 2, 4 and 8 bytes, integers
/// and booleans, converted to doubles (64-bit integers beyond 2⁵³ are rounded). A one-dimensional array is one column. The file
/// may be packed by gzip.
public struct NPYFile: RowSource {
  public let path: String
  /// The first length of the stored shape.
  public let rowCount: Int
  public let columnCount: Int
  public var columnNames: [String]? { nil }
  public var rowCountHint: Int? { rowCount }

  private let header: NPYHeader
  /// Where the array is if it is not in the file at ``path`` itself: unpacked, or standard input.
  private let unpacked: InputFile?
  /// Numbers in a block, about: 1 MiB stays within a second-level cache (tuned).
  private static let blockCapacity = 1 << 17

  /// Reads the header; its shape must fit the size of the file exactly.
  ///
  /// - Throws: `missingFile`, `unreadable`, `emptyFile`, `corrupt`, `sizeMismatch`, `unsupported` (element type or
  ///   version), `notAMatrix`, `noEntries`.
  public init(_ path: String) throws(DataFormatError) {
    let file = try InputFile.unpacked(path)
    let isElsewhere = path == StandardInput.name || path.lowercased().hasSuffix(".gz")
    unpacked = isElsewhere ? file : nil
    let header = try Self.readHeader(of: file)
    guard header.shape.count == 1 || header.shape.count == 2 else {
      throw .notAMatrix(file: path, shape: header.shape)
    }
    guard header.count > 0 else { throw .noEntries(file: path) }
    self.path = path
    self.header = header
    rowCount = header.shape[0]
    columnCount = header.shape.count == 2 ? header.shape[1] : 1
  }

  private static func readHeader(of file: InputFile) throws(DataFormatError) -> NPYHeader {
    guard file.byteCount > 0 else { throw .emptyFile(file: file.path) }
    let preamble = try file.bytes(at: 0, count: min(NPYHeader.preambleCount, file.byteCount))
    let length = try NPYHeader.length(preamble: preamble, file: file.path)
    guard length <= file.byteCount else {
      throw .sizeMismatch(file: file.path, what: "the NPY header", declared: length, found: file.byteCount)
    }
    return try NPYHeader(
      parsing: file.bytes(at: 0, count: length), totalByteCount: file.byteCount, file: file.path)
  }

  public func forEachBlock(
    of columns: [ColumnReading], _ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    let pick = NumberPick(columns, of: columnCount)
    let file = try unpacked ?? InputFile(path)
    guard try Self.readHeader(of: file) == header else {
      throw DataFormatError.corrupt(file: path, detail: "its header has changed since it was opened")
    }
    let blockRows = min(rowCount, max(1, Self.blockCapacity / columnCount))
    let block = UnsafeMutablePointer<Double>.allocate(capacity: blockRows * columnCount)
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: blockRows * (header.layout == .rowMajor ? columnCount : 1) * header.type.byteCount,
      alignment: 16)
    defer {
      block.deallocate()
      raw.deallocate()
    }
    for first in stride(from: 0, to: rowCount, by: blockRows) {
      let rows = min(blockRows, rowCount - first)
      try read(rows: rows, from: first, of: file, into: block, raw: raw)
      let values = UnsafeBufferPointer(start: block, count: rows * columnCount)
      if let position = pick.firstRefused(in: values) {
        let (row, column) = (first + position / columnCount, position % columnCount)
        throw DataFormatError.nonFiniteEntry(
          file: path, array: nil, index: header.shape.count == 1 ? [row] : [row, column],
          value: "\(values[position])")
      }
      try pick.hand(values, rows, to: body)
    }
  }

  private func read(
    rows: Int, from first: Int, of file: InputFile, into block: UnsafeMutablePointer<Double>,
    raw: UnsafeMutableRawPointer
  ) throws(DataFormatError) {
    let size = header.type.byteCount
    switch header.layout {
    case .rowMajor:
      let offset = header.dataOffset + first * columnCount * size
      let count = rows * columnCount
      #if _endian(little)
        if header.type == .float64, header.order == .little {
          return try file.readAll(at: offset, into: block, count: count * size)
        }
      #endif
      try file.readAll(at: offset, into: raw, count: count * size)
      header.type.decode(raw, count: count, order: header.order, into: block)
    case .columnMajor:
      for j in 0..<columnCount {
        try file.readAll(
          at: header.dataOffset + (j * rowCount + first) * size, into: raw, count: rows * size)
        header.type.decode(raw, count: rows, order: header.order, into: block + j, stride: columnCount)
      }
    }
  }

  /// Writes an array as NPY version 1: eight-byte little-endian floats in C order, whole or not at all.
  ///
  /// - Throws: `unwritable`, `diskFull`.
  public static func write(_ array: NDArray, to path: String) throws(DataFormatError) {
    try AtomicFile.write(to: path) { sink throws(DataFormatError) in
      try sink.append(array.npyHeader)
      try array.values.withUnsafeBufferPointer { values throws(DataFormatError) in
        try sink.append(littleEndian: values)
      }
    }
  }

  /// Writes a matrix, one row of it a row of the file.
  ///
  /// - Throws: `unwritable`, `diskFull`.
  public static func write(_ A: Matrix, to path: String) throws(DataFormatError) {
    try write(NDArray(A), to: path)
  }
}
