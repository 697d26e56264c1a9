import Foundation

/// The colours of Okabe and Ito (2008), which remain distinct under every common colour blindness, the light ones darkened so that a line on white
/// has a contrast of 3 at least. Those of the lab (charts.js) are the same: a singular value has one colour in all pictures.
enum Palette {
  static let colours = ["#0072B2", "#D55E00", "#009E73", "#B0578D", "#B07A00", "#3A8FC2", "#000000"]
  static let grey = "#555555"

  static func colour(_ hue: Int) -> String {
    colours[((hue % colours.count) + colours.count) % colours.count]
  }
  static func ruleColour(_ hue: Int?) -> String { hue.map(colour) ?? grey }
}

extension LineFigure.Dash {
  /// Alternating lengths of stroke and gap in pixels.
  var pattern: [Double] {
    switch self {
    case .solid: [1, 0]
    case .dashed: [7, 4]
    case .dotted: [2, 3]
    case .dashDotted: [9, 3, 2, 3]
    case .longDashed: [14, 4]
    }
  }
}

extension LineFigure.Style {
  fileprivate var isBound: Bool {
    if case .bound = self { true } else { false }
  }
}

/// Everything about a figure that must be decided before it is written: axes, thinned curves, and where labels go.
struct FigurePlan {
  let figure: LineFigure
  let horizontal: AxisDivision
  let vertical: AxisDivision
  let curves: [Curve]

  struct Curve {
    enum Drawing {
      case stroke(width: Double, dash: [Double])
      case circles
      case dots
    }

    let name: String
    let drawing: Drawing
    let colour: String
    let points: ShowablePoints
    /// A curve without a name has no label, nor have markers on a line of their colour.
    let isLabelled: Bool
    /// Only bounds leave the plot; clipping the others would halve a stroke that runs along its edge.
    let isClipped: Bool
  }

  /// No curve has a showable point.
  var isEmpty: Bool { curves.allSatisfy(\.points.pieces.isEmpty) }

  init(_ figure: LineFigure) {
    self.figure = figure
    let showable = figure.series.map {
      ShowablePoints($0.points, figure.horizontalAxis.scale, figure.verticalAxis.scale)
    }
    // From all abscissas: a first ordinate that cannot be shown must not move the origin.
    let horizontal = AxisDivision(
      figure.horizontalAxis.scale, ends: figure.series.contains { $0.style == .dots } ? .roomy : .tight,
      leastStep: figure.horizontalAxis.leastStep, shortened: figure.horizontalAxis.shortened,
      covering: figure.series.flatMap { $0.points.map(\.x) })
    self.horizontal = horizontal
    vertical = AxisDivision(
      figure.verticalAxis.scale, ends: .roomy, leastStep: figure.verticalAxis.leastStep,
      covering: Self.verticalExtent(of: figure, showable))

    var position = 0
    let hues = figure.series.map { series in
      if let hue = series.hue { return hue }
      defer { position += 1 }
      return position
    }
    let lineHues = Set(zip(figure.series, hues).filter { $0.0.style != .markers }.map(\.1))
    curves = zip(zip(figure.series, hues), showable).map { pair, points in
      let (series, hue) = pair
      let dashes = LineFigure.Dash.allCases
      let automatic = dashes[((hue % dashes.count) + dashes.count) % dashes.count]
      let drawing: Curve.Drawing =
        switch series.style {
        case .line(let dash): .stroke(width: 2.2, dash: (dash ?? automatic).pattern)
        case .bound(let dash): .stroke(width: 1.5, dash: dash.pattern)
        case .markers: .circles
        case .dots: .dots
        }
      return Curve(
        name: series.name, drawing: drawing, colour: Palette.colour(hue),
        points: FigurePlan.shown(points, series.style, horizontal),
        isLabelled: !series.name.isEmpty && (series.style != .markers || !lineHues.contains(hue)),
        isClipped: series.style.isBound)
    }
  }

  /// As many points as the style needs.
  private static func shown(
    _ points: ShowablePoints, _ style: LineFigure.Style, _ horizontal: AxisDivision
  ) -> ShowablePoints {
    switch style {
    case .line, .bound: points.thinned(to: 600, over: horizontal)
    case .markers: points.sampled(count: 30, over: horizontal)
    case .dots: points
    }
  }

  /// The values that the vertical axis must reach: curves and rules, and of the bounds only what is not below those.
  private static func verticalExtent(of figure: LineFigure, _ showable: [ShowablePoints]) -> [Double] {
    var measured = [Double]()
    var bounds = [Double]()
    for (series, points) in zip(figure.series, showable) {
      if series.style.isBound {
        bounds += points.pieces.map(\.point.y)
      } else {
        measured += points.pieces.map(\.point.y)
      }
    }
    for span in figure.ribbons.flatMap(\.spans) {
      measured += [span.low, span.high].filter { AxisDivision.isShowable($0, on: figure.verticalAxis.scale) }
    }
    for case .horizontal(let y) in figure.rules.map(\.position)
    where AxisDivision.isShowable(y, on: figure.verticalAxis.scale) {
      measured.append(y)
    }
    guard let lowest = measured.min() else { return bounds }
    return measured + bounds.filter { $0 >= lowest }
  }

  func shows(x: Double) -> Bool {
    AxisDivision.isShowable(x, on: horizontal.scale) && horizontal.domain.contains(x)
  }

  func shows(y: Double) -> Bool {
    AxisDivision.isShowable(y, on: vertical.scale) && vertical.domain.contains(y)
  }

  /// The part of the range inside the plot; nil if there is none.
  func clipped(_ range: ClosedRange<Double>) -> ClosedRange<Double>? {
    range.overlaps(horizontal.domain) ? range.clamped(to: horizontal.domain) : nil
  }

  // MARK: Labels right of the plot

  struct MarginLabel {
    enum Sample {
      case stroke(dash: [Double])
      case circle
      case shade
    }

    let text: String
    let colour: String
    let sample: Sample
    /// Distance from the plot's top edge.
    let goal: Double
  }

  /// A label for each curve at the height where it ends, and for each horizontal rule; one for what is shaded, at the bottom.
  private var marginLabels: [MarginLabel] {
    func goal(_ y: Double) -> Double { Layout.height * (1 - min(max(vertical.fraction(of: y), 0), 1)) }
    let ends = curves.filter(\.isLabelled).compactMap { curve -> MarginLabel? in
      guard let last = curve.points.pieces.last else { return nil }
      let sample: MarginLabel.Sample =
        if case .stroke(_, let dash) = curve.drawing { .stroke(dash: dash) } else { .circle }
      return MarginLabel(text: curve.name, colour: curve.colour, sample: sample, goal: goal(last.point.y))
    }
    let targets = figure.rules.compactMap { rule -> MarginLabel? in
      guard case .horizontal(let y) = rule.position, shows(y: y) else { return nil }
      return MarginLabel(
        text: rule.label, colour: Palette.ruleColour(rule.hue), sample: .stroke(dash: [5, 4]), goal: goal(y))
    }
    let shaded =
      figure.bandName.isEmpty || figure.bands.allSatisfy { clipped($0.range) == nil }
      ? [] : [MarginLabel(text: figure.bandName, colour: Palette.grey, sample: .shade, goal: Layout.height)]
    return ends + targets + shaded
  }

  /// A sample of the stroke and the name, moved apart where curves end close together.
  var marginLabelLayers: [JSONValue] {
    let labels = marginLabels
    guard !labels.isEmpty else { return [] }
    let spacing = min(Layout.labelSpacing, Layout.height / Double(labels.count))
    let places = LabelPlacement.positions(near: labels.map(\.goal), spacing: spacing, length: Layout.height)
    return zip(labels, places).enumerated().flatMap { index, labelled -> [JSONValue] in
      let (label, place) = labelled
      let text: JSONValue = [
        "name": .string("margin label \(index + 1): \(label.text)"),
        "data": ["values": [[:]]],
        "mark": [
          "type": "text", "align": "left", "baseline": "middle", "color": .string(label.colour),
          "fontSize": .number(min(13, spacing)),
        ],
        "encoding": [
          "x": ["value": .number(Layout.width + 40)], "y": ["value": .number(place)],
          "text": ["value": .string(label.text)],
        ],
      ]
      let sample: JSONValue =
        switch label.sample {
        case .circle:
          [
            "data": ["values": [[:]]],
            "mark": [
              "type": "point", "shape": "circle", "size": 36, "strokeWidth": 1.4, "opacity": 1,
              "color": .string(label.colour),
            ],
            "encoding": ["x": ["value": .number(Layout.width + 22)], "y": ["value": .number(place)]],
          ]
        case .shade:
          [
            "data": ["values": [[:]]],
            "mark": [
              "type": "point", "shape": "square", "size": 150, "filled": true, "color": "#000000",
              "opacity": 0.12,
            ],
            "encoding": ["x": ["value": .number(Layout.width + 22)], "y": ["value": .number(place)]],
          ]
        case .stroke(let dash):
          [
            "data": ["values": [[:]]],
            "mark": [
              "type": "rule", "color": .string(label.colour), "strokeWidth": 2,
              "strokeDash": .array(dash.map(JSONValue.number)),
            ],
            "encoding": [
              "x": ["value": .number(Layout.width + 12)], "x2": ["value": .number(Layout.width + 36)],
              "y": ["value": .number(place)],
            ],
          ]
        }
      // Where labels were moved apart, a hair leads from the end of the curve to its label.
      guard case .stroke = label.sample, (place - label.goal).magnitude > 2 else { return [sample, text] }
      let leader: JSONValue = [
        "data": ["values": [[:]]],
        "mark": ["type": "rule", "color": .string(label.colour), "strokeWidth": 0.8],
        "encoding": [
          "x": ["value": .number(Layout.width + 2)], "x2": ["value": .number(Layout.width + 12)],
          "y": ["value": .number(label.goal)], "y2": ["value": .number(place)],
        ],
      ]
      return [leader, sample, text]
    }
  }

  // MARK: Labels above the plot

  struct TopLabel {
    let text: String
    let x: Double
    let row: Int
  }

  /// Labels of vertical rules and bands, in as many rows as they need.
  var topLabels: [TopLabel] {
    var places = [(text: String, x: Double)]()
    for rule in figure.rules {
      if case .vertical(let x) = rule.position, shows(x: x) {
        places.append((rule.label, horizontal.fraction(of: x)))
      }
    }
    for band in figure.bands {
      guard let range = clipped(band.range) else { continue }
      let middle = (horizontal.fraction(of: range.lowerBound) + horizontal.fraction(of: range.upperBound)) / 2
      places.append((band.label, middle))
    }
    places.removeAll { $0.text.isEmpty }
    let centres = places.map { $0.x * Layout.width }
    // Estimated: a character of Helvetica at 13 px is 7 px wide on average; one more as a gap.
    let rows = LabelPlacement.rows(centres: centres, widths: places.map { 7 * Double($0.text.count + 1) })
    return zip(zip(places, centres), rows).map { TopLabel(text: $0.0.text, x: $0.1, row: $1) }
  }

  var topLabelLayers: [JSONValue] {
    topLabels.enumerated().map { index, label in
      [
        "name": .string("top label \(index + 1): \(label.text)"),
        "data": ["values": [[:]]],
        "mark": ["type": "text", "align": "center", "baseline": "bottom", "color": .string(Palette.grey)],
        "encoding": [
          "x": ["value": .number(label.x)],
          "y": ["value": .number(-4 - Layout.rowHeight * Double(label.row))],
          "text": ["value": .string(label.text)],
        ],
      ]
    }
  }
}
