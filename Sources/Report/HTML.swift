/// A piece of HTML. Text becomes HTML only by being escaped, so that no name of a column or file can become markup.
public struct HTML: Equatable, Sendable, ExpressibleByStringInterpolation {
  /// The markup.
  public let source: String

  private init(source: String) { self.source = source }

  /// The text with `&`, `<`, `>`, `"` and `'` as references; control characters that HTML forbids become U+FFFD.
  public init(_ text: String) {
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\n", "\t": escaped.unicodeScalars.append(scalar)
      // Bidirectional overrides would let a name rearrange the line around it.
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
        escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    source = escaped
  }

  /// A string literal is text, too.
  public init(stringLiteral text: String) { self.init(text) }

  /// Nothing.
  public static let empty = HTML(source: "")

  /// `<name attribute="value">…</name>`.
  package static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: HTML...
  )
    -> HTML
  {
    element(name, attributes, children)
  }

  /// `<name attribute="value">…</name>`.
  package static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: [HTML]
  )
    -> HTML
  {
    let list = attributes.map { " \($0.key)=\"\(HTML($0.value).source)\"" }.joined()
    return HTML(source: "<\(name)\(list)>" + children.map(\.source).joined() + "</\(name)>")
  }

  /// `<name attribute="value">`, for elements without content.
  package static func void(_ name: String, _ attributes: KeyValuePairs<String, String>) -> HTML {
    let list = attributes.map { " \($0.key)=\"\(HTML($0.value).source)\"" }.joined()
    return HTML(source: "<\(name)\(list)>")
  }

  /// A style sheet of this program.
  package static func style(_ css: String) -> HTML { HTML(source: "<style>\n\(css)</style>") }

  /// A script of this program or of the chart library, with what would end the element written differently.
  package static func script(_ code: String, nonce: String) -> HTML {
    let safe = code.replacing("</script", with: "<\\/script").replacing("<!--", with: "<\\!--")
    return HTML(source: "<script nonce=\"\(HTML(nonce).source)\">\n\(safe)\n</script>")
  }

  /// Data for a script: JSON text in which no character can end the element.
  package static func data(_ json: String, id: String) -> HTML {
    let safe = json.replacing("<", with: "\\u003c").replacing(">", with: "\\u003e").replacing(
      "&", with: "\\u0026")
    return HTML(source: "<script type=\"application/json\" id=\"\(HTML(id).source)\">\(safe)</script>")
  }

  package static func + (a: HTML, b: HTML) -> HTML { HTML(source: a.source + b.source) }

  /// The pieces one after the other, with something between them.
  package static func joined(_ parts: [HTML], by separator: HTML = .empty) -> HTML {
    HTML(source: parts.map(\.source).joined(separator: separator.source))
  }
}
