import LinearAlgebra
import Testing

struct StreamingQRTests {
  private func factor(_ A: Matrix, blockRows: Int?, pieces: Int) -> StreamingQR {
    var qr = StreamingQR(columns: A.columns, blockRows: blockRows)
    for k in 0..<pieces {
      qr.append(A.rows((k * A.rows / pieces)..<((k + 1) * A.rows / pieces)))
    }
    return qr
  }

  private func isUpperTriangular(_ R: Matrix) -> Bool {
    (0..<R.columns).allSatisfy { j in ((j + 1)..<max(j + 1, R.rows)).allSatisfy { R[$0, j] == 0 } }
  }

  /// |R| of the factorization in memory: QᵀA, whose signs are a matter of taste.
  private func magnitudes(ofFactorInMemory A: Matrix) -> Matrix {
    let R = Matrix.product(A.orthonormalFactor, .transposed, A, .plain)
    return Matrix(A.columns, A.columns) { i, j in i <= j && i < R.rows ? R[i, j].magnitude : 0 }
  }

  @Test func `R is that of the matrix in memory, for every cut into blocks`() {
    var generator = SeededGenerator(seed: 10)
    for (rows, columns) in [(1, 1), (500, 1), (40, 5), (1000, 20), (333, 50), (17, 17)] {
      let A = Matrix.gaussian(rows, columns, using: &generator)
      let expected = magnitudes(ofFactorInMemory: A)
      // A Gaussian matrix may have condition ~ n: R is that much more sensitive than A.
      let tolerance = 100 * Double(columns) * backwardTolerance(rows, columns) * A.frobeniusNorm
      for (blockRows, pieces) in [(nil, 1), (nil, 7), (1, 3), (8, 5), (10_000, 2)] as [(Int?, Int)] {
        let qr = factor(A, blockRows: blockRows, pieces: pieces)
        let R = qr.triangularFactor
        #expect(qr.rowCount == rows)
        #expect(isUpperTriangular(R))
        let magnitudes = Matrix(columns, columns) { i, j in R[i, j].magnitude }
        #expect((magnitudes - expected).frobeniusNorm <= tolerance)
        let gram = Matrix.product(A, .transposed, A, .plain) - Matrix.product(R, .transposed, R, .plain)
        #expect(gram.frobeniusNorm <= backwardTolerance(rows, columns) * A.frobeniusNorm * A.frobeniusNorm)
      }
    }
  }

  @Test func `small singular values survive, which AᵀA loses`() {
    var generator = SeededGenerator(seed: 11)
    let sigma = [1, 1e-3, 1e-6, 1e-9, 1e-12]
    let A = matrix(singularValues: sigma, rows: 3000, columns: 5, using: &generator)
    let R = factor(A, blockRows: 64, pieces: 9).triangularFactor
    let found = R.singularValues
    // The error is relative to σ_1 = 1 and does not grow with the rows in practice: allow √rows.
    let tolerance = 4 * .ulpOfOne * 3000.0.squareRoot()
    for (a, b) in zip(found, sigma) { #expect((a - b).magnitude <= tolerance) }
    #expect((found[4] / 1e-12 - 1).magnitude < 0.5)
    // Negative control: the root of the smallest eigenvalue of AᵀA is round-off, √eps = 1.5e-8 or imaginary.
    let gram = SymmetricEigendecomposition(Matrix.product(A, .transposed, A, .plain)).eigenvalues[0]
    #expect(gram < 0 || (gram.squareRoot() / 1e-12 - 1).magnitude > 10)
  }

  @Test func `factors of parts merge into the factor of the whole`() {
    var generator = SeededGenerator(seed: 12)
    let A = Matrix.gaussian(700, 12, using: &generator)
    var parts = [0..<5, 5..<300, 300..<301, 301..<700].map { factor(A.rows($0), blockRows: 32, pieces: 2) }
    var whole = parts.removeFirst()
    for part in parts { whole.merge(part) }
    #expect(whole.rowCount == 700)
    let R = whole.triangularFactor
    let magnitudes = Matrix(12, 12) { i, j in R[i, j].magnitude }
    #expect(
      (magnitudes - self.magnitudes(ofFactorInMemory: A)).frobeniusNorm
        <= 1000 * backwardTolerance(700, 12) * A.frobeniusNorm)
    // Negative control: a part left out is missed.
    var incomplete = factor(A.rows(0..<300), blockRows: 32, pieces: 1)
    incomplete.merge(parts[2])
    #expect((incomplete.triangularFactor.frobeniusNorm - A.frobeniusNorm).magnitude > 1e-4)
  }

  @Test func `fewer rows than columns leave the last rows of R at round-off`() {
    var generator = SeededGenerator(seed: 13)
    for rows in 0...5 {
      let A = Matrix.gaussian(rows, 6, using: &generator)
      let R = factor(A, blockRows: nil, pieces: 2).triangularFactor
      for i in rows..<6 {
        #expect(Matrix(rows: [R.row(i)]).frobeniusNorm <= backwardTolerance(6, 6) * A.frobeniusNorm)
      }
      let gram = Matrix.product(A, .transposed, A, .plain) - Matrix.product(R, .transposed, R, .plain)
      #expect(gram.frobeniusNorm <= backwardTolerance(6, 6) * A.frobeniusNorm * A.frobeniusNorm)
    }
  }

  @Test func `asking for R does not disturb the rows to come`() {
    var generator = SeededGenerator(seed: 14)
    let A = Matrix.gaussian(100, 4, using: &generator)
    var asked = StreamingQR(columns: 4, blockRows: 16)
    var quiet = asked
    for i in 0..<100 {
      asked.append(A.rows([i]))
      quiet.append(A.rows([i]))
      if i % 7 == 0 { #expect(asked.triangularFactor.isFinite) }
    }
    #expect(asked.triangularFactor == quiet.triangularFactor)
  }

  /// The largest error of RᵀR against AᵀA, in units of the lengths of the two columns.
  private func columnwiseError(_ R: Matrix, _ A: Matrix) -> Double {
    let lengths = (0..<A.columns).map { Matrix.column(A.column($0)).frobeniusNorm }
    let difference =
      Matrix.product(A, .transposed, A, .plain) - Matrix.product(R, .transposed, R, .plain)
    return Matrix(A.columns, A.columns) { i, j in
      lengths[i] * lengths[j] > 0 ? difference[i, j] / lengths[i] / lengths[j] : difference[i, j]
    }.maximumMagnitude
  }

  /// Updates by Cholesky factors of I + SᵀS must be as good as reflections wherever rows are unlike those before.
  @Test(arguments: ["alike", "outliers", "growing", "shrinking", "late column", "dependent", "units apart"])
  func `each column keeps its own accuracy, whatever comes in whatever order`(kind: String) {
    var generator = SeededGenerator(seed: 15)
    let (rows, n) = (2000, 9)
    let A = Matrix.gaussian(rows, n, using: &generator)
    let mixed = A * Matrix.gaussian(n, n, using: &generator)
    let data =
      switch kind {
      case "outliers": Matrix(rows, n) { i, j in i % 333 == 100 ? 1e9 * mixed[i, j] : mixed[i, j] }
      case "growing": Matrix(rows, n) { i, j in mixed[i, j] * Double(i * i * i) }
      case "shrinking": Matrix(rows, n) { i, j in mixed[i, j] / Double(1 + i * i * i) }
      case "late column": Matrix(rows, n) { i, j in j == 3 && i < 1234 ? 0 : mixed[i, j] }
      case "dependent": Matrix(rows, n) { i, j in j == 5 ? mixed[i, 1] - 2 * mixed[i, 2] : mixed[i, j] }
      case "units apart": Matrix(rows, n) { i, j in j % 2 == 0 ? 1e-150 * mixed[i, j] : 1e140 * mixed[i, j] }
      default: mixed
      }
    // c·n·eps for R and m·eps for the product AᵀA that it is compared with, as in the compression of samples.
    let tolerance = (20 * Double(n) + Double(rows)) * .ulpOfOne
    for blockRows in [nil, 50, 18, 1] {
      let R = factor(data, blockRows: blockRows, pieces: 3).triangularFactor
      #expect(isUpperTriangular(R))
      if kind == "units apart" {
        let scales = (0..<n).map { $0 % 2 == 0 ? 1e150 : 1e-140 }
        #expect(columnwiseError(R.scalingColumns(by: scales), mixed) <= tolerance)
      } else {
        #expect(columnwiseError(R, data) <= tolerance, "\(kind), \(blockRows ?? 0) rows a block")
      }
    }
  }

  @Test func `ill-conditioned columns lose nothing to the Cholesky factors of many small blocks`() {
    var generator = SeededGenerator(seed: 16)
    let sigma = (0..<6).map { k in (0..<k).reduce(1.0) { x, _ in x / 100 } }
    let A = matrix(singularValues: sigma, rows: 6000, columns: 6, using: &generator)
    let found = factor(A, blockRows: 24, pieces: 5).triangularFactor.singularValues
    // 250 updates, each with a few eps of the largest.
    for (a, b) in zip(found, sigma) { #expect((a - b).magnitude <= 4 * .ulpOfOne * 6000.0.squareRoot()) }
    #expect((found[5] / sigma[5] - 1).magnitude <= 1e-3)
  }

  @Test func `rows after a common first entry and less an origin are rows with it and without that`() {
    var generator = SeededGenerator(seed: 17)
    let A = Matrix.gaussian(300, 4, using: &generator)
    let origin = [0, 1.5, -3, 1e3]
    let shifted = Matrix(300, 4) { A[$0, $1] - origin[$1] }
    let whole = factor(Matrix(300, 1) { _, _ in 2.5 }.appendingColumns(shifted), blockRows: 32, pieces: 1)
    var qr = StreamingQR(columns: 5, blockRows: 32)
    A.transpose.storage.withUnsafeBufferPointer {
      qr.append(rowMajor: $0.baseAddress!, rows: 100, after: 2.5, minus: origin)
      qr.append(rowMajor: $0.baseAddress! + 400, rows: 200, after: 2.5, minus: origin)
    }
    #expect(qr.triangularFactor == whole.triangularFactor)
    #expect(qr.rowCount == 300)
  }
}
