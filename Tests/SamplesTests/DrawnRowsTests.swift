import LinearAlgebra
import Samples
import Testing

@Suite struct DrawnRowsTests {
  @Test func `every row is drawn equally often`() {
    // 10 of 40 rows, 4000 times: each row 1000 times, with a standard deviation of √(4000 · ¼ · ¾) = 27.
    var counts = [Int](repeating: 0, count: 40)
    let rows = (0..<40).map(Double.init)
    for seed in 0..<4000 {
      var drawn = DrawnRows(columns: 1, limit: 10, seed: UInt64(seed))
      drawn.append(rowMajor: rows, rows: 25)
      rows.withUnsafeBufferPointer { drawn.append(rowMajor: $0.baseAddress! + 25, rows: 15) }
      #expect(drawn.isPartial)
      for x in drawn.rows.storage { counts[Int(x)] += 1 }
    }
    // Five deviations: one of 40 counts lies beyond them in one of 40,000 draws.
    for count in counts { #expect((count - 1000).magnitude < 137) }
  }

  @Test func `of few rows all are kept, in order`() {
    var drawn = DrawnRows(columns: 2, limit: 5, seed: 1)
    drawn.append(rowMajor: [1, 2, 3, 4, 5, 6], rows: 3)
    #expect(!drawn.isPartial)
    #expect(drawn.rows == Matrix(rows: [[1, 2], [3, 4], [5, 6]]))
  }
}
