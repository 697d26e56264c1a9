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
