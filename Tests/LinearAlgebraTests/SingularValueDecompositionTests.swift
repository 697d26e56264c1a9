import Foundation
import LinearAlgebra
import Testing

struct SingularValueDecompositionTests {
  @Test func `A = U diag(σ) Vᵀ to backward error, with orthonormal factors`() {
    var generator = SeededGenerator(seed: 2)
    for (m, n) in [(1, 1), (1, 5), (5, 1), (4, 4), (30, 7), (7, 30), (60, 60)] {
      for scale in [1.0, 1e150, 1e-150] {
        let A = scale * Matrix.gaussian(m, n, using: &generator)
        let svd = A.singularValueDecomposition
        let tolerance = backwardTolerance(m, n)
        #expect((A - svd.truncated(to: min(m, n))).frobeniusNorm <= tolerance * A.frobeniusNorm)
        #expect(orthogonalityDefect(svd.U) <= tolerance)
        #expect(orthogonalityDefect(svd.V) <= tolerance)
        #expect(zip(svd.singularValues, svd.singularValues.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(svd.singularValues.allSatisfy { $0 >= 0 })
        // Negative control: the factors of another matrix miss by the size of A.
        let other = (scale * Matrix.gaussian(m, n, using: &generator)).singularValueDecomposition
        #expect((A - other.truncated(to: min(m, n))).frobeniusNorm > 1e6 * tolerance * A.frobeniusNorm)
      }
    }
  }

  @Test func `given singular values are found to eps·σ_1, graded and repeated ones too`() {
    var generator = SeededGenerator(seed: 3)
    for sigma in [[3, 2, 1.0], [1, 1, 1.0], [1, 1e-5, 1e-10], [5, 5, 0, 0.0]] {
      let A = matrix(singularValues: sigma, rows: 8, columns: 6, using: &generator)
      for (found, expected) in zip(A.singularValues, sigma + [0, 0, 0, 0]) {
        #expect((found - expected).magnitude <= 2 * backwardTolerance(8, 6) * sigma[0])
      }
    }
    #expect(Matrix(rows: [[3, 4]]).singularValues == [5])
  }

  @Test func `the rank counts what stands above round-off`() {
    var generator = SeededGenerator(seed: 4)
    for rank in 0...5 {
      let sigma = (0..<rank).map { 2.0 - Double($0) / 4 }
      let A =
        rank == 0
        ? Matrix(zeros: 9, 6) : matrix(singularValues: sigma, rows: 9, columns: 6, using: &generator)
      // Two multiplications made A: its round-off is a few times that of the SVD.
      #expect(A.singularValueDecomposition.rank(tolerance: 1e-13) == rank)
    }
    let svd = Matrix.diagonal([1, 1e-3, 1e-20]).singularValueDecomposition
    #expect(svd.rank() == 2)
    #expect(svd.rank(tolerance: 1e-2) == 1)
    #expect(svd.rank(tolerance: 0) == 3)
    #expect(Matrix(zeros: 0, 3).singularValueDecomposition.rank() == 0)
  }

  @Test func `truncation is the best approximation of its rank`() {
    var generator = SeededGenerator(seed: 5)
    let A = Matrix.gaussian(8, 6, using: &generator)
    let svd = A.singularValueDecomposition
    for k in 0...6 {
      // Eckart and Young: ‖A − A_k‖² = Σ_{i>k} σ_i².
      let tail = Matrix.column(Array(svd.singularValues.dropFirst(k))).frobeniusNorm
      let best = (A - svd.truncated(to: k)).frobeniusNorm
      #expect((best - tail).magnitude <= backwardTolerance(8, 6) * A.frobeniusNorm)
      for _ in 0..<20 where k > 0 {
        let nearby = svd.truncated(to: k) + 0.01 * Matrix.gaussian(8, 6, using: &generator)
        #expect((A - nearby.singularValueDecomposition.truncated(to: k)).frobeniusNorm >= best * (1 - 1e-12))
      }
    }
    #expect(svd.truncated(to: 100).rows == 8)
  }

  @Test(arguments: [(90, 70), (70, 90), (60, 60), (10, 8)], [1, 3, 8])
  func `of a matrix of known rank the decomposition is found from its range`(shape: (Int, Int), rank: Int) {
    var generator = SeededGenerator(seed: 6)
    let (m, n) = shape
    // Graded singular values: the last is known to eps·σ_1, as of the whole decomposition.
    let σ = (0..<rank).map { pow(10, -Double($0)) }
    let U = Matrix.gaussian(m, rank, using: &generator).orthonormalFactor
    let V = Matrix.gaussian(n, rank, using: &generator).orthonormalFactor
    let A = Matrix.product(U.scalingColumns(by: σ), .plain, V, .transposed)
    let svd = A.singularValueDecomposition(ofRank: rank)
    #expect(svd.singularValues.count == rank)
    #expect(zip(svd.singularValues, σ).allSatisfy { ($0 - $1).magnitude <= 1e-14 })
    #expect((A - svd.truncated(to: rank)).frobeniusNorm <= 1e-13)
    let I = Matrix.identity(rank)
    #expect((Matrix.product(svd.U, .transposed, svd.U, .plain) - I).frobeniusNorm <= 1e-13)
    #expect((Matrix.product(svd.V, .transposed, svd.V, .plain) - I).frobeniusNorm <= 1e-13)
    // A zero matrix has zeros.
    #expect(
      Matrix(zeros: m, n).singularValueDecomposition(ofRank: rank).singularValues.allSatisfy { $0 == 0 })
  }
}
