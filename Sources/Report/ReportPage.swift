import Prose
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
  public var html: String {
    Document(
      title: "Linnet: \(run.origin.data)", generator: "\(run.origin.program) \(run.origin.version)",
      content: sections,
      scripts: FigureSection.scripts(chartLibrary)
    ).text
  }

  private var sections: [HTML] {
    let result = run.result
    return [
      heading, DataSection(run).html, CertificateSection(result).html, ObservationSection(result).html,
    ] + (EventSection(result).html.map { [$0] } ?? []) + [
      FigureSection(run).html, VerdictSection(result).html, RepetitionSection(run).html,
      SourcesSection().html,
    ]
  }

  /// From when on nothing but the minimum was left.
  private var certainty: HTML {
    guard let certainty = run.result.certainty else {
      return .element("span", ["class": "fair"], "– the limit was at no time certain")
    }
    return .element(
      "span", ["class": "good"],
      HTML(certainty.time == 0 ? "✓ certain from the start" : "✓ certain since t = \(number(certainty.time))")
    )
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
    return Block.heading(
      "Linear network, depth \(result.problem.depth): \(verdict)", of: run.origin.data,
      facts: .element("strong", ["class": state], HTML("\(Verdicts.mark(result.verdict.kind)) \(verdict)")),
      HTML("loss gap \(number(result.verdict.lossGap, digits: 3))"),
      certainty, HTML("t = \(number(result.termination.time))"), HTML("method \(result.method.name)"))
  }
}
