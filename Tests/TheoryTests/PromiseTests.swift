import Foundation
import LinearAlgebra
import TestSupport
import Testing
import Theory

@Suite struct PromiseTests {
  /// A curve with one jump and pieces of random length and slope.
  private func curve(using generator: inout SeededGenerator) -> DecayCurve {
    var (t, y) = (5 * generator.uniform(), 3 * generator.normal())
    var points = [(time: t, logarithm: y)]
    let jump = Int(generator.next() % 6)
    for k in 0..<6 {
      if k != jump { t += 0.1 + generator.uniform() }
      y -= 0.05 + 2 * generator.uniform()
      points.append((t, y))
    }
    return DecayCurve(points: points, rate: 0.1 + generator.uniform())
  }

  @Test func `the time to a value and the value at a time are inverse, and the curve never grows`() throws {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<200 {
      let curve = curve(using: &generator)
      let end = try #require(curve.times.last) + 5
      var before = Double.infinity
      for k in 0...400 {
        let t = curve.start + (end - curve.start) * Double(k) / 400
        let value = curve.value(at: t)
        #expect(value <= before)
        before = value
        // Not at a jump, whose times all have the same value's time: there it is the first of them.
        let back = try #require(curve.time(to: value * (1 + 1e-12)))
        #expect(back <= t + 1e-9)
        #expect(curve.value(at: back + 1e-9) <= value * (1 + 1e-8))
        if t > curve.start { #expect(curve.value(at: back - 1e-9) >= value * (1 - 1e-8)) }
      }
    }
  }

  @Test func `at a jump the lower value holds, and the values in between are reached there`() {
    let curve = DecayCurve(points: [(1, 2), (3, 1), (3, -1), (4, -2)], rate: 3)
    #expect(curve.start == 1)
    #expect(curve.logarithm(at: 0) == 2 && curve.logarithm(at: 1) == 2)
    #expect(curve.logarithm(at: 2) == 1.5)
    #expect(curve.logarithm(at: 3.0.nextDown) > 0.999)
    #expect(curve.logarithm(at: 3) == -1)
    #expect(curve.logarithm(at: 6) == -8)
    for value in [0.5, 1.0, 2.0] { #expect(curve.time(to: value) == 3) }
    #expect(curve.time(to: 100) == 1)
    #expect((curve.time(to: exp(-8))! - 6).magnitude < 1e-14)
    #expect(curve.time(to: 0) == nil)
  }

  @Test func `a curve that stops falling promises no time below its last value`() {
    let curve = DecayCurve(points: [(0, 3), (2, 1)], rate: 0)
    #expect(curve.value(at: 1e9) == exp(1))
    #expect((curve.time(to: exp(2))! - 1).magnitude < 1e-14)
    #expect(curve.time(to: 1) == nil)
    let bound = Bound(on: .distance, curve)
    #expect(bound.timesToAccuracy.map(\.accuracy) == Bound.accuracies)
    #expect(bound.timesToAccuracy.allSatisfy { $0.bound == nil })
    // A single point and a rate are the exponential.
    let exponential = DecayCurve(points: [(1, 0)], rate: 2)
    #expect((exponential.value(at: 2) - exp(-2)).magnitude < 1e-15)
    #expect((exponential.time(to: 1e-6)! - 1 - log(1e6) / 2).magnitude < 1e-14)
  }
}
