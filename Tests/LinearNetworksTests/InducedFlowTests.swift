import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

struct InducedFlowTests {
  private func matrix(_ dy: Int, _ dx: Int, _ σ: [Double]) -> Matrix {
    SyntheticData.target(singularValues: σ, inputs: dx, outputs: dy, seed: 121)
  }

  @Test(
    arguments: [1, 2, 3, 4, 7],
    [
      (3, 3, [2, 1, 0.5]), (3, 5, [2, 1, 0.5]), (4, 2, [1, 0.3]), (1, 4, [3]), (1, 1, [2]),
      (3, 3, [1, 1, 1]), (3, 4, [2, 2, 0.1]),
      // Rank-deficient.
      (3, 3, [2]), (4, 5, [2, 0.7]), (3, 3, []),
    ]) func `A_W is the sum of equation (16)`(depth: Int, shape: (Int, Int, [Double]))
  {
    let (dy, dx, σ) = shape
    let W = matrix(dy, dx, σ)
    var generator = SeededGenerator(seed: 122)
    let Δ = Matrix.gaussian(dy, dx, using: &generator)
    let found = InducedFlow.preconditioned(Δ, at: W, depth: depth, rank: σ.count)
    // (WWᵀ)^{1/N} of an eigenvalue λ with error eps·λ_max has the error eps·(λ_max/λ) relatively; the smallest λ here is 1/400 of the largest.
    let scale = Double(depth) * max(1, (σ.first ?? 0) * (σ.first ?? 0)) * Δ.frobeniusNorm
    #expect(
      (found - Naive.preconditioned(Δ, at: W, depth: depth)).frobeniusNorm <= 400 * 20 * .ulpOfOne * scale)
  }

  @Test(arguments: [1, 2, 3, 10, 40], [1, 2, 3])
  func `the gradient of all balanced layers has the norm that W alone tells`(depth: Int, rank: Int) throws {
    let W = matrix(4, 3, Array([2, 1, 0.5].prefix(rank)))
    var generator = SeededGenerator(seed: 123)
    let X = Matrix.randomOrthonormal(3, 3, using: &generator).scalingColumns(by: [3, 1, 0.2])
    let problem = Problem(inputs: X, outputs: .gaussian(4, 3, using: &generator))
    let network = try LinearNetwork.balanced(
      factoring: W, widths: [3] + Array(repeating: 3, count: depth - 1) + [4])
    let gradient = NetworkLoss(problem: problem, widths: network.widths).gradient(network.parameters)
    let expected = Matrix.column(gradient).frobeniusNorm
    let found = InducedFlow(problem: problem, depth: depth, rank: rank).gradientNorm(at: W)
    #expect((found - expected).magnitude <= 100 * Double(depth) * .ulpOfOne * expected)
    // Another depth has another gradient.
    let other = InducedFlow(problem: problem, depth: depth + 1, rank: rank).gradientNorm(at: W)
    #expect((other - expected).magnitude > 1e-3 * expected)
  }

  @Test func `at depth one the flow is dW/dt = −∇L_1(W)`() {
    let example = NetworkCase.zoo[0]
    let W = example.network.endToEndMatrix
    let flow = InducedFlow(problem: example.problem, depth: 1, rank: 3)
    #expect(flow.velocity(at: W) == example.problem.gradient(W))
    #expect(flow(W.storage) == example.problem.gradient(W).storage.map { -$0 })
  }

  @Test(arguments: [
    [4, 3, 3], [4, 3, 3, 3], [4, 4, 5, 3, 3], [4, 2, 3, 3], [4, 1, 1, 1, 3], [4, 2, 9, 8, 7, 3],
  ]) func `the end-to-end matrix of a balanced network moves with −A_W(∇L_1(W))`(widths: [Int]) throws {
    let problem = NetworkCase.random(widths: widths, seed: 123).problem
    let rank = widths.min()!
    let W = matrix(3, 4, (0..<rank).map { 2 / Double($0 + 1) })
    let network = try LinearNetwork.balanced(factoring: W, widths: widths)
    let velocity = LinearNetwork(
      widths: widths,
      parameters: GradientFlow(NetworkLoss(problem: problem, widths: widths))(network.parameters))
    // Ẇ = Σ_j W_{>j} Ẇ_j W_{<j}, by the product rule.
    var (product, rate) = (network.layers[0], velocity.layers[0])
    for (Wj, dWj) in zip(network.layers, velocity.layers).dropFirst() {
      (product, rate) = (Wj * product, Wj * rate + dWj * product)
    }
    let flow = InducedFlow(problem: problem, depth: widths.count - 1, rank: rank)
    let induced = Matrix(rows: 3, columns: 4, storage: flow(W.storage))
    #expect((rate - induced).frobeniusNorm <= 1e4 * .ulpOfOne * rate.frobeniusNorm)
    // Negative control: another depth gives another flow.
    let deeper = InducedFlow(problem: problem, depth: widths.count, rank: rank)(W.storage)
    #expect((rate - Matrix(rows: 3, columns: 4, storage: deeper)).frobeniusNorm > 1e-2 * rate.frobeniusNorm)
  }

  @Test func `round-off beyond the rank does not move: the flow stays on the manifold`() {
    let W = matrix(3, 3, [2, 1])
    let noisy = W + matrix(3, 3, [1e-16, 1e-16, 1e-16])
    let problem = Problem(target: matrix(3, 3, [3, 2, 1]), sampleCount: 1)
    let clean = InducedFlow(problem: problem, depth: 10, rank: 2).velocity(at: W)
    let known = InducedFlow(problem: problem, depth: 10, rank: 2).velocity(at: noisy)
    #expect((known - clean).frobeniusNorm <= 1e-13 * clean.frobeniusNorm)
    // Negative control: taken at full rank, (1e-16)^{1/10} in place of 0 changes the velocity visibly.
    let unknown = InducedFlow(problem: problem, depth: 10, rank: 3).velocity(at: noisy)
    #expect((unknown - clean).frobeniusNorm > 1e-8 * clean.frobeniusNorm)
  }

  @Test func `a state that is not finite gives a velocity that is not finite`() {
    let problem = Problem(target: matrix(2, 2, [1, 0.5]), sampleCount: 1)
    let velocity = InducedFlow(problem: problem, depth: 3, rank: 2)([1, .nan, 0, 2])
    #expect(velocity.contains { !$0.isFinite })
  }
}
