import ExactFlows
import Foundation
import LinearAlgebra
import LinearNetworks
import Testing

/// The closed form of two layers with D_1 = λI.
@Suite struct LambdaBalancedFlowTests {
  private func start(_ widths: [Int], _ λ: Double, norm: Double = 0.5) throws -> LinearNetwork {
    try Start.lambda([λ], norm: norm).network(
      widths: widths, target: Matrix(widths[2], widths[0]) { 1 / Double(1 + $0 + $1) }, seed: 5)
  }

  private static let shapes: [([Int], Double)] = [
    ([4, 3, 3], 2), ([4, 3, 3], -2), ([2, 3, 3], 5), ([5, 2, 4], 0.5), ([3, 4, 6], 0.3), ([6, 4, 3], -0.3),
    ([3, 3, 3], 1e-7), ([1, 1, 1], 3), ([4, 2, 4], -20), ([2, 2, 5], 0),
  ]

  @Test(arguments: shapes)
  func `it agrees with integration, whatever the shape`(widths: [Int], λ: Double) throws {
    var generator = SeededGenerator(seed: 9)
    for rank in [min(widths[0], widths[2]), 1] {
      let Z =
        Matrix.gaussian(widths[2], rank, using: &generator)
        * Matrix.gaussian(rank, widths[0], using: &generator)
      let start = try start(widths, λ)
      let flow = try ExactLambdaBalancedFlow(target: Z, sampleCount: 3, start: start)
      #expect(abs(flow.imbalance - λ) < 1e-13 * max(1, abs(λ)))
      let problem = Problem(target: Z, sampleCount: 3)
      for t in [0, 1e-3, 0.05, 0.3, 1] {
        let known = t == 0 ? start : integratedLayers(problem, start, to: t)
        let found = flow.layers(at: t)
        let W = known.endToEndMatrix
        #expect(
          (flow.endToEndMatrix(at: t) - W).frobeniusNorm < 1e-8 * max(1, W.frobeniusNorm),
          "t = \(t), rank \(rank)")
        // The layers are the flow's up to a hidden rotation.
        for (a, b) in zip(found.layers, known.layers) {
          #expect(zip(a.singularValues, b.singularValues).allSatisfy { abs($0 - $1) < 1e-8 * max(1, $1) })
        }
        #expect((found.imbalances[0] - λ * .identity(widths[1])).frobeniusNorm < 1e-11 * max(1, abs(λ)))
      }
    }
  }

  @Test func `without imbalance it is the balanced flow`() throws {
    let Z = SyntheticData.target(singularValues: [2, 1, 0.5], inputs: 4, outputs: 3, seed: 2)
    let start = try start([4, 3, 3], 0)
    let balanced = try ExactDepthTwoFlow(target: Z, sampleCount: 7, start: start)
    let flow = try ExactLambdaBalancedFlow(target: Z, sampleCount: 7, start: start)
    for t in [0.01, 0.2, 3, 1e6] {
      #expect((flow.endToEndMatrix(at: t) - balanced.state(at: t).endToEndMatrix).frobeniusNorm < 1e-11)
    }
  }

  @Test(arguments: [0.0, 0.5, 1, 2, 5]) func `a scalar comes to its target at m√(λ² + 4σ²)`(λ: Double) throws
  {
    let flow = try ExactLambdaBalancedFlow(
      target: Matrix(rows: [[0.5]]), sampleCount: 2, start: try start([1, 1, 1], λ, norm: 0.2))
    let rate = 2 * (λ * λ + 1).squareRoot()
    #expect(abs(2 * 2 * flow.rates[0] - rate) < 1e-14)
    func distance(_ t: Double) -> Double { abs(flow.endToEndMatrix(at: t)[0, 0] - 0.5) }
    // Late enough that the square of the distance does not count, early enough that round-off does not.
    let (a, b) = (11 / rate, 13 / rate)
    #expect(abs(log(distance(a) / distance(b)) / (b - a) / rate - 1) < 1e-3)
  }

  @Test func `nothing overflows at late times and large imbalances`() throws {
    let Z = SyntheticData.target(singularValues: [2, 1], inputs: 3, outputs: 2, seed: 2)
    for λ in [-1e4, 1e4] {
      let widths = λ > 0 ? [3, 2, 2] : [3, 3, 2]
      let flow = try ExactLambdaBalancedFlow(target: Z, sampleCount: 1, start: try start(widths, λ))
      for t in [1.0, 1e3, 1e9] { #expect((flow.endToEndMatrix(at: t) - Z).frobeniusNorm < 1e-9) }
    }
  }

  @Test func `a start whose imbalance is no multiple of the identity is refused`() throws {
    let start = try Start.unbalanced(scale: 1).network(widths: [3, 3, 3], target: .identity(3), seed: 1)
    #expect(throws: DepthTwoFailure.self) {
      try ExactLambdaBalancedFlow(target: .identity(3), sampleCount: 1, start: start)
    }
  }
}
