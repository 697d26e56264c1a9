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

  @Test func `what a matrix has outside a basis is orthogonal to it, however little it is`() {
    var generator = SeededGenerator(seed: 10)
    let Q = Matrix.gaussian(12, 4, using: &generator).orthonormalFactor
    for size in [1, 1e-6, 1e-12] {
      // Three directions outside, the last two of them small.
      let outside = matrix(
        singularValues: [size, 1e-2 * size, 1e-2 * size], rows: 12, columns: 5, using: &generator)
      let A = Q * Matrix.gaussian(4, 5, using: &generator) + outside
      let (part, basis) = Q.complement(of: A, relativeTolerance: 1e-15)
      #expect(basis.columns >= (size > 1e-12 ? 3 : 1) && basis.columns <= 5)
      #expect(orthogonalityDefect(Q.appendingColumns(basis)) <= backwardTolerance(12, 9))
      #expect(
        (A - part - Q * Matrix.product(Q, .transposed, A, .plain)).frobeniusNorm <= backwardTolerance(12, 5)
          * A.frobeniusNorm)
      #expect(
        (part - basis * Matrix.product(basis, .transposed, part, .plain)).frobeniusNorm <= 1e-14
          * A.frobeniusNorm)
    }
    #expect(Q.complement(of: Q, relativeTolerance: 1e-14).basis.columns == 0)
    #expect(
      Matrix.identity(3).complement(of: .gaussian(3, 2, using: &generator), relativeTolerance: 0).basis
        .columns == 0)
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
