import LinearAlgebra
import Testing

struct MatrixSequenceTests {
  private func sequence(_ matrices: [Matrix]) -> MatrixSequence {
    MatrixSequence(rows: matrices[0].rows, columns: matrices[0].columns, count: matrices.count) { entries in
      for (k, x) in matrices.flatMap(\.storage).enumerated() { entries[k] = x }
    }
  }

  @Test func `a sequence gives its matrices back`() {
    var generator = SeededGenerator(seed: 71)
    let matrices = (0..<5).map { _ in Matrix.gaussian(3, 2, using: &generator) }
    #expect(Array(sequence(matrices)) == matrices)
    #expect(sequence(matrices).last == matrices[4])
  }

  @Test func `products with all matrices are the products with each`() {
    var generator = SeededGenerator(seed: 72)
    let matrices = (0..<7).map { _ in Matrix.gaussian(3, 2, using: &generator) }
    let (L, R) = (Matrix.gaussian(4, 3, using: &generator), Matrix.gaussian(5, 2, using: &generator))
    let products = sequence(matrices).multiplied(left: L, rightTransposed: R)
    #expect(products.count == 7 && products.rows == 4 && products.columns == 5)
    for (found, A) in zip(products, matrices) {
      #expect((found - L * A * R.transpose).maximumMagnitude <= 32 * .ulpOfOne * 3 * 2)
    }
  }

  @Test func `no matrices, or matrices without entries, are no exception`() {
    let none = MatrixSequence(rows: 3, columns: 2, count: 0) { _ in }
    #expect(none.isEmpty && none.multiplied(left: .identity(3), rightTransposed: .identity(2)).isEmpty)
    let thin = MatrixSequence(rows: 3, columns: 0, count: 2) { _ in }
    #expect(thin[1] == Matrix(zeros: 3, 0))
    let product = thin.multiplied(left: .identity(3), rightTransposed: Matrix(zeros: 2, 0))
    #expect(Array(product) == [Matrix(zeros: 3, 2), Matrix(zeros: 3, 2)])
  }
}
