/// A JSON document as a value. Objects keep their order, so that a specification reads in the order it was thought.
indirect enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([Member])

  struct Member: Equatable, Sendable {
    let key: String
    let value: JSONValue
  }

  /// The document as text: an element of the outermost levels a line, everything deeper (the data points) on one line.
  func text(indentation: Int = 0, unfoldedLevels: Int = 6) -> String {
    let inner = String(repeating: "  ", count: indentation + 1)
    let outer = String(repeating: "  ", count: indentation)
    func joined(_ parts: [String], _ open: String, _ close: String) -> String {
      guard !parts.isEmpty else { return open + close }
      return unfoldedLevels > 0 && !isFlat
        ? open + "\n" + parts.map { inner + $0 }.joined(separator: ",\n") + "\n" + outer + close
        : open + parts.joined(separator: ", ") + close
    }
    func nested(_ value: JSONValue) -> String {
      value.text(indentation: indentation + 1, unfoldedLevels: unfoldedLevels - 1)
    }
    switch self {
    case .null: return "null"
    case .bool(let flag): return flag ? "true" : "false"
    case .number(let x):
      precondition(x.isFinite, "JSON has no number for \(x)")
      // Whole numbers without ".0": 560, not 560.0.
      return x == x.rounded() && x.magnitude < 1e15 ? "\(Int(x))" : "\(x)"
    case .string(let text): return Self.quoted(text)
    case .array(let items): return joined(items.map(nested), "[", "]")
    case .object(let members):
      return joined(members.map { Self.quoted($0.key) + ": " + nested($0.value) }, "{", "}")
    }
  }

  /// True for scalars and for arrays and objects of scalars, which fit on a line.
  private var isFlat: Bool {
    switch self {
    case .array(let items): items.allSatisfy(\.isScalar)
    case .object(let members): members.allSatisfy(\.value.isScalar)
    default: true
    }
  }

  private var isScalar: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
  ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
  init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member(key: $0.0, value: $0.1) })
  }
  init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  init(stringLiteral value: String) { self = .string(value) }
  init(floatLiteral value: Double) { self = .number(value) }
  init(integerLiteral value: Int) { self = .number(Double(value)) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
}
