import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

struct BalancedStartTests {
  /// A dy × dx matrix of the given rank and size.
  private func matrix(_ dy: Int, _ dx: Int, rank: Int, size: Double = 1, seed: UInt64) -> Matrix {
    SyntheticData.target(
      singularValues: (0..<rank).map { size / Double($0 + 1) }, inputs: dx, outputs: dy, seed: seed)
  }

  @Test(arguments: [
    ([4, 3], 3), ([4, 3, 3], 3), ([4, 3, 3], 1), ([5, 2, 4], 2), ([4, 7, 9, 5], 3), ([3, 1, 1, 1, 4], 1),
    ([6, 20, 20, 20, 20, 20, 20, 5], 5), ([1, 1, 1], 1), ([4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4], 2),
  ]) func `the product gives W back and the layers are balanced`(widths: [Int], rank: Int) throws {
    let W = matrix(widths.last!, widths[0], rank: rank, seed: 71)
    let network = try LinearNetwork.balanced(factoring: W, widths: widths)
    #expect(network.widths == widths)
    // N roots multiplied again, and the SVD's own backward error.
    let tolerance = (20 * Double(max(W.rows, W.columns)) + 4 * Double(network.depth)) * .ulpOfOne
    #expect((network.endToEndMatrix - W).frobeniusNorm <= tolerance * W.frobeniusNorm)
    #expect(network.relativeImbalance <= tolerance)
    // Every layer has the rank of W and its singular values' N-th roots.
    for layer in network.layers where network.depth > 1 {
      #expect(layer.singularValueDecomposition.rank(tolerance: 1e-8) == rank)
    }
  }

  @Test(arguments: [1e-300, 1e-200, 1e-8, 1, 1e100], [2, 3, 4, 7])
  func `W of any size is factored to round-off`(
    size: Double, depth: Int
  ) throws {
    let W = matrix(3, 4, rank: 2, size: size, seed: 72)
    let network = try LinearNetwork.balanced(
      factoring: W, widths: [4] + Array(repeating: 3, count: depth - 1) + [3])
    // x^{1/N} by pow and N multiplications: the exponent's rounding costs |log x| units more.
    #expect((network.endToEndMatrix - W).frobeniusNorm <= 1e3 * .ulpOfOne * W.frobeniusNorm)
    #expect(network.relativeImbalance <= 1e3 * .ulpOfOne)
  }

  @Test func `depth one is W itself`() throws {
    let W = Matrix(rows: [[0.1, 0.2, 0.3]])
    #expect(try LinearNetwork.balanced(factoring: W, widths: [3, 1]).layers == [W])
  }

  @Test func `zero gives the zero network`() throws {
    let network = try LinearNetwork.balanced(factoring: Matrix(zeros: 2, 3), widths: [3, 4, 1, 2])
    #expect(network.widths == [3, 4, 1, 2])
    #expect(network.parameters.allSatisfy { $0 == 0 })
  }

  @Test func `a rank above the bottleneck is refused and both are named`() {
    let W = matrix(4, 5, rank: 3, seed: 73)
    let tolerance = 5 * Double.ulpOfOne * W.singularValueDecomposition.singularValues[0]
    #expect(throws: StartError.rankAboveBottleneck(rank: 3, bottleneck: 2, tolerance: tolerance)) {
      try LinearNetwork.balanced(factoring: W, widths: [5, 6, 2, 4])
    }
    let text = StartError.rankAboveBottleneck(rank: 3, bottleneck: 2, tolerance: tolerance).description
    #expect(text.contains("rank 3") && text.contains("width 2") && text.contains("at least 3 wide"))
  }

  @Test func `a rank of round-off is no rank`() throws {
    let W = matrix(4, 5, rank: 2, seed: 74) + 0.1 * .ulpOfOne * matrix(4, 5, rank: 4, seed: 75)
    let network = try LinearNetwork.balanced(factoring: W, widths: [5, 2, 4])
    #expect((network.endToEndMatrix - W).frobeniusNorm <= 100 * .ulpOfOne)
  }

  @Test func `a W of the wrong shape is refused with both shapes`() {
    #expect(throws: StartError.shape(found: [3, 2], expected: [2, 3])) {
      try LinearNetwork.balanced(factoring: Matrix(zeros: 3, 2), widths: [3, 4, 2])
    }
    let text = StartError.shape(found: [3, 2], expected: [2, 3]).description
    #expect(text.contains("3×2") && text.contains("2×3"))
  }

  @Test func `the factorisation of a given decomposition may be wider than its rank, or of rank zero`() {
    var generator = SeededGenerator(seed: 72)
    let U = Matrix.randomOrthonormal(4, 2, using: &generator)
    let V = Matrix.randomOrthonormal(3, 2, using: &generator)
    let W = Matrix.product(U.scalingColumns(by: [3, 0.1]), .plain, V, .transposed)
    for widths in [[3, 4], [3, 2, 4], [3, 5, 2, 4]] {
      let network = LinearNetwork.balanced(left: U, singularValues: [3, 0.1], right: V, widths: widths)
      #expect((network.endToEndMatrix - W).frobeniusNorm <= 1e-15 * 4 * 3)
      #expect(network.relativeImbalance <= 1e-15 * 4)
    }
    let zero = LinearNetwork.balanced(
      left: U.columns([]), singularValues: [], right: V.columns([]), widths: [3, 1, 4])
    #expect(zero.endToEndMatrix == Matrix(zeros: 4, 3))
  }
}
