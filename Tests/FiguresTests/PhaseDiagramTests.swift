import Figures
import Foundation
import Testing

@Suite struct PhaseDiagramTests {
  private let diagram = PhaseDiagram(
    title: "Where the runs go", subtitle: "6 runs", horizontalAxis: .init("angle", labels: ["10", "20"]),
    verticalAxis: .init("depth", labels: ["2", "3", "4"]),
    panels: [
      .init(
        "observed",
        cells: [
          .init(column: 0, row: 0, shares: [.init(kind: 0, fraction: 1, time: 0.1)]),
          .init(
            column: 1, row: 2,
            shares: [.init(kind: 0, fraction: 0.25, time: 10), .init(kind: 1, fraction: 0.75, time: nil)]),
        ])
    ], kinds: [.init("minimiser", .shaded(hue: 0)), .init("saddle", .flat(hue: 1)), .init("never", .grey)],
    caption: "What it shows.")

  /// The rectangles of a layer.
  private func boxes(_ name: String) throws -> [[String: Any]] {
    let specification = try JSONSerialization.jsonObject(with: Data(diagram.vegaLite.utf8)) as! [String: Any]
    let layers = specification["layer"] as! [[String: Any]]
    let layer = try #require(layers.first { ($0["name"] as? String) == name })
    return (layer["data"] as! [String: Any])["values"] as! [[String: Any]]
  }

  @Test func `a cell stands at its place and is divided by its shares`() throws {
    let boxes = try boxes("cells 1: observed")
    #expect(boxes.count == 3)
    func edge(_ i: Int, _ key: String) -> Double { boxes[i][key] as! Double }
    // Row 0 is the lowest, row 2 the highest.
    #expect(edge(0, "x") == 0 && edge(0, "y") > edge(1, "y") && edge(1, "y") == 0)
    let (first, second) = (edge(1, "x2") - edge(1, "x"), edge(2, "x2") - edge(2, "x"))
    #expect(abs(second / first - 3) < 1e-9)
    #expect(edge(1, "x2") == edge(2, "x"))
  }

  @Test func `the later, the darker, and the legend has what is used`() throws {
    func brightness(_ colour: Any?) -> Int {
      let digits = (colour as! String).dropFirst()
      return (0..<3).reduce(0) { sum, k in
        let start = digits.index(digits.startIndex, offsetBy: 2 * k)
        return sum + Int(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)!
      }
    }
    let cells = try boxes("cells 1: observed")
    #expect(brightness(cells[0]["colour"]) > brightness(cells[1]["colour"]))
    let legend = try boxes("legend 1: minimiser")
    #expect(legend.count > 4 && brightness(legend[0]["colour"]) > brightness(legend.last!["colour"]))
    #expect(try boxes("legend 2: saddle").count == 1)
    #expect(!diagram.vegaLite.contains("never"))
    for word in ["Where the runs go", "angle", "depth", "What it shows."] {
      #expect(diagram.vegaLite.contains(word))
    }
  }

  @Test func `an empty diagram and bars of nothing are drawings all the same`() throws {
    let empty = PhaseDiagram(
      title: "", horizontalAxis: .init("x", labels: []), verticalAxis: .init("y", labels: []), panels: [],
      kinds: [],
      caption: "")
    for text in [empty.vegaLite, ShareFigure(title: "", bars: [], axisTitle: "", caption: "").vegaLite] {
      #expect((try? JSONSerialization.jsonObject(with: Data(text.utf8))) is [String: Any])
    }
  }

  @Test func `shares are written so that what is not all or nothing never looks so`() {
    let text = ShareFigure(
      title: "Shares",
      bars: [.init("a", share: 0.9999), .init("b", share: 0.0001, part: 0.0001), .init("c", share: 1)],
      axisTitle: "share", caption: ""
    ).vegaLite
    for word in ["> 99.9 %", "< 0.1 %", "100 %"] { #expect(text.contains(word), "\(word)") }
  }

  @Test func `a ribbon lies within the axes and is left out where it has no place on them`() throws {
    let figure = LineFigure(
      title: "t", horizontalAxis: .init("x"), verticalAxis: .init("y", scale: .logarithmic),
      series: [.init("m", x: [1, 2, 3], y: [1, 2, 3])],
      ribbons: [.init(hue: 0, spans: [.init(1, 0.1, 10), .init(2, -1, 5), .init(3, 0.5, 20)])], caption: "")
    let specification = try JSONSerialization.jsonObject(with: Data(figure.vegaLite.utf8)) as! [String: Any]
    let layers = specification["layer"] as! [[String: Any]]
    let ribbon = try #require(layers.first { ($0["name"] as? String) == "ribbon 1" })
    let values = (ribbon["data"] as! [String: Any])["values"] as! [[String: Double]]
    #expect(values.map { $0["x"] } == [1, 3])
    let domain =
      ((specification["encoding"] as! [String: Any])["y"] as! [String: Any])["scale"] as! [String: Any]
    let ends = domain["domain"] as! [Double]
    #expect(ends[0] <= 0.1 && ends[1] >= 20)
  }
}
