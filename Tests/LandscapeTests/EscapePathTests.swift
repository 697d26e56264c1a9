import Landscape
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

@Suite struct EscapePathTests {
  private static let saddles = StationaryCase.zoo.filter { $0.expected == .strictSaddle }

  @Test(arguments: saddles) func `along the way out the loss falls, at first as its quadratic model`(
    _ example: StationaryCase
  ) throws {
    let (verdict, escape) = example.rule.verdict(on: example.network)
    let (path, Δ) = EscapePath.along(
      try #require(escape), from: example.network, curvature: try #require(verdict.escapeCurvature),
      minimum: example.rule.minimum)
    #expect(path.sizes[0] == 0)
    #expect((path.gaps[0] - verdict.lossGap).magnitude <= 1e-12 * verdict.lossGap)
    #expect(path.bestGap < path.gaps[0])
    #expect(path.gaps.min()! >= path.bestGap - 1e-3 * path.gaps[0])
    // A thousandth of the way the model is right to the third-order term, a thousandth of the second-order one times a modest number.
    let start = example.network.moved(by: path.startingSize, along: Δ)
    let drop = example.rule.minimum.gap(of: start.endToEndMatrix) - path.gaps[0]
    let model = 0.5 * path.curvature * path.startingSize * path.startingSize
    #expect((drop - model).magnitude <= 0.05 * model.magnitude + 1e-13 * path.gaps[0])
    // The other way is not better.
    let opposite = example.network.moved(by: -path.bestSize, along: Δ)
    #expect(example.rule.minimum.gap(of: opposite.endToEndMatrix) >= path.bestGap - 1e-9 * path.gaps[0])
  }
}
