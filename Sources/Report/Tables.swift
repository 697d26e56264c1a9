/// Headings, tables and references as all sections of the report write them.
package enum Block {
  package static func section(_ title: String, id: String, _ content: [HTML]) -> HTML {
    .element("section", ["id": id], [.element("h2", [:], HTML(title))] + content)
  }

  package static func section(_ title: String, id: String, _ content: HTML...) -> HTML {
    section(title, id: id, content)
  }

  /// The head of a page: what it is about, of what, and its first facts in a line.
  package static func heading(_ title: String, of subject: String, facts: HTML...) -> HTML {
    .element(
      "header", [:], .element("h1", [:], HTML(title)), .element("p", ["class": "lead"], HTML(subject)),
      .element("p", ["class": "facts"], .joined(facts, by: HTML(" · "))))
  }

  package static func subheading(_ title: String) -> HTML { .element("h3", [:], HTML(title)) }
  package static func paragraph(_ content: HTML...) -> HTML { .element("p", [:], content) }

  /// Rows of a name, its value, and the equation it comes from.
  package static func facts(_ rows: [(name: HTML, value: HTML, equation: String)]) -> HTML {
    table(
      ["", "", "source"],
      rows.map { [$0.name, $0.value, Citation.links(in: $0.equation)] }, className: "facts")
  }

  /// A table whose first cells name their rows. Wide ones scroll within themselves.
  package static func table(_ header: [String], _ rows: [[HTML]], className: String = "") -> HTML {
    let head =
      header.allSatisfy(\.isEmpty) || className == "facts"
      ? HTML.empty
      : HTML.element(
        "thead", [:],
        .element("tr", [:], header.map { .element("th", ["scope": "col"], HTML($0)) }))
    let body = HTML.element(
      "tbody", [:],
      rows.map { cells in
        .element(
          "tr", [:],
          cells.enumerated().map { i, cell in
            i == 0 ? .element("th", ["scope": "row"], cell) : .element("td", [:], cell)
          })
      })
    return .element(
      "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "table"],
      .element("table", ["class": className], head, body))
  }

  /// Whether a condition holds, by sign and word as well as by colour.
  package static func sign(_ holds: Bool) -> HTML {
    holds
      ? .element("span", ["class": "good"], "✓ holds") : .element("span", ["class": "poor"], "✗ fails")
  }
}
