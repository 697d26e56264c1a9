import LinearAlgebra
import Testing

@Suite struct DampedLeastSquaresTests {
  /// Q diag(λ) Qᵀ with a null space.
  private func example(_ λ: [Double], seed: UInt64) -> (A: Matrix, Q: Matrix) {
    var generator = SeededGenerator(seed: seed)
    let Q = Matrix.randomOrthonormal(λ.count, λ.count, using: &generator)
    return (Matrix.product(Q.scalingColumns(by: λ), .plain, Q, .transposed), Q)
  }

  private func solve(_ A: Matrix, _ b: [Double], damping: Double) -> DampedLeastSquares {
    let A = SymmetricOperator(order: b.count) { x, y in
      let image = A * .column(Array(UnsafeBufferPointer(start: x, count: b.count)))
      for i in b.indices { y[i] = image.storage[i] }
    }
    return DampedLeastSquares(of: A, b: b, damping: damping, tolerance: 1e-14, iterations: 200)
  }

  @Test(arguments: [0, 0.1, 1.0])
  func `the solution is Q λ/(λ² + μ²) Qᵀ b, of least norm where λ = 0 = μ`(damping μ: Double) {
    let λ = [-3, -1, -0.5, 0, 0, 0.2, 1, 2]
    let (A, Q) = example(λ, seed: 1)
    var generator = SeededGenerator(seed: 2)
    let b = (0..<λ.count).map { _ in generator.normal() }
    let part = Matrix.product(Q, .transposed, .column(b), .plain).storage
    let expected = Q * .column(zip(λ, part).map { λ, c in λ == 0 ? 0 : λ * c / (λ * λ + μ * μ) })
    let found = solve(A, b, damping: μ)
    // Conditioned by (λ_max/λ_min)² where b has a part outside the range.
    #expect((Matrix.column(found.solution) - expected).frobeniusNorm <= 1e-11 * expected.frobeniusNorm)
    #expect(found.iterations < 200)
  }

  @Test func `a right-hand side outside the range has the solution zero`() {
    let (A, Q) = example([1, 2, 0], seed: 3)
    let found = solve(A, Q.column(2), damping: 0)
    #expect(Matrix.column(found.solution).frobeniusNorm <= 1e-14)
    #expect(solve(A, [0, 0, 0], damping: 0).solution == [0, 0, 0])
  }
}
