import Foundation
import RunFiles

/// The figures: a picture each, and the specification that a script makes into one that can be hovered and zoomed.
struct FigureSection {
  let run: RunFolder

  init(_ run: RunFolder) { self.run = run }

  var html: HTML {
    guard !run.figures.isEmpty else { return .empty }
    let hint = HTML.element(
      "p", ["class": "hint needs-script", "hidden": ""],
      "Hover a curve for its values; scroll to zoom, drag to move, double-click to go back.")
    return Block.section("Figures", id: "figures", [hint] + run.figures.map(figure))
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
        "No picture was drawn: the renderer is not installed (make figures). The data is in trajectory.csv.")
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
