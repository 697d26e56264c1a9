import LinearAlgebra
import Testing

struct ExtremeEigenvaluesTests {
  private func `operator`(_ A: Matrix) -> SymmetricOperator {
    SymmetricOperator(order: A.rows) { x, y in
      A.storage.withUnsafeBufferPointer { a in
        gemm(.plain, .plain, A.rows, 1, A.rows, 1, a.baseAddress!, A.rows, x, A.rows, 0, y, A.rows)
      }
    }
  }

  @Test(arguments: [ExtremeEigenpairs.End.lowest, .highest])
  func `Lanczos pairs are the dense ones`(end: ExtremeEigenpairs.End) {
    var generator = SeededGenerator(seed: 15)
    for n in [3, 10, 30, 120] {
      let B = Matrix.gaussian(n, n, using: &generator)
      let A = B + B.transpose
      let count = min(4, n - 1)
      let start = (0..<n).map { _ in generator.normal() }
      let pairs = ExtremeEigenpairs(of: `operator`(A), at: end, count: count, tolerance: 1e-12, start: start)
      #expect(pairs.metTolerance)
      #expect(pairs.applications > 0)
      let dense = SymmetricEigendecomposition(A).eigenvalues
      let expected = end == .lowest ? Array(dense.prefix(count)) : Array(dense.reversed().prefix(count))
      let X = pairs.eigenvectors
      #expect(orthogonalityDefect(X) <= 100 * backwardTolerance(n, n))
      // A Ritz value is as good as its residual, which ARPACK holds to tolerance·|λ|.
      let residual = A * X - X.scalingColumns(by: pairs.eigenvalues)
      #expect(residual.frobeniusNorm <= 10 * (1e-12 + backwardTolerance(n, n)) * A.frobeniusNorm)
      for (found, value) in zip(pairs.eigenvalues, expected) {
        #expect((found - value).magnitude <= 10 * (1e-12 + backwardTolerance(n, n)) * A.frobeniusNorm)
      }
    }
  }

  @Test func `a run without enough restarts says so`() {
    // Eigenvalues 1 + 1e-9 k: no separation to speak of.
    let n = 400
    let A = Matrix.diagonal((0..<n).map { 1 + 1e-9 * Double($0) })
    var generator = SeededGenerator(seed: 16)
    let pairs = ExtremeEigenpairs(
      of: `operator`(A), at: .lowest, count: 3, tolerance: 1e-15,
      start: (0..<n).map { _ in generator.normal() },
      restarts: 1)
    #expect(!pairs.metTolerance)
    #expect(pairs.eigenvectors.columns == pairs.eigenvalues.count)
  }

  @Test func `multiples of the identity and rank-one operators are no obstacle`() {
    var generator = SeededGenerator(seed: 17)
    let start = (0..<30).map { _ in generator.normal() }
    let two = ExtremeEigenpairs(
      of: `operator`(2 * .identity(30)), at: .lowest, count: 2, tolerance: 1e-10, start: start)
    #expect(two.eigenvalues.allSatisfy { ($0 - 2).magnitude < 1e-9 })
    let u = Matrix.randomOrthonormal(30, 1, using: &generator)
    let pairs = ExtremeEigenpairs(
      of: `operator`(-3 * Matrix.product(u, .plain, u, .transposed)), at: .lowest, count: 1, tolerance: 1e-10,
      start: start)
    #expect((pairs.eigenvalues[0] + 3).magnitude < 1e-9)
    #expect((Matrix.inner(pairs.eigenvectors, u).magnitude - 1).magnitude < 1e-9)
  }
}
