import Foundation
import LinearAlgebra
import Testing

struct MatrixTests {
  private let A = Matrix(rows: [[1, 2, 3], [4, 5, 6]])

  @Test func `entries are stored by columns`() {
    #expect(A.storage == [1, 4, 2, 5, 3, 6])
    #expect(A[1, 2] == 6)
    #expect(A.row(1) == [4, 5, 6])
    #expect(A.column(1) == [2, 5])
    #expect(A.rowArrays == [[1, 2, 3], [4, 5, 6]])
    #expect(A.transpose == Matrix(rows: [[1, 4], [2, 5], [3, 6]]))
    #expect(A.transpose.transpose == A)
  }

  @Test func `columns and rows are picked and joined in the given order`() {
    #expect(A.columns([2, 0]) == Matrix(rows: [[3, 1], [6, 4]]))
    #expect(A.rows([1, 0, 1]) == Matrix(rows: [[4, 5, 6], [1, 2, 3], [4, 5, 6]]))
    #expect(A.columns(0..<1).appendingColumns(A.columns(1..<3)) == A)
    #expect(A.rows(0..<1).appendingRows(A.rows(1..<2)) == A)
    #expect(A.columns([Int]()) == Matrix(zeros: 2, 0))
  }

  @Test func `diagonal scalings are products with diagonal matrices`() {
    #expect(A.scalingColumns(by: [1, 2, 3]) == A * Matrix.diagonal([1, 2, 3]))
    #expect(A.scalingRows(by: [2, 3]) == Matrix.diagonal([2, 3]) * A)
    #expect(Matrix.diagonal([7], rows: 2, columns: 3) == Matrix(rows: [[7, 0, 0], [0, 0, 0]]))
    #expect(Matrix.identity(3) * A.transpose == A.transpose)
  }

  @Test func `finiteness and magnitude see every entry`() {
    #expect(A.isFinite)
    #expect((-A).maximumMagnitude == 6)
    #expect(Matrix(zeros: 0, 3).maximumMagnitude == 0)
    for bad in [Double.nan, .infinity, -.infinity] {
      var B = A
      B[1, 2] = bad
      #expect(!B.isFinite)
    }
  }

  @Test func `JSON holds the rows, and ragged rows are refused`() throws {
    let text = String(decoding: try JSONEncoder().encode(A), as: UTF8.self)
    #expect(text == "[[1,2,3],[4,5,6]]")
    #expect(try JSONDecoder().decode(Matrix.self, from: Data(text.utf8)) == A)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Matrix.self, from: Data("[[1,2],[3]]".utf8))
    }
  }
}
