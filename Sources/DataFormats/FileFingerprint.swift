import CZlib
import Foundation

/// The size and CRC-32 of a file: enough to notice that an input has changed since a run, not to resist forgery.
public struct FileFingerprint: Equatable, Hashable, Codable, Sendable {
  /// The size of the file.
  public let bytes: Int
  /// The checksum of its contents (ISO 3309, as in zip and PNG).
  public let crc32: UInt32

  /// The fingerprint of a file with these contents.
  public init(of contents: some ContiguousBytes) {
    var checksum = Checksum()
    bytes = contents.withUnsafeBytes {
      checksum.append($0)
      return $0.count
    }
    crc32 = checksum.value
  }

  /// Reads the file once, in pieces of 1 MiB.
  ///
  /// - Throws: `missingFile`, `unreadable`.
  public init(of path: String) throws(DataFormatError) {
    let file = try InputFile(path)
    let piece = 1 << 20
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: piece, alignment: 16)
    defer { buffer.deallocate() }
    var checksum = Checksum()
    var offset = 0
    while true {
      let n = try file.read(at: offset, into: buffer, count: piece)
      checksum.append(UnsafeRawBufferPointer(start: buffer, count: n))
      offset += n
      if n < piece { break }
    }
    bytes = offset
    crc32 = checksum.value
  }
}

/// The CRC-32 of ISO 3309, as ZIP and PNG use it, over bytes that arrive in pieces.
struct Checksum {
  private(set) var value: UInt32 = 0

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
    value = UInt32(truncatingIfNeeded: crc32_z(UInt(value), base, bytes.count))
  }

  /// Appends the doubles as eight little-endian bytes each.
  mutating func append(littleEndian values: UnsafeBufferPointer<Double>) {
    #if _endian(little)
      append(UnsafeRawBufferPointer(values))
    #else
      for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { append($0) } }
    #endif
  }
}
