import Theory

/// Every equation that the report names, with what it says and where it stands.
struct SourcesSection {
  var html: HTML {
    let rows = Reference.all.map { equation in
      HTML.element(
        "tr", ["id": Citation.anchor(equation.label)],
        .element("th", ["scope": "row"], HTML(equation.label)),
        .element("td", [:], HTML(equation.statement)), .element("td", [:], HTML(equation.source.description)))
    }
    return Block.section(
      "Equations and sources", id: "sources",
      Block.paragraph(
        "Eftekhari (2020): A. Eftekhari, Training Linear Neural Networks: Non-Local Convergence and Complexity Results, ICML 2020, proceedings.mlr.press/v119/eftekhari20a.html. The derived results D1, D2, … are proved in Linnet's Documentation/derived.md. Notation: p = 2 − 2/N; time t is that of the flow (13); norms are Frobenius norms."
      ),
      .element(
        "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "equations"],
        .element("table", ["class": "sources"], .element("tbody", [:], rows))))
  }
}
