import ArgumentParser
import DataFormats

/// The form of text tables, where it is not to be found out.
struct TextOptions: ParsableArguments {
  enum Answer: String, ExpressibleByArgument, CaseIterable { case yes, no }

  @Option(
    help: ArgumentHelp(
      "What separates the cells of a text: comma, semicolon, tab or blank. Default: found out.",
      valueName: "separator"))
  var separator: TextFormat.Separator?

  @Option(
    help: ArgumentHelp("What stands before decimals: point or comma. Default: found out.", valueName: "sign"))
  var decimal: TextFormat.Decimal?

  @Option(
    help: ArgumentHelp(
      "Whether the first row names the columns: yes or no. Default: unless it holds only numbers.",
      valueName: "answer"))
  var header: Answer?

  @Option(
    help: ArgumentHelp(
      "utf-8, utf-16, utf-16be, latin-1 or windows-1252. Default: found out.", valueName: "encoding"))
  var encoding: String?

  func validate() throws {
    if let encoding, TextEncoding(name: encoding) == nil {
      throw ValidationError(
        "--encoding \"\(encoding)\" is none of utf-8, utf-16, utf-16be, latin-1 and windows-1252.")
    }
    if decimal == .comma, separator == .comma {
      throw ValidationError("A comma cannot both separate cells and stand before decimals.")
    }
  }

  /// Whether any is given.
  var isGiven: Bool { separator != nil || decimal != nil || header != nil || encoding != nil }

  /// The values.
  var format: TextFormat {
    TextFormat(
      separator: separator, decimal: decimal,
      header: header.map { $0 == .yes ? .present : .absent } ?? .detected,
      encoding: encoding.flatMap(TextEncoding.init(name:)))
  }
}

extension TextFormat.Separator: ExpressibleByArgument {}
extension TextFormat.Decimal: ExpressibleByArgument {}
