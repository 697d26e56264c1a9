import LinearAlgebra
import Testing

@Suite struct TriangularSolveTests {
  @Test(arguments: [(1, 1), (5, 3), (3, 8), (0, 4)])
  func `B R⁻¹ times R is B, and only the upper triangle counts`(_ shape: (rows: Int, n: Int)) {
    var generator = SeededGenerator(seed: 21)
    let n = shape.n
    let full = Matrix.gaussian(n, n, using: &generator)
    let R = Matrix(n, n) { i, j in i < j ? full[i, j] : i == j ? 3 + full[i, j].magnitude : 0 }
    let noise = Matrix(n, n) { i, j in i > j ? 1e6 : R[i, j] }
    let B = Matrix.gaussian(shape.rows, n, using: &generator)
    let X = B.dividing(byUpperTriangular: noise)
    // Row by row, |x (R + E) − b| = 0 with |E| ≤ n eps |R|.
    let tolerance = Double(n) * .ulpOfOne * X.frobeniusNorm * R.frobeniusNorm
    #expect((naiveProduct(X, R) - B).frobeniusNorm <= 2 * tolerance)
  }
}
