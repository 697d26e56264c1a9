import Foundation

/// Finds a key that stands twice in one object of a JSON text: decoders take one of the two without a word.
///
/// Keys are compared decoded, since one may be written with escapes in many ways.
///
/// - Parameter text: well-formed JSON, or anything: of what is not JSON nothing is promised but an end.
/// - Returns: the first such key; nil if there is none.
/// - Complexity: O(bytes), and the memory of the keys of the objects that are open.
package func repeatedKey(in text: Data) -> String? {
  let (quote, backslash, colon) = (UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: ":"))
  return text.withUnsafeBytes { bytes -> String? in
    // Arrays have a set, too, which stays empty.
    var open: [Set<String>] = []
    var i = 0
    while i < bytes.count {
      switch bytes[i] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): open.append([])
      case UInt8(ascii: "}"), UInt8(ascii: "]"): if !open.isEmpty { open.removeLast() }
      case quote:
        let start = i + 1
        i = start
        while i < bytes.count, bytes[i] != quote { i += bytes[i] == backslash ? 2 : 1 }
        guard i < bytes.count else { return nil }
        var next = i + 1
        while next < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[next]) { next += 1 }
        if next < bytes.count, bytes[next] == colon, !open.isEmpty {
          let key = decoded(bytes[start..<i])
          if !open[open.count - 1].insert(key).inserted { return key }
        }
      default: break
      }
      i += 1
    }
    return nil
  }
}

/// What stands between the quotes of a JSON text.
private func decoded(_ written: Slice<UnsafeRawBufferPointer>) -> String {
  let plain = String(decoding: written, as: UTF8.self)
  guard written.contains(UInt8(ascii: "\\")) else { return plain }
  return (try? JSONDecoder().decode(String.self, from: Data("\"\(plain)\"".utf8))) ?? plain
}
