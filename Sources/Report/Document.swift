import Foundation

/// A whole page that needs no other file and no network: what every page of this program has in its head, and its content.
package struct Document {
  private let title: String
  private let generator: String
  private let style: String
  private let content: [HTML]
  private let scripts: [String]

  /// - Parameters:
  ///   - title: of the page.
  ///   - generator: the program and its version.
  ///   - style: beyond the style sheet that all pages share.
  ///   - content: of the page's main element.
  ///   - scripts: code of this program or of the chart library, run in this order at the end of the page.
  package init(
    title: String, generator: String, style: String = "", content: [HTML], scripts: [String] = []
  ) {
    (self.title, self.generator, self.style) = (title, generator, style)
    (self.content, self.scripts) = (content, scripts)
  }

  /// The page, an HTML document.
  ///
  /// Scripts are allowed only by a random nonce, so that even a name that slipped through the escaping could not run.
  package var text: String {
    // 122 random bits; the page is otherwise a function of its files.
    let nonce = UUID().uuidString.replacing("-", with: "")
    let policy =
      "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    let head = HTML.joined([
      .void("meta", ["charset": "utf-8"]),
      .void("meta", ["http-equiv": "Content-Security-Policy", "content": policy]),
      .void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
      .void("meta", ["name": "color-scheme", "content": "light dark"]),
      .void("meta", ["name": "generator", "content": generator]),
      .element("title", [:], HTML(title)),
      .style(String(decoding: PackageResources.report_css, as: UTF8.self) + style),
    ])
    let body =
      HTML.element("main", [:], content) + .joined(scripts.map { HTML.script($0, nonce: nonce) })
    return "<!doctype html>\n"
      + HTML.element("html", ["lang": "en"], .element("head", [:], head), .element("body", [:], body)).source
      + "\n"
  }
}
