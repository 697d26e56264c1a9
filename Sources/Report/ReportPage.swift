import Foundation
import RunFiles
import Training

/// A run as one page that needs nothing else: no network, no other file.
///
/// Promise, run and verdict as `result.json` has them, every statement with its equation and source, the figures, and
/// the command that repeats the run. With the chart library inside the figures can be hovered and zoomed; without it,
/// without scripts and on paper they are the pictures that the renderer drew.
///
/// - Complexity: linear in the size of the files, a few milliseconds.
public struct ReportPage: Sendable {
  let run: RunFolder
  /// The text of Vega, Vega-Lite and Vega-Embed as one script; nil for static figures.
  let chartLibrary: String?

  /// The report of a run.
  public init(of run: RunFolder, chartLibrary: String?) {
    (self.run, self.chartLibrary) = (run, chartLibrary)
  }

  /// The page, an HTML document.
  ///
  /// Scripts are allowed only by a random nonce, so that even a name that slipped through the escaping could not run.
  public var html: String {
    // 122 random bits; the page is otherwise a function of its files.
    let nonce = UUID().uuidString.replacing("-", with: "")
    let policy =
      "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    let title = "Linnet: \(run.origin.data)"
    let head = HTML.joined([
      .void("meta", ["charset": "utf-8"]),
      .void("meta", ["http-equiv": "Content-Security-Policy", "content": policy]),
      .void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
      .void("meta", ["name": "color-scheme", "content": "light dark"]),
      .void("meta", ["name": "generator", "content": "\(run.origin.program) \(run.origin.version)"]),
      .element("title", [:], HTML(title)),
      .style(String(decoding: PackageResources.report_css, as: UTF8.self)),
    ])
    let scripts =
      chartLibrary.map { library in
        HTML.script(library, nonce: nonce)
          + .script(String(decoding: PackageResources.report_js, as: UTF8.self), nonce: nonce)
      } ?? .empty
    let body = HTML.element("main", [:], sections) + scripts
    return "<!doctype html>\n"
      + HTML.element("html", ["lang": "en"], .element("head", [:], head), .element("body", [:], body)).source
      + "\n"
  }

  private var sections: [HTML] {
    let result = run.result
    return [
      heading, DataSection(run).html, CertificateSection(result).html, ObservationSection(result).html,
      FigureSection(run).html, VerdictSection(result).html, RepetitionSection(run).html,
      SourcesSection().html,
    ]
  }

  private var heading: HTML {
    let result = run.result
    let verdict = Verdicts.word(result.verdict.kind)
    let state: String =
      switch result.verdict.kind {
      case .globalMinimiser: "good"
      case .strictSaddle, .nonStrictSaddle, .undecided: "fair"
      case .notStationary: "poor"
      }
    return .element(
      "header", [:],
      .element("h1", [:], "Linear network, depth \(String(result.problem.depth)): \(verdict)"),
      .element("p", ["class": "lead"], HTML(run.origin.data)),
      .element(
        "p", ["class": "facts"],
        .joined(
          [
            .element("strong", ["class": state], HTML("\(Verdicts.mark(result.verdict.kind)) \(verdict)")),
            HTML("loss gap \(number(result.verdict.lossGap, 3))"),
            HTML("t = \(number(result.termination.time))"),
            HTML("method \(result.method.name)"),
          ], by: HTML(" · "))))
  }
}

/// `digits` significant digits.
func number(_ x: Double, _ digits: Int = 4) -> String {
  x == 0 ? "0" : x.isFinite ? String(format: "%.\(digits)g", x) : "\(x)"
}

/// A number or a dash.
func number(_ x: Double?, _ digits: Int = 4) -> String { x.map { number($0, digits) } ?? "–" }
