/// A specification whose marks stand at pixels, for drawings that no pair of axes has: tables of colours, bars beside words.
struct PixelCanvas {
  let width: Double
  let height: Double
  private var layers: [JSONValue] = []

  init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

  /// A filled rectangle from its upper left corner.
  struct Box {
    let x, y, width, height: Double
    let colour: String
  }

  private static func pixel(_ field: String, _ length: Double) -> JSONValue {
    [
      "field": .string(field), "type": "quantitative", "axis": .null,
      "scale": [
        "domain": [0, .number(length)], "nice": false, "zero": false, "range": [0, .number(length)],
      ],
    ]
  }

  /// Filled rectangles, one layer.
  mutating func add(_ boxes: [Box], name: String) {
    guard !boxes.isEmpty else { return }
    layers.append([
      "name": .string(name),
      "data": [
        "values": .array(
          boxes.map {
            [
              "x": .number($0.x), "x2": .number($0.x + $0.width), "y": .number($0.y),
              "y2": .number($0.y + $0.height), "colour": .string($0.colour),
            ]
          })
      ],
      "mark": ["type": "rect", "strokeWidth": 0],
      "encoding": [
        "x": Self.pixel("x", width), "x2": ["field": "x2"], "y": Self.pixel("y", height),
        "y2": ["field": "y2"],
        "color": ["field": "colour", "type": "nominal", "scale": .null, "legend": .null],
      ],
    ])
  }

  /// Where a text stands relative to its point.
  enum Anchor: String { case left, center, right }
  enum Baseline: String { case top, middle, bottom }

  /// Texts, each in a layer of its own.
  mutating func add(
    _ text: String, x: Double, y: Double, anchor: Anchor = .left, baseline: Baseline = .middle,
    size: Double = 13, colour: String = "#000000", angle: Double = 0
  ) {
    var mark: [JSONValue.Member] = [
      .init(key: "type", value: "text"), .init(key: "align", value: .string(anchor.rawValue)),
      .init(key: "baseline", value: .string(baseline.rawValue)), .init(key: "fontSize", value: .number(size)),
      .init(key: "color", value: .string(colour)),
    ]
    if angle != 0 { mark.append(.init(key: "angle", value: .number(angle))) }
    layers.append([
      "data": ["values": [[:]]],
      "mark": .object(mark),
      "encoding": [
        "x": ["value": .number(x)], "y": ["value": .number(y)], "text": ["value": .string(text)],
      ],
    ])
  }

  /// Lines of a caption, from a height on.
  mutating func add(caption: String, y: Double) {
    layers.append(LineFigure.captionLayer(caption, columns: max(60, Int(width / 6.2)), y: y))
  }

  func specification(title: String, subtitle: String, caption: String) -> String {
    let value: JSONValue = [
      "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
      "description": .string(caption),
      "title": ["text": .string(title), "subtitle": .string(subtitle), "offset": 18],
      "width": .number(width), "height": .number(height), "background": "white", "padding": 12,
      "config": LineFigure.configuration,
      "layer": .array(layers),
    ]
    return value.text() + "\n"
  }
}

extension Palette {
  /// A colour between white (0) and itself (1).
  static func shade(_ colour: String, _ strength: Double) -> String {
    let digits = Array(colour.dropFirst())
    let channels = stride(from: 0, to: 6, by: 2).map { i -> Int in
      let value = Double(Int(String(digits[i...i + 1]), radix: 16)!)
      return Int((255 + (value - 255) * min(max(strength, 0), 1)).rounded())
    }
    return "#"
      + channels.map { channel in
        let text = String(channel, radix: 16, uppercase: true)
        return text.count == 1 ? "0" + text : text
      }.joined()
  }
}
