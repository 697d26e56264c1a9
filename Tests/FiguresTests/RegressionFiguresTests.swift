import Figures
import Testing

@Suite struct RegressionFiguresTests {
  @Test func `ranks are counted in whole numbers, and the rank in use has a line`() throws {
    let figure = LineFigure.rankTrace(coefficientChange: [1, 0.2, 0], residualChange: [1, 0.1, 0], rank: 1)
    let read = try SpecificationReader(figure)
    #expect(read.axis("x")["values"] as? [Double] == [0, 1, 2])
    #expect(read.layers("rule 1").first?.numbers("x") == [1])
    // Negative control: a quantity that is not counted has halves between.
    var plain = figure
    plain.horizontalAxis.leastStep = 0
    #expect(try SpecificationReader(plain).axis("x")["values"] as? [Double] == [0, 0.5, 1, 1.5, 2])
  }

  @Test func `the held-out error stands between its standard errors`() throws {
    let figure = LineFigure.heldOutError(
      [3, 1, 2], standardError: [0.5, 0.25, 1], rank: 1, criterion: "least error")
    let read = try SpecificationReader(figure)
    let curves = read.layers("curve").map { $0.numbers("y") }
    #expect(curves == [[3, 1, 2], [3, 1, 2], [3.5, 1.25, 3], [2.5, 0.75, 1]])
  }

  @Test func `squares of round-off have no place in a scree`() throws {
    let figure = LineFigure.scree([4, 1, 1e-28, 0], quantity: "variance", rank: 2, caption: "")
    #expect(try SpecificationReader(figure).layers("curve 1").first?.numbers("y") == [4, 1])
    let nothing = LineFigure.scree([0, 0], quantity: "variance", rank: 0, caption: "")
    #expect(try SpecificationReader(nothing).layers("notice").count == 1)
  }

  @Test func `every sample is a dot, in whatever order it came`() throws {
    let fitted = (0..<1000).map { Double(($0 * 7919) % 1000) }
    let output = LineFigure.FittedOutput(name: "y", fitted: fitted, observed: fitted.map { $0 + 1 })
    let figure = LineFigure.observedAgainstFitted([output], unit: "kg", caption: "All samples.")
    let read = try SpecificationReader(figure)
    let dots = try #require(read.layers("curve 1").first)
    #expect(dots.mark["type"] as? String == "circle")
    #expect(dots.numbers("x") == (0..<1000).map(Double.init))
    #expect(zip(dots.numbers("x"), dots.numbers("y")).allSatisfy { $1 == $0 + 1 })
    #expect(read.layers("curve 2").first?.numbers("y") == [0, 999])
    #expect(read.axisTitle("x") == "fitted (kg)")
  }
}
