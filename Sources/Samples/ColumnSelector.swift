import LinearNetworks

/// Columns as a user names them: one by its name, several by a pattern, or those from one to another.
public enum ColumnSelector: Hashable, Sendable, ExpressibleByStringLiteral {
  /// The column of exactly this name.
  case exactly(String)
  /// The column of this name if there is one; otherwise `*` stands for any letters, `?` for one, and `a..b` for the columns
  /// from a to b in the order of the table.
  case written(String)

  /// The same as ``written(_:)``.
  public init(stringLiteral text: String) { self = .written(text) }

  /// The selectors in a list with commas between them; between double quotation marks a comma belongs to a name, and nothing
  /// is a pattern.
  public static func list(_ text: String) -> [ColumnSelector] {
    var selectors: [ColumnSelector] = []
    var current = ""
    var isQuoted = false
    var wasQuoted = false
    func finish() {
      selectors.append(
        wasQuoted
          ? .exactly(current) : .written(String(current.trimmingPrefix { $0 == " " }.trimmingSuffix())))
      (current, wasQuoted) = ("", false)
    }
    var rest = Array(text)[...]
    while let character = rest.popFirst() {
      switch character {
      case "\"" where isQuoted:
        // Doubled, it belongs to the name.
        if rest.first == "\"" {
          current.append(rest.removeFirst())
        } else {
          isQuoted = false
        }
      case "\"" where current.allSatisfy({ $0 == " " }):
        (isQuoted, wasQuoted, current) = (true, true, "")
      case "," where !isQuoted: finish()
      case " " where wasQuoted && !isQuoted: continue
      default: current.append(character)
      }
    }
    finish()
    return selectors
  }

  /// What the user wrote, without quotation marks.
  package var text: String {
    switch self {
    case .exactly(let text), .written(let text): text
    }
  }

  /// Whether it can only mean one column.
  var isName: Bool {
    switch self {
    case .exactly: true
    case .written(let text): !text.contains { $0 == "*" || $0 == "?" } && ends == nil
    }
  }

  /// The two ends of a range.
  private var ends: (String, String)? {
    guard case .written(let text) = self, let dots = text.firstRange(of: "..") else { return nil }
    let (first, last) = (String(text[..<dots.lowerBound]), String(text[dots.upperBound...]))
    return first.isEmpty || last.isEmpty ? nil : (first, last)
  }

  /// The positions of the columns that are meant, and whether one was meant by its name.
  ///
  /// - Throws: ``SampleTableError/unknownColumn(name:use:table:columns:)``, ``SampleTableError/noMatch(pattern:use:table:columns:)``.
  func positions(in names: [String], use: ColumnUse, table: String) throws(SampleTableError) -> (
    positions: [Int], isByName: Bool
  ) {
    if let position = names.firstIndex(of: text) { return ([position], true) }
    if let (first, last) = ends {
      func position(_ name: String) throws(SampleTableError) -> Int {
        guard let position = names.firstIndex(of: name) else {
          throw .unknownColumn(name: name, use: use, table: table, columns: names)
        }
        return position
      }
      let (a, b) = (try position(first), try position(last))
      return (Array(min(a, b)...max(a, b)), false)
    }
    if isName { throw .unknownColumn(name: text, use: use, table: table, columns: names) }
    let pattern = Array(text)
    let found = names.indices.filter { Self.matches(Array(names[$0])[...], pattern[...]) }
    if found.isEmpty { throw .noMatch(pattern: text, use: use, table: table, columns: names) }
    return (found, false)
  }

  /// Whether a name fits a pattern with `*` and `?`.
  private static func matches(_ name: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    switch first {
    case "*":
      return matches(name, pattern.dropFirst()) || (!name.isEmpty && matches(name.dropFirst(), pattern))
    case "?": return !name.isEmpty && matches(name.dropFirst(), pattern.dropFirst())
    default: return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
    }
  }
}

extension Substring {
  fileprivate func trimmingSuffix() -> Substring {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
