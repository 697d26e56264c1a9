import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

/// Networks of more weights than all eigenvalues are computed for at once: Lanczos and Krylov steps.
@Suite struct LargeNetworkTests {
  /// 1,140 weights, 20 hidden neurons, of which those that are kept are used; a perturbation uses all.
  private func example(_ kept: [Int]) -> StationaryCase {
    .make([3, 2, 1], widths: [32, 20, 25], kept: kept, turning: .random, seed: 41)
  }

  @Test(arguments: [[1, 2, 3], [1], [2], [1, 3], []], [0, 1e-11])
  func `verdicts are those of small networks`(kept: [Int], size: Double) {
    let example = example(kept)
    let network = example.perturbed(by: size, seed: 3)
    let (verdict, escape) = example.rule.verdict(on: network)
    #expect(verdict.kind == example.expected, "\(verdict)")
    if size > 0 { #expect(HiddenCompression(network).spareDimensions == [0]) }
    if let escape {
      let form = NetworkLoss(problem: example.problem, widths: network.widths).hessianForm(
        at: network, along: escape)
      #expect(form < 0.9 * (verdict.smallestHessianEigenvalue ?? 0))
    }
  }

  @Test(arguments: [([150, 3, 100], [1, 2, 3]), ([400, 1, 300], [2]), ([300, 2, 150], [1, 3])])
  func `Krylov steps polish minimisers and saddles`(widths: [Int], kept: [Int]) {
    // As many hidden neurons as directions that are kept: beside the symmetries nothing is flat.
    let example = StationaryCase.make(
      [3, 2, 1], widths: widths, kept: kept, turning: .random, seed: 43)
    let polish = Polish(example.perturbed(by: 1e-4, seed: 4), rule: example.rule)
    #expect(
      polish.ending == .stationary, "\(polish.gradientBefore) → \(polish.gradientAfter) in \(polish.steps)")
    #expect(polish.distance <= 0.1)
    #expect(example.rule.verdict(on: polish.network).verdict.kind == example.expected)
  }

  @Test func `what Lanczos misses among many small eigenvalues a factorization counts`() {
    // Inputs of very different size: the minimiser has curvatures from 1e5 down to those of inputs that hardly vary, and zeros; a network near it some just below zero.
    var generator = SeededGenerator(seed: 12)
    for (inputs, hidden) in [(70, 9), (130, 12)] {
      let E = Matrix.randomOrthonormal(inputs, inputs, using: &generator)
      let X = E.scalingColumns(by: (0..<inputs).map { 300 * pow(0.5, 10 * Double($0) / Double(inputs)) })
      let Y = Matrix.gaussian(hidden, inputs, using: &generator)
      let problem = Problem(inputs: X, outputs: Y)
      let minimum = GlobalMinimum(of: problem, rank: hidden)
      let widths = [inputs, hidden, hidden]
      let best = try! LinearNetwork.balanced(factoring: minimum.minimiser, widths: widths)
      let weights = best.parameters.map { $0 + 1e-7 * generator.normal() }
      let loss = NetworkLoss(problem: problem, widths: widths)
      #expect(weights.count > HessianSpectrum.largestDenseOrder && weights.count < 2000)
      let all = HessianSpectrum(of: loss, at: weights, resolution: 0, denseUpTo: 2000)
      #expect(all.argument == .allEigenvalues)
      for relative in [1e-4, 1e-6] {
        let found = HessianSpectrum(of: loss, at: weights, resolution: 0, relativeResolution: relative)
        // Either found to be the smallest by counting, or computed with all others.
        #expect(found.argument != .randomStart)
        #expect((found.lowest[0] - all.lowest[0]).magnitude <= found.accuracy + all.accuracy)
        #expect(found.accuracy <= 1e-11 * all.largest)
        #expect((found.largest - all.largest).magnitude <= 1e-5 * all.largest)
        #expect(found.bounds.lowerBound <= all.lowest[0] && found.bounds.upperBound >= all.largest)
      }
    }
  }

  @Test func `beyond what can be factored a second random start bounds what may have been missed`() {
    let (example, network) = saddle(widths: [120, 20, 100])
    let loss = NetworkLoss(problem: example.problem, widths: network.widths)
    let found = HessianSpectrum(of: loss, at: network.parameters, resolution: 0, relativeResolution: 1e-6)
    #expect(found.argument == .randomStart && found.method == .lanczos)
    // The same saddle without its spare dimensions is small.
    let few = NetworkHessian(of: example.problem, at: example.network, resolution: 0)
    #expect(found.bounds.contains(few.smallest) && found.bounds.contains(few.largest))
    #expect(found.accuracy <= 1e-3 * few.largest)
    #expect((found.lowest[0] - few.smallest).magnitude <= 1e-5 * few.largest)
  }

  @Test
  func
    `a minimiser of inputs of very different size is polished to round-off, also with nothing left to learn`()
  {
    var generator = SeededGenerator(seed: 13)
    let X = Matrix.gaussian(61, 80, using: &generator).scalingRows(by: (0..<61).map { exp2(-Double($0) / 6) })
    // One-hot targets after centring: of rank one less than their number.
    var Y = Matrix.gaussian(10, 80, using: &generator)
    for j in 0..<80 {
      let mean = (0..<10).reduce(0) { $0 + Y[$1, j] / 10 }
      for i in 0..<10 { Y[i, j] -= mean }
    }
    let problem = Problem(inputs: X, outputs: Y)
    for widths in [[61, 10, 10], [61, 10, 10, 10]] {
      let rule = VerdictRule(for: problem, rank: 10)
      #expect(rule.minimum.targetRank == 9)
      let best = try! LinearNetwork.balanced(factoring: rule.minimum.minimiser, widths: widths)
      let near = LinearNetwork(
        widths: widths, parameters: best.parameters.map { $0 + 1e-6 * generator.normal() })
      let polish = Polish(near, rule: rule)
      #expect(polish.ending == .stationary, "\(polish.gradientBefore) → \(polish.gradientAfter)")
      #expect(polish.gradientAfter <= polish.gradientRoundOff)
      #expect(polish.relativeDistance <= 1e-3)
      #expect(rule.verdict(on: polish.network).verdict.kind == .globalMinimiser)
    }
  }

  /// 2,200 weights, of which the third direction is not learnt.
  private func saddle(widths: [Int]) -> (example: StationaryCase, network: LinearNetwork) {
    let example = StationaryCase.make([3, 2, 1], widths: widths, kept: [2], turning: .random, seed: 42)
    return (example, example.perturbed(by: 1e-11, seed: 5))
  }

  @Test func `a Hessian that can be factored is counted exactly, though not all eigenvalues are computed`() {
    let (example, network) = saddle(widths: [60, 20, 50])
    let report = LandscapeAnalysis(of: network, rule: example.rule, levels: 3).report
    let few = LandscapeAnalysis(of: example.network, rule: example.rule, levels: 3).report
    #expect(report.spectrum.eigenvalues == nil && few.spectrum.eigenvalues != nil)
    #expect(report.spectrum.inertia.kind == .exact)
    // Without the perturbation the hidden layer compresses, and all eigenvalues are known.
    #expect(report.spectrum.nearbyInertia?.negative == few.spectrum.inertia.negative)
    #expect(report.spectrum.nearbyInertia?.zero == few.spectrum.inertia.zero)
    // The perturbed network itself has as many at least, and some of 1e-11 beside.
    #expect(report.spectrum.inertia.negative >= few.spectrum.inertia.negative)
    #expect(report.spectrum.inertia.zero < few.spectrum.inertia.zero)
    #expect(report.verdict.kind == .strictSaddle)
    #expect(report.secondOrder.outcome == .fails)
  }

  @Test func `counts of a network that is too large to count are lower bounds`() {
    let (example, network) = saddle(widths: [120, 20, 100])
    let report = LandscapeAnalysis(of: network, rule: example.rule, levels: 3).report
    #expect(report.spectrum.inertia.kind == .lowerBounds)
    #expect(report.spectrum.inertia.negative >= 1 && report.spectrum.inertia.positive >= 1)
    #expect(report.spectrum.eigenvalues == nil && report.spectrum.symmetries == nil)
    #expect(report.verdict.kind == .strictSaddle)
    #expect(report.secondOrder.outcome == .fails)
    #expect(report.endToEnd.kept == [2])
  }
}
