import Foundation
import LinearAlgebra
import Testing

/// A matrix by factors is the matrix that is their product: every answer is compared with that of all its entries.
struct FactoredMatrixTests {
  private func factors(
    _ rows: Int, _ columns: Int, _ k: Int, _ generator: inout SeededGenerator
  ) -> (FactoredMatrix, Matrix) {
    let L = Matrix.gaussian(rows, k, using: &generator)
    let R = Matrix.gaussian(columns, k, using: &generator)
    return (FactoredMatrix(left: L, right: R), Matrix.product(L, .plain, R, .transposed))
  }

  @Test(arguments: [(40, 30, 1), (40, 30, 3), (9, 50, 4), (7, 5, 1), (6, 6, 5), (4, 3, 2)])
  func `norms, products, scalings and differences are those of the product`(shape: (Int, Int, Int)) {
    var generator = SeededGenerator(seed: 5)
    let (m, n, k) = shape
    for scale in [1.0, 1e120, 1e-120] {
      let (A, dense) = factors(m, n, k, &generator)
      let (B, other) = factors(m, n, 1, &generator)
      let sized = scale * dense
      let large = A.right.map { FactoredMatrix(left: scale * A.left, right: $0) } ?? FactoredMatrix(sized)
      // Only where 2k < min(rows, columns) are factors shorter.
      #expect((A.right != nil) == (2 * k < min(m, n)))
      let tolerance = backwardTolerance(m, n)
      #expect((large.matrix - sized).frobeniusNorm <= tolerance * sized.frobeniusNorm)
      #expect((large.frobeniusNorm / sized.frobeniusNorm - 1).magnitude <= tolerance)
      let size = dense.frobeniusNorm + other.frobeniusNorm
      #expect(((A - B).frobeniusNorm - (dense - other).frobeniusNorm).magnitude <= tolerance * size)
      let d = (0..<n).map { 1 + Double($0) }
      #expect(
        (A.scalingColumns(by: d).matrix - dense.scalingColumns(by: d)).frobeniusNorm
          <= tolerance * Double(n) * dense.frobeniusNorm)
      let M = Matrix.gaussian(m, n, using: &generator)
      #expect(
        (FactoredMatrix.inner(A, M) - Matrix.inner(dense, M)).magnitude
          <= tolerance * dense.frobeniusNorm * M.frobeniusNorm)
      #expect(
        (FactoredMatrix.inner(A, B) - Matrix.inner(dense, other)).magnitude
          <= tolerance * dense.frobeniusNorm * other.frobeniusNorm)
    }
  }

  /// ‖A − D‖ by its entries, where D = diag(d).
  private func entrywise(_ A: Matrix, _ d: [Double]) -> Double {
    (A - .diagonal(d, rows: A.rows, columns: A.columns)).frobeniusNorm
  }

  @Test(arguments: [(40, 30, 1), (40, 30, 3), (9, 50, 4), (6, 6, 5)])
  func `the distance to a diagonal is that of the entries, far from it and near`(shape: (Int, Int, Int)) {
    var generator = SeededGenerator(seed: 7)
    let (m, n, k) = shape
    let d = (0..<k).map { 3 / Double($0 + 1) }
    // L and R of diag(d), turned by a hidden rotation: then moved by ε.
    let G = Matrix.randomOrthonormal(k, k, using: &generator)
    let roots = Matrix.diagonal(d.map { $0.squareRoot() }) * G
    for ε in [1.0, 1e-4, 1e-10, 1e-13] {
      let L = roots.appendingRows(Matrix(zeros: m - k, k)) + ε * Matrix.gaussian(m, k, using: &generator)
      let R = roots.appendingRows(Matrix(zeros: n - k, k)) + ε * Matrix.gaussian(n, k, using: &generator)
      let A = FactoredMatrix(left: L, right: R)
      let found = A.distance(toDiagonal: d)
      let expected = entrywise(Matrix.product(L, .plain, R, .transposed), d)
      #expect((found - expected).magnitude <= 1e-11 * expected + backwardTolerance(m, n) * 3, "\(ε)")
      #expect(expected > 0.1 * ε)
    }
  }

  @Test func `a small product of large factors has its own norm, and not that of their rounding`() {
    // L Rᵀ = ε u vᵀ + (p qᵀ − p qᵀ): Gram matrices of these factors round to 1e-8 of them.
    var generator = SeededGenerator(seed: 8)
    let (m, n) = (30, 25)
    let (p, q) = (Matrix.gaussian(m, 1, using: &generator), Matrix.gaussian(n, 1, using: &generator))
    let (u, v) = (Matrix.gaussian(m, 1, using: &generator), Matrix.gaussian(n, 1, using: &generator))
    let ε = 1e-11
    let L = p.appendingColumns(p).appendingColumns(u)
    let R = q.appendingColumns(-q).appendingColumns(ε * v)
    let expected = ε * u.frobeniusNorm * v.frobeniusNorm
    let found = FactoredMatrix(left: L, right: R).frobeniusNorm
    #expect((found - expected).magnitude <= 100 * .ulpOfOne * p.frobeniusNorm * q.frobeniusNorm)
    #expect((found / expected - 1).magnitude < 1e-2)
    // The same below the rows and columns of a diagonal that the factors hold besides.
    let top = Matrix.diagonal([2, 1]), zeros = Matrix(zeros: 2, 3)
    let (below, beside) = (Matrix(zeros: m, 2).appendingColumns(L), Matrix(zeros: n, 2).appendingColumns(R))
    let A = FactoredMatrix(
      left: top.appendingColumns(zeros).appendingRows(below),
      right: Matrix.identity(2).appendingColumns(zeros).appendingRows(beside))
    #expect((A.distance(toDiagonal: [2, 1]) / expected - 1).magnitude < 1e-2)
  }

  @Test(arguments: [(40, 30, 1), (40, 30, 3), (9, 50, 4), (6, 6, 5)])
  func `the singular values and vectors are those of the product`(shape: (Int, Int, Int)) {
    var generator = SeededGenerator(seed: 6)
    let (m, n, k) = shape
    let (A, dense) = factors(m, n, k, &generator)
    let svd = A.singularValueDecomposition(ofRank: k)
    let tolerance = backwardTolerance(m, n) * dense.frobeniusNorm
    #expect(svd.singularValues.count == k)
    for (found, expected) in zip(svd.singularValues, dense.singularValues) {
      #expect((found - expected).magnitude <= tolerance)
    }
    #expect((svd.truncated(to: k) - dense).frobeniusNorm <= tolerance)
    #expect(orthogonalityDefect(svd.U) <= backwardTolerance(m, n))
    #expect(orthogonalityDefect(svd.V) <= backwardTolerance(m, n))
  }

  @Test func `zero factors are the zero matrix`() {
    let zero = FactoredMatrix(left: Matrix(zeros: 10, 2), right: Matrix(zeros: 12, 2))
    #expect(zero.frobeniusNorm == 0)
    #expect(zero.singularValueDecomposition(ofRank: 2).singularValues == [0, 0])
    let line = FactoredMatrix(left: Matrix(zeros: 10, 1), right: Matrix(zeros: 12, 1))
    #expect(line.singularValueDecomposition(ofRank: 1).singularValues == [0])
  }
}
