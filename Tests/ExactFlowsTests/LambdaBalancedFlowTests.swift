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

  @Test func `states agree with arithmetic of hundreds of digits, within the bound`() throws {
    let file = try ReferenceFile.decode(LambdaBalancedReference.self, named: "lambda-balanced")
    #expect(file.states.count >= 40)
    for (k, known) in file.states.enumerated() {
      let start = LinearNetwork(layers: [Matrix(rows: known.W1), Matrix(rows: known.W2)])
      let flow = try ExactLambdaBalancedFlow(
        target: Matrix(rows: known.Z), sampleCount: known.sampleCount, start: start)
      let state = flow.state(at: known.time)
      let expected = Matrix(rows: known.W.map { $0.map { Double($0)! } })
      let error = (state.endToEndMatrix - expected).frobeniusNorm / expected.frobeniusNorm
      let label: Comment =
        "\(k), λ = \(flow.imbalance), t = \(known.time): error \(error), estimate \(state.relativeError)"
      #expect(error <= state.relativeError, label)
      #expect(state.relativeError <= max(1e-9, 10 * flow.startError), label)
    }
  }

  @Test func `layers agree with 50-digit integration, hidden rotation included`() throws {
    for known in try ReferenceFile.decode(LambdaBalancedReference.self, named: "lambda-balanced").layers {
      let start = LinearNetwork(layers: [Matrix(rows: known.W1), Matrix(rows: known.W2)])
      let flow = try ExactLambdaBalancedFlow(
        target: Matrix(rows: known.Z), sampleCount: known.sampleCount, start: start)
      let layers = flow.layersEvaluator()
      for state in known.states {
        let network = layers(state.time)
        for (W, digits) in zip(network.layers, [state.W1, state.W2]) {
          let exact = Matrix(rows: digits.map { $0.map { Double($0)! } })
          #expect((W - exact).frobeniusNorm <= 1e-11 * exact.frobeniusNorm, "t = \(state.time)")
        }
      }
    }
  }

  /// The largest width that is allowed, where every direction grows at once: the running bounds grow by up to two a direction.
  @Test(arguments: [3.0, -3, 1e-6]) func `the bound holds at the largest hidden width`(λ: Double) throws {
    let h = ExactDepthTwoFlow.largestRank
    var generator = SeededGenerator(seed: 64)
    let Z = Matrix.gaussian(h, h, using: &generator)
    let start = try start([h, h, h], λ, norm: 0.1)
    let flow = try ExactLambdaBalancedFlow(target: Z, sampleCount: 1, start: start)
    for t in [0.1, 1, 3] {
      let state = flow.state(at: t)
      let known = integratedLayers(Problem(target: Z, sampleCount: 1), start, to: t).endToEndMatrix
      // The integration is at 1e-11.
      let error = (state.endToEndMatrix - known).frobeniusNorm / known.frobeniusNorm
      #expect(error <= 1e-10 && state.relativeError <= 1e-3, "t = \(t): \(error), \(state.relativeError)")
    }
    #expect(throws: DepthTwoFailure.self) {
      try ExactLambdaBalancedFlow(
        target: .gaussian(h + 1, h + 1, using: &generator), sampleCount: 1,
        start: try self.start([h + 1, h + 1, h + 1], λ))
    }
  }
}

private struct LambdaBalancedReference: Decodable {
  struct State: Decodable {
    let Z: [[Double]]
    let sampleCount: Double
    let W1, W2: [[Double]]
    let time: Double
    let W: [[String]]
  }
  struct Layers: Decodable {
    struct State: Decodable {
      let time: Double
      let W1, W2: [[String]]
    }
    let Z: [[Double]]
    let sampleCount: Double
    let W1, W2: [[Double]]
    let states: [State]
  }
  let origin: String
  let states: [State]
  let layers: [Layers]
}
