/// How characters are stored in a text file.
public enum TextEncoding: String, CaseIterable, Sendable, Codable {
  /// UTF-8, with or without a byte order mark.
  case utf8 = "utf-8"
  /// UTF-16, the lower byte first.
  case utf16LittleEndian = "utf-16le"
  /// UTF-16, the higher byte first.
  case utf16BigEndian = "utf-16be"
  /// ISO 8859-1.
  case latin1 = "latin-1"
  /// Windows' extension of it, which is what most files are that call themselves Latin-1.
  case windows1252 = "windows-1252"

  /// The encoding of a name as Python, R or a web page writes it; nil if it is none of these.
  public init?(name: String) {
    switch name.lowercased().filter({ $0.isLetter || $0.isNumber }) {
    case "utf8", "utf8sig", "ascii": self = .utf8
    case "utf16", "utf16le", "ucs2", "unicode": self = .utf16LittleEndian
    case "utf16be": self = .utf16BigEndian
    case "latin1", "iso88591", "l1": self = .latin1
    case "windows1252", "cp1252", "1252", "ansi": self = .windows1252
    default: return nil
    }
  }
}

extension TextEncoding {
  /// The encoding of a file by its first bytes, and the bytes of its byte order mark.
  ///
  /// Without a mark, text whose every second byte is zero is UTF-16, what is no UTF-8 is Windows-1252.
  ///
  /// - Returns: nil if the bytes are no text.
  static func detect(_ sample: UnsafeRawBufferPointer, isWhole: Bool) -> (encoding: TextEncoding, mark: Int)?
  {
    if sample.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, 3) }
    // UTF-32 begins like UTF-16 and goes on with zeros.
    if sample.starts(with: [0xFF, 0xFE, 0, 0]) || sample.starts(with: [0, 0, 0xFE, 0xFF]) { return nil }
    if sample.starts(with: [0xFF, 0xFE]) { return (.utf16LittleEndian, 2) }
    if sample.starts(with: [0xFE, 0xFF]) { return (.utf16BigEndian, 2) }
    let beginning = sample.prefix(4096)
    var zeros = [0, 0]
    for (i, byte) in beginning.enumerated() where byte == 0 { zeros[i & 1] += 1 }
    if zeros != [0, 0] {
      // Latin letters, digits and separators have a zero in one of their bytes and never in the other.
      let half = beginning.count / 2
      if zeros[0] == 0, 2 * zeros[1] > half { return (.utf16LittleEndian, 0) }
      if zeros[1] == 0, 2 * zeros[0] > half { return (.utf16BigEndian, 0) }
      return nil
    }
    return isUTF8(sample, isWhole: isWhole) ? (.utf8, 0) : (.windows1252, 0)
  }

  /// Whether bytes are UTF-8; the last character may be cut off unless they are the whole.
  static func isUTF8(_ bytes: UnsafeRawBufferPointer, isWhole: Bool) -> Bool {
    var i = 0
    while i < bytes.count {
      let byte = bytes[i]
      if byte < 0x80 {
        i += 1
        continue
      }
      let length =
        switch byte {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 0
        }
      if length == 0 { return false }
      for k in 1..<length {
        guard i + k < bytes.count else { return !isWhole }
        guard bytes[i + k] & 0xC0 == 0x80 else { return false }
      }
      i += length
    }
    return true
  }
}
