/// The part of Python's literal syntax that array headers are written in.
enum PythonLiteral: Equatable {
  case string(String)
  case integer(Int)
  case boolean(Bool)
  case none
  /// A tuple or a list.
  case sequence([PythonLiteral])
  case dictionary([(key: String, value: PythonLiteral)])

  static func == (a: PythonLiteral, b: PythonLiteral) -> Bool { "\(a)" == "\(b)" }

  /// What was expected, and at which byte.
  struct SyntaxError: Error {
    let detail: String
  }

  /// Parses the whole of `text`; spaces and line ends may surround the literal.
  init(parsing text: [UInt8]) throws(SyntaxError) {
    var parser = PythonLiteralParser(text: text)
    self = try parser.value(depth: 0)
    try parser.end()
  }
}

private struct PythonLiteralParser {
  let text: [UInt8]
  var position = 0
  // Headers of arrays without fields nest two deep; the bound keeps damaged ones from exhausting the stack.
  static let deepest = 16

  init(text: [UInt8]) { self.text = text }

  mutating func value(depth: Int) throws(PythonLiteral.SyntaxError) -> PythonLiteral {
    guard depth < Self.deepest else { throw failure("fewer nested brackets") }
    skipSpaces()
    switch peek {
    case UInt8(ascii: "{"): return .dictionary(try dictionary(depth: depth))
    case UInt8(ascii: "("): return try parenthesis(depth: depth)
    case UInt8(ascii: "["):
      position += 1
      return .sequence(try elements(until: UInt8(ascii: "]"), depth: depth).values)
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"):
      return .integer(try integer())
    default: return try word()
    }
  }

  mutating func end() throws(PythonLiteral.SyntaxError) {
    skipSpaces()
    guard position == text.count else { throw failure("the end of the header") }
  }

  private var peek: UInt8 { position < text.count ? text[position] : 0 }

  private mutating func skipSpaces() {
    while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpaces()
    guard position < text.count, text[position] == byte else { return false }
    position += 1
    return true
  }

  private func failure(_ expected: String) -> PythonLiteral.SyntaxError {
    .init(detail: "expected \(expected) at byte \(position) of the header text")
  }

  private mutating func dictionary(
    depth: Int
  ) throws(PythonLiteral.SyntaxError) -> [(key: String, value: PythonLiteral)] {
    position += 1
    var entries: [(key: String, value: PythonLiteral)] = []
    while !take(UInt8(ascii: "}")) {
      guard case .string(let key) = try value(depth: depth + 1) else { throw failure("a key in quotes") }
      guard !entries.contains(where: { $0.key == key }) else { throw failure("“\(key)” only once") }
      guard take(UInt8(ascii: ":")) else { throw failure("“:”") }
      entries.append((key, try value(depth: depth + 1)))
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "}")) else { throw failure("“,” or “}”") }
      break
    }
    return entries
  }

  /// A tuple, or a value in parentheses: only a comma makes a tuple of one.
  private mutating func parenthesis(depth: Int) throws(PythonLiteral.SyntaxError) -> PythonLiteral {
    position += 1
    let (values, commas) = try elements(until: UInt8(ascii: ")"), depth: depth)
    return values.count == 1 && commas == 0 ? values[0] : .sequence(values)
  }

  private mutating func elements(
    until close: UInt8, depth: Int
  ) throws(PythonLiteral.SyntaxError) -> (values: [PythonLiteral], commas: Int) {
    var values: [PythonLiteral] = []
    var commas = 0
    while !take(close) {
      values.append(try value(depth: depth + 1))
      if take(UInt8(ascii: ",")) {
        commas += 1
        continue
      }
      guard take(close) else { throw failure("“,” or a closing bracket") }
      break
    }
    return (values, commas)
  }

  private mutating func string() throws(PythonLiteral.SyntaxError) -> String {
    let quote = peek
    position += 1
    var bytes: [UInt8] = []
    while position < text.count, text[position] != quote {
      // Escapes occur only in the field names of structured types, which are not read.
      if text[position] == UInt8(ascii: "\\") { position += 1 }
      guard position < text.count else { break }
      bytes.append(text[position])
      position += 1
    }
    guard position < text.count else { throw failure("a closing quote") }
    position += 1
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func integer() throws(PythonLiteral.SyntaxError) -> Int {
    let start = position
    position += 1
    while UInt8(ascii: "0")...UInt8(ascii: "9") ~= peek { position += 1 }
    let digits = text[start..<position].drop { !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0) }
    guard digits.first != UInt8(ascii: "0") || digits.allSatisfy({ $0 == UInt8(ascii: "0") }) else {
      position = start
      throw failure("a number without leading zeros")
    }
    guard let value = Int(String(decoding: text[start..<position], as: UTF8.self)) else {
      position = start
      throw failure("an integer of at most 64 bits")
    }
    // Python 2 marks long integers.
    if peek == UInt8(ascii: "L") { position += 1 }
    return value
  }

  private mutating func word() throws(PythonLiteral.SyntaxError) -> PythonLiteral {
    for (word, value) in [("True", PythonLiteral.boolean(true)), ("False", .boolean(false)), ("None", .none)]
    where text[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw failure("a value")
  }
}
