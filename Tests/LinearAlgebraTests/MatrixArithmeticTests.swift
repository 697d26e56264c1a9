import Foundation
import LinearAlgebra
import Testing

struct MatrixArithmeticTests {
  @Test func `products agree with three loops for every transposition`() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<100 {
      let (m, k, n) = (
        Int(generator.next() % 20), Int(generator.next() % 20), Int(generator.next() % 20)
      )
      let A = Matrix.gaussian(m, k, using: &generator)
      let B = Matrix.gaussian(k, n, using: &generator)
      let expected = naiveProduct(A, B)
      // |fl(Σ) − Σ| ≤ k·eps·Σ|a||b| for either order of summation (Higham 2002, (3.5)).
      let bound = 2 * Double(k) * .ulpOfOne * A.frobeniusNorm * B.frobeniusNorm
      let (At, Bt) = (A.transpose, B.transpose)
      for C in [
        A * B, Matrix.product(At, .transposed, B, .plain), Matrix.product(A, .plain, Bt, .transposed),
        Matrix.product(At, .transposed, Bt, .transposed),
      ] {
        #expect(C.rows == m && C.columns == n)
        #expect((C - expected).maximumMagnitude <= bound)
      }
      // Negative control: a wrong transposition is not within round-off.
      if m == k, m > 1, n > 0 {
        #expect((Matrix.product(A, .transposed, B, .plain) - expected).maximumMagnitude > 1000 * bound)
      }
    }
  }

  @Test func `gemm accumulates into strided storage`() {
    // C ← 2 AB + 3 C inside a storage with leading dimension 4.
    let A: [Double] = [1, 2, 3, 4]
    let B: [Double] = [5, 6, 7, 8]
    var C: [Double] = [1, 1, 9, 9, 1, 1, 9, 9]
    gemm(.plain, .plain, 2, 2, 2, 2, A, 2, B, 2, 3, &C, 4)
    #expect(C == [49, 71, 9, 9, 65, 95, 9, 9])
  }

  @Test func `sums, differences and multiples are entry by entry`() {
    let A = Matrix(rows: [[1, -2], [3, 4]])
    let B = Matrix(rows: [[10, 20], [30, 40]])
    #expect(A + B == Matrix(rows: [[11, 18], [33, 44]]))
    #expect(B - A == Matrix(rows: [[9, 22], [27, 36]]))
    #expect(-A == Matrix(rows: [[-1, 2], [-3, -4]]))
    #expect(2 * A == A + A)
    var C = A
    C += B
    C -= A
    #expect(C == B)
    #expect(Matrix.inner(A, B) == 10 - 40 + 90 + 160)
  }

  @Test(arguments: [1e200, 1e-200, 1])
  func `norms neither overflow nor underflow`(scale: Double) {
    let A = scale * Matrix(rows: [[3, 0], [0, 4]])
    #expect((A.frobeniusNorm / scale - 5).magnitude <= 8 * .ulpOfOne)
    #expect((A.spectralNorm / scale - 4).magnitude <= 8 * .ulpOfOne)
    #expect((norm2(A.storage, 4) / scale - 5).magnitude <= 8 * .ulpOfOne)
    // Negative control: the textbook root of the sum of squares does.
    if scale != 1 { #expect(!(Matrix.inner(A, A).squareRoot() / scale - 5).magnitude.isLess(than: 1)) }
  }

  @Test func `a norm scales with powers of two to the last bit, through the whole range`() {
    var generator = SeededGenerator(seed: 9)
    let x = Matrix.gaussian(37, 3, using: &generator)
    let norm = x.frobeniusNorm
    for power in stride(from: -960, through: 1000, by: 49) {
      let unit = Double(sign: .plus, exponent: power, significand: 1)
      #expect((unit * x).frobeniusNorm == unit * norm, "2^\(power)")
    }
    #expect((Double.nan * x).frobeniusNorm.isNaN && (Double.infinity * x).frobeniusNorm == .infinity)
  }

  @Test func `empty matrices have zero norms and empty products`() {
    #expect(Matrix(zeros: 0, 4).frobeniusNorm == 0)
    #expect(Matrix(zeros: 0, 4).spectralNorm == 0)
    #expect(Matrix(zeros: 3, 0) * Matrix(zeros: 0, 2) == Matrix(zeros: 3, 2))
    #expect((Matrix(zeros: 0, 3) * Matrix(zeros: 3, 2)).rows == 0)
  }
}
