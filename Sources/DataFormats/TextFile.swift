/// The characters of a file as UTF-8, whatever it is packed and written in.
struct TextFile: Sendable {
  let path: String
  let encoding: TextEncoding
  let isCompressed: Bool
  /// Bytes of the byte order mark, in the file's own encoding.
  private let mark: Int

  /// Bytes that are looked at before anything is decided.
  static let sampleCount = 1 << 20

  /// Finds out how the file is packed and encoded.
  ///
  /// - Parameter encoding: nil to find it out.
  /// - Throws: `missingFile`, `unreadable`, `emptyFile`, `corrupt`, `unsupported` for what is no text.
  init(_ path: String, encoding: TextEncoding?) throws(DataFormatError) {
    self.path = path
    let file = try InputFile(path)
    let head = try file.bytes(at: 0, count: min(file.byteCount, 2))
    isCompressed = head == GzipStream.magic
    let sample = try Self.sample(of: Self.bytes(file, isCompressed: isCompressed))
    let found = sample.withUnsafeBytes { TextEncoding.detect($0, isWhole: sample.count < Self.sampleCount) }
    if let encoding {
      if encoding == .utf8,
        !sample.withUnsafeBytes({ TextEncoding.isUTF8($0, isWhole: sample.count < Self.sampleCount) })
      {
        throw .otherEncoding(file: path, encoding: encoding)
      }
      // Whatever its words are, a table has digits and separators, and with them zeros in UTF-16.
      if [.utf16LittleEndian, .utf16BigEndian].contains(encoding), !sample.contains(0) {
        throw .otherEncoding(file: path, encoding: encoding)
      }
      // A mark says the order of bytes better than a user.
      if let found, found.mark > 0, [.utf16LittleEndian, .utf16BigEndian].contains(encoding) {
        (self.encoding, mark) = (found.encoding, found.mark)
      } else {
        (self.encoding, mark) = (encoding, found?.encoding == encoding ? found!.mark : 0)
      }
    } else if let found {
      (self.encoding, mark) = found
    } else {
      throw .unsupported(
        file: path, feature: "bytes that are no text",
        remedy: "save it as comma-separated text in UTF-8, or as an .npy file")
    }
  }

  private static func bytes(_ file: InputFile, isCompressed: Bool) throws(DataFormatError) -> any ByteStream {
    isCompressed ? try GzipStream(file) : FileStream(file)
  }

  private static func sample(of stream: any ByteStream, count: Int = sampleCount) throws(DataFormatError)
    -> [UInt8]
  {
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
    defer { buffer.deallocate() }
    let found = try stream.read(into: buffer, count: count)
    return Array(UnsafeBufferPointer(start: buffer, count: found))
  }

  /// About how many lines there are, by those at the beginning; nil if the file is packed.
  func lineCountEstimate(_ beginning: [UInt8]) -> Int? {
    let lines = beginning.count { $0 == 0x0A }
    guard !isCompressed, lines > 0, let size = try? InputFile(path).byteCount else { return nil }
    // Tables are mostly digits, of two bytes each in UTF-16.
    let width = [.utf16LittleEndian, .utf16BigEndian].contains(encoding) ? 2.0 : 1
    return max(1, Int(Double(size) / width * Double(lines) / Double(beginning.count)))
  }

  /// The characters from the beginning, behind the byte order mark.
  func stream() throws(DataFormatError) -> any ByteStream {
    let bytes = try Self.bytes(InputFile(path), isCompressed: isCompressed)
    _ = try Self.sample(of: bytes, count: mark)
    return encoding == .utf8 ? bytes : TranscodedStream(bytes, from: encoding, path: path)
  }

  /// The first characters, with two whole lines at least if there are as many, and whether they are all.
  func sample() throws(DataFormatError) -> (text: [UInt8], isWhole: Bool) {
    let stream = try stream()
    var text = try Self.sample(of: stream)
    var isWhole = text.count < Self.sampleCount
    while !isWhole, text.count < CSVRecords.longestRecord, text.count(where: { $0 == 0x0A }) < 2 {
      let more = try Self.sample(of: stream, count: text.count)
      isWhole = more.count < text.count
      text += more
    }
    return (text, isWhole)
  }
}
