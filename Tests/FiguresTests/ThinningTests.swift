import Figures
import Foundation
import Testing

@Suite struct ThinningTests {
  @Test func `a long curve keeps its ends and its extremes in at most 600 points`() throws {
    let x = (0..<100_000).map(Double.init)
    var y = x.map { sin($0 / 300) }
    y[4_321] = 5
    y[77_777] = -5
    let read = try SpecificationReader(.plain([.init("y", x: x, y: y)]))
    let curve = try #require(read.layers("curve 1").first)
    #expect(curve.rows.count <= 600)
    #expect(curve.numbers("x").first == 0 && curve.numbers("x").last == 99_999)
    #expect(curve.numbers("x").contains(4_321) && curve.numbers("x").contains(77_777))
    #expect(curve.numbers("x") == curve.numbers("x").sorted())
  }

  @Test(arguments: [LineFigure.Axis.Scale.linear, .logarithmic])
  func `a thinned smooth curve is within a pixel of the full one`(_ scale: LineFigure.Axis.Scale) throws {
    let x = (1...50_000).map { Double($0) / 1_000 }
    let y = x.map { 1 / (1 + exp(10 - $0)) + 1e-3 }
    let read = try SpecificationReader(.plain([.init("y", x: x, y: y)], x: scale, y: scale))
    let curve = try #require(read.layers("curve 1").first)
    let (u, v) = (curve.numbers("x"), curve.numbers("y"))
    func shown(_ value: Double) -> Double { scale == .linear ? value : log(value) }
    let span = shown(read.domain("y")[1]) - shown(read.domain("y")[0])
    var worst = 0.0
    var k = 0
    for (a, b) in zip(x, y) {
      while k + 2 < u.count, u[k + 1] < a { k += 1 }
      let weight = (shown(a) - shown(u[k])) / (shown(u[k + 1]) - shown(u[k]))
      worst = max(worst, (shown(v[k]) * (1 - weight) + shown(v[k + 1]) * weight - shown(b)).magnitude)
    }
    #expect(worst / span * 360 < 1)
  }

  @Test func `a short curve is drawn point by point`() throws {
    let x = (0..<600).map(Double.init)
    let y = x.map { sin($0) }
    let curve = try #require(
      try SpecificationReader(.plain([.init("y", x: x, y: y)])).layers("curve 1").first)
    #expect(curve.numbers("x") == x)
    // Foundation's JSON reader may err in the last digit.
    #expect(zip(curve.numbers("y"), y).allSatisfy { ($0 - $1).magnitude <= 4 * .ulpOfOne })
  }

  @Test func `markers are spread evenly along the axis that is drawn`() throws {
    let x = (1...100_000).map(Double.init)
    let read = try SpecificationReader(.plain([.init("y", style: .markers, x: x, y: x)], x: .logarithmic))
    let marked = try #require(read.layers("curve 1").first).numbers("x")
    #expect(marked.count <= 30 && marked.count >= 20)
    // Five decades in 29 intervals, but whole numbers are sparse in the first decade.
    let late = zip(marked, marked.dropFirst()).filter { $0.0 > 100 }.map { log10($1 / $0) }
    #expect(late.allSatisfy { ($0 - 5.0 / 29).magnitude < 0.01 })
  }

  @Test func `gaps survive thinning`() throws {
    let x = (0..<10_000).map(Double.init)
    let y = x.map { (4_000..<6_000).contains($0) ? 0 : 1 + sin($0 / 50) / 2 }
    let curve = try #require(
      try SpecificationReader(.plain([.init("y", x: x, y: y)], y: .logarithmic)).layers("curve 1").first)
    #expect(Set(curve.numbers("run")).count == 2)
    #expect(!curve.numbers("x").contains { (4_000..<6_000).contains($0) })
    #expect(curve.numbers("x").contains(3_999) && curve.numbers("x").contains(6_000))
  }
}
