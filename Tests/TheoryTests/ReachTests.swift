import LinearAlgebra
import Testing
import Theory

@Suite struct ReachTests {
  private func certificate(depth: Int, bottleneck: Int, Z: Matrix, W0: Matrix, imbalance: Double = 0)
    -> Certificate
  {
    Certificate(
      CertificateSubject(
        depth: depth, bottleneck: bottleneck, sampleCount: 10, whiteningDefect: 0, target: Z, start: W0,
        relativeImbalance: imbalance))
  }

  private let Z = Matrix(rows: [[2, 0], [0, 1]])

  @Test func `a start whose determinant has the other sign cannot reach the minimiser`() {
    let mirrored = Matrix(rows: [[1, 0], [0, -1]])
    #expect(certificate(depth: 2, bottleneck: 2, Z: Z, W0: mirrored).conclusion.contains("det W_0 and det Z"))
    // Each hypothesis taken away: same sign, depth one, not balanced, a wider target.
    #expect(!certificate(depth: 2, bottleneck: 2, Z: Z, W0: .identity(2)).conclusion.contains("det W_0"))
    #expect(!certificate(depth: 1, bottleneck: 2, Z: Z, W0: mirrored).conclusion.contains("det W_0"))
    #expect(
      !certificate(depth: 2, bottleneck: 2, Z: Z, W0: mirrored, imbalance: 0.1).conclusion.contains("det W_0")
    )
    let wide = Matrix(rows: [[2, 0, 0], [0, 1, 0]])
    #expect(
      !certificate(depth: 2, bottleneck: 2, Z: wide, W0: Matrix(rows: [[1, 0, 0], [0, -1, 0]])).conclusion
        .contains("det W_0"))
  }

  @Test func `a start of too low a rank cannot reach the minimum`() {
    let one = Matrix(rows: [[1, 1], [1, 1]])
    #expect(
      certificate(depth: 3, bottleneck: 2, Z: Z, W0: one).conclusion.contains("rank W_0 = 1 is conserved"))
    #expect(!certificate(depth: 1, bottleneck: 2, Z: Z, W0: one).conclusion.contains("is conserved"))
    #expect(!certificate(depth: 3, bottleneck: 2, Z: one, W0: one).conclusion.contains("is conserved"))
  }

  @Test func `the sign of a determinant survives overflow and is zero for singular matrices`() {
    #expect(Matrix.diagonal([1e200, -1e200, 1e200]).determinantSign == -1)
    #expect(Matrix.diagonal([1e-200, 1e-200, 1e-200]).determinantSign == 1)
    #expect(Matrix(rows: [[0, 1], [1, 0]]).determinantSign == -1)
    #expect(Matrix(rows: [[1, 2], [2, 4]]).determinantSign == 0)
  }
}
