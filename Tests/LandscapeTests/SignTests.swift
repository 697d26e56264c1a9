import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

/// Signs of curvatures away from stationary networks, against NumPy.
@Suite struct SignTests {
  /// A network that is not stationary, with all eigenvalues of its Hessian (`Reference/generate.py`).
  struct Away: Decodable, CustomTestStringConvertible, Sendable {
    let name: String
    let inputs, outputs: Matrix
    let layers: [Matrix]
    let eigenvalues: [Double]

    var testDescription: String { name }
    var rule: VerdictRule {
      VerdictRule(
        for: Problem(inputs: inputs, outputs: outputs),
        rank: LinearNetwork(layers: layers).bottleneckWidth)
    }

    static let all: [Away] = {
      struct File: Decodable { let cases: [Away] }
      let url = Bundle.module.url(forResource: "signs", withExtension: "json")!
      return try! JSONDecoder().decode(File.self, from: Data(contentsOf: url)).cases
    }()
  }

  @Test(arguments: Away.all)
  func `a network that is not stationary has the signs that NumPy finds, with no tolerance but round-off`(
    _ away: Away
  ) throws {
    let network = LinearNetwork(layers: away.layers)
    let report = LandscapeAnalysis(of: network, rule: away.rule, levels: 1).report
    let scale = max(away.eigenvalues.last!, -away.eigenvalues[0])
    #expect(report.verdict.kind == .notStationary && report.verdict.decidedBy == .gradient)
    let inertia = report.spectrum.inertia
    #expect(inertia.kind == .exact)
    #expect(inertia.tolerance <= 1e-11 * scale)
    // No eigenvalue of these is between round-off and 1e-9.
    #expect(away.eigenvalues.allSatisfy { $0.magnitude <= 1e-13 * scale || $0.magnitude >= 1e-9 * scale })
    #expect(inertia.negative == away.eigenvalues.filter { $0 < -1e-10 * scale }.count)
    #expect(inertia.zero == away.eigenvalues.filter { $0.magnitude <= 1e-10 * scale }.count)
    #expect(inertia.positive == away.eigenvalues.filter { $0 > 1e-10 * scale }.count)
    let found = try #require(report.spectrum.eigenvalues)
    #expect((found[0] - away.eigenvalues[0]).magnitude <= 1e-13 * scale)
    #expect(
      (try #require(report.verdict.smallestHessianEigenvalue) - away.eigenvalues[0]).magnitude <= 1e-13
        * scale)
    // Nothing is said of a stationary network, and nothing second-order is ticked.
    #expect(report.nearby == nil && report.spectrum.nearbyInertia == nil)
    #expect(report.secondOrder.outcome == .fails && report.secondOrder.distance == nil)
    #expect(!report.secondOrderTheorem.applies)
    for condition in report.secondOrderTheorem.conditions
    where ["∇L_N = 0", "∇²L_N ≥ 0"].contains(condition.statement) {
      #expect(!condition.holds)
    }
  }

  @Test
  func
    `the optimum of diag(3, 2, 1) enlarged by a hundredth or a ten-thousandth has three negative curvatures`()
  {
    let enlarged = Away.all.filter { $0.name.contains("times 1 +") }
    #expect(enlarged.count == 2)
    for away in enlarged {
      let report = LandscapeAnalysis(
        of: LinearNetwork(layers: away.layers), rule: away.rule, levels: 1
      ).report
      #expect(report.spectrum.inertia.negative == 3)
    }
  }

  @Test(arguments: StationaryCase.zoo, [1e-10, 1e-11])
  func `near a stationary network the signs are those of an exactly stationary one, and its distance is told`(
    _ example: StationaryCase, size: Double
  ) throws {
    let network = example.perturbed(by: size, seed: 31)
    let report = LandscapeAnalysis(of: network, rule: example.rule, levels: 1).report
    guard report.firstOrder.outcome == .nearlyStationary, let nearby = report.nearby else { return }
    let exact = LandscapeAnalysis(of: example.network, rule: example.rule, levels: 1).report
    // The distance is one to a network that is stationary to round-off.
    let unit = example.rule.scale(of: network).gradient
    #expect(nearby.gradientNorm <= 1e-13 * unit)
    // As near as the perturbation, where the rest of the layers vanishes; a network as far as that has the same signs.
    guard nearby.distance <= 30 * size * Double(network.parameterCount).squareRoot() else { return }
    let inertia = try #require(report.spectrum.nearbyInertia)
    #expect(report.secondOrder.distance == nearby.distance)
    #expect(inertia.negative == exact.spectrum.inertia.negative)
    #expect(report.secondOrder.outcome == exact.secondOrder.outcome)
  }
}
