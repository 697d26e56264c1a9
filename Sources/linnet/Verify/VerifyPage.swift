import Figures
import Foundation
import Prose
import Report
import RunFiles
import Verification

/// The verification as one HTML file that needs nothing else: the paper's list of results with a picture beside each.
struct VerifyPage {
  let report: VerifyReport
  let figures: VerifyFigures
  /// SVG by the figure's name.
  let pictures: [String: Data]
  let counterexamples: [String: [VerifyFolder.Counterexample]]
  let shortfall: FigureFiles.Shortfall?

  var html: String {
    let reports = Dictionary(uniqueKeysWithValues: report.claims.map { ($0.id, $0) })
    let sections = Claim.sections.compactMap { section -> HTML? in
      let claims = section.claims.compactMap { reports[$0.id] }
      return claims.isEmpty
        ? nil : .element("section", [:], [.element("h2", [:], HTML(section.title))] + claims.map(article))
    }
    return Document(
      title: "Linnet: the theory, tried", generator: "linnet \(report.version)", style: Self.style,
      content: [heading, overview] + sections + [studies]
    ).text
  }

  private var heading: HTML {
    .element(
      "header", [:],
      .element("h1", [:], "The theory, tried"),
      Block.paragraph(
        "Every statement of A. Eftekhari, ",
        .element(
          "cite", [:],
          "Training Linear Neural Networks: Non-Local Convergence and Complexity Results"),
        HTML(
          " (ICML 2020), and every derived result of Linnet, on random instances that satisfy its hypotheses and on instances that a "
            + "search made as unfavourable as it could. Up to \(report.instances) random instances a statement, seed \(report.seed), "
            + "Linnet \(report.version).")),
      .element(
        "p", ["class": Self.state(report.isAsExpected)],
        .joined(report.summary.filter { !$0.isEmpty }.map { HTML($0) }, by: .void("br", [:]))),
      shortfall.map { .element("p", ["class": "poor"], HTML("Pictures: \($0).")) } ?? .empty)
  }

  private static func state(_ isAsExpected: Bool) -> String { isAsExpected ? "good" : "poor" }

  private var overview: HTML {
    Block.section(
      "Overview", id: "overview",
      Block.table(
        ["statement", "", "tried", "worst margin", "violations", "verdict"],
        report.claims.map { claim in
          [
            .element("a", ["href": "#\(claim.id)"], HTML(claim.id)), HTML(claim.title),
            HTML("\(claim.instances)"), HTML(number(claim.worst?.margin, digits: 2)),
            HTML("\(claim.violations)"), verdict(claim),
          ]
        }))
  }

  private func verdict(_ claim: ClaimReport) -> HTML {
    .element("span", ["class": Self.state(claim.isAsExpected)], HTML(claim.verdict.inWords))
  }

  private func article(_ claim: ClaimReport) -> HTML {
    var correction = HTML.empty
    if case .fails(let text) = claim.expectation {
      correction = Block.paragraph(HTML("Correction: \(text)."))
    }
    let examples = (counterexamples[claim.id] ?? []).flatMap { example in
      let about = example.without.map { "Smallest counterexample without \($0)" } ?? "Smallest counterexample"
      return [
        Block.paragraph(HTML("\(about) (margin \(number(example.margin, digits: 3))):")),
        HTML.element("pre", ["tabindex": "0"], HTML(example.command)),
      ]
    }
    let shown = [
      picture("\(claim.id)-margins", figures.margins[claim.id]),
      picture("\(claim.id)-worst", figures.trajectories[claim.id]),
    ]
    return .element(
      "article", ["id": claim.id],
      [
        .element(
          "h3", [:],
          .joined(
            [HTML(claim.title), .element("span", ["class": "hint"], HTML(claim.source)), verdict(claim)],
            by: " ")),
        Block.paragraph(HTML(claim.formula)), correction,
        .element(
          "div", ["class": "columns"],
          .element(
            "dl", [:],
            facts(claim).flatMap { [.element("dt", [:], HTML($0.0)), .element("dd", [:], HTML($0.1))] }),
          .element("div", ["class": "pictures"], shown)),
      ] + examples)
  }

  /// Names and values.
  private func facts(_ claim: ClaimReport) -> [(String, String)] {
    var facts: [(String, String)] = [
      ("tried", "\(claim.instances) random instances, \(duration(claim.seconds))"),
      ("violations", "\(claim.violations)"),
    ]
    if let worst = claim.worst {
      facts.append(
        (
          "worst margin",
          "\(number(worst.margin, digits: 3)), where \(number(worst.comparison.roundOff, digits: 2)) is round-off"
        ))
    }
    if let search = claim.search {
      facts.append(
        (
          "search",
          "\(search.starts) minimisations, \(search.evaluations) evaluations: margin \(number(search.sampledMargin, digits: 3)) of the sample, \(number(search.foundMargin, digits: 3)) found"
        ))
    }
    if !claim.hypotheses.isEmpty { facts.append(("hypotheses", claim.hypotheses.joined(separator: "; "))) }
    for dropped in claim.dropped where dropped.tried > 0 {
      facts.append(
        (
          "without \(dropped.hypothesis)",
          "the conclusion fails in \(dropped.failed) of \(dropped.tried) instances"
        ))
    }
    for mutation in claim.mutations {
      facts.append(
        (
          "wrong: \(mutation.change)",
          mutation.isCaught ? "caught after \(mutation.tried)" : "not caught in \(mutation.tried)"
        ))
    }
    return facts
  }

  private var studies: HTML {
    if figures.studies.isEmpty { return .empty }
    return Block.section(
      "How tight, how large, how fast", id: "studies",
      .element("div", ["class": "pictures wide"], figures.studies.map { picture($0.name, $0.figure) }))
  }

  private func picture(_ name: String, _ figure: LineFigure?) -> HTML {
    guard let figure, let svg = pictures[name] else { return .empty }
    // As an image: the identifiers inside one picture must not meet those of another.
    return .element(
      "figure", [:],
      .void(
        "img",
        [
          "alt": "\(figure.title): \(figure.caption)",
          "src": "data:image/svg+xml;base64,\(svg.base64EncodedString())",
        ]))
  }

  private static let style = """
    main { max-width: 76rem; }
    @media (prefers-color-scheme: dark) { figure img { filter: invert(0.92) hue-rotate(180deg); } }
    h3 .hint, h3 .good, h3 .poor { font-weight: normal; }
    .poor { font-weight: bold; }
    .columns { display: grid; grid-template-columns: minmax(16rem, 2fr) 5fr; gap: 1.5rem; }
    @media (max-width: 50rem) { .columns { grid-template-columns: 1fr; } }
    dl { margin: 0; font-size: 0.85rem; } dt { color: var(--soft); } dd { margin: 0 0 0.4rem; }
    .pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem; align-items: start; }
    .wide { grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); }
    figure { margin: 0; max-width: 36rem; } figure img { width: 100%; height: auto; }

    """
}
