import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

struct SampleCompressionTests {
  private func compressed(_ table: Matrix, blocks: Int) -> SampleCompression {
    var compression = SampleCompression(columns: table.columns)
    for start in stride(from: 0, to: table.rows, by: blocks) {
      compression.append(table.rows(start..<min(start + blocks, table.rows)))
    }
    return compression
  }

  private func gram(_ A: Matrix) -> Matrix { Matrix.product(A, .transposed, A, .plain) }

  /// The largest |A_ij − B_ij| / (n_i n_j).
  private func largestDifference(_ A: Matrix, _ B: Matrix, lengths n: [Double]) -> Double {
    Matrix(A.rows, A.columns) { i, j in (A[i, j] - B[i, j]) / (n[i] * n[j]) }.maximumMagnitude
  }

  /// Column means and the centred table in two passes, the mean of the remainder taken away again.
  private func centred(_ table: Matrix) -> (means: [Double], table: Matrix) {
    var (means, result) = (Array(repeating: 0.0, count: table.columns), table)
    for _ in 0..<2 {
      let shift = (0..<table.columns).map { result.column($0).reduce(0, +) / Double(table.rows) }
      for j in 0..<table.columns {
        means[j] += shift[j]
        for i in 0..<table.rows { result[i, j] -= shift[j] }
      }
    }
    return (means, result)
  }

  private func lengths(_ A: Matrix) -> [Double] {
    (0..<A.columns).map { Matrix.column(A.column($0)).frobeniusNorm }
  }

  @Test(arguments: RegressionCase.zoo) func `RᵀR is the Gram matrix of the samples, column by column`(
    _ data: RegressionCase
  ) {
    let table = data.table
    let R = compressed(table, blocks: table.rows).factor(of: Array(0..<table.columns), centered: false)
    // R is exact for columns changed by c·n·eps of their lengths, whatever their scales; the direct product adds m·eps at worst.
    let tolerance = (20 * Double(table.columns) + Double(table.rows)) * .ulpOfOne
    #expect(largestDifference(gram(R), gram(table), lengths: lengths(table)) <= tolerance)
  }

  @Test(arguments: [1, 2, 7, 64, 1000, 5000]) func `blocks of any size give the same`(blocks: Int) {
    let data = RegressionCase.random(inputs: 4, outputs: 3, samples: 5000, seed: 31)
    let (whole, parts) = (compressed(data.table, blocks: 5000), compressed(data.table, blocks: blocks))
    #expect(parts.sampleCount == 5000)
    let columns = Array(0..<7)
    for centered in [false, true] {
      let difference = largestDifference(
        gram(parts.factor(of: columns, centered: centered)),
        gram(whole.factor(of: columns, centered: centered)),
        lengths: lengths(data.table))
      #expect(difference <= 20 * 7 * .ulpOfOne)
    }
    for (a, b) in zip(parts.means, whole.means) { #expect((a - b).magnitude <= 20 * 7 * .ulpOfOne) }
  }

  @Test func `row-major samples are the rows of a table`() {
    let data = RegressionCase.random(inputs: 3, outputs: 1, samples: 50, seed: 32)
    var rowMajor = SampleCompression(columns: 4)
    data.table.transpose.storage.withUnsafeBufferPointer {
      rowMajor.append(rowMajor: $0.baseAddress!, rows: 20)
      rowMajor.append(rowMajor: $0.baseAddress! + 20 * 4, rows: 30)
    }
    let columns = Array(0..<4)
    #expect(
      rowMajor.factor(of: columns, centered: false)
        == compressed(data.table, blocks: 50).factor(of: columns, centered: false))
  }

  @Test(arguments: [0, 1, 1e4, 1e8]) func `the column of ones centres as two passes do`(mean: Double) {
    // Columns of spread about 1 and 1e-3 around means of about `mean` spreads, of both signs.
    let data = RegressionCase.random(inputs: 3, outputs: 1, samples: 400, scales: [1, 1e-3, 1], seed: 33)
    let offsets = [mean, 1.5e-3 * mean, -0.7 * mean, 0.3 * mean]
    let table = Matrix(400, 4) { i, j in data.table[i, j] + offsets[j] }
    let reference = centred(table)
    let compression = compressed(table, blocks: 64)
    // Backward stability: each column is off by c·n·eps of its length, mean included.
    let roundOff = 20 * 5 * Double.ulpOfOne
    let growth = zip(lengths(table), lengths(reference.table)).map { $0 / $1 }.max()!
    let columns = Array(0..<4)
    let difference = largestDifference(
      gram(compression.factor(of: columns, centered: true)), gram(reference.table),
      lengths: lengths(reference.table))
    #expect(difference <= roundOff * growth)
    for j in columns {
      #expect(
        (compression.means[j] - reference.means[j]).magnitude <= roundOff * lengths(table)[j]
          / 400.0.squareRoot())
    }
    // Negative control: the textbook's AᵀA − m āāᵀ loses the square of that, so at 1e8 every digit.
    if mean == 1e8 {
      let means = Matrix.column(reference.means)
      let onePass = gram(table) - 400 * (means * means.transpose)
      #expect(largestDifference(onePass, gram(reference.table), lengths: lengths(reference.table)) > 1e-2)
    }
  }

  @Test func `the parts of a split reproduce the least-squares loss`() {
    let data = RegressionCase.random(inputs: 3, outputs: 2, samples: 90, seed: 34)
    let parts = compressed(data.table, blocks: 90).split(
      inputs: [0, 1, 2], outputs: [3, 4], centered: false)
    var generator = SeededGenerator(seed: 35)
    for _ in 0..<10 {
      let W = Matrix.gaussian(2, 3, using: &generator)
      let direct = (data.outputs - W * data.inputs).frobeniusNorm
      let compressed = (parts.crossFactor.transpose - W * parts.inputFactor.transpose).frobeniusNorm
      let loss = 0.5 * compressed * compressed + parts.irreducible
      #expect((loss - 0.5 * direct * direct).magnitude <= 100 * .ulpOfOne * loss)
    }
  }

  @Test func `any columns may become inputs and outputs later`() {
    let data = RegressionCase.random(inputs: 3, outputs: 2, samples: 40, seed: 36)
    let picked = compressed(data.table, blocks: 40).problem(inputs: [4, 1], outputs: [2]).problem
    let table = data.table.transpose
    let direct = Problem(inputs: table.rows([4, 1]), outputs: table.rows([2]))
    let W = Matrix(rows: [[0.3, -1.2]])
    #expect((picked.loss(W) - direct.loss(W)).magnitude <= 100 * .ulpOfOne * direct.loss(W))
  }

  @Test func `columns that never meet are orthogonal to the last bit`() {
    // A one-hot table with repeated items, an input that is always zero, outputs of which one meets two items only.
    let items = [0, 2, 1, 0, 3, 2, 0, 1]
    let inputs = Matrix(5, 8) { i, k in items[k] == i ? 0.1 * Double(k + 3) : 0 }
    let outputs = Matrix(2, 8) { i, k in i == 0 ? Double(k) / 7 : items[k] < 2 ? 1.0 / 3 : 0 }
    for problem in [Problem(inputs: inputs, outputs: outputs), merged(inputs, outputs)] {
      let covariance = problem.inputCovariance
      let cross = problem.crossCovariance
      for i in 0..<5 {
        for j in 0..<5 where i != j { #expect(covariance[i, j] == 0) }
        let power = (0..<8).reduce(0) { $0 + inputs[i, $1] * inputs[i, $1] } / 8
        #expect((covariance[i, i] - power).magnitude <= 1e-15)
        if i >= 2 { #expect(cross[1, i] == 0) }
      }
      let exact = (1.0 / 8) * Matrix.product(outputs, .plain, inputs, .transposed)
      #expect((cross - exact).frobeniusNorm <= 1e-15)
    }
  }

  /// The problem of the samples read in two parts.
  private func merged(_ inputs: Matrix, _ outputs: Matrix) -> Problem {
    let table = inputs.appendingRows(outputs).transpose
    var (first, second) = (SampleCompression(columns: 7), SampleCompression(columns: 7))
    first.append(table.rows(0..<3))
    second.append(table.rows(3..<8))
    first.merge(second)
    return first.problem(inputs: Array(0..<5), outputs: [5, 6]).problem
  }
}
