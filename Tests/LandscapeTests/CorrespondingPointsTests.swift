import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

@Suite struct CorrespondingPointsTests {
  private func points(_ example: StationaryCase, _ network: LinearNetwork) -> CorrespondingPoints {
    let rank = example.rule.verdict(on: network).verdict.rank
    return CorrespondingPoints(of: network, rule: example.rule, rank: rank)
  }

  private static let fullRank = StationaryCase.zoo.filter {
    $0.network.endToEndMatrix.singularValueDecomposition.rank(tolerance: 1e-9) == $0.network.bottleneckWidth
  }

  @Test(arguments: fullRank) func `Lemmas 2.4–2.6: stationary points of rank r go to stationary points`(
    _ example: StationaryCase
  ) {
    let found = points(example, example.network)
    #expect(found.hasFullRank)
    for point in [found.factors, found.reachable] {
      #expect(point.firstOrder != .notStationary)
      // Second-order stationary points go to second-order ones; strict saddles keep their negative curvature (for k with d_k = r both are strict).
      if example.expected == .globalMinimiser { #expect(point.secondOrder.outcome == .holds) }
      if example.expected == .strictSaddle { #expect(point.secondOrder.outcome == .fails) }
    }
  }

  @Test(arguments: fullRank, [1e-6, 1e-3])
  func `the gradients of the corresponding points obey their bounds anywhere near`(
    _ example: StationaryCase, size: Double
  ) throws {
    let found = points(example, example.perturbed(by: size, seed: 21))
    for point in [found.factors, found.reachable] {
      let bounds = try #require(point.gradientBounds)
      #expect(zip(point.gradientNorms, bounds).allSatisfy { $0 <= $1 }, "\(point)")
    }
  }

  @Test(arguments: [1e-3, 1, 1e3], [[6, 2, 6], [6, 3, 2, 6], [6, 4, 3, 3, 6]])
  func `points of an autoencoder that counts as stationary count as stationary, whatever the unit`(
    scale: Double, widths: [Int]
  ) {
    var generator = SeededGenerator(seed: 23)
    // (P, Q′) has another unit of the gradient than the network, the further from it the more the inputs differ.
    let X = Matrix.gaussian(6, 40, using: &generator).scalingRows(
      by: (0..<6).map { scale * exp2(-2 * Double($0)) })
    let rule = VerdictRule(for: Problem(inputs: X, outputs: X), rank: widths.min()!)
    let best = try! LinearNetwork.balanced(factoring: rule.minimum.minimiser, widths: widths)
    var looked = 0
    for k in 8...14 {
      let size = exp2(-3 * Double(k))
      let network = LinearNetwork(
        widths: widths, parameters: best.parameters.map { $0 + size * generator.normal() })
      let first = FirstOrderTest(of: network, rule: rule)
      let found = CorrespondingPoints(of: network, rule: rule, rank: widths.min()!)
      guard first.holds else { continue }
      looked += 1
      #expect(rule.verdict(on: network).verdict.kind == .globalMinimiser)
      for point in [found.factors, found.reachable] {
        #expect(point.firstOrder != .notStationary, "\(point)")
        #expect(point.secondOrder.outcome != .fails, "\(point)")
      }
    }
    #expect(looked >= 2)
  }

  @Test
  func
    `without full rank the lemma fails: the origin of three layers is second-order stationary, (0, 0) is not`()
  {
    let example = StationaryCase.make([3, 2], widths: [3, 2, 2, 2], kept: [], seed: 1)
    let found = points(example, example.network)
    #expect(!found.hasFullRank)
    #expect(found.factors.gradientBounds == nil)
    #expect(found.factors.firstOrder == .stationary)
    #expect(found.factors.secondOrder.outcome == .fails)
  }
}
