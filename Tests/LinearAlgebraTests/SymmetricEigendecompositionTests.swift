import Foundation
import LinearAlgebra
import Testing

struct SymmetricEigendecompositionTests {
  @Test func `A = Q diag(λ) Qᵀ to backward error, eigenvalues in increasing order`() {
    var generator = SeededGenerator(seed: 6)
    for n in [1, 2, 5, 40] {
      let B = Matrix.gaussian(n, n, using: &generator)
      let A = B + B.transpose
      let eigen = SymmetricEigendecomposition(A)
      let Q = eigen.eigenvectors
      let rebuilt = Matrix.product(Q.scalingColumns(by: eigen.eigenvalues), .plain, Q, .transposed)
      #expect((A - rebuilt).frobeniusNorm <= backwardTolerance(n, n) * A.frobeniusNorm)
      #expect(orthogonalityDefect(Q) <= backwardTolerance(n, n))
      #expect(zip(eigen.eigenvalues, eigen.eigenvalues.dropFirst()).allSatisfy { $0 <= $1 })
      // Negative control: the rows of Q are not the eigenvectors (for n ≤ 2 Q may be a reflection, Q = Qᵀ).
      if n > 2 {
        let wrong = Matrix.product(Q.transpose.scalingColumns(by: eigen.eigenvalues), .plain, Q, .plain)
        #expect((A - wrong).frobeniusNorm > 1e-3 * A.frobeniusNorm)
      }
    }
    #expect(SymmetricEigendecomposition(Matrix(zeros: 0, 0)).eigenvalues.isEmpty)
  }

  @Test func `known spectra are found`() {
    // The second difference matrix: λ_k = 2 − 2 cos(kπ/(n+1)).
    let n = 12
    let A = Matrix(n, n) { i, j in i == j ? 2 : abs(i - j) == 1 ? -1 : 0 }
    let eigen = SymmetricEigendecomposition(A)
    for (k, found) in eigen.eigenvalues.enumerated() {
      let expected = 4 * pow(sin(.pi * Double(k + 1) / Double(2 * (n + 1))), 2)
      #expect((found - expected).magnitude <= backwardTolerance(n, n) * 4)
    }
  }

  @Test func `only the lower triangle is read`() {
    let lower = SymmetricEigendecomposition(Matrix(rows: [[2, 99], [1, 2]]))
    #expect((lower.eigenvalues[0] - 1).magnitude <= 8 * .ulpOfOne)
    #expect((lower.eigenvalues[1] - 3).magnitude <= 8 * .ulpOfOne)
  }
}
