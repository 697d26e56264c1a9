import Landscape
import LinearAlgebra
import LinearNetworks
import Testing

@Suite struct GlobalMinimumTests {
  /// Random data with a chosen number of samples and badly scaled inputs.
  private func problem(_ dx: Int, _ dy: Int, _ m: Int, seed: UInt64) -> (Problem, X: Matrix, Y: Matrix) {
    var generator = SeededGenerator(seed: seed)
    let X = Matrix.gaussian(dx, m, using: &generator).scalingRows(by: (0..<dx).map { pow10(-$0) })
    let Y = Matrix.gaussian(dy, m, using: &generator)
    return (Problem(inputs: X, outputs: Y), X, Y)
  }

  private func pow10(_ k: Int) -> Double { (0..<k.magnitude).reduce(1) { x, _ in k < 0 ? x / 10 : x * 10 } }

  @Test(arguments: [(4, 3, 20), (3, 5, 9), (6, 2, 4), (1, 1, 7)])
  func `the minimum is the loss of the minimiser, and no matrix of that rank does better`(
    _ shape: (dx: Int, dy: Int, m: Int)
  ) {
    let (problem, X, Y) = problem(shape.dx, shape.dy, shape.m, seed: 3)
    var generator = SeededGenerator(seed: 4)
    for r in 0...min(shape.dx, shape.dy) {
      let minimum = GlobalMinimum(of: problem, rank: r)
      let W = minimum.minimiser
      let residual = (Y - W * X).frobeniusNorm
      // Backward stable factorizations: the loss agrees to a modest multiple of eps ‖Y‖².
      let scale = Y.frobeniusNorm * Y.frobeniusNorm
      #expect((0.5 * residual * residual - minimum.loss).magnitude <= 1e-13 * scale)
      #expect(minimum.gap(of: minimum.minimiser).magnitude <= 1e-14 * scale)
      #expect(W.singularValueDecomposition.rank(tolerance: 1e-10 * W.spectralNorm) <= r)
      let σ = W.singularValues
      #expect(minimum.minimiserSingularValues.count == r)
      #expect(
        zip(minimum.minimiserSingularValues, σ).allSatisfy { ($0 - $1).magnitude <= 1e-13 * σ[0] })
      for _ in 0..<20 where r > 0 {
        let P = Matrix.gaussian(shape.dy, r, using: &generator)
        let Q = Matrix.gaussian(r, shape.dx, using: &generator)
        #expect(minimum.gap(of: P * Q) > 0)
      }
    }
  }

  @Test
  func
    `the gap agrees with the difference of losses where that has digits, and keeps digits where it has none`()
  {
    let (problem, X, _) = problem(4, 3, 30, seed: 5)
    let minimum = GlobalMinimum(of: problem, rank: 2)
    var generator = SeededGenerator(seed: 6)
    let Δ = Matrix.gaussian(3, 4, using: &generator)
    func gap(_ h: Double) -> Double { minimum.gap(of: minimum.minimiser + h * Δ) }
    let direct = problem.loss(minimum.minimiser + 0.1 * Δ) - minimum.loss
    #expect((gap(0.1) - direct).magnitude <= 1e-13 * problem.loss(minimum.minimiser))
    // Along a direction that stays of full rank the gap is quadratic plus linear in h: second differences are exact.
    // (Rounding W* + hΔ itself moves the gap by about eps, hence h = 1e-4.)
    let curvature = (gap(1e-4) + gap(-1e-4)) / 1e-8
    let XΔ = Δ * X
    #expect((curvature - Matrix.inner(XΔ, XΔ)).magnitude <= 1e-6 * Matrix.inner(XΔ, XΔ))
  }

  @Test func `uniqueness ends where two singular values meet`() {
    let split = Problem(target: .diagonal([3, 2, 1]), sampleCount: 5)
    let tied = Problem(target: .diagonal([3, 2, 2]), sampleCount: 5)
    #expect(GlobalMinimum(of: split, rank: 2).isUnique)
    #expect(!GlobalMinimum(of: tied, rank: 2).isUnique)
    #expect(GlobalMinimum(of: tied, rank: 1).isUnique)
    #expect(GlobalMinimum(of: tied, rank: 3).isUnique)
  }

  @Test func `what inputs of rank two cannot explain is irreducible`() {
    var generator = SeededGenerator(seed: 8)
    let basis = Matrix.gaussian(4, 2, using: &generator)
    let X = basis * Matrix.gaussian(2, 15, using: &generator)
    let Y = Matrix.gaussian(3, 15, using: &generator)
    let minimum = GlobalMinimum(of: Problem(inputs: X, outputs: Y), rank: 3)
    let rows = X.transpose.columnSpaceBasis(relativeTolerance: 1e-10)
    let unexplained = (Y - Matrix.product(Y * rows, .plain, rows, .transposed)).frobeniusNorm
    #expect(rows.columns == 2)
    #expect(
      (minimum.irreducibleLoss - 0.5 * unexplained * unexplained).magnitude <= 1e-12 * unexplained
        * unexplained)
    #expect((minimum.loss - minimum.irreducibleLoss).magnitude <= 1e-12 * unexplained * unexplained)
  }
}
