import Foundation
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

struct StartTests {
  private func target(_ σ: [Double], inputs: Int = 6, outputs: Int = 4) -> Matrix {
    SyntheticData.target(singularValues: σ, inputs: inputs, outputs: outputs, seed: 81)
  }

  @Test(arguments: [0.01, 1, 10])
  func `a random start is balanced, of the bottleneck's rank and of the norm asked for`(
    norm: Double
  ) throws {
    let T = target([5, 2])
    let network = try Start.random(norm: norm).network(widths: [6, 5, 2, 4], target: T, seed: 1)
    let W = network.endToEndMatrix
    #expect(network.widths == [6, 5, 2, 4])
    #expect((W.frobeniusNorm - norm * T.frobeniusNorm).magnitude <= 1e3 * .ulpOfOne * W.frobeniusNorm)
    #expect(W.singularValueDecomposition.rank(tolerance: 1e-10 * W.spectralNorm) == 2)
    #expect(network.relativeImbalance <= 1e3 * .ulpOfOne)
  }

  @Test(
    arguments: [
      ([6, 3, 4], 6, 4, [3.0]), ([6, 2, 2, 4], 6, 4, [3, 1]), ([6, 3, 4], 6, 4, [3, 2, 1]),
      // Fewer inputs than twice the rank: the outputs are turned.
      ([1, 1, 4], 1, 4, [2]), ([3, 2, 5], 3, 5, [2, 1]),
    ], [0.0, 30, 60, 90, 150]) func `⟨W_0, T⟩ = cos θ ‖W_0‖‖T‖, and the rank stays`(
      shape: ([Int], Int, Int, [Double]), degrees: Double
    ) throws
  {
    let (widths, inputs, outputs, σ) = shape
    let T = target(σ, inputs: inputs, outputs: outputs)
    let network = try Start.angle(degrees: degrees, norm: 10).network(widths: widths, target: T, seed: 2)
    let W = network.endToEndMatrix
    #expect((W.frobeniusNorm - 10 * T.frobeniusNorm).magnitude <= 1e3 * .ulpOfOne * W.frobeniusNorm)
    let cosine = Matrix.inner(W, T) / (W.frobeniusNorm * T.frobeniusNorm)
    #expect((cosine - cos(degrees * .pi / 180)).magnitude <= 1e3 * .ulpOfOne)
    #expect(W.singularValueDecomposition.rank(tolerance: 1e-10 * W.spectralNorm) == σ.count)
    for (a, b) in zip(W.singularValues, T.singularValues) {
      #expect((a - 10 * b).magnitude <= 1e3 * .ulpOfOne * W.spectralNorm)
    }
    #expect(network.relativeImbalance <= 1e3 * .ulpOfOne)
  }

  @Test func `a target that fills both sides cannot be turned`() {
    #expect(throws: StartError.notEnoughRoomToTurn(rank: 2, inputs: 3, outputs: 2)) {
      try Start.angle(degrees: 30, norm: 1).network(
        widths: [3, 2, 2], target: target([2, 1], inputs: 3, outputs: 2), seed: 3)
    }
    let text = StartError.notEnoughRoomToTurn(rank: 2, inputs: 3, outputs: 2).description
    #expect(text.contains("at least 4"))
  }

  @Test func `an aligned start has the target's singular vectors and equal values`() throws {
    let T = target([5, 3, 1])
    let W = try Start.aligned(norm: 0.5).network(widths: [6, 3, 4], target: T, seed: 4).endToEndMatrix
    #expect((W.frobeniusNorm - 0.5 * T.frobeniusNorm).magnitude <= 1e3 * .ulpOfOne * W.frobeniusNorm)
    let svd = T.singularValueDecomposition
    let core = Matrix.product(svd.U, .transposed, W * svd.V, .plain)
    let expected = Matrix.diagonal([1, 1, 1, 0].map { $0 * W.frobeniusNorm / 3.0.squareRoot() })
    #expect((core - expected).maximumMagnitude <= 1e3 * .ulpOfOne * T.frobeniusNorm)
  }

  @Test(arguments: [Start.aligned(norm: 1), .angle(degrees: 30, norm: 1)])
  func `without a target there is no direction`(
    start: Start
  ) {
    #expect(throws: StartError.noTarget) {
      try start.network(widths: [3, 2, 2], target: Matrix(zeros: 2, 3), seed: 5)
    }
  }

  @Test func `where the target is zero lengths are absolute`() throws {
    let W = try Start.random(norm: 0.3).network(widths: [3, 2, 2], target: Matrix(zeros: 2, 3), seed: 6)
      .endToEndMatrix
    #expect((W.frobeniusNorm - 0.3).magnitude <= 100 * .ulpOfOne)
  }

  @Test func `unbalanced layers have the standard deviation asked for`() throws {
    let network = try Start.unbalanced(scale: 0.7).network(
      widths: [50, 80, 60], target: Matrix(zeros: 60, 50), seed: 7)
    for layer in network.layers {
      let n = Double(layer.storage.count)
      let deviation = layer.frobeniusNorm / n.squareRoot() * Double(layer.columns).squareRoot() / 0.7
      // The sample deviation of n normal numbers spreads by 1/√(2n); five of them.
      #expect((deviation - 1).magnitude <= 5 / (2 * n).squareRoot())
      #expect(
        (layer.storage.reduce(0, +) / n).magnitude <= 5 * 0.7 / (Double(layer.columns) * n).squareRoot())
    }
    #expect(!network.isBalanced())
  }

  @Test(arguments: [Start.random(norm: 1), .angle(degrees: 30, norm: 1), .unbalanced(scale: 1)])
  func `equal seeds give equal starts, others differ`(start: Start) throws {
    let T = target([2])
    let first = try start.network(widths: [6, 3, 4], target: T, seed: 8)
    #expect(try start.network(widths: [6, 3, 4], target: T, seed: 8) == first)
    #expect(try start.network(widths: [6, 3, 4], target: T, seed: 9) != first)
  }

  @Test func `layers whose product is beyond all numbers are refused`() throws {
    let T = target([5, 2])
    let widths = [6] + Array(repeating: 4, count: 100)
    #expect(throws: StartError.self) {
      try Start.unbalanced(scale: 1e12).network(widths: widths, target: T, seed: 1)
    }
    #expect(throws: StartError.self) {
      try Start.random(norm: 1e160).network(widths: widths, target: T, seed: 1)
    }
    // Deep layers of rank four are each of norm two.
    let deep = [6] + Array(repeating: 4, count: 3000)
    #expect(try Start.random(norm: 1).network(widths: deep, target: T, seed: 1).depth == 3000)
  }

  @Test func `given layers are taken as they are, if they fit`() throws {
    let network = NetworkCase.random(widths: [3, 4, 2], seed: 82).network
    #expect(
      try Start.network(network).network(widths: [3, 4, 2], target: Matrix(zeros: 2, 3), seed: 0) == network)
    #expect(throws: StartError.shape(found: [2, 3], expected: [2, 5])) {
      try Start.network(network).network(widths: [5, 4, 2], target: Matrix(zeros: 2, 5), seed: 0)
    }
  }

  @Test func `a given end-to-end matrix is factored in balance`() throws {
    let W = target([2, 1])
    let network = try Start.matrix(W).network(widths: [6, 2, 4], target: target([5]), seed: 0)
    #expect(try network == .balanced(factoring: W, widths: [6, 2, 4]))
  }
}
