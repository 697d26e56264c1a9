import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

struct SampleFactorTests {
  private func compressed(_ table: Matrix) -> SampleCompression {
    var compression = SampleCompression(columns: table.columns)
    compression.append(table)
    return compression
  }

  private func gram(_ A: Matrix) -> Matrix { Matrix.product(A, .transposed, A, .plain) }

  /// The largest |A_ij − B_ij| / (n_i n_j).
  private func largestDifference(_ A: Matrix, _ B: Matrix, lengths n: [Double]) -> Double {
    Matrix(A.rows, A.columns) { i, j in (A[i, j] - B[i, j]) / (n[i] * n[j]) }.maximumMagnitude
  }

  private func lengths(_ A: Matrix) -> [Double] {
    (0..<A.columns).map { Matrix.column(A.column($0)).frobeniusNorm }
  }

  @Test(arguments: RegressionCase.zoo) func `a table restored from its parts is the table`(
    _ data: RegressionCase
  )
    throws
  {
    let table = data.table
    let original = compressed(table)
    let restored = SampleCompression(try #require(original.parts))
    #expect(restored.sampleCount == table.rows && restored.columns == table.columns)
    let columns = Array(0..<table.columns)
    // One more factorization of a factor: c·n·eps of each column's length.
    let tolerance = 20 * Double(table.columns + 1) * .ulpOfOne
    for centered in [false, true] {
      #expect(
        largestDifference(
          gram(restored.factor(of: columns, centered: centered)),
          gram(original.factor(of: columns, centered: centered)), lengths: lengths(table)) <= tolerance)
    }
    for (j, pair) in zip(restored.means, original.means).enumerated() {
      #expect((pair.0 - pair.1).magnitude <= tolerance * lengths(table)[j])
    }
  }

  @Test
  func `the factor is the one with a positive diagonal, and begins with the root of the number of samples`()
    throws
  {
    let data = RegressionCase.random(inputs: 4, outputs: 2, samples: 500, seed: 81)
    let parts = try #require(compressed(data.table).parts)
    #expect((parts.factor[0, 0] - 500.0.squareRoot()).magnitude <= 1e-13 * 500.0.squareRoot())
    for i in 0..<7 {
      #expect(parts.factor[i, i] > 0)
      for j in 0..<i { #expect(parts.factor[i, j] == 0) }
    }
    #expect(SampleCompression(columns: 3).parts == nil)
  }

  /// Columns of ones are exact: their origin is 1, and nothing is left.
  @Test func `a column of ones that is added is one that was read`() throws {
    let data = RegressionCase.random(inputs: 3, outputs: 2, samples: 40, seed: 82)
    let ones = Matrix(40, 1) { _, _ in 1 }
    let (added, read) = (compressed(data.table).addingOnes(), compressed(data.table.appendingColumns(ones)))
    let columns = Array(0..<6)
    let table = data.table.appendingColumns(ones)
    #expect(
      largestDifference(
        gram(added.factor(of: columns, centered: false)), gram(read.factor(of: columns, centered: false)),
        lengths: lengths(table)) <= 20 * 7 * .ulpOfOne)
    #expect(added.factor(of: [5], centered: true).maximumMagnitude == 0)
    #expect((added.means[5] - 1).magnitude == 0)
  }

  @Test func `exact zeros survive parts and merging`() throws {
    // Three categories, and an output for each.
    let X = Matrix(90, 3) { i, j in i % 3 == j ? 1 : 0 }
    let Y = Matrix(90, 3) { i, j in i % 3 == j ? Double(i % 7) + 0.1 : 0 }
    let table = X.appendingColumns(Y)
    var merged = SampleCompression(try #require(compressed(table.rows(0..<40)).parts))
    merged.merge(SampleCompression(try #require(compressed(table.rows(40..<90)).parts)))
    let problem = merged.problem(inputs: [0, 1, 2], outputs: [3, 4, 5]).problem
    let (XX, YX) = (problem.inputCovariance, problem.crossCovariance)
    for i in 0..<3 {
      for j in 0..<3 where i != j { #expect(XX[i, j] == 0 && YX[i, j] == 0) }
    }
    // Negative control: where it is not known, nothing is zero by decree.
    let parts = try #require(merged.parts)
    #expect(parts.meetings != nil)
    let forgotten = SampleCompression(
      SampleFactor(
        sampleCount: parts.sampleCount, factor: parts.factor, origin: parts.origin, meetings: nil))
    #expect(try #require(forgotten.parts).meetings == nil)
  }

  @Test func `parts that are none are refused, each with what is wrong`() throws {
    let data = RegressionCase.random(inputs: 2, outputs: 1, samples: 30, seed: 83)
    let parts = try #require(compressed(data.table).parts)
    let R = parts.factor
    func fault(
      _ m: Int = 30, _ R: Matrix? = nil, _ origin: [Double] = [0, 0, 0], _ meetings: [UInt64]? = nil
    ) -> String? {
      SampleFactor.fault(
        sampleCount: m, factor: R ?? parts.factor, origin: origin, meetings: meetings)
    }
    #expect(fault() == nil)
    #expect(fault(30, nil, [0, 0, 0], [7, 7, 7]) == nil)
    #expect(fault(0)?.contains("0 samples") == true)
    #expect(fault(31)?.contains("not the root of 31 samples") == true)
    #expect(fault(.max)?.contains("samples") == true)
    #expect(fault(30, R, [0, 0])?.contains("4×4") == true)
    #expect(fault(30, R, [])?.contains("0 columns") == true)
    #expect(fault(30, R.appendingRows(R))?.contains("8×4") == true)
    #expect(fault(30, R, [0, .nan, 0])?.contains("not finite") == true)
    for (i, j) in [(1, 0), (3, 2)] {
      var bent = R
      bent[i, j] = 1e-3
      #expect(fault(30, bent)?.contains("not triangular") == true)
    }
    #expect(fault(30, R, [0, 0, 0], [7, 7])?.contains("which columns meet") == true)
    // The first column meets the second, which does not meet it; one meets a column that is not there.
    #expect(fault(30, R, [0, 0, 0], [3, 2, 4])?.contains("do not meet them") == true)
    #expect(fault(30, R, [0, 0, 0], [9, 2, 4])?.contains("do not meet them") == true)
  }
}
