/// The members of a ZIP archive, as its central directory lists them, with sizes of 32 or 64 bits.
///
/// Source: PKWARE, ".ZIP File Format Specification", version 6.3.10, section 4.
struct ZIPDirectory {
  struct Member {
    let name: String
    let method: UInt16
    let checksum: UInt32
    let storedByteCount: Int
    let byteCount: Int
    /// Where the local header, which repeats this entry, begins.
    let headerOffset: Int
  }

  let members: [Member]

  /// Ten times the last version of the format.
  private static let newestVersion = 63
  static let localSignature: UInt32 = 0x0403_4b50
  static let entrySignature: UInt32 = 0x0201_4b50
  static let endSignature: UInt32 = 0x0605_4b50
  static let wideEndSignature: UInt32 = 0x0606_4b50
  static let wideLocatorSignature: UInt32 = 0x0706_4b50

  init(of file: InputFile) throws(DataFormatError) {
    guard file.byteCount > 0 else { throw .emptyFile(file: file.path) }
    let (count, offset, byteCount) = try Self.extent(in: file)
    // 46 bytes are the least an entry takes: a count that lies is found out before anything is sized by it.
    guard count <= byteCount / 46 else {
      throw .sizeMismatch(
        file: file.path, what: "a directory of \(count) members",
        declared: product([count, 46]) ?? Int.max, found: byteCount)
    }
    var reader = LittleEndianReader(try file.bytes(at: offset, count: byteCount))
    var members: [Member] = []
    for _ in 0..<count {
      guard let member = Self.member(&reader) else {
        throw .corrupt(file: file.path, detail: "entry \(members.count) of its ZIP directory is not readable")
      }
      if let feature = member.feature {
        throw .unsupported(
          file: file.path, feature: feature, remedy: "extract it and pack it again, without a password")
      }
      members.append(member.value)
    }
    self.members = members
  }

  /// Where the central directory lies, from the record at the end of the file.
  private static func extent(
    in file: InputFile
  ) throws(DataFormatError) -> (count: Int, offset: Int, byteCount: Int) {
    // The record has 22 bytes and then a comment of up to 65,535.
    let tailCount = min(file.byteCount, 22 + 65_535)
    let tailOffset = file.byteCount - tailCount
    let tail = try file.bytes(at: tailOffset, count: tailCount)
    let position = stride(from: tailCount - 22, through: 0, by: -1).first { p in
      tail[p] == 0x50 && LittleEndianReader.number(tail, p, 4) == Int(endSignature)
        && LittleEndianReader.number(tail, p + 20, 2) == tailCount - p - 22
    }
    guard let position else {
      throw .corrupt(
        file: file.path, detail: "it has no ZIP directory at its end, so it is cut off or no archive")
    }
    var count = LittleEndianReader.number(tail, position + 10, 2)
    var byteCount = LittleEndianReader.number(tail, position + 12, 4)
    var offset = LittleEndianReader.number(tail, position + 16, 4)
    var end = tailOffset + position

    if position >= 20, LittleEndianReader.number(tail, position - 20, 4) == Int(wideLocatorSignature) {
      end = LittleEndianReader.number(tail, position - 12, 8)
      guard end >= 0, end <= file.byteCount - 56 else {
        throw .corrupt(file: file.path, detail: "its ZIP directory should lie beyond its end")
      }
      let record = try file.bytes(at: end, count: 56)
      guard LittleEndianReader.number(record, 0, 4) == Int(wideEndSignature) else {
        throw .corrupt(file: file.path, detail: "its 64-bit ZIP directory is not where it should be")
      }
      count = LittleEndianReader.number(record, 32, 8)
      byteCount = LittleEndianReader.number(record, 40, 8)
      offset = LittleEndianReader.number(record, 48, 8)
    }
    // The directory ends where the record begins: other readers look for it there.
    guard count >= 0, byteCount >= 0, offset >= 0, byteCount <= end, offset == end - byteCount else {
      throw .sizeMismatch(
        file: file.path, what: "the ZIP directory", declared: max(byteCount, 0),
        found: max(0, end - max(offset, 0)))
    }
    return (count, offset, byteCount)
  }

  /// - Returns: the member, and what it needs that is not read here.
  private static func member(_ reader: inout LittleEndianReader) -> (value: Member, feature: String?)? {
    guard reader.take(4) == Int(entrySignature), reader.skip(2), let version = reader.take(1), reader.skip(1),
      let flags = reader.take(2),
      let method = reader.take(2), reader.skip(4), let checksum = reader.take(4), let stored = reader.take(4),
      let size = reader.take(4), let nameCount = reader.take(2), let extraCount = reader.take(2),
      let commentCount = reader.take(2), reader.skip(8), let offset = reader.take(4),
      let name = reader.bytes(nameCount), let extra = reader.bytes(extraCount), reader.skip(commentCount)
    else { return nil }

    var numbers = WideNumbers(size: size, stored: stored, offset: offset)
    var fields = LittleEndianReader(extra)
    while let identifier = fields.take(2), let length = fields.take(2), let body = fields.bytes(length) {
      guard identifier == 1 else { continue }
      // The 64-bit field holds only those numbers that are all ones in the entry, in this order.
      var wide = LittleEndianReader(body)
      for number in [\WideNumbers.size, \.stored, \.offset] where numbers[keyPath: number] == 0xFFFF_FFFF {
        guard let value = wide.take(8) else { return nil }
        numbers[keyPath: number] = value
      }
    }
    guard numbers.size >= 0, numbers.stored >= 0, numbers.offset >= 0 else { return nil }
    let value = Member(
      name: String(decoding: name, as: UTF8.self), method: UInt16(method), checksum: UInt32(checksum),
      storedByteCount: numbers.stored, byteCount: numbers.size, headerOffset: numbers.offset)
    let feature: String? =
      if flags & 0x41 != 0 {
        "encryption"
      } else if flags & 0x20 != 0 {
        "compressed patched data"
      } else if version > newestVersion {
        "version \(version / 10).\(version % 10) of the ZIP format"
      } else {
        nil
      }
    return (value, feature)
  }

  /// The numbers of an entry that may be too large for it.
  private struct WideNumbers {
    var size: Int
    var stored: Int
    var offset: Int
  }
}

/// Takes little-endian numbers from bytes, and nil where there are none left.
struct LittleEndianReader {
  private let source: [UInt8]
  private var position = 0

  init(_ source: [UInt8]) { self.source = source }

  /// The next `count` ≤ 8 bytes as a number; one of 2⁶³ or more comes out negative.
  mutating func take(_ count: Int) -> Int? {
    guard count <= source.count - position else { return nil }
    position += count
    return Self.number(source, position - count, count)
  }

  mutating func bytes(_ count: Int) -> [UInt8]? {
    guard count <= source.count - position else { return nil }
    position += count
    return Array(source[position - count..<position])
  }

  mutating func skip(_ count: Int) -> Bool { bytes(count) != nil }

  static func number(_ bytes: [UInt8], _ position: Int, _ count: Int) -> Int {
    Int(truncatingIfNeeded: (0..<count).reduce(UInt64(0)) { $0 | UInt64(bytes[position + $1]) << (8 * $1) })
  }
}

extension [UInt8] {
  /// Appends the low `count` bytes of a number, the lowest first.
  mutating func append(littleEndian number: UInt64, _ count: Int) {
    for k in 0..<count { append(UInt8(truncatingIfNeeded: number >> (8 * k))) }
  }
}
