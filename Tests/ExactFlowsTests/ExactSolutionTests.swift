import ExactFlows
import LinearAlgebra
import LinearNetworks
import Testing

/// What the exact flows have in common.
@Suite struct `Exact solutions` {
  private let Z = SyntheticData.target(singularValues: [2, 1, 0.5], inputs: 5, outputs: 4, seed: 3)

  private func solutions() throws -> [(solution: any ExactSolution, start: LinearNetwork)] {
    let problem = Problem(target: Z, sampleCount: 20)
    var generator = SeededGenerator(seed: 4)
    let raw = Problem(
      inputs: .gaussian(5, 30, using: &generator), outputs: .gaussian(4, 30, using: &generator))
    func start(_ start: Start, _ widths: [Int]) throws -> LinearNetwork {
      try start.network(widths: widths, target: Z, seed: 5)
    }
    let lambda = try start(.lambda([-2], norm: 0.3), [5, 4, 4])
    let (deep, aligned, two, one) = (
      try start(.random(norm: 0.3), [5, 1, 1, 4]), try start(.aligned(norm: 0.1), [5, 3, 6, 4]),
      try start(.random(norm: 0.3), [5, 6, 4]), LinearNetwork(layers: [.gaussian(4, 5, using: &generator)])
    )
    return [
      (try ExactRankOneFlow(target: Z, sampleCount: 20, start: deep), deep),
      (try ExactAlignedFlow(problem: problem, start: aligned), aligned),
      (try ExactDepthTwoFlow(problem: problem, start: two), two),
      (try ExactLambdaBalancedFlow(target: Z, sampleCount: 20, start: lambda), lambda),
      (try ExactDepthOneFlow(problem: raw, start: one), one),
    ]
  }

  @Test func `each gives W, a bound on its error and layers of the start's widths`() throws {
    for (solution, start) in try solutions() {
      for t in [0, 0.01, 0.2] {
        let state = solution.state(at: t)
        #expect(state.time == t)
        #expect(state.relativeError >= 0 && state.relativeError <= 1e-10)
        let network = solution.network(at: t)
        #expect(network.widths == start.widths)
        let difference = (network.endToEndMatrix - state.endToEndMatrix).frobeniusNorm
        #expect(difference <= 1e-12 * state.endToEndMatrix.frobeniusNorm, "\(solution.summary)")
      }
      // The layers of the start come back, not only their product.
      for (W, C) in zip(solution.network(at: 0).layers, start.layers) {
        #expect((W - C).frobeniusNorm <= 1e-12 * C.frobeniusNorm, "\(solution.summary)")
      }
    }
  }

  @Test func `an evaluator that keeps its work gives the same bits, in any order of times`() throws {
    for (solution, _) in try solutions() {
      let value = solution.evaluator()
      for t in [0, 0.001, 0.1, 0.02, 3, 0.1] {
        #expect(value(t).endToEndMatrix == solution.state(at: t).endToEndMatrix, "\(solution.summary)")
      }
    }
  }

  @Test func `a flow made from W_0 alone has balanced layers of its own`() throws {
    let deep = try Start.random(norm: 0.3).network(widths: [5, 1, 1, 4], target: Z, seed: 5)
    let chain = try #require(RankOneChain(deep))
    let rankOne = try ExactRankOneFlow(
      target: Z, sampleCount: 20, depth: 3, scale: chain.scale, left: chain.vectors[3],
      right: chain.vectors[0])
    let W = try Start.aligned(norm: 0.1).network(widths: [5, 3, 3, 4], target: Z, seed: 5).endToEndMatrix
    let aligned = try ExactAlignedFlow(target: Z, sampleCount: 20, depth: 4, start: W)
    for (solution, widths) in [(rankOne, [5, 1, 1, 4]), (aligned, [5, 3, 3, 3, 4])]
      as [(any ExactSolution, [Int])]
    {
      let network = solution.network(at: 0.1)
      #expect(network.widths == widths)
      #expect(network.isBalanced(tolerance: 1e-12))
      let exact = solution.state(at: 0.1).endToEndMatrix
      #expect((network.endToEndMatrix - exact).frobeniusNorm <= 1e-12 * exact.frobeniusNorm)
    }
  }
}
