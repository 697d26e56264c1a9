import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

/// Theorem 2.8 on random instances.
@Suite struct SecondOrderTheoremTests {
  private struct Tally {
    var applied = 0
    var refused = 0
    var wrong: [String] = []
  }

  /// Descends from a random start by gradient steps until polishing takes over, and looks at what came of it.
  private func limit(
    _ problem: Problem, widths: [Int], generator: inout SeededGenerator, size: Double
  ) -> (LinearNetwork, VerdictRule) {
    let rule = VerdictRule(for: problem, rank: widths.min()!)
    let networkLoss = NetworkLoss(problem: problem, widths: widths)
    var w = zip(widths, widths.dropFirst()).flatMap { columns, rows in
      ((size / Double(columns).squareRoot()) * Matrix.gaussian(rows, columns, using: &generator)).storage
    }
    var value = networkLoss.value(w)
    var step = 0.05
    // A long run by gradient steps that never raise the loss.
    for _ in 0..<4000 {
      let g = networkLoss.gradient(w)
      let next = zip(w, g).map { $0 - step * $1 }
      let lower = networkLoss.value(next)
      if lower <= value {
        (w, value, step) = (next, lower, min(1.2 * step, 1))
      } else {
        step /= 2
      }
      if Matrix.column(g).frobeniusNorm <= 1e-6 { break }
    }
    let polish = Polish(LinearNetwork(widths: widths, parameters: w), rule: rule)
    return (polish.network, rule)
  }

  @Test
  func `1,000 limits: whatever passes as a second-order stationary point of rank r is a global minimiser`() {
    var tally = Tally()
    for seed in 0..<1000 {
      var generator = SeededGenerator(seed: UInt64(7000 + seed))
      let depth = 2 + seed % 3
      let widths = (0...depth).map { _ in 1 + Int(generator.next() % 3) }
      let ξ = (0..<widths[0]).map { _ in 0.7 + 0.6 * generator.uniform() }
      let Y = Matrix.gaussian(widths.last!, widths[0], using: &generator)
      let E = Matrix.randomOrthonormal(widths[0], widths[0], using: &generator)
      let problem = Problem(inputs: E.scalingColumns(by: ξ), outputs: Y)
      // Small starts too, which come close to saddles.
      let (network, rule) = limit(
        problem, widths: widths, generator: &generator, size: seed % 4 == 0 ? 0.05 : 1)
      let report = LandscapeAnalysis(of: network, rule: rule, levels: 1).report
      if report.secondOrderTheorem.applies {
        tally.applied += 1
        if report.verdict.kind != .globalMinimiser {
          tally.wrong.append("\(seed) \(widths): \(report.verdict)")
        }
      } else {
        tally.refused += 1
      }
    }
    #expect(tally.wrong.isEmpty, "\(tally.wrong.prefix(3))")
    // The theorem is not vacuous here, most runs end at such points.
    #expect(tally.applied >= 800, "\(tally.applied) of 1,000, \(tally.refused) refused")
  }

  @Test func `negative control: second-order stationary points of smaller rank are not minimisers`() {
    for seed in 0..<50 {
      let example = StationaryCase.make(
        [3, 2, 1], widths: [4, 3, 3, 3], kept: [1], turning: .random, seed: UInt64(seed))
      let report = LandscapeAnalysis(of: example.network, rule: example.rule, levels: 1).report
      #expect(report.secondOrder.outcome == .holds)
      #expect(!report.secondOrderTheorem.applies)
      #expect(
        report.secondOrderTheorem.conditions.filter { !$0.holds }.map(\.statement) == ["rank(W_N⋯W_1) = r"])
      #expect(report.verdict.kind == .nonStrictSaddle)
    }
  }

  @Test func `negative control: with inputs that carry no data rank W = r does not help`() {
    // The second input is zero: W = diag(0, 1) has rank 1 = r, and W X = 0 although there is something to learn. For N = 3 with small layers around it is second-order stationary.
    let problem = Problem(inputs: .diagonal([1, 0]), outputs: Matrix(rows: [[2, 0]]))
    let network = LinearNetwork(layers: [Matrix(rows: [[0, 1]]), Matrix(rows: [[0]]), Matrix(rows: [[0]])])
    let rule = VerdictRule(for: problem, rank: 1)
    let report = LandscapeAnalysis(of: network, rule: rule, levels: 1).report
    #expect(report.secondOrderTheorem.conditions[0].statement == "X Xᵀ is invertible")
    #expect(!report.secondOrderTheorem.conditions[0].holds)
    #expect(!report.secondOrderTheorem.applies)
    #expect(report.verdict.kind != .globalMinimiser)
  }
}
