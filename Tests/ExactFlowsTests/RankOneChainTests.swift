import ExactFlows
import Foundation
import LinearAlgebra
import LinearNetworks
import Testing

@Suite struct `The chain of a balanced rank-one network` {
  /// s and the unit vectors of a network of random widths.
  private func instance(
    depth N: Int, scale: Double, using generator: inout SeededGenerator
  ) -> (vectors: [[Double]], network: LinearNetwork) {
    let vectors = (0...N).map { _ in
      Matrix.randomOrthonormal(1 + Int(generator.next() % 7), 1, using: &generator).storage
    }
    let root = pow(scale, 1 / Double(N))
    let layers = zip(vectors, vectors.dropFirst()).map { from, to in
      Matrix(to.count, from.count) { i, j in root * to[i] * from[j] }
    }
    return (vectors, LinearNetwork(layers: layers))
  }

  @Test func `gives back the size and the directions`() throws {
    var generator = SeededGenerator(seed: 61)
    for N in [2, 3, 10, 300] {
      for scale in [1e-200, 1e-3, 1, 40, 1e100] {
        let (vectors, network) = instance(depth: N, scale: scale, using: &generator)
        let chain = try #require(RankOneChain(network))
        let roundOff = 16 * Double(N) * .ulpOfOne
        #expect((chain.scale / scale - 1).magnitude <= roundOff + 1e-13, "N = \(N), s = \(scale)")
        #expect(chain.remainder <= 32 * .ulpOfOne && chain.relativeImbalance <= 64 * .ulpOfOne)
        // Signs may change in pairs.
        for (q, known) in zip(chain.vectors, vectors) {
          #expect(min(largestDifference(q, known), largestDifference(q.map { -$0 }, known)) <= roundOff)
        }
        let W = network.endToEndMatrix
        let (u, v) = (chain.vectors.last!, chain.vectors[0])
        let again = Matrix(u.count, v.count) { i, j in chain.scale * u[i] * v[j] }
        #expect((W - again).maximumMagnitude <= roundOff * scale)
      }
    }
  }

  @Test func `the flow from the layers is the flow from their product`() throws {
    var generator = SeededGenerator(seed: 62)
    for N in [2, 3, 10] {
      let (vectors, network) = instance(depth: N, scale: 3, using: &generator)
      let Z = Matrix.gaussian(vectors[N].count, vectors[0].count, using: &generator)
      let flow = try ExactRankOneFlow(target: Z, sampleCount: 20, start: network)
      let known = try ExactRankOneFlow(
        target: Z, sampleCount: 20, depth: N, scale: 3, left: vectors[N], right: vectors[0])
      for t in [0, 1e-3, 0.1, 10] {
        let (a, b) = (flow.state(at: t), known.state(at: t))
        #expect(
          largestDifference(a.endToEndMatrix.storage, b.endToEndMatrix.storage)
            <= b.scale * (1e-13 + a.errorEstimate + b.errorEstimate))
      }
    }
  }

  @Test func `a second direction and an imbalance are measured and refused`() throws {
    var generator = SeededGenerator(seed: 63)
    let W = Matrix.gaussian(3, 4, using: &generator)
    let rankTwo = try LinearNetwork.balanced(
      factoring: W.singularValueDecomposition.truncated(to: 2), widths: [4, 2, 3])
    #expect {
      try ExactRankOneFlow(target: W, sampleCount: 1, start: rankTwo)
    } throws: {
      guard case ExactRankOneError.notRankOne(let remainder, _) = $0 else { return false }
      return remainder > 0.1
    }
    let rankOne = try LinearNetwork.balanced(
      factoring: W.singularValueDecomposition.truncated(to: 1), widths: [4, 2, 3])
    #expect(throws: Never.self) { try ExactRankOneFlow(target: W, sampleCount: 1, start: rankOne) }
    let tilted = LinearNetwork(layers: [2 * rankOne.layers[0], rankOne.layers[1]])
    // 4s against s.
    #expect {
      try ExactRankOneFlow(target: W, sampleCount: 1, start: tilted)
    } throws: {
      guard case ExactRankOneError.notBalanced(let imbalance, _) = $0 else { return false }
      return (imbalance - 0.75).magnitude <= 1e-12
    }
    let zero = LinearNetwork(layers: [Matrix(zeros: 2, 4), Matrix(zeros: 3, 2)])
    #expect(throws: ExactRankOneError.scale(0)) {
      try ExactRankOneFlow(target: W, sampleCount: 1, start: zero)
    }
  }
}
