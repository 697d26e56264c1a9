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
    #expect(report.spectrum.inertia.negative == few.spectrum.inertia.negative)
    #expect(report.spectrum.inertia.zero == few.spectrum.inertia.zero)
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
