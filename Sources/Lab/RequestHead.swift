import Foundation

/// The first line and the headers of a request, as far as they have arrived: bounded while they come, and strict where leniency would let two readers see two requests.
///
/// Source: RFC 9112, "HTTP/1.1", sections 2.2, 3, 5 and 6.
struct RequestHead {
  /// Why a request is not handed on: status and words.
  struct Refusal: Error, Equatable {
    let status: Int
    let words: String
  }

  /// Bytes of a line, bytes of all lines, and lines, at most.
  static let (longestLine, longestHead, mostHeaders) = (8 << 10, 64 << 10, 100)

  /// What has arrived: the head, and behind it the beginning of the body.
  private(set) var bytes: [UInt8] = []
  /// Where the head ends; nil while it goes on.
  private(set) var end: Int?
  private var lineStart = 0
  private var scanned = 0
  private var lines: [Range<Int>] = []

  /// Takes what has come; each byte is looked at once.
  mutating func append(_ new: some Sequence<UInt8>) throws(Refusal) {
    bytes.append(contentsOf: new)
    while end == nil, scanned < bytes.count {
      defer { scanned += 1 }
      guard bytes[scanned] == UInt8(ascii: "\n") else {
        guard scanned - lineStart < Self.longestLine else {
          throw lines.isEmpty
            ? Refusal(
              status: 414, words: "the first line of a request has at most \(Self.longestLine) bytes.")
            : Refusal(status: 431, words: "a header has at most \(Self.longestLine) bytes.")
        }
        continue
      }
      var line = lineStart..<scanned
      if let last = line.last, bytes[last] == UInt8(ascii: "\r") { line = line.lowerBound..<last }
      lineStart = scanned + 1
      // Empty lines before a request are passed over.
      if line.isEmpty {
        if !lines.isEmpty { end = lineStart }
        continue
      }
      lines.append(line)
      guard lines.count <= Self.mostHeaders + 1 else {
        throw Refusal(status: 431, words: "a request has at most \(Self.mostHeaders) headers.")
      }
    }
    guard (end ?? bytes.count) <= Self.longestHead else {
      throw Refusal(status: 431, words: "the headers have at most \(Self.longestHead) bytes together.")
    }
  }

  /// The request as it is handed on, and how many bytes of its body are to come.
  ///
  /// - Parameter added: headers that take the place of those of the same name.
  func checked(adding added: [(name: String, value: String)]) throws(Refusal) -> (head: [UInt8], body: Int) {
    func refuse(_ words: String, _ status: Int = 400) -> Refusal { Refusal(status: status, words: words) }
    let texts = lines.map { String(decoding: bytes[$0], as: UTF8.self) }
    let first = texts[0].split(separator: " ", omittingEmptySubsequences: false)
    guard first.count == 3, !first[1].isEmpty, ["HTTP/1.0", "HTTP/1.1"].contains(first[2]) else {
      throw refuse("the first line must be “METHOD path HTTP/1.1”.")
    }
    guard ["GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"].contains(first[0]) else {
      throw refuse("“\(first[0].prefix(40))” is no method that is known here.")
    }
    var headers: [(name: String, value: String)] = []
    for text in texts.dropFirst() {
      guard let colon = text.firstIndex(of: ":"),
        text[..<colon].wholeMatch(of: /[!#$%&'*+.^_`|~0-9A-Za-z-]+/) != nil
      else { throw refuse("a header must be “Name: value”, on one line.") }
      headers.append(
        (String(text[..<colon]), text[text.index(after: colon)...].trimmingCharacters(in: .whitespaces)))
    }
    func values(_ name: String) -> [String] {
      headers.filter { $0.name.lowercased() == name }.map(\.value)
    }
    guard values("host").count <= 1 else { throw refuse("a request has one Host.") }
    guard values("transfer-encoding").isEmpty else {
      throw refuse("a body must come with its Content-Length, not in chunks.", 411)
    }
    let lengths = values("content-length")
    guard lengths.count <= 1 else { throw refuse("a request has one Content-Length.") }
    var length = 0
    if let text = lengths.first {
      guard text.wholeMatch(of: /[0-9]{1,15}/) != nil, let number = Int(text) else {
        throw refuse("the Content-Length “\(text.prefix(40))” is no number of bytes.")
      }
      length = number
    }
    let replaced = Set(added.map { $0.name.lowercased() })
    headers = headers.filter { !replaced.contains($0.name.lowercased()) } + added
    let text = ([texts[0]] + headers.map { "\($0.name): \($0.value)" }).joined(separator: "\r\n") + "\r\n\r\n"
    return (Array(text.utf8), length)
  }

  /// What has arrived behind the head.
  var rest: ArraySlice<UInt8> { bytes[(end ?? bytes.count)...] }
}
