import LinearAlgebra
import Testing

@Suite struct SymmetricFactorizationTests {
  /// Q diag(λ) Qᵀ.
  private func matrix(_ λ: [Double], seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    let Q = Matrix.randomOrthonormal(λ.count, λ.count, using: &generator)
    return Matrix.product(Q.scalingColumns(by: λ), .plain, Q, .transposed)
  }

  @Test(arguments: 1...20) func `the inertia of a shifted matrix counts the eigenvalues below the shift`(
    n: Int
  ) {
    let λ = (0..<n).map { Double($0 * $0) - 7.5 }
    let A = matrix(λ, seed: UInt64(n))
    for shift in [-100, -7.4, -0.1, 0, 3.3, 50, 1000] {
      let factors = SymmetricFactorization(A, shift: shift)
      #expect(factors.negativeCount == λ.filter { $0 < shift }.count)
      #expect(factors.positiveCount == λ.filter { $0 > shift }.count)
    }
  }

  @Test func `a matrix with zeros on its diagonal needs blocks of order two`() {
    let factors = SymmetricFactorization(Matrix(rows: [[0, 1, 0], [1, 0, 0], [0, 0, 0]]))
    #expect(factors.negativeCount == 1 && factors.positiveCount == 1 && factors.zeroCount == 1)
    #expect(factors.solve([1, 1, 1]) == nil)
  }

  @Test func `solutions have small residuals`() throws {
    let A = matrix([-3, -1, 0.5, 2, 8], seed: 3)
    let b = [1.0, -2, 3, 0.5, 1]
    let x = try #require(SymmetricFactorization(A, shift: 1).solve(b))
    let residual = (A - Matrix.identity(5)) * .column(x) - .column(b)
    #expect(residual.frobeniusNorm <= 100 * .ulpOfOne * A.frobeniusNorm * Matrix.column(x).frobeniusNorm)
  }

  @Test func `the complement of a column space is orthonormal and orthogonal to it`() {
    var generator = SeededGenerator(seed: 8)
    for (rows, columns) in [(5, 0), (5, 2), (5, 5), (1, 1), (40, 13)] {
      // Columns of very different length and nearly the same direction.
      var A = Matrix.gaussian(rows, columns, using: &generator).scalingColumns(
        by: (0..<columns).map { $0 % 2 == 0 ? 1 : 1e-9 })
      if columns > 1 { for i in 0..<rows { A[i, 1] += 1e-3 * A[i, 0] } }
      let N = A.orthogonalComplement
      #expect(N.rows == rows && N.columns == rows - columns)
      let gram = Matrix.product(N, .transposed, N, .plain)
      #expect((gram - .identity(N.columns)).frobeniusNorm <= 1e-13)
      #expect(Matrix.product(N, .transposed, A, .plain).frobeniusNorm <= 1e-13 * max(A.frobeniusNorm, 1))
    }
  }
}

@Suite struct RandomStartBoundsTests {
  private func bounds(_ λ: [Double], steps: Int, seed: UInt64) -> RandomStartBounds {
    var generator = SeededGenerator(seed: seed)
    let A = SymmetricOperator(order: λ.count) { x, y in for i in λ.indices { y[i] = λ[i] * x[i] } }
    return RandomStartBounds(of: A, steps: steps, failureProbability: 1e-6, using: &generator)
  }

  @Test(arguments: 0..<30) func `all eigenvalues lie within the bounds, and Ritz values within the spectrum`(
    seed: UInt64
  ) {
    var generator = SeededGenerator(seed: 100 + seed)
    // One eigenvalue just below a crowd: what a single run with a loose tolerance takes for the end.
    var λ = (0..<3000).map { _ in generator.uniform() }
    λ[7] = -1e-3 * Double(seed)
    let found = bounds(λ, steps: 100 + 10 * Int(seed), seed: seed)
    #expect(found.lower <= λ.min()! && found.upper >= λ.max()!)
    #expect(found.smallestRitzValue >= λ.min()! - 1e-12 && found.largestRitzValue <= λ.max()! + 1e-12)
    #expect(found.failureProbability == 1e-6)
  }

  @Test func `more steps bring the bounds nearer, with the square of their number`() {
    let λ = (0..<5000).map { Double($0) / 5000 }
    let widths = [100, 200, 400].map { steps -> Double in
      let found = bounds(λ, steps: steps, seed: 4)
      return found.smallestRitzValue - found.lower
    }
    #expect(widths[0] / widths[1] > 3.5 && widths[1] / widths[2] > 3.5)
    #expect(widths[2] < 1e-3)
  }

  @Test func `one step leaves everything open`() {
    #expect(bounds([0, 1, 2], steps: 1, seed: 1).lower == -.infinity)
  }
}
