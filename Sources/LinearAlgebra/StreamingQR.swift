import CLAPACK

/// The triangular factor R of a tall matrix A = Q R that arrives in blocks of rows; Q is never formed.
///
/// One pass, memory O(n·(n + block rows)) whatever the number of rows. The first block, and every block that is unlike those before it, updates R
/// by the QR factorization of the stacked [R; B] (LAPACK `dtpqrt`, which uses that R is triangular). All others take half of
/// that time: with S = B R⁻¹, BᵀB + RᵀR = Rᵀ (I + SᵀS) R, so that R ← C R with the Cholesky factor CᵀC = I + SᵀS.
///
/// Backward stable: the computed R is the exact factor of A + E with ‖E e_j‖ ≤ c·n·eps·‖A e_j‖ for every column, independent of the number of blocks to first
/// order in practice, and *independent of the condition number* although a Cholesky factorization is used: the matrix that is factorised is
/// I + SᵀS, not AᵀA. Its eigenvalues lie between 1 and 1 + ‖S‖², where ‖S‖² is about (rows of B)/(rows before) for rows alike; its round-off F enters as
/// Rᵀ F R, a relative change of R by ‖F‖ ≤ c·n·eps·(1 + ‖S‖²); and each row s of S solves s (R + E) = b with |E| ≤ n·eps·|R|, however ill-conditioned R is.
/// Blocks with ‖SᵀS‖_∞ > max(n, 8) (tuned; outliers, a new regime, a column that was constant so far) go the other way.
///
/// Source: Demmel, Grigori, Hoemmen, Langou, "Communication-optimal parallel and sequential QR and LU
/// factorizations", SIAM J. Sci. Comput. 34 (2012), the sequential TSQR; for the preconditioned Cholesky factor compare Fukaya, Kannan, Nakatsukasa, Yamamoto,
/// Yanagisawa, "Shifted Cholesky QR for computing the QR factorization of ill-conditioned matrices", SIAM J. Sci. Comput. 42 (2020).
public struct StreamingQR: Sendable {
  /// n, the length of a row.
  public let columns: Int
  /// Rows taken so far.
  public private(set) var rowCount = 0

  /// By columns; empty until rows have been absorbed.
  private var R: [Double] = []
  /// Rows waiting, one after the other; it grows with them, since few rows may be very long.
  private var block: [Double] = []
  private var filled = 0
  /// Rows that R holds.
  private var absorbed = 0
  private let blockRows: Int
  private let panel: Int

  /// - Parameters:
  ///   - n: the length of a row.
  ///   - blockRows: rows gathered before R is updated. By default eight times n, so that what an update costs beside its products with the
  ///     block is a tenth, or what fills a second-level cache, if that is more; less where that would take more than 32 MB (tuned).
  public init(columns n: Int, blockRows: Int? = nil) {
    precondition(n > 0, "a QR factorization needs at least one column")
    columns = n
    let usual = max(2 * n, min(8 * n, 4_194_304 / n), min(2048, 131_072 / n))
    self.blockRows = max(blockRows ?? usual, 1)
    panel = min(n, 16)
  }

  /// Takes rows given one after the other (row-major, `rows` × `columns`).
  public mutating func append(rowMajor values: UnsafePointer<Double>, rows: Int) {
    let n = columns
    append(rows: rows) { target, first, count in
      target.update(from: values + first * n, count: count * n)
    }
  }

  /// Takes rows whose first entry is the same number for all and is not among the values (row-major, `rows` × (`columns` − 1)).
  ///
  /// - Parameters:
  ///   - values: the other entries, one row after the other.
  ///   - rows: how many.
  ///   - leading: the first entry of each row.
  ///   - origin: what is subtracted from the other entries, `columns` − 1 numbers.
  public mutating func append(
    rowMajor values: UnsafePointer<Double>, rows: Int, after leading: Double, minus origin: [Double]
  ) {
    let n = columns
    precondition(origin.count == n - 1, "an origin of \(origin.count) numbers for rows of \(n - 1)")
    append(rows: rows) { target, first, count in
      for i in 0..<count {
        let (from, to) = (values + (first + i) * (n - 1), target + i * n + 1)
        target[i * n] = leading
        for j in 0..<n - 1 { to[j] = from[j] - origin[j] }
      }
    }
  }

  /// Fills the block, rows first ..< first + count at a time, and updates R when it is full.
  private mutating func append(
    rows: Int, copying copy: (_ target: UnsafeMutablePointer<Double>, _ first: Int, _ count: Int) -> Void
  ) {
    var taken = 0
    while taken < rows {
      let count = min(rows - taken, blockRows - filled)
      makeRoom(for: filled + count)
      block.withUnsafeMutableBufferPointer { copy($0.baseAddress! + filled * columns, taken, count) }
      taken += count
      filled += count
      if filled == blockRows { absorb() }
    }
    rowCount += rows
  }

  private mutating func makeRoom(for rows: Int) {
    let held = block.count / columns
    guard rows > held else { return }
    let room = min(max(rows, 2 * held), blockRows)
    block.append(contentsOf: repeatElement(0, count: (room - held) * columns))
  }

  /// Takes the rows of a matrix.
  public mutating func append(_ A: Matrix) {
    precondition(A.columns == columns, "rows of length \(A.columns) for a factor of order \(columns)")
    A.transpose.storage.withUnsafeBufferPointer { p in
      if let base = p.baseAddress { append(rowMajor: base, rows: A.rows) }
    }
  }

  /// Merges the factor of other rows, as at the nodes of a reduction tree (parallel TSQR).
  public mutating func merge(_ other: StreamingQR) {
    merge(triangularFactor: other.triangularFactor, rows: other.rowCount)
  }

  /// Merges a factor that stands for other rows.
  ///
  /// - Parameters:
  ///   - R: `columns` × `columns`.
  ///   - rows: how many it stands for.
  public mutating func merge(triangularFactor R: Matrix, rows: Int) {
    append(R)
    rowCount += rows - R.rows
  }

  /// F with FᵀF = AᵀA and no more rows than needed: the rows themselves while there are fewer of them than columns, then R.
  ///
  /// Five rows of 10,000 numbers are five rows; their R would be 10,000 × 10,000.
  public var factor: Matrix {
    if absorbed == 0, filled < columns {
      return Matrix(filled, columns) { i, j in block[i * columns + j] }
    }
    return triangularFactor
  }

  /// R: upper triangular, n × n; RᵀR = AᵀA for all rows taken so far. With fewer than n rows its last rows
  /// vanish up to round-off.
  public var triangularFactor: Matrix {
    var copy = self
    copy.absorb()
    if copy.R.isEmpty { return Matrix(zeros: columns, columns) }
    return Matrix(columns, columns) { i, j in i <= j ? copy.R[i + j * columns] : 0 }
  }

  private mutating func absorb() {
    guard filled > 0 else { return }
    if R.isEmpty { R = Array(repeating: 0, count: columns * columns) }
    if absorbed < filled || !absorbByCholesky() { absorbByReflections() }
    absorbed += filled
    filled = 0
  }

  /// R ← C R with CᵀC = I + SᵀS, S = B R⁻¹; false, and R as it was, if the block is too unlike the rows before it.
  private mutating func absorbByCholesky() -> Bool {
    let n = Int32(columns)
    // Sᵀ = R⁻ᵀ Bᵀ: rows of the block are columns of Bᵀ.
    var S = Array(block.prefix(filled * columns))
    cblas_dtrsm(
      CblasColMajor, CblasLeft, CblasUpper, CblasTrans, CblasNonUnit, n, Int32(filled), 1, R, n, &S, n)
    var G = [Double](repeating: 0, count: columns * columns)
    cblas_dsyrk(CblasColMajor, CblasUpper, CblasNoTrans, n, Int32(filled), 1, S, n, 0, &G, n)
    // The largest row sum, from the upper triangle; NaN where a column of R vanishes.
    var sums = [Double](repeating: 0, count: columns)
    for j in 0..<columns {
      for i in 0..<j {
        sums[i] += G[i + j * columns].magnitude
        sums[j] += G[i + j * columns].magnitude
      }
      sums[j] += G[j + j * columns]
    }
    guard sums.allSatisfy({ $0 <= Double(max(columns, 8)) }) else { return false }
    for j in 0..<columns { G[j + j * columns] += 1 }
    let info = LAPACKE_dpotrf(LAPACK_COL_MAJOR, CChar(UInt8(ascii: "U")), n, &G, n)
    precondition(info == 0, "I + SᵀS has no Cholesky factor (\(info))")
    cblas_dtrmm(
      CblasColMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, n, n, 1, G, n, &R, n)
    return true
  }

  /// R of the QR factorization of [R; B].
  private mutating func absorbByReflections() {
    let n = columns
    var B = [Double](repeating: 0, count: filled * n)
    // Column by column: writes are sequential.
    for j in 0..<n {
      for i in 0..<filled { B[j * filled + i] = block[i * n + j] }
    }
    var reflectors = [Double](repeating: 0, count: panel * n)
    var workspace = reflectors
    let info = LAPACKE_dtpqrt_work(
      LAPACK_COL_MAJOR, Int32(filled), Int32(n), 0, Int32(panel), &R, Int32(n), &B, Int32(filled),
      &reflectors,
      Int32(panel), &workspace)
    precondition(info == 0, "LAPACK's dtpqrt returned \(info)")
  }
}
