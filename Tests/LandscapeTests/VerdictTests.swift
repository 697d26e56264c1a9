import Landscape
import LinearAlgebra
import LinearNetworks
import Testing

/// Networks whose place in the landscape is known.
@Suite struct VerdictTests {
  private let Z = Matrix.diagonal([3, 2, 1], rows: 3, columns: 4)

  private func rule(_ Z: Matrix, rank: Int, m: Int = 7) -> VerdictRule {
    VerdictRule(for: Problem(target: Z, sampleCount: m), rank: rank)
  }

  private func verdict(_ network: LinearNetwork, on Z: Matrix) -> (verdict: Verdict, escape: LinearNetwork?) {
    rule(Z, rank: network.bottleneckWidth).verdict(on: network)
  }

  /// The balanced network whose end-to-end matrix keeps the given singular directions of Z.
  private func critical(_ kept: [Int], of Z: Matrix, widths: [Int]) throws -> LinearNetwork {
    let svd = Z.singularValueDecomposition
    let W = Matrix.product(
      svd.U.columns(kept).scalingColumns(by: kept.map { svd.singularValues[$0] }), .plain,
      svd.V.columns(kept), .transposed)
    return try .balanced(factoring: W, widths: widths)
  }

  @Test func `one layer on whitened data has the curvature m in every direction`() throws {
    let minimiser = verdict(LinearNetwork(layers: [Z]), on: Z).verdict
    #expect(minimiser.kind == .globalMinimiser)
    #expect((try #require(minimiser.smallestHessianEigenvalue) - 7).magnitude <= 12 * 7 * .ulpOfOne)
  }

  @Test(arguments: [2, 3, 5], [1, 2, 3])
  func `the leading directions are the global minimiser, every other choice is a strict saddle`(
    depth: Int, rank: Int
  ) throws {
    let widths = [4] + Array(repeating: rank, count: depth - 1) + [3]
    for kept in subsets(of: 3, size: rank) {
      let (verdict, escape) = verdict(try critical(kept, of: Z, widths: widths), on: Z)
      let isLeading = kept == Array(0..<rank)
      #expect(verdict.kind == (isLeading ? .globalMinimiser : .strictSaddle), "\(kept)")
      #expect(verdict.rank == rank)
      #expect((escape == nil) == isLeading)
    }
  }

  @Test(arguments: [2, 3, 4])
  func `a rank-deficient critical point is strict for two layers and not strict for more`(
    depth: Int
  ) throws {
    let widths = [4] + Array(repeating: 3, count: depth - 1) + [3]
    for kept in [[], [0], [0, 1]] {
      let found = verdict(try critical(kept, of: Z, widths: widths), on: Z).verdict
      #expect(found.kind == (depth == 2 ? .strictSaddle : .nonStrictSaddle), "\(kept)")
      #expect(found.rank == kept.count)
      // The gap is the sum of the squares that are missing, times m/2.
      let missing = [9.0, 4, 1].enumerated().filter { !kept.contains($0.offset) }.reduce(0) {
        $0 + $1.element
      }
      #expect((found.lossGap - 3.5 * missing).magnitude <= 1e-12 * missing)
    }
  }

  @Test func `a wrong direction together with a missing one is still a strict saddle in deep networks`()
    throws
  {
    let network = try critical([1], of: Z, widths: [4, 2, 2, 3])
    #expect(verdict(network, on: Z).verdict.kind == .strictSaddle)
  }

  @Test func `the escape direction of a strict saddle lowers the loss at the rate of its curvature`() throws {
    let network = try critical([1], of: Z, widths: [4, 1, 3])
    let (found, escape) = verdict(network, on: Z)
    let direction = try #require(escape)
    let problem = Problem(target: Z, sampleCount: 7)
    let loss = NetworkLoss(problem: problem, widths: network.widths)
    let h = 1e-3
    let moved = zip(network.parameters, direction.parameters).map { $0 + h * $1 }
    let drop = loss.value(moved) - loss.value(network.parameters)
    let λ = try #require(found.escapeCurvature)
    #expect(λ < 0)
    #expect((drop - 0.5 * λ * h * h).magnitude <= 1e-2 * (0.5 * λ * h * h).magnitude)
  }

  @Test func `the origin of an unbalanced network with one open layer is a strict saddle`() {
    // W_1 = 0, W_3 = 0, W_2 = I: perturbing both outer layers at once lowers the loss although N = 3.
    let network = LinearNetwork(layers: [Matrix(zeros: 3, 4), .identity(3), Matrix(zeros: 3, 3)])
    #expect(verdict(network, on: Z).verdict.kind == .strictSaddle)
  }

  @Test func `repeated singular values leave minimisers minimisers`() throws {
    let tied = Matrix.diagonal([2, 2, 2], rows: 3, columns: 4)
    for kept in subsets(of: 3, size: 2) {
      #expect(
        verdict(try critical(kept, of: tied, widths: [4, 2, 2, 3]), on: tied).verdict.kind == .globalMinimiser
      )
    }
  }

  @Test(arguments: [1e-3, 1e-5]) func `a perturbed saddle is not stationary`(size: Double) throws {
    var generator = SeededGenerator(seed: 2)
    let network = try critical([1], of: Z, widths: [4, 1, 3])
    let moved = LinearNetwork(
      widths: network.widths, parameters: network.parameters.map { $0 + size * generator.normal() })
    #expect(verdict(moved, on: Z).verdict.kind == .notStationary)
  }

  @Test func `directions with little data that still move are not taken for a saddle`() throws {
    // One input is ten billion times smaller than the other: its gradient is tiny although nothing of it is learnt.
    let X = Matrix(rows: [[1, -1, 1, -1], [1e-10, 1e-10, -1e-10, -1e-10]])
    let Y = Matrix(rows: [[1, -1, 1, -1], [1, 1, -1, -1]])
    let problem = Problem(inputs: X, outputs: Y)
    let rule = VerdictRule(for: problem, rank: 2)
    let W = Matrix(rows: [[1, 0], [0, 1]])
    let network = try LinearNetwork.balanced(factoring: W, widths: [2, 2, 2])
    let found = rule.verdict(on: network).verdict
    #expect(found.relativeGradientNorm <= found.gradientTolerance)
    #expect(found.kind == .notStationary)
  }

  private func subsets(of n: Int, size: Int) -> [[Int]] {
    (0..<(1 << n)).map { mask in (0..<n).filter { mask >> $0 & 1 == 1 } }.filter { $0.count == size }
  }
}
