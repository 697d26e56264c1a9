/// What is known, or decided, about the form of a text table; what is nil is found out from its first rows.
public struct TextFormat: Equatable, Sendable {
  /// What stands between two cells.
  public enum Separator: String, CaseIterable, Sendable, Codable {
    /// `,`
    case comma
    /// `;`
    case semicolon
    /// The tabulator.
    case tab
    /// Any number of spaces and tabulators.
    case blank

    /// The byte; a space for ``blank``.
    var byte: UInt8 {
      switch self {
      case .comma: 0x2C
      case .semicolon: 0x3B
      case .tab: 0x09
      case .blank: 0x20
      }
    }
  }

  /// What stands before the decimals of a number.
  public enum Decimal: String, CaseIterable, Sendable, Codable {
    /// `.`
    case point
    /// `,`
    case comma

    var byte: UInt8 { self == .point ? 0x2E : 0x2C }
  }

  /// Whether the first row names the columns.
  public enum Header: Sendable {
    /// It does unless every one of its cells is a number or missing; 0, 1, 2, … are the names that pandas gives.
    case detected
    /// The first row names the columns.
    case present
    /// The first row is the first sample.
    case absent
  }

  /// Nil to find it out.
  public var separator: Separator?
  /// Nil to find it out; a comma is found only where it does not separate.
  public var decimal: Decimal?
  /// Whether the first row names the columns.
  public var header: Header
  /// Nil to find it out.
  public var encoding: TextEncoding?

  /// A form of which something may be known.
  ///
  /// - Parameters:
  ///   - separator: nil to find it out.
  ///   - decimal: nil to find it out.
  ///   - header: whether the first row names the columns.
  ///   - encoding: nil to find it out.
  public init(
    separator: Separator? = nil, decimal: Decimal? = nil, header: Header = .detected,
    encoding: TextEncoding? = nil
  ) {
    (self.separator, self.decimal, self.header, self.encoding) = (separator, decimal, header, encoding)
  }
}

/// The form of a text table as it was found, or asked for.
public struct TextDialect: Equatable, Sendable {
  /// What stands between two cells.
  public let separator: TextFormat.Separator
  /// What stands before the decimals of a number.
  public let decimal: TextFormat.Decimal
  /// How characters are stored.
  public let encoding: TextEncoding
  /// Whether the file is packed by gzip.
  public let isCompressed: Bool

  /// "semicolons, decimal commas"; empty for commas, points and UTF-8.
  public var inWords: String {
    var words: [String] = []
    switch separator {
    case .comma: break
    case .semicolon: words.append("semicolons")
    case .tab: words.append("tabs")
    case .blank: words.append("blanks")
    }
    if decimal == .comma { words.append("decimal commas") }
    switch encoding {
    case .utf8: break
    case .utf16LittleEndian, .utf16BigEndian: words.append("UTF-16")
    case .latin1: words.append("Latin-1")
    case .windows1252: words.append("Windows-1252")
    }
    return words.joined(separator: ", ")
  }
}
