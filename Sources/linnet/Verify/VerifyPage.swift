import Figures
import Foundation
import Prose
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
    let sections = Claim.sections.compactMap { section -> String? in
      let claims = section.claims.compactMap { reports[$0.id] }
      if claims.isEmpty { return nil }
      return
        "<section><h2>\(Self.text(section.title))</h2>\n\(claims.map(article).joined(separator: "\n"))</section>"
    }
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Linnet: the theory, tried</title>
      <style>\(Self.style)</style>
      </head>
      <body>
      <header>
      <h1>The theory, tried</h1>
      <p>Every statement of A. Eftekhari, <cite>Training Linear Neural Networks: Non-Local Convergence and Complexity Results</cite>
      (ICML 2020), and every derived result of Linnet, on random instances that satisfy its hypotheses and on instances that a
      search made as unfavourable as it could. Up to \(report.instances) random instances a statement, seed \(report.seed), Linnet \(report.version).</p>
      <p class="\(report.isAsExpected ? "good" : "bad")">\(report.summary.filter { !$0.isEmpty }.map(Self.text).joined(separator: "<br>"))</p>
      \(shortfall.map { "<p class=\"bad\">Pictures: \(Self.text("\($0)")).</p>" } ?? "")
      </header>
      \(overview)
      \(sections.joined(separator: "\n"))
      \(studies)
      </body>
      </html>

      """
  }

  private var overview: String {
    let rows = report.claims.map { claim in
      """
      <tr><td><a href="#\(claim.id)">\(claim.id)</a></td><td>\(Self.text(claim.title))</td><td class="number">\(claim.instances)</td>\
      <td class="number">\(claim.worst.map { number($0.margin, digits: 2) } ?? "–")</td><td class="number">\(claim.violations)</td>\
      <td class="\(claim.isAsExpected ? "good" : "bad")">\(claim.verdict.inWords)</td></tr>
      """
    }
    return """
      <section><h2>Overview</h2>
      <div class="scroll"><table><thead><tr><th>statement</th><th></th><th>tried</th><th>worst margin</th><th>violations</th><th>verdict</th></tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table></div></section>
      """
  }

  private func article(_ claim: ClaimReport) -> String {
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
    let list = facts.map { "<dt>\(Self.text($0.0))</dt><dd>\(Self.text($0.1))</dd>" }.joined(separator: "\n")
    var correction = ""
    if case .fails(let text) = claim.expectation { correction = "<p>Correction: \(Self.text(text)).</p>" }
    let examples = (counterexamples[claim.id] ?? []).map { example in
      let about = example.without.map { "Smallest counterexample without \($0)" } ?? "Smallest counterexample"
      return
        "<p>\(Self.text(about)) (margin \(number(example.margin, digits: 3))):</p><pre>\(Self.text(example.command))</pre>"
    }
    return """
      <article id="\(claim.id)">
      <h3>\(Self.text(claim.title)) <span class="source">\(Self.text(claim.source))</span>
      <span class="verdict \(claim.isAsExpected ? "good" : "bad")">\(claim.verdict.inWords)</span></h3>
      <p class="formula">\(Self.text(claim.formula))</p>
      \(correction)
      <div class="columns"><dl>\(list)</dl>
      <div class="pictures">\(picture("\(claim.id)-margins", figures.margins[claim.id]))\(picture("\(claim.id)-worst", figures.trajectories[claim.id]))</div></div>
      \(examples.joined(separator: "\n"))
      </article>
      """
  }

  private var studies: String {
    if figures.studies.isEmpty { return "" }
    return """
      <section><h2>How tight, how large, how fast</h2><div class="pictures wide">
      \(figures.studies.map { picture($0.name, $0.figure) }.joined(separator: "\n"))
      </div></section>
      """
  }

  private func picture(_ name: String, _ figure: LineFigure?) -> String {
    guard let figure, let svg = pictures[name] else { return "" }
    // As an image: the identifiers inside one picture must not meet those of another.
    return """
      <figure><img alt="\(Self.text(figure.title)): \(Self.text(figure.caption))" src="data:image/svg+xml;base64,\(svg.base64EncodedString())"></figure>
      """
  }

  private static func text(_ s: String) -> String {
    s.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing(
      "\"", with: "&quot;")
  }

  private static let style = """
    :root { color-scheme: light dark; --line: #cccccc; --soft: #555555; --good: #006b3c; --bad: #b00020; --ground: #ffffff; --ink: #111111; --code: #f3f3f3; }
    @media (prefers-color-scheme: dark) {
      :root { --line: #444444; --soft: #aaaaaa; --good: #5fd39a; --bad: #ff8a80; --ground: #141414; --ink: #eeeeee; --code: #222222; }
      figure img { filter: invert(0.92) hue-rotate(180deg); }
    }
    body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--ground); color: var(--ink); font: 16px/1.5 "DejaVu Sans", Verdana, Helvetica, Arial, sans-serif; }
    h1 { font-size: 1.8rem; } h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); } h3 { margin: 2rem 0 0.3rem; }
    .source { color: var(--soft); font-weight: normal; } .verdict { font-weight: normal; margin-left: 0.5em; }
    .good { color: var(--good); } .bad { color: var(--bad); font-weight: bold; }
    .formula { margin: 0.3rem 0 0.8rem; }
    a { color: inherit; } table { border-collapse: collapse; font-size: 0.85rem; } .scroll { overflow-x: auto; }
    td, th { text-align: left; padding: 0.15rem 0.8rem 0.15rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
    td.number { text-align: right; font-variant-numeric: tabular-nums; }
    .columns { display: grid; grid-template-columns: minmax(16rem, 2fr) 5fr; gap: 1.5rem; }
    @media (max-width: 50rem) { .columns { grid-template-columns: 1fr; } }
    dl { margin: 0; font-size: 0.85rem; } dt { color: var(--soft); } dd { margin: 0 0 0.4rem; }
    .pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem; align-items: start; }
    .wide { grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); }
    figure { margin: 0; max-width: 36rem; } figure img { width: 100%; height: auto; }
    pre { background: var(--code); padding: 0.6rem; overflow-x: auto; font-size: 0.8rem; }
    """
}
