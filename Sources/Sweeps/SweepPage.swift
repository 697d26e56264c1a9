import Foundation
import Prose
import Report
import RunFiles

/// `report.html` of a sweep: one page that needs no other file.
package struct SweepPage {
  private let summary: SweepSummary
  private let inputs: [RunDescription.Input]
  private let figures: [RunFolder.Figure]

  package init(_ summary: SweepSummary, inputs: [RunDescription.Input], figures: [RunFolder.Figure]) {
    (self.summary, self.inputs, self.figures) = (summary, inputs, figures)
  }

  /// The page, an HTML document.
  package var html: String {
    Document(
      title: "Linnet: \(title)", generator: "linnet \(summary.version)",
      content: [
        heading, grid, outcomes, theorems, fits, FigureSection(figures, data: "sweep.csv").html, again,
      ]
    ).text
  }

  private var title: String { "sweep over \(summary.grid.parameters.map(\.name).joined(separator: ", "))" }

  private var heading: HTML {
    let isWhole = summary.finished == summary.points
    return Block.heading(
      "Linear networks: \(title)", of: summary.grid.arguments.joined(separator: " "),
      facts: .element(
        "strong", ["class": isWhole && summary.failed == 0 ? "good" : "fair"],
        HTML(
          "\(summary.finished) of \(count(summary.points, "run"))\(summary.failed > 0 ? ", \(summary.failed) failed" : "")"
        )),
      HTML("\(duration(summary.seconds)) in runs"),
      summary.violations == 0
        ? HTML("no promise broken")
        : .element("strong", ["class": "poor"], HTML("\(count(summary.violations, "run")) broke a promise")))
  }

  private var grid: HTML {
    Block.section(
      "What varies", id: "grid",
      Block.table(
        ["parameter", "values", "number"],
        summary.grid.parameters.map { parameter in
          [
            HTML(parameter.name),
            HTML(
              parameter.values.count <= 12
                ? parameter.values.joined(separator: ", ") : parameter.specification),
            HTML("\(parameter.values.count)"),
          ]
        }, className: "numbers"))
  }

  private var outcomes: HTML {
    func table(_ name: String, _ counts: [String: Int]) -> HTML {
      Block.table(
        [name, "runs", "share"],
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
          [HTML($0.key), HTML("\($0.value)"), HTML(share($0.value))]
        }, className: "numbers")
    }
    var content = [table("limit", summary.limits), table("ending", summary.endings)]
    if !summary.failures.isEmpty {
      content.append(
        Block.table(
          ["no run, because", "points"], summary.failures.map { [HTML($0.reason), HTML("\($0.runs)")] },
          className: "numbers"))
    }
    return Block.section("Where the runs went", id: "outcomes", content)
  }

  private func share(_ n: Int) -> String {
    let runs = summary.finished - summary.failed
    return runs == 0 ? "–" : "\(number(100 * Double(n) / Double(runs), digits: 3)) %"
  }

  private var theorems: HTML {
    Block.section(
      "Where the theorems speak", id: "theorems",
      Block.table(
        ["theorem", "", "speaks", "names the limit", "strongest"],
        summary.theorems.map {
          [
            HTML($0.theorem), HTML($0.title), HTML(share($0.speaks)), HTML(share($0.namesTheLimit)),
            HTML(share($0.isBest)),
          ]
        }, className: "numbers"))
  }

  private var fits: HTML {
    if summary.fits.isEmpty { return .empty }
    return Block.section(
      "Fits", id: "fits",
      Block.table(
        ["line", "b", "standard error", "a", "R²", "runs"],
        summary.fits.map { fit in
          let place = fit.value.map { ", \(fit.form.group!) = \($0)" } ?? ""
          return [
            HTML("\(fit.form.left) = a + b·\(fit.form.right)\(place)"), HTML(number(fit.slope, digits: 6)),
            HTML(number(fit.slopeError, digits: 2)), HTML(number(fit.intercept, digits: 6)),
            HTML(number(fit.determination, digits: 6)), HTML("\(fit.runs)"),
          ]
        }, className: "numbers"))
  }

  private var again: HTML {
    let varied = summary.grid.parameters.map {
      $0.name == SweepParameter.seed
        ? "--seeds \(shellQuoted($0.specification))"
        : "--vary \(shellQuoted("\($0.name)=\($0.specification)"))"
    }
    let command = (["linnet", "sweep"] + summary.grid.arguments.map(shellQuoted) + varied).joined(
      separator: " ")
    return Block.section(
      "The same again", id: "repeat",
      [.element("pre", ["tabindex": "0"], .element("code", [:], HTML(command)))]
        + (inputs.isEmpty
          ? []
          : [
            Block.table(
              ["file", "bytes", "CRC-32"],
              inputs.map {
                [
                  HTML($0.path), HTML("\($0.fingerprint.bytes)"),
                  HTML(String($0.fingerprint.crc32, radix: 16)),
                ]
              }, className: "numbers")
          ]))
  }
}
