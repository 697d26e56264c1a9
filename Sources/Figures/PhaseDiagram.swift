import Foundation

/// A diagram of two parameters: in each cell which outcomes there were, by colour, and after what time, by shade; several panels of one scale beside each other.
///
/// A cell with several outcomes is divided by their shares. The faster, the lighter.
///
/// *Edge cases*: a cell without runs has the colour of the ground.
public struct PhaseDiagram: Drawing, Equatable {
  /// An axis of cells: its title and the label of every cell in order.
  public struct Axis: Equatable, Sendable {
    /// What varies.
    public var title: String
    /// In order, from left to right or from bottom to top.
    public var labels: [String]

    /// An axis from its title and labels.
    public init(_ title: String, labels: [String]) { (self.title, self.labels) = (title, labels) }
  }

  /// A part of a cell.
  public struct Share: Equatable, Sendable {
    /// The number of the kind among ``PhaseDiagram/kinds``.
    public var kind: Int
    /// From 0 to 1.
    public var fraction: Double
    /// A time, not negative, if there is one.
    public var time: Double?

    /// A share of a cell.
    public init(kind: Int, fraction: Double, time: Double?) {
      (self.kind, self.fraction, self.time) = (kind, fraction, time)
    }
  }

  /// A cell by its place, counted from 0.
  public struct Cell: Equatable, Sendable {
    /// From left to right.
    public var column: Int
    /// From bottom to top.
    public var row: Int
    /// What is in it; fractions add up to 1 at most.
    public var shares: [Share]

    /// A cell from its place and shares.
    public init(column: Int, row: Int, shares: [Share]) {
      (self.column, self.row, self.shares) = (column, row, shares)
    }
  }

  /// A panel with its title.
  public struct Panel: Equatable, Sendable {
    /// Printed above the panel.
    public var title: String
    /// In any order.
    public var cells: [Cell]

    /// A panel from its title and cells.
    public init(_ title: String, cells: [Cell]) { (self.title, self.cells) = (title, cells) }
  }

  /// An outcome: its name and how its colour is used.
  public struct Kind: Equatable, Sendable {
    /// How a part of a cell is filled.
    public enum Fill: Equatable, Sendable {
      /// In the colour of this number, the darker the later; without a time as if it were the latest.
      case shaded(hue: Int)
      /// In a middle shade of the colour of this number, whatever the time.
      case flat(hue: Int)
      /// In light grey.
      case grey
      /// Not at all.
      case blank
    }

    /// Printed in the legend.
    public var name: String
    /// How a part of a cell is filled.
    public var fill: Fill

    /// An outcome from its name and fill.
    public init(_ name: String, _ fill: Fill) { (self.name, self.fill) = (name, fill) }
  }

  public var title: String
  /// A line below the title.
  public var subtitle: String
  /// From left to right.
  public var horizontalAxis: Axis
  /// From bottom to top.
  public var verticalAxis: Axis
  /// From left to right.
  public var panels: [Panel]
  /// In the order of the legend.
  public var kinds: [Kind]
  public var caption: String

  /// A diagram from its parts.
  public init(
    title: String, subtitle: String = "", horizontalAxis: Axis, verticalAxis: Axis, panels: [Panel],
    kinds: [Kind], caption: String
  ) {
    (self.title, self.subtitle) = (title, subtitle)
    (self.horizontalAxis, self.verticalAxis) = (horizontalAxis, verticalAxis)
    (self.panels, self.kinds, self.caption) = (panels, kinds, caption)
  }

  private static let side = 270.0
  private static let between = 56.0
  /// Strengths of the lightest and the darkest shade.
  private static let (lightest, darkest) = (0.22, 1.0)

  /// The logarithms of the shortest and the longest time.
  private var range: ClosedRange<Double>? {
    let times = panels.flatMap { $0.cells.flatMap { $0.shares.compactMap(\.time) } }
      .filter { $0 > 0 && $0.isFinite }.map { log10($0) }
    guard let low = times.min(), let high = times.max() else { return nil }
    return low...high
  }

  /// The colour of a kind; nil for none.
  ///
  /// - Parameter share: of the way from the shortest to the longest time.
  private func colour(_ kind: Int, at share: Double) -> String? {
    switch kinds[kind].fill {
    case .shaded(let hue):
      Palette.shade(Palette.colour(hue), Self.lightest + (Self.darkest - Self.lightest) * share)
    case .flat(let hue): Palette.shade(Palette.colour(hue), 0.5)
    case .grey: "#D5D9DE"
    case .blank: nil
    }
  }

  /// 0 for a time of zero, which has no logarithm, and 1 where there is none.
  private static func share(_ time: Double?, _ range: ClosedRange<Double>?) -> Double {
    guard let time, time.isFinite, let range, range.upperBound > range.lowerBound else { return 1 }
    guard time > 0 else { return 0 }
    return (log10(time) - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  public var vegaLite: String {
    let side = Self.side
    let (columns, rows) = (horizontalAxis.labels.count, verticalAxis.labels.count)
    let width = Double(panels.count) * side + Double(max(panels.count - 1, 0)) * Self.between
    var canvas = PixelCanvas(width: width, height: side)
    let range = range
    let (w, h) = (side / Double(max(columns, 1)), side / Double(max(rows, 1)))
    // A hair of white between cells, as long as they are large.
    let gap = min(w, h) >= 8 ? 1.0 : 0.0
    for (p, panel) in panels.enumerated() {
      let left = Double(p) * (side + Self.between)
      canvas.add(
        [PixelCanvas.Box(x: left, y: 0, width: side, height: side, colour: "#F4F4F4")],
        name: "ground \(p + 1)")
      canvas.add(
        panel.cells.flatMap { cell -> [PixelCanvas.Box] in
          var x = left + Double(cell.column) * w
          return cell.shares.compactMap { share in
            defer { x += share.fraction * (w - gap) }
            guard share.fraction > 0, let colour = colour(share.kind, at: Self.share(share.time, range))
            else {
              return nil
            }
            return PixelCanvas.Box(
              x: x, y: side - Double(cell.row + 1) * h, width: share.fraction * (w - gap), height: h - gap,
              colour: colour)
          }
        }, name: "cells \(p + 1): \(panel.title)")
      canvas.add(panel.title, x: left + side / 2, y: -6, anchor: .center, baseline: .bottom, size: 14)
      for (i, label) in Self.shown(horizontalAxis.labels, room: w, isVertical: false) {
        canvas.add(
          label, x: left + (Double(i) + 0.5) * w - gap / 2, y: side + 5, anchor: .center, baseline: .top,
          size: 12)
      }
      canvas.add(
        horizontalAxis.title, x: left + side / 2, y: side + 24, anchor: .center, baseline: .top, size: 14)
      if p == 0 {
        let labels = Self.shown(verticalAxis.labels, room: h, isVertical: true)
        for (i, label) in labels {
          canvas.add(label, x: -6, y: side - (Double(i) + 0.5) * h, anchor: .right, size: 12)
        }
        let widest = Double(labels.map(\.label.count).max() ?? 0)
        canvas.add(
          verticalAxis.title, x: -16 - 7 * widest, y: side / 2, anchor: .center, baseline: .bottom, size: 14,
          angle: -90)
      }
    }
    addLegend(to: &canvas, x: width + 22, range)
    canvas.add(caption: caption, y: side + 52)
    return canvas.specification(title: title, subtitle: subtitle, caption: caption)
  }

  private func addLegend(to canvas: inout PixelCanvas, x: Double, _ range: ClosedRange<Double>?) {
    let used = Set(panels.flatMap { $0.cells.flatMap { $0.shares.map(\.kind) } })
    let (steps, length) = (12, 66.0)
    var y = 0.0
    for (i, kind) in kinds.enumerated() where used.contains(i) {
      guard let darkest = colour(i, at: 1) else { continue }
      var n = 1
      if case .shaded = kind.fill, range != nil { n = steps }
      canvas.add(kind.name, x: x, y: y + 6, size: 13)
      canvas.add(
        (0..<n).map { k in
          PixelCanvas.Box(
            x: x + Double(k) * length / Double(n), y: y + 16, width: length / Double(n) + (n > 1 ? 0.3 : 0),
            height: 12, colour: n > 1 ? colour(i, at: (Double(k) + 0.5) / Double(n))! : darkest)
        }, name: "legend \(i + 1): \(kind.name)")
      y += 40
    }
    guard let range, range.upperBound > range.lowerBound else { return }
    let ends = [pow(10, range.lowerBound), pow(10, range.upperBound)].map(Self.short)
    canvas.add("light: t = \(ends[0])", x: x, y: y + 4, size: 12, colour: "#444444")
    canvas.add("dark: t = \(ends[1])", x: x, y: y + 20, size: 12, colour: "#444444")
  }

  /// The labels that have room: all, or every second, fifth, tenth, ….
  private static func shown(_ labels: [String], room: Double, isVertical: Bool) -> [(
    place: Int, label: String
  )] {
    // Estimated: a character of 12 px is 7 px wide.
    let need = isVertical ? 15 : 7 * Double(labels.map(\.count).max() ?? 0) + 6
    let every =
      [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000].first { Double($0) * room >= need } ?? labels.count
    return labels.enumerated().filter { $0.offset % max(every, 1) == 0 }.map { ($0.offset, $0.element) }
  }

  private static func short(_ x: Double) -> String {
    let text = String(format: "%.2g", x)
    return text.contains("e")
      ? text.replacing("e+0", with: "e").replacing("e-0", with: "e-").replacing("e+", with: "e") : text
  }
}
