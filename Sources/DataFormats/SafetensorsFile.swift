import Foundation

/// Named arrays in the safetensors format, which PyTorch, JAX and others read and write.
///
/// Eight bytes with the length of a header, the header in JSON, then the entries, without gaps. Floating-point numbers of
/// 64, 32 and 16 bits, integers and booleans are read as doubles; doubles are written.
///
/// Source: the format description of https://github.com/huggingface/safetensors
public struct SafetensorsFile: Sendable {
  /// Where the file is.
  public let path: String
  /// The names of the arrays, in the order of their entries in the file.
  public let names: [String]
  /// Free text that the writer added.
  public let metadata: [String: String]

  private let header: SafetensorsHeader
  /// The reference implementation refuses longer headers too.
  private static let longestHeader = 100_000_000

  /// Reads the header; what it says of sizes must fit the size of the file exactly.
  ///
  /// - Throws: `missingFile`, `unreadable`, `emptyFile`, `corrupt` (header not readable, repeated names, entries that
  ///   overlap or leave gaps), `sizeMismatch`, `unsupported` (element type).
  public init(_ path: String) throws(DataFormatError) {
    let file = try InputFile(path)
    guard file.byteCount > 0 else { throw .emptyFile(file: path) }
    guard file.byteCount >= 8 else {
      throw .sizeMismatch(file: path, what: "the length of the header", declared: 8, found: file.byteCount)
    }
    let length = LittleEndianReader.number(try file.bytes(at: 0, count: 8), 0, 8)
    guard length >= 0, length <= Self.longestHeader else {
      throw .corrupt(file: path, detail: "its header claims \(UInt64(bitPattern: Int64(length))) bytes")
    }
    guard length <= file.byteCount - 8 else {
      throw .sizeMismatch(file: path, what: "the header", declared: length, found: file.byteCount - 8)
    }
    header = try SafetensorsHeader(
      parsing: file.bytes(at: 8, count: length), dataOffset: 8 + length, fileByteCount: file.byteCount,
      file: path)
    self.path = path
    names = header.tensors.map(\.name)
    metadata = header.metadata
  }

  /// Reads one array; its entries must be finite.
  ///
  /// - Throws: `missingArray`, `nonFiniteEntry`, `unreadable`, `sizeMismatch` if the file has become shorter.
  public func array(_ name: String) throws(DataFormatError) -> NDArray {
    guard let tensor = header.tensors.first(where: { $0.name == name }) else {
      throw .missingArray(file: path, name: name, available: names)
    }
    let bytes = try InputFile(path).bytes(at: tensor.offset, count: tensor.byteCount)
    let decoded = bytes.withUnsafeBytes { bytes in
      // An empty array may have no address, and nothing is read from this one then.
      withUnsafeBytes(of: UInt64(0)) { nothing in
        NDArray(
          decoding: bytes.baseAddress ?? nothing.baseAddress!, type: tensor.type, order: .little,
          shape: tensor.shape, layout: .rowMajor)
      }
    }
    return try decoded.requiringFinite(file: path, array: name)
  }

  /// Writes named arrays as doubles, in the given order, whole or not at all.
  ///
  /// - Parameters:
  ///   - arrays: their names, distinct, and their entries.
  ///   - path: where to.
  ///   - metadata: free text stored along; written in the order of its keys, so that equal input gives equal files.
  /// - Throws: `unwritable`, `diskFull`.
  public static func write(
    _ arrays: [(name: String, array: NDArray)], metadata: [String: String] = [:], to path: String
  ) throws(DataFormatError) {
    precondition(Set(arrays.map(\.name)).count == arrays.count, "arrays of a file need distinct names")
    precondition(
      arrays.allSatisfy { $0.name != SafetensorsHeader.metadataKey },
      "no array may be called \(SafetensorsHeader.metadataKey)")
    let header = SafetensorsHeader.text(arrays, metadata: metadata)
    try AtomicFile.write(to: path) { sink throws(DataFormatError) in
      var length: [UInt8] = []
      length.append(littleEndian: UInt64(header.count), 8)
      try sink.append(length)
      try sink.append(header)
      for (_, array) in arrays {
        try array.values.withUnsafeBufferPointer { values throws(DataFormatError) in
          try sink.append(littleEndian: values)
        }
      }
    }
  }
}
