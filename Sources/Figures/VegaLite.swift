import Foundation
import Prose

/// Sizes in pixels at scale 1, chosen so that text stays readable when the picture is printed 12 cm wide.
enum Layout {
  static let width = 560.0
  static let height = 360.0
  static let labelSpacing = 17.0
  static let rowHeight = 17.0
  static let captionColumns = 90
}

extension LineFigure {
  /// The figure as a Vega-Lite 5 specification with its data inside.
  ///
  /// Each curve is a layer of its own with its colour and pattern written out, so that a specification can be
  /// restyled by hand. Curves of more than 600 points are thinned without visible change.
  ///
  /// - Returns: JSON text; the same figure always gives the same text.
  public var vegaLite: String { specification.text() + "\n" }

  var specification: JSONValue {
    let plan = FigurePlan(self)
    return [
      "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
      "description": .string(caption),
      "title": [
        "text": .string(title), "subtitle": .string(subtitle),
        "offset": 10,
      ],
      "width": .number(Layout.width),
      "height": .number(Layout.height),
      "background": "white",
      "padding": 20,
      "config": Self.configuration,
      "encoding": [
        "x": Self.channel("x", horizontalAxis, plan.horizontal),
        "y": Self.channel("y", verticalAxis, plan.vertical),
      ],
      "layer": .array(
        bands.enumerated().compactMap { $1.layer(plan, $0 + 1) }
          + ribbons.enumerated().compactMap { $1.layer(plan, $0 + 1) }
          + rules.enumerated().compactMap { $1.layer(plan, $0 + 1) }
          + plan.curves.enumerated().flatMap { $1.layers($0 + 1) } + plan.marginLabelLayers
          + plan.topLabelLayers
          + (plan.isEmpty ? [emptyNotice] : []) + [captionLayer]),
    ]
  }

  /// The axis's ticks and their texts; for programs that place ticks anew, the least distance of two.
  private static func channel(_ field: String, _ axis: Axis, _ division: AxisDivision) -> JSONValue {
    let exponent = division.exponent == 0 ? nil : "×10" + superscript(division.exponent)
    let notes = [exponent, axis.unit.isEmpty ? nil : axis.unit].compactMap { $0 }.joined(separator: " ")
    return [
      "field": .string(field),
      "type": "quantitative",
      "title": .string(axis.title + (notes.isEmpty ? "" : " (\(notes))")),
      "scale": division.knots.isEmpty
        ? [
          "type": axis.scale == .linear ? "linear" : "log",
          "domain": [.number(division.domain.lowerBound), .number(division.domain.upperBound)],
          "nice": false, "zero": false,
        ]
        : [
          "type": "linear", "domain": .array(division.knots.map { .number($0.value) }),
          "range": .array(division.knots.map { .number($0.place * Layout.width) }),
          "nice": false, "zero": false,
        ],
      "axis": axis.leastStep > 0
        ? [
          "values": .array(division.ticks.map(JSONValue.number)),
          "labelExpr": .string(division.labelExpression), "tickMinStep": .number(axis.leastStep),
        ]
        : [
          "values": .array(division.ticks.map(JSONValue.number)),
          "labelExpr": .string(division.labelExpression),
        ],
    ]
  }

  static var configuration: JSONValue {
    [
      "font": "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif",
      "view": ["stroke": .null],
      "title": [
        "anchor": "start", "frame": "group", "fontSize": 17, "fontWeight": 600, "subtitleFontSize": 13,
        "subtitleColor": "#444444", "subtitlePadding": 4,
      ],
      "axis": [
        "grid": false, "labelFontSize": 13, "titleFontSize": 14, "titleFontWeight": "normal",
        "titlePadding": 10,
        "domainColor": "#000000", "tickColor": "#000000", "labelColor": "#000000", "titleColor": "#000000",
        "labelOverlap": false, "labelFlush": false,
      ],
      "text": ["fontSize": 13],
    ]
  }

  private var captionLayer: JSONValue {
    Self.captionLayer(caption, columns: Layout.captionColumns, y: Layout.height + 58)
  }

  /// Small grey lines of at most so many characters, from a height on.
  static func captionLayer(_ caption: String, columns: Int, y: Double) -> JSONValue {
    [
      "name": "caption",
      "data": ["values": [[:]]],
      "mark": [
        "type": "text", "align": "left", "baseline": "top", "fontSize": 12, "lineHeight": 16,
        "color": "#444444",
      ],
      "encoding": [
        "x": ["value": 0],
        "y": ["value": .number(y)],
        "text": ["value": .array(lines(caption, columns: columns).map(JSONValue.string))],
      ],
    ]
  }

  private var emptyNotice: JSONValue {
    let reason =
      verticalAxis.scale == .logarithmic || horizontalAxis.scale == .logarithmic
      ? "no positive value to show on a logarithmic axis" : "no finite value to show"
    return [
      "name": "notice",
      "data": ["values": [[:]]],
      "mark": ["type": "text", "color": "#444444"],
      "encoding": [
        "x": ["value": .number(Layout.width / 2)], "y": ["value": .number(Layout.height / 2)],
        "text": ["value": .string(reason)],
      ],
    ]
  }

  /// The text broken at spaces into lines of at most `columns` characters; a longer word keeps a line of its own.
  static func lines(_ text: String, columns: Int) -> [String] {
    text.split(separator: " ").reduce(into: []) { lines, word in
      if let last = lines.last, last.count + 1 + word.count <= columns {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
  }

  /// n in raised digits, as in 10⁻⁴.
  static func superscript(_ n: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return (n < 0 ? "⁻" : "") + String(n.magnitude).map { digits[$0.wholeNumberValue!] }
  }
}

extension AxisDivision {
  /// A Vega expression for the text at a tick: powers of ten as 10⁻⁴, minor ticks without text.
  var labelExpression: String {
    if !knots.isEmpty {
      return labelled.map { "datum.value == \($0) ? '\(number($0, digits: 3))' : " }.joined() + "''"
    }
    guard scale == .logarithmic else {
      return exponent == 0 ? "format(datum.value, ',.6~g')" : "format(datum.value / 1e\(exponent), '.6~g')"
    }
    let cases = labelled.map { value in
      let decade = (log10(value) + 1e-9).rounded(.down)
      let tenths = Int((10 * value / pow(10, decade)).rounded())
      let factor = tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
      let text = (tenths == 10 ? "10" : "\(factor)·10") + LineFigure.superscript(Int(decade))
      return "datum.value == \(value) ? '\(text)' : "
    }
    return cases.joined() + "''"
  }
}

extension FigurePlan.Curve {
  /// The curve itself, and dots where a run of one point would be a line without length.
  fileprivate func layers(_ number: Int) -> [JSONValue] {
    let counts = Dictionary(grouping: points.pieces, by: \.run).mapValues(\.count)
    func values(_ pieces: [ShowablePoints.Piece]) -> JSONValue {
      [
        "values": .array(
          pieces.map { ["x": .number($0.point.x), "y": .number($0.point.y), "run": .number(Double($0.run))] })
      ]
    }
    guard case .stroke(let width, let dash) = drawing else {
      let mark: JSONValue =
        switch drawing {
        case .dots: ["type": "circle", "size": 20, "opacity": 0.5, "color": .string(colour)]
        default:
          [
            "type": "point", "shape": "circle", "filled": false, "size": 36, "strokeWidth": 1.4, "opacity": 1,
            "color": .string(colour),
          ]
        }
      return [
        ["name": .string("curve \(number): \(name)"), "data": values(points.pieces), "mark": mark]
      ]
    }
    let isolated = points.pieces.filter { counts[$0.run] == 1 }
    let line: JSONValue = [
      "name": .string("curve \(number): \(name)"),
      "data": values(points.pieces.filter { counts[$0.run]! > 1 }),
      "mark": [
        "type": "line", "color": .string(colour), "strokeWidth": .number(width),
        "strokeDash": .array(dash.map(JSONValue.number)), "strokeJoin": "round", "clip": .bool(isClipped),
      ],
      "encoding": ["detail": ["field": "run", "type": "nominal"]],
    ]
    guard !isolated.isEmpty else { return [line] }
    return [
      line,
      [
        "name": .string("isolated points of curve \(number): \(name)"),
        "data": values(isolated),
        "mark": [
          "type": "circle", "size": 14, "opacity": 1, "color": .string(colour), "clip": .bool(isClipped),
        ],
      ],
    ]
  }
}

extension LineFigure.Rule {
  fileprivate func layer(_ plan: FigurePlan, _ number: Int) -> JSONValue? {
    let across: JSONValue
    let value: JSONValue
    switch position {
    case .horizontal(let y):
      guard plan.shows(y: y) else { return nil }
      value = ["y": .number(y)]
      across = ["x": ["value": 0], "x2": ["value": .number(Layout.width)]]
    case .vertical(let x):
      guard plan.shows(x: x) else { return nil }
      value = ["x": .number(x)]
      across = ["y": ["value": 0], "y2": ["value": .number(Layout.height)]]
    }
    return [
      "name": .string("rule \(number): \(label)"),
      "data": ["values": [value]],
      "mark": [
        "type": "rule", "color": .string(Palette.ruleColour(hue)), "strokeWidth": 1.2, "strokeDash": [5, 4],
      ],
      "encoding": across,
    ]
  }
}

extension LineFigure.Band {
  fileprivate func layer(_ plan: FigurePlan, _ number: Int) -> JSONValue? {
    guard let range = plan.clipped(range) else { return nil }
    return [
      "name": .string("band \(number): \(label)"), "description": .string(plan.figure.bandName),
      "data": ["values": [["x": .number(range.lowerBound), "x2": .number(range.upperBound)]]],
      "mark": ["type": "rect", "color": "#000000", "opacity": 0.07],
      "encoding": [
        "x2": ["field": "x2"], "y": ["value": 0], "y2": ["value": .number(Layout.height)],
      ],
    ]
  }
}

extension LineFigure.Ribbon {
  fileprivate func layer(_ plan: FigurePlan, _ number: Int) -> JSONValue? {
    let shown = spans.filter { plan.shows(x: $0.x) && plan.shows(y: $0.low) && plan.shows(y: $0.high) }
    guard shown.count > 1 else { return nil }
    return [
      "name": .string("ribbon \(number)"),
      "data": [
        "values": .array(
          shown.map { ["x": .number($0.x), "y": .number($0.low), "y2": .number($0.high)] })
      ],
      "mark": ["type": "area", "color": .string(Palette.colour(hue)), "opacity": 0.16],
      "encoding": ["y2": ["field": "y2"]],
    ]
  }
}
