import Foundation

/// What Foundation's readers of JSON take without a word, and a program that writes JSON never writes.
package enum JSONFault: Equatable, Sendable {
  /// A key that stands twice in one object: decoders take one of the two.
  ///
  /// Keys are compared decoded, since one may be written with escapes in many ways.
  case repeatedKey(String)
  /// A comma before a closing bracket, in this line (from 1).
  case trailingComma(line: Int)

  /// What is wrong, to follow “it has ”.
  package var words: String {
    switch self {
    case .repeatedKey(let key): "the key “\(key.prefix(60))” twice in one object"
    case .trailingComma(let line): "a comma before a closing bracket in line \(line)"
    }
  }

  /// Looks for the first fault.
  ///
  /// - Parameter text: well-formed JSON but for these faults, or anything: of what is not JSON nothing is promised but an end.
  /// - Complexity: O(bytes), and the memory of the keys of the objects that are open.
  package static func first(in text: Data) -> JSONFault? {
    let (quote, backslash, colon) = (UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: ":"))
    let spaces: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
    return text.withUnsafeBytes { bytes -> JSONFault? in
      // Arrays have a set, too, which stays empty.
      var open: [Set<String>] = []
      var (i, line, follows) = (0, 1, UInt8(0))
      while i < bytes.count {
        let byte = bytes[i]
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["): open.append([])
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          if follows == UInt8(ascii: ",") { return .trailingComma(line: line) }
          if !open.isEmpty { open.removeLast() }
        case quote:
          let start = i + 1
          i = start
          while i < bytes.count, bytes[i] != quote { i += bytes[i] == backslash ? 2 : 1 }
          guard i < bytes.count else { return nil }
          var next = i + 1
          while next < bytes.count, spaces.contains(bytes[next]) { next += 1 }
          if next < bytes.count, bytes[next] == colon, !open.isEmpty {
            let key = decoded(bytes[start..<i])
            if !open[open.count - 1].insert(key).inserted { return .repeatedKey(key) }
          }
        case 0x0A: line += 1
        default: break
        }
        if !spaces.contains(byte) { follows = byte }
        i += 1
      }
      return nil
    }
  }
}

/// What stands between the quotes of a JSON text.
private func decoded(_ written: Slice<UnsafeRawBufferPointer>) -> String {
  let plain = String(decoding: written, as: UTF8.self)
  guard written.contains(UInt8(ascii: "\\")) else { return plain }
  return (try? JSONDecoder().decode(String.self, from: Data("\"\(plain)\"".utf8))) ?? plain
}
