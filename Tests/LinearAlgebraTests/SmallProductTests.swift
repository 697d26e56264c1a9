import Foundation
import LinearAlgebra
import Testing

struct SmallProductTests {
  /// op(A) op(B) as BLAS multiplies it: inside matrices of zeros that are too large for the plain loop.
  private func blasProduct(_ A: Matrix, _ opA: Transposition, _ B: Matrix, _ opB: Transposition) -> Matrix {
    func padded(_ M: Matrix) -> Matrix {
      Matrix(16, 16) { i, j in i < M.rows && j < M.columns ? M[i, j] : 0 }
    }
    let product = Matrix.product(padded(A), opA, padded(B), opB)
    let (m, n) = (opA == .plain ? A.rows : A.columns, opB == .plain ? B.columns : B.rows)
    return product.rows(0..<m).columns(0..<n)
  }

  @Test func `products below and above the limit agree with BLAS, for every transposition`() {
    var generator = SeededGenerator(seed: 1)
    for m in 1...7 {
      for k in 1...7 {
        for n in 1...7 {
          let A = Matrix.gaussian(m, k, using: &generator)
          let B = Matrix.gaussian(k, n, using: &generator)
          // |fl(Σ) − Σ| ≤ k·eps·Σ|a||b| for either order of summation (Higham 2002, (3.5)).
          let bound = 2 * Double(k) * .ulpOfOne * A.frobeniusNorm * B.frobeniusNorm
          for (P, opP) in [(A, Transposition.plain), (A.transpose, .transposed)] {
            for (Q, opQ) in [(B, Transposition.plain), (B.transpose, .transposed)] {
              let difference = Matrix.product(P, opP, Q, opQ) - blasProduct(P, opP, Q, opQ)
              #expect(difference.maximumMagnitude <= bound)
            }
          }
        }
      }
    }
  }

  @Test(arguments: [3, 12])
  func `α, β and leading dimensions mean what they mean in BLAS, whatever the size`(n: Int) {
    var generator = SeededGenerator(seed: 2)
    // All three inside storages with two more rows.
    let (A, B, C) = (
      Matrix.gaussian(n + 2, n, using: &generator), Matrix.gaussian(n + 2, n, using: &generator),
      Matrix.gaussian(n + 2, n, using: &generator)
    )
    var found = C
    found.storage.withUnsafeMutableBufferPointer {
      gemm(.transposed, .plain, n, n, n, -2, A.storage, n + 2, B.storage, n + 2, 0.5, $0.baseAddress!, n + 2)
    }
    for j in 0..<n {
      for i in 0..<n {
        let sum = (0..<n).reduce(0.0) { $0 + A[$1, i] * B[$1, j] }
        #expect((found[i, j] - (-2 * sum + 0.5 * C[i, j])).magnitude <= 1e-13)
      }
      // Rows that are not part of the product stay.
      for i in n..<n + 2 { #expect(found[i, j] == C[i, j]) }
    }
  }

  @Test(arguments: [2, 12]) func `what was in C does not count for β = 0, even NaN`(n: Int) {
    let A = Matrix.identity(n)
    var C = Matrix(n, n) { _, _ in .nan }
    C.storage.withUnsafeMutableBufferPointer {
      gemm(.plain, .plain, n, n, n, 1, A.storage, n, A.storage, n, 0, $0.baseAddress!, n)
    }
    #expect(C == .identity(n))
  }
}
