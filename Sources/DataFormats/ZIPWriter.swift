/// Appends stored members to a ZIP archive, and its directory at the end.
struct ZIPWriter {
  private let sink: ByteSink
  private let sizes: ZIPSizes
  private var directory: [UInt8] = []
  private var count = 0
  /// Numbers from here on need 64 bits; all ones in 32 bits mean “see the 64-bit field”.
  private static let wide = 0xFFFF_FFFF

  init(_ sink: ByteSink, sizes: ZIPSizes) {
    self.sink = sink
    self.sizes = sizes
  }

  /// Appends a member whose bytes are `head` and then the values, little-endian.
  mutating func append(
    name: String, head: [UInt8], values: UnsafeBufferPointer<Double>
  ) throws(DataFormatError) {
    let size = head.count + 8 * values.count
    let offset = sink.byteCount
    var checksum = Checksum()
    head.withUnsafeBytes { checksum.append($0) }
    checksum.append(littleEndian: values)

    let sizeIsWide = sizes == .wide || size >= Self.wide
    let offsetIsWide = sizes == .wide || offset >= Self.wide
    let sizeField = sizeIsWide ? UInt64(Self.wide) : UInt64(size)
    var extra: [UInt8] = []
    if sizeIsWide {
      extra.append(littleEndian: UInt64(size), 8)
      extra.append(littleEndian: UInt64(size), 8)
    }
    let nameBytes = Array(name.utf8)
    precondition(nameBytes.count <= 0xFFFF, "a ZIP member's name has at most 65,535 bytes")

    /// What the local header and the directory entry share.
    func common(_ extraCount: Int) -> [UInt8] {
      var bytes: [UInt8] = []
      // Version needed to extract: 4.5 knows 64-bit sizes, 2.0 is the least for the rest.
      bytes.append(littleEndian: sizeIsWide || offsetIsWide ? 45 : 20, 2)
      // Names are UTF-8.
      bytes.append(littleEndian: 1 << 11, 2)
      bytes.append(littleEndian: 0, 2)
      // 1 January 1980, midnight: equal content gives equal archives.
      bytes.append(littleEndian: 0, 2)
      bytes.append(littleEndian: 1 << 5 | 1, 2)
      bytes.append(littleEndian: UInt64(checksum.value), 4)
      bytes.append(littleEndian: sizeField, 4)
      bytes.append(littleEndian: sizeField, 4)
      bytes.append(littleEndian: UInt64(nameBytes.count), 2)
      bytes.append(littleEndian: UInt64(extraCount), 2)
      return bytes
    }

    let localExtra = Self.wideField(extra)
    var local: [UInt8] = []
    local.append(littleEndian: UInt64(ZIPDirectory.localSignature), 4)
    try sink.append(local + common(localExtra.count) + nameBytes + localExtra)
    try sink.append(head)
    try sink.append(littleEndian: values)

    if offsetIsWide { extra.append(littleEndian: UInt64(offset), 8) }
    let entryExtra = Self.wideField(extra)
    directory.append(littleEndian: UInt64(ZIPDirectory.entrySignature), 4)
    directory.append(littleEndian: 45, 2)
    directory += common(entryExtra.count)
    // No comment, first disk, no attributes.
    directory.append(littleEndian: 0, 8)
    directory.append(littleEndian: 0, 2)
    directory.append(littleEndian: offsetIsWide ? UInt64(Self.wide) : UInt64(offset), 4)
    directory += nameBytes + entryExtra
    count += 1
  }

  /// Appends the directory; nothing may follow.
  func finish() throws(DataFormatError) {
    let offset = sink.byteCount
    try sink.append(directory)
    let isWide = sizes == .wide || count >= 0xFFFF || directory.count >= Self.wide || offset >= Self.wide
    var end: [UInt8] = []
    if isWide {
      let wideEnd = sink.byteCount
      end.append(littleEndian: UInt64(ZIPDirectory.wideEndSignature), 4)
      end.append(littleEndian: 44, 8)
      end.append(littleEndian: 45, 2)
      end.append(littleEndian: 45, 2)
      end.append(littleEndian: 0, 8)
      for number in [count, count, directory.count, offset] { end.append(littleEndian: UInt64(number), 8) }
      end.append(littleEndian: UInt64(ZIPDirectory.wideLocatorSignature), 4)
      end.append(littleEndian: 0, 4)
      end.append(littleEndian: UInt64(wideEnd), 8)
      end.append(littleEndian: 1, 4)
    }
    end.append(littleEndian: UInt64(ZIPDirectory.endSignature), 4)
    end.append(littleEndian: 0, 4)
    for _ in 0..<2 { end.append(littleEndian: isWide ? 0xFFFF : UInt64(count), 2) }
    end.append(littleEndian: isWide ? UInt64(Self.wide) : UInt64(directory.count), 4)
    end.append(littleEndian: isWide ? UInt64(Self.wide) : UInt64(offset), 4)
    end.append(littleEndian: 0, 2)
    try sink.append(end)
  }

  /// The extra field with 64-bit numbers; nothing if there are none.
  private static func wideField(_ numbers: [UInt8]) -> [UInt8] {
    guard !numbers.isEmpty else { return [] }
    var field: [UInt8] = [1, 0]
    field.append(littleEndian: UInt64(numbers.count), 2)
    return field + numbers
  }
}

/// How wide the sizes and offsets in a ZIP archive are.
public enum ZIPSizes: Sendable {
  /// 32 bits where they suffice, which is up to 4 GiB.
  case fitting
  /// 64 bits throughout, whatever the sizes.
  case wide
}
