import DataFormats
import LinearAlgebra
import Testing

@Suite struct NDArrayTests {
  @Test func `a matrix is stored row by row and comes back`() {
    let A = Matrix(rows: [[1, 2, 3], [4, 5, 6]])
    #expect(NDArray(A).shape == [2, 3])
    #expect(NDArray(A).values == [1, 2, 3, 4, 5, 6])
    #expect(NDArray(A).matrix == A)
  }

  @Test func `a vector is one column, and other dimensions are no matrix`() {
    #expect(NDArray([1, 2]).matrix == .column([1, 2]))
    #expect(NDArray(shape: [], values: [1]).matrix == nil)
    #expect(NDArray(shape: [1, 1, 1], values: [1]).matrix == nil)
    #expect(NDArray(shape: [0, 2], values: []).matrix == Matrix(zeros: 0, 2))
  }
}
