import Foundation
import RunFiles

/// The figures: a picture each, and the specification that a script makes into one that can be hovered and zoomed.
package struct FigureSection {
  private let figures: [RunFolder.Figure]
  /// Where the numbers of a figure are that was not drawn.
  private let data: String
  /// Why a figure is not there that others have.
  private let omission: String?

  init(_ run: RunFolder) {
    (figures, data) = (run.figures, "trajectory.csv")
    let isThere = run.figures.contains { $0.name == "imbalance" }
    omission =
      isThere
      ? nil
      : TrainingFigures.reasonToOmit(
        drift: run.result.trajectory.imbalanceDrift, depth: run.result.problem.depth,
        method: run.result.method.name
      ).map { "There is no figure of the imbalance: \($0)." }
  }

  /// - Parameters:
  ///   - figures: in the order of the page.
  ///   - data: the file with their numbers.
  package init(_ figures: [RunFolder.Figure], data: String) {
    (self.figures, self.data, omission) = (figures, data, nil)
  }

  /// What makes the specifications into charts: the chart library, and the script of this program; nothing without the library.
  package static func scripts(_ chartLibrary: String?) -> [String] {
    chartLibrary.map { [$0, String(decoding: PackageResources.report_js, as: UTF8.self)] } ?? []
  }

  package var html: HTML {
    guard !figures.isEmpty else { return .empty }
    let hint = HTML.element(
      "p", ["class": "hint needs-script", "hidden": ""],
      "Hover a curve for its values; scroll to zoom, drag to move, double-click to go back.")
    return Block.section(
      "Figures", id: "figures",
      [hint] + figures.map(figure) + (omission.map { [Block.paragraph(HTML($0))] } ?? []))
  }

  private func figure(_ figure: RunFolder.Figure) -> HTML {
    let caption = Self.text("description", of: figure)
    let title = Self.title(of: figure)
    let picture =
      figure.svg.map { svg in
        // As an image: whatever an SVG file holds, it runs no script and loads nothing.
        HTML.void(
          "img",
          [
            "class": "picture", "alt": "\(title). \(caption)",
            "src": "data:image/svg+xml;base64,\(svg.base64EncodedString())",
          ])
      }
      ?? .element(
        "p", ["class": "picture"],
        "No picture was drawn: the renderer is not installed (make figures). The data is in \(data).")
    return .element(
      "figure", [:],
      Block.subheading(title), picture,
      .element("div", ["class": "chart", "data-figure": figure.name, "hidden": ""]),
      .element("figcaption", [:], HTML(caption)), .data(figure.specification, id: "figure-\(figure.name)"))
  }

  private static func text(_ key: String, of figure: RunFolder.Figure) -> String {
    specification(figure)?[key] as? String ?? ""
  }

  private static func title(of figure: RunFolder.Figure) -> String {
    (specification(figure)?["title"] as? [String: Any])?["text"] as? String ?? figure.name
  }

  private static func specification(_ figure: RunFolder.Figure) -> [String: Any]? {
    (try? JSONSerialization.jsonObject(with: Data(figure.specification.utf8))) as? [String: Any]
  }
}
