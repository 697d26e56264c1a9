import Foundation

/// Bars beside words: of each thing a share of all, and within it a smaller one.
public struct ShareFigure: Drawing, Equatable {
  /// A bar.
  public struct Bar: Equatable, Sendable {
    /// Printed to its left.
    public var name: String
    /// From 0 to 1.
    public var share: Double
    /// A part of the share, drawn darker.
    public var part: Double

    /// A bar from its name, its share and the part of it that is drawn darker.
    public init(_ name: String, share: Double, part: Double = 0) {
      (self.name, self.share, self.part) = (name, share, part)
    }
  }

  public var title: String
  /// A line below the title.
  public var subtitle: String
  /// From top to bottom.
  public var bars: [Bar]
  /// What the shares are of.
  public var axisTitle: String
  public var caption: String

  /// A figure from its parts.
  public init(title: String, subtitle: String = "", bars: [Bar], axisTitle: String, caption: String) {
    (self.title, self.subtitle, self.bars) = (title, subtitle, bars)
    (self.axisTitle, self.caption) = (axisTitle, caption)
  }

  public var vegaLite: String {
    let row = 22.0
    let labels = 7.2 * Double(bars.map(\.name.count).max() ?? 0) + 12
    let length = max(260, 560 - labels)
    let height = row * Double(max(bars.count, 1))
    var canvas = PixelCanvas(width: labels + length, height: height)
    let colour = Palette.colours[0]
    canvas.add(
      [0.0, 0.25, 0.5, 0.75, 1.0].map {
        PixelCanvas.Box(x: labels + length * $0 - 0.5, y: 0, width: 1, height: height + 4, colour: "#D0D4D9")
      }, name: "grid")
    canvas.add(
      bars.enumerated().flatMap { i, bar -> [PixelCanvas.Box] in
        let y = row * Double(i) + 3
        return [
          PixelCanvas.Box(
            x: labels, y: y, width: length * bar.share, height: row - 6, colour: Palette.shade(colour, 0.38)),
          PixelCanvas.Box(x: labels, y: y, width: length * bar.part, height: row - 6, colour: colour),
        ].filter { $0.width > 0 }
      }, name: "bars")
    for (i, bar) in bars.enumerated() {
      let y = row * (Double(i) + 0.5)
      canvas.add(bar.name, x: labels - 8, y: y, anchor: .right)
      canvas.add(
        Self.percent(bar.share), x: labels + length * bar.share + 6, y: y, size: 12, colour: Palette.grey)
    }
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
      canvas.add(
        Self.percent(share), x: labels + length * share, y: height + 8, anchor: .center, baseline: .top,
        size: 12)
    }
    canvas.add(
      axisTitle, x: labels + length / 2, y: height + 26, anchor: .center, baseline: .top, size: 14)
    canvas.add(caption: caption, y: height + 54)
    return canvas.specification(title: title, subtitle: subtitle, caption: caption)
  }

  /// Never “0 %” or “100 %” for what is neither.
  private static func percent(_ share: Double) -> String {
    if share > 0, share < 0.001 { return "< 0.1 %" }
    if share < 1, share > 0.999 { return "> 99.9 %" }
    let percent = 100 * share
    return percent == percent.rounded() ? "\(Int(percent)) %" : String(format: "%.1f %%", percent)
  }
}
