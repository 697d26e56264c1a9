import ExactFlows
import Foundation
import Integration
import LinearAlgebra
import LinearNetworks
import Testing

struct AlignedFlowTests {
  /// Σ w_i u_i v_iᵀ in the singular vectors of Z = U diag(σ) Vᵀ.
  private func pair(
    σ: [Double], w: [Double], rows: Int, columns: Int, using generator: inout SeededGenerator
  ) -> (Z: Matrix, W: Matrix) {
    let U = Matrix.randomOrthonormal(rows, σ.count, using: &generator)
    let V = Matrix.randomOrthonormal(columns, σ.count, using: &generator)
    func sum(_ x: [Double]) -> Matrix { Matrix.product(U.scalingColumns(by: x), .plain, V, .transposed) }
    return (sum(σ), sum(w))
  }

  @Test func `aligned starts are recognised with repeated, zero and opposed modes`() {
    var generator = SeededGenerator(seed: 31)
    let cases: [(σ: [Double], w: [Double])] = [
      ([3, 2, 1], [1, 5, 0.1]), ([2, 2, 1], [1, 5, 0.1]), ([2, 2, 2], [1, -5, 0]), ([2, 0, 0], [0, 3, 1]),
      ([0, 0, 0], [1, 2, 3]), ([1, 1, 0], [-1, 0.5, 2]), ([3, 2, 1], [0, 0, 0]),
    ]
    for (σ, w) in cases {
      for (rows, columns) in [(3, 3), (5, 3), (3, 6)] {
        let (Z, W) = pair(σ: σ, w: w, rows: rows, columns: columns, using: &generator)
        let parts = AlignedDecomposition(target: Z, start: W)
        #expect(parts.defect <= 1e-14)
        // The same pairs, apart from those with w = σ = 0, in any order.
        let found = AlignedPairs(parts.targets, parts.starts).sorted
        // Against σ = 0 the sign of w is a convention.
        let known = AlignedPairs(σ, w).sorted
        #expect(found.count == known.count)
        for (a, b) in zip(found, known) {
          #expect((a.0 - b.0).magnitude <= 1e-13 && (a.1 - b.1).magnitude <= 1e-13)
        }
      }
    }
  }

  @Test func `starts that are not aligned, not balanced or not on whitened data are refused with the defect`()
    throws
  {
    var generator = SeededGenerator(seed: 32)
    let (Z, W) = pair(σ: [3, 2, 1], w: [1, 5, 0.1], rows: 4, columns: 3, using: &generator)
    let noise = Matrix.gaussian(4, 3, using: &generator)
    for size in [1, 1e-3, 1e-9] {
      let off = W + size * noise
      #expect {
        try ExactAlignedFlow(target: Z, sampleCount: 1, depth: 3, start: off)
      } throws: {
        guard case AlignedFailure.notAligned(let defect, _) = $0 else { return false }
        return defect > 0.05 * size && defect < 2 * size
      }
    }
    #expect(throws: AlignedFailure.shape(found: [3, 4], expected: [4, 3])) {
      try ExactAlignedFlow(target: Z, sampleCount: 1, depth: 3, start: W.transpose)
    }
    let unbalanced = LinearNetwork(layers: [2 * W, .identity(4)])
    #expect(
      throws: AlignedFailure.notBalanced(relativeImbalance: unbalanced.relativeImbalance, tolerance: 1e-10)
    ) {
      try ExactAlignedFlow(problem: Problem(target: Z, sampleCount: 3), start: unbalanced)
    }
    let raw = Problem(inputs: Matrix(rows: [[1, 0, 2], [0, 1, 1]]), outputs: Matrix(rows: [[1, 2, 3]]))
    let start = LinearNetwork(layers: [Matrix(rows: [[1, 1]])])
    #expect(throws: AlignedFailure.notWhitened(defect: raw.whiteningDefect, tolerance: 1e-10)) {
      try ExactAlignedFlow(problem: raw, start: start)
    }
  }

  @Test func `depth two agrees with the general solution of depth two`() throws {
    var generator = SeededGenerator(seed: 33)
    for k in 0..<100 {
      let σ = k % 3 == 0 ? [2, 2, 0.5] : k % 3 == 1 ? [3, 1, 0] : [3, 2, 1]
      let w = k % 2 == 0 ? [1e-3, 2, 0.5] : [-0.5, 1e-6, 3]
      let (Z, W) = pair(σ: σ, w: w, rows: 4, columns: 3, using: &generator)
      let start = balancedNetwork(W, rank: 3, widths: [3, 5, 4], using: &generator)
      let problem = Problem(target: Z, sampleCount: 7)
      let (one, other) = (
        try ExactAlignedFlow(problem: problem, start: start),
        try ExactDepthTwoFlow(problem: problem, start: start)
      )
      for t in [1e-12, 0.01, 0.1, 1, 5, 1e12] {
        let (a, b) = (one.state(at: t), other.state(at: t))
        // Modes of 1e-6 beside 3 carry the round-off of the larger, which grows with them: the estimates know.
        let difference = (a.endToEndMatrix - b.endToEndMatrix).frobeniusNorm
        #expect(difference <= 1e-12 * 3 + a.errorEstimate + b.errorEstimate, "instance \(k), t = \(t)")
        // An opposed mode is unstable: after t = 0.1 the last digits of the start may decide.
        if k % 2 == 0 || t <= 0.1 { #expect(b.errorEstimate <= 1e-9, "instance \(k), t = \(t)") }
        guard t <= (k % 2 == 0 ? 1 : 0.1) else { continue }
        let (la, lb) = (one.network(at: t), other.layers(at: t))
        for (x, y) in zip(la.layers, lb.network.layers) {
          #expect((x - y).frobeniusNorm <= 1e-8 + 3 * lb.rotationError, "instance \(k), t = \(t)")
        }
      }
    }
  }

  @Test func `on 1,000 instances the layers stay balanced, the rank what it was and the modes apart`() throws
  {
    var generator = SeededGenerator(seed: 36)
    for k in 0..<1000 {
      let depth = [2, 3, 5, 30][k % 4]
      let spectra: [[Double]] = [[3, 2, 1], [2, 2, 1], [2, 1, 0], [1, 0, 0]]
      let σ = spectra[k / 4 % 4]
      let size =
        k % 3 == 0 ? pow(10, -100 + 150 * generator.uniform()) : pow(10, -3 + 4 * generator.uniform())
      let w: [Double] = σ.map { _ in
        let sign: Double = generator.next() % 2 == 0 ? 1 : -1
        return sign * size * (0.1 + generator.uniform())
      }
      let (Z, W) = pair(σ: σ, w: w, rows: 4, columns: 3, using: &generator)
      let widths = [3] + Array(repeating: 4, count: depth - 1) + [4]
      let start = balancedNetwork(
        W, rank: 3, widths: widths, using: &generator)
      let flow = try ExactAlignedFlow(problem: Problem(target: Z, sampleCount: 7), start: start)
      // At the fastest rate, N m max(σ, |w|)^p.
      let rate = 7 * Double(depth) * pow(max(σ[0], 1.1 * size), 2 - 2 / Double(depth))
      let t = pow(10, -3 + 4 * generator.uniform()) / rate
      let state = flow.state(at: t)
      #expect(state.singularValues.count == 3 && state.singularValues.allSatisfy { $0 > 0 }, "instance \(k)")
      let layers = flow.network(at: t)
      #expect(layers.relativeImbalance <= 1e-12, "instance \(k): \(layers.relativeImbalance)")
      let Wt = state.endToEndMatrix
      #expect(
        (layers.endToEndMatrix - Wt).frobeniusNorm <= 1e-12 * Wt.frobeniusNorm, "instance \(k), size \(size)")
      // No mode has mixed with another: W(t) is diagonal in the singular vectors that W_0 and Z share.
      #expect(
        AlignedDecomposition(target: Z, start: Wt).defect <= 1e-12, "instance \(k), size \(size)")
    }
  }

  @Test(arguments: [1, 2, 3, 5])
  func `integrating the layers gives the same layers`(depth: Int) throws {
    var generator = SeededGenerator(seed: 34)
    for w in [[0.3, 1.5, 0.2], [-0.3, 1.5, 0.0], [0.5, -0.2, 2.0]] {
      // Depth one moves modes that start at zero; the others do not.
      let (Z, W) = pair(σ: [2, 2, 0.7], w: w, rows: 3, columns: 4, using: &generator)
      let rank = w.filter { $0 != 0 }.count
      let widths = depth == 1 ? [4, 3] : [4] + Array(repeating: 4, count: depth - 1) + [3]
      let start =
        depth == 1
        ? LinearNetwork(layers: [W]) : balancedNetwork(W, rank: rank, widths: widths, using: &generator)
      let problem = Problem(target: Z, sampleCount: 3)
      let flow = try ExactAlignedFlow(problem: problem, start: start)
      for t in [0.05, 0.3] {
        let integrated = integratedLayers(problem, start, to: t)
        let layers = flow.network(at: t)
        for (a, b) in zip(layers.layers, integrated.layers) { #expect((a - b).frobeniusNorm <= 3e-9) }
        #expect((layers.endToEndMatrix - flow.state(at: t).endToEndMatrix).frobeniusNorm <= 1e-13)
        if depth > 1 { #expect(layers.relativeImbalance <= 1e-13) }
      }
    }
  }
}

/// (σ_i, w_i) without those that vanish, in a definite order.
private struct AlignedPairs {
  let sorted: [(Double, Double)]

  init(_ σ: [Double], _ w: [Double]) {
    let pairs: [(Double, Double)] = Array(zip(σ, w)).filter { $0.0 > 0 || $0.1 != 0 }
    // Equal σ differ by round-off: w decides between them.
    sorted = pairs.sorted { a, b in
      let (x, y): (Double, Double) = (a.0 + a.1 / 100, b.0 + b.1 / 100)
      return x > y
    }
  }
}
