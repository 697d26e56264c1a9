import LinearAlgebra
import Testing

struct OrthonormalBasisTests {
  @Test func `Q is orthonormal and spans the columns`() {
    var generator = SeededGenerator(seed: 7)
    for (m, n) in [(1, 1), (9, 4), (4, 9), (50, 50)] {
      let A = Matrix.gaussian(m, n, using: &generator)
      let Q = A.orthonormalFactor
      #expect(Q.rows == m && Q.columns == min(m, n))
      #expect(orthogonalityDefect(Q) <= backwardTolerance(m, n))
      // Q QᵀA = A.
      let projected = Q * Matrix.product(Q, .transposed, A, .plain)
      #expect((A - projected).frobeniusNorm <= backwardTolerance(m, n) * A.frobeniusNorm)
      // QᵀA = R is upper triangular.
      let R = Matrix.product(Q, .transposed, A, .plain)
      for j in 0..<min(m, n) {
        for i in (j + 1)..<max(j + 1, min(m, n)) {
          #expect(R[i, j].magnitude <= backwardTolerance(m, n) * A.frobeniusNorm)
        }
      }
    }
    #expect(Matrix(zeros: 3, 0).orthonormalFactor == Matrix(zeros: 3, 0))
  }

  @Test func `a column space basis has as many columns as the rank`() {
    var generator = SeededGenerator(seed: 8)
    let A = matrix(singularValues: [2, 1, 1e-6], rows: 7, columns: 5, using: &generator)
    #expect(A.columnSpaceBasis(relativeTolerance: 1e-10).columns == 3)
    #expect(A.columnSpaceBasis(relativeTolerance: 1e-3).columns == 2)
    let basis = A.columnSpaceBasis(relativeTolerance: 1e-10)
    let projected = basis * Matrix.product(basis, .transposed, A, .plain)
    #expect((A - projected).frobeniusNorm <= 10 * backwardTolerance(7, 5) * A.frobeniusNorm)
    #expect(Matrix(zeros: 4, 3).columnSpaceBasis().columns == 0)
  }

  @Test func `dependent columns are named, whatever their units`() {
    var generator = SeededGenerator(seed: 9)
    var A = Matrix.gaussian(20, 5, using: &generator)
    #expect(A.independentColumns(relativeTolerance: 1e-10) == ([0, 1, 2, 3, 4], []))
    // Units from 2^(−1030), where 1/‖a_j‖ overflows, to 1e200.
    let scaled = A.scalingColumns(by: [0x1p-1030, 1, 1e200, 1e-100, 1e5])
    #expect(scaled.independentColumns(relativeTolerance: 1e-10) == ([0, 1, 2, 3, 4], []))
    // Column 3 = column 0 − 2·column 1, and column 4 vanishes.
    for i in 0..<20 { (A[i, 3], A[i, 4]) = (A[i, 0] - 2 * A[i, 1], 0) }
    let split = A.independentColumns(relativeTolerance: 1e-10)
    #expect(split.independent.count == 3)
    #expect(split.dependent.count == 2)
    #expect(split.dependent.contains(4))
    #expect(split.independent.contains(2))
    #expect((split.independent + split.dependent).sorted() == [0, 1, 2, 3, 4])
    #expect(A.columns(split.independent).singularValueDecomposition.rank() == 3)
    // More columns than rows: at least the difference depends.
    #expect(
      Matrix.gaussian(3, 5, using: &generator).independentColumns(relativeTolerance: 1e-10).dependent.count
        == 2)
    #expect(Matrix(zeros: 3, 2).independentColumns(relativeTolerance: 1e-10) == ([], [0, 1]))
    #expect(Matrix(zeros: 0, 2).independentColumns(relativeTolerance: 1e-10) == ([], [0, 1]))
  }
}
