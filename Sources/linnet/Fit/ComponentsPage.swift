import Prose
import Report
import RunFiles
import Samples

/// Principal components as one page that needs nothing else.
struct ComponentsPage {
  let report: ComponentsReport
  let figures: [RunFolder.Figure]
  /// The text of Vega, Vega-Lite and Vega-Embed as one script; nil for static figures.
  let chartLibrary: String?

  /// Components and columns in the table of loadings, at most: fit.json has all.
  private static let shown = (components: 10, columns: 200)

  var html: String {
    let p = report.problem
    return Document(
      title: "Linnet: principal components", generator: "linnet \(report.version)",
      content: [
        Block.heading(
          "Principal components: rank \(report.rank)", of: p.source,
          facts: HTML(count(p.samples, "sample")), HTML(count(p.columns, "column")),
          HTML(report.choice.reason)),
        Block.section("Variance", id: "variance", variances),
        Block.section("Loadings", id: "loadings", loadings),
        FigureSection(figures, data: "fit.json").html,
        Block.section(
          "Notes", id: "notes",
          ([
            "The reconstruction of rank \(report.rank) leaves a loss of \(number(report.minimum.loss, digits: 8)), the minimum of ½‖X − WX‖² over matrices of that rank (Theorem 2.7 of Eftekhari 2020)."
          ] + report.notices).map { Block.paragraph(HTML($0)) }),
      ], scripts: FigureSection.scripts(chartLibrary)
    ).text
  }

  private var variances: HTML {
    let c = report.components
    var together = 0.0
    return Block.table(
      ["component", "variance", "explained", "together"],
      c.explainedVariance.indices.prefix(max(Self.shown.components, report.rank)).map { i in
        together += c.explainedVarianceRatio[i]
        return [
          HTML("\(i + 1)\(i + 1 == report.rank ? " ◂" : "")"),
          HTML(number(c.explainedVariance[i], digits: 6)),
          HTML(FitScreen.percent(c.explainedVarianceRatio[i])), HTML(FitScreen.percent(min(together, 1))),
        ]
      })
  }

  private var loadings: HTML {
    let c = report.components
    let kept = min(max(report.rank, 2), Self.shown.components, c.vectors.rows)
    return Block.table(
      ["column"] + (0..<kept).map { "PC\($0 + 1)" },
      c.columns.indices.prefix(Self.shown.columns).map { j in
        [HTML(visible(c.columns[j]))] + (0..<kept).map { HTML(number(c.vectors[$0, j], digits: 4)) }
      })
  }
}
