import Figures
import Foundation
import Testing

@Suite struct VegaLiteTests {
  static let times = (0...100).map { Double($0) / 100 }

  @Test func `a specification is JSON that names Vega-Lite 5, its axes and its equations`() throws {
    let figure = LineFigure.convergence(
      times: Self.times, lossGap: Self.times.map { exp(-20 * $0) },
      distance: Self.times.map { exp(-10 * $0) },
      bounds: [("bound Theorem 4.4", [.init(0, 1), .init(1, 0.1)])], switchTime: 0.25,
      plateaus: [(0.5...0.75, "keeps 1")],
      subtitle: "N = 3")
    let read = try SpecificationReader(figure)
    #expect(read.root["$schema"] as? String == "https://vega.github.io/schema/vega-lite/v5.json")
    #expect(read.scale("x")["type"] as? String == "linear")
    #expect(read.scale("y")["type"] as? String == "log")
    #expect(read.axisTitle("x") == "time t")
    #expect(
      read.layers("curve").map(\.name) == [
        "curve 1: ‖W − Z₁‖", "curve 2: loss gap", "curve 3: bound Theorem 4.4",
      ])
    #expect(read.layers("rule 1").first?.numbers("x") == [0.25])
    #expect(read.layers("band 1").first?.numbers("x2") == [0.75])
    #expect(read.layers("top label").count == 2)
    let caption = try #require(read.layers("caption").first?.value("text") as? [String]).joined(
      separator: " ")
    for equation in ["(27)", "Theorem 2.7", "Bounds: promised by the theorems that name them", "τ"] {
      #expect(caption.contains(equation))
    }
  }

  @Test func `text with quotes, backslashes, line ends and mathematics survives`() throws {
    let title = "a \"b\" \\ c\nd\u{1} ‖W − Z₁‖ 😀"
    var figure = LineFigure.plain([])
    figure.title = title
    #expect((try SpecificationReader(figure).root["title"] as? [String: Any])?["text"] as? String == title)
  }

  @Test func `a logarithmic axis has gaps where values are zero, negative or not finite`() throws {
    let y = [1, 0.5, 0, 0.25, -1, .nan, 0.125, 0.0625, .infinity, 0.01]
    let figure = LineFigure.plain([.init("y", x: (1...10).map(Double.init), y: y)], y: .logarithmic)
    let read = try SpecificationReader(figure)
    let curve = try #require(read.layers("curve 1").first)
    #expect(curve.numbers("y") == [1, 0.5, 0.125, 0.0625])
    let runs = curve.numbers("run")
    #expect(runs[0] == runs[1] && runs[2] == runs[3] && runs[1] != runs[2])
    // Between two gaps, a single point is a dot.
    #expect(read.layers("isolated").first?.numbers("y") == [0.25, 0.01])
  }

  @Test func `zero and negative values stay on a linear axis`() throws {
    let figure = LineFigure.plain([.init("y", x: [0, 1, 2], y: [-1, 0, 1])])
    #expect(try SpecificationReader(figure).layers("curve 1").first?.numbers("y") == [-1, 0, 1])
  }

  @Test func `time zero has no place on a logarithmic time axis`() throws {
    let figure = LineFigure.plain([.init("y", x: [0, 1, 10], y: [3, 2, 1])], x: .logarithmic)
    let read = try SpecificationReader(figure)
    #expect(read.layers("curve 1").first?.numbers("x") == [1, 10])
    #expect(read.domain("x") == [1, 10])
  }

  @Test func `a figure without a showable value says so`() throws {
    let zeros = LineFigure.imbalance(times: [0, 1], defect: [0, 0])
    #expect(try SpecificationReader(zeros).layers("notice").count == 1)
    let ones = LineFigure.imbalance(times: [0, 1], defect: [1, 1])
    #expect(try SpecificationReader(ones).layers("notice").isEmpty)
  }

  @Test func `a bound that falls by 300 decades leaves the axis to the curve below it`() throws {
    let curve = LineFigure.Series("y", x: Self.times, y: Self.times.map { exp(-10 * $0) })
    let fall = Self.times.map { 2 * exp(-700 * $0) }
    let asBound = LineFigure.plain(
      [curve, .init("bound", style: .bound(), x: Self.times, y: fall)], y: .logarithmic)
    let domain = try SpecificationReader(asBound).domain("y")
    #expect(domain[0] > 1e-6 && domain[1] >= 2)
    let asCurve = LineFigure.plain([curve, .init("other", x: Self.times, y: fall)], y: .logarithmic)
    #expect(try SpecificationReader(asCurve).domain("y")[0] < 1e-300)
  }

  @Test func `horizontal rules are inside the axis and vertical ones beyond the curve are left out`() throws {
    let curve = LineFigure.Series("y", x: [0, 1], y: [1, 2])
    let read = try SpecificationReader(
      .plain(
        [curve], rules: [.init(.horizontal(y: 7), label: "target"), .init(.vertical(x: 3), label: "later")]))
    #expect(read.domain("y")[1] >= 7)
    #expect(read.layers("rule").map(\.name) == ["rule 1: target"])
    #expect(read.layers("top label").isEmpty)
  }

  @Test func `what lies between shortened intervals is equally wide, and ticks stand where the pace changes`()
    throws
  {
    let times = (0...1000).map(Double.init)
    var figure = LineFigure.plain([.init("y", x: times, y: times)])
    figure.horizontalAxis.shortened = [10...400, 405...990]
    let read = try SpecificationReader(figure)
    #expect(read.domain("x") == [0, 10, 400, 405, 990, 1000])
    let places = try #require(read.scale("x")["range"] as? [Double])
    let widths = zip(places, places.dropFirst()).map { $1 - $0 }
    #expect(abs(widths[0] - widths[2]) < 1e-9 && abs(widths[2] - widths[4]) < 1e-9)
    #expect(abs(widths[1] - widths[3]) < 1e-9 && widths[1] < widths[0] / 2)
    #expect(places.first == 0 && abs((places.last ?? 0) - 560) < 1e-9)
    #expect(read.axis("x")["values"] as? [Double] == read.domain("x"))
    // What lies beyond the curve shortens nothing, and thinning keeps points in the wide parts.
    figure.horizontalAxis.shortened = [2000...3000]
    #expect(try SpecificationReader(figure).domain("x") == [0, 1000])
    figure.horizontalAxis.shortened = [0...990]
    let end = try SpecificationReader(figure)
    #expect(end.domain("x") == [0, 990, 1000])
    #expect(try #require(end.layers("curve 1").first).numbers("x").filter { $0 > 990 }.count == 10)
  }

  @Test func `a label that was moved from its curve is led to by a hair, and what is shaded has one sample`()
    throws
  {
    let curves = (1...3).map { LineFigure.Series("curve \($0)", x: [0, 1], y: [0, 1 + 1e-3 * Double($0)]) }
    var figure = LineFigure.plain(
      curves, bands: [.init(0...0.2, label: "one"), .init(0.4...0.5, label: "two")])
    let without = try SpecificationReader(figure)
    figure.bandName = "plateau"
    let read = try SpecificationReader(figure)
    #expect(read.layers("margin label").count == 4 && without.layers("margin label").count == 3)
    #expect(read.layers("top label").map(\.name) == ["top label 1: one", "top label 2: two"])
    let hairs = read.layers.filter { $0.mark["strokeWidth"] as? Double == 0.8 }
    #expect(hairs.count >= 2)
    for hair in hairs { #expect(hair.value("y") as? Double != hair.value("y2") as? Double) }
  }

  @Test func `bands are clipped to the curve`() throws {
    let curve = LineFigure.Series("y", x: [1, 10], y: [1, 2])
    let read = try SpecificationReader(
      .plain(
        [curve], x: .logarithmic, bands: [.init(0...2, label: "start"), .init(20...30, label: "beyond")]))
    #expect(read.layers("band").map { $0.numbers("x") + $0.numbers("x2") } == [[1, 2]])
  }

  @Test func `powers of ten are written with raised exponents, at most eight of them`() throws {
    let curve = LineFigure.Series("y", x: Self.times, y: Self.times.map { pow(10, -12 * $0) })
    let axis = try SpecificationReader(.plain([curve], y: .logarithmic)).axis("y")
    let labels = try #require(axis["labelExpr"] as? String)
    #expect(labels.contains("'10⁰'") && labels.contains("'10⁻¹²'"))
    #expect((2...8).contains(labels.components(separatedBy: "? '").count - 1))
    #expect((axis["values"] as? [Double])?.count == 13)
  }

  @Test(arguments: [1e-300, 1e-9, 1, 4e5, 1e300])
  func `every axis has at least two labelled ticks inside its domain`(_ size: Double) throws {
    for factor in [1.0001, 1.3, 8, 1e4] {
      for scale in [LineFigure.Axis.Scale.linear, .logarithmic] {
        let curve = LineFigure.Series("y", x: [0, 1], y: [size, factor * size])
        let read = try SpecificationReader(.plain([curve], y: scale))
        let domain = read.domain("y")
        let ticks = try #require(read.axis("y")["values"] as? [Double])
        // Ends and ticks may be wrong by the rounding of a multiplication and of reading the number back.
        #expect(domain[0] <= size * (1 + 1e-9) && factor * size <= domain[1] * (1 + 1e-9))
        #expect(ticks.count >= 2 && ticks.count <= 40)
        #expect(ticks.allSatisfy { $0 >= domain[0] * (1 - 1e-9) && $0 <= domain[1] * (1 + 1e-9) })
        if scale == .logarithmic {
          let labels = try #require(read.axis("y")["labelExpr"] as? String)
          #expect(labels.components(separatedBy: "? '").count - 1 >= 2)
        }
      }
    }
  }

  @Test func `small numbers on a linear axis are counted in a power of ten that the title names`() throws {
    let read = try SpecificationReader(.plain([.init("y", x: [0, 1e-6], y: [0, 1])]))
    #expect(read.axisTitle("x") == "x (×10⁻⁶)")
    #expect(read.axisTitle("y") == "y")
  }

  @Test func `curves differ in dash as well as in colour, and a shared hue is a shared colour`() throws {
    let curves = (1...5).map { LineFigure.Series("N = \($0)", x: [0, 1], y: [1, Double($0)]) }
    let euler = LineFigure.Series("Euler", style: .markers, hue: 2, x: [0, 1], y: [1, 3])
    let read = try SpecificationReader(.plain(curves + [euler]))
    let marks = read.layers("curve").map(\.mark)
    #expect(Set(marks.prefix(5).compactMap { $0["strokeDash"] as? [Double] }).count == 5)
    #expect(Set(marks.compactMap { $0["color"] as? String }).count == 5)
    #expect(marks[5]["color"] as? String == marks[2]["color"] as? String)
    #expect(marks[5]["type"] as? String == "point")
    // The circles' curve has the label.
    #expect(read.layers("margin label").count == 5)
  }

  @Test func `labels of curves that end together do not overlap and stay beside the plot`() throws {
    let targets = (1...10).map { 1 + 1e-3 * Double($0) }
    let figure = LineFigure.singularValues(times: [0, 1], values: [targets, targets], targets: targets)
    let read = try SpecificationReader(figure)
    let places = read.layers("margin label").compactMap { $0.value("y") as? Double }.sorted()
    #expect(places.count == 20)
    // 17 px, the height of a line of text; the slack is the round-off of the placement.
    #expect(zip(places, places.dropFirst()).allSatisfy { $1 - $0 > 17 - 1e-9 })
    #expect(places[0] >= 0 && places[19] <= 360 + 1e-9)
  }

  @Test func `labels stand in the order of the curves' ends`() throws {
    let ends = [0.3, 0.9, 0.1, 0.91, 0.5]
    let curves = ends.map { LineFigure.Series("\($0)", x: [0, 1], y: [0, $0]) }
    let labels = try SpecificationReader(.plain(curves)).layers("margin label")
      .sorted { $0.value("y") as! Double > $1.value("y") as! Double }
    #expect(labels.compactMap { Double($0.value("text") as! String) } == ends.sorted())
  }
}
