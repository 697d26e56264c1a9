import CLAPACK

/// The triangular factor R of a tall matrix A = Q R that arrives in blocks of rows; Q is never formed.
///
/// One pass, memory O(n·(n + block rows)) whatever the number of rows: each block B updates R by the QR factorization
/// of the stacked [R; B] (LAPACK `dtpqrt`, which uses that R is triangular). Backward stable: the computed R is the exact factor of
/// A + E with ‖E‖_F ≤ c·n·eps·‖A‖_F, independent of the number of blocks to first order in practice.
///
/// Source: Demmel, Grigori, Hoemmen, Langou, "Communication-optimal parallel and sequential QR and LU
/// factorizations", SIAM J. Sci. Comput. 34 (2012), the sequential TSQR.
public struct StreamingQR: Sendable {
  /// n, the length of a row.
  public let columns: Int
  /// Rows taken so far.
  public private(set) var rowCount = 0

  private var R: [Double]
  private var block: [Double]
  private var filled = 0
  private var reflectors: [Double]
  private var workspace: [Double]
  private let blockRows: Int
  private let panel: Int

  /// - Parameters:
  ///   - n: the length of a row.
  ///   - blockRows: rows gathered before R is updated. The default keeps a block within a second-level cache
  ///     (tuned: 4,096 rows at n = 50 were no faster).
  public init(columns n: Int, blockRows: Int? = nil) {
    precondition(n > 0, "a QR factorization needs at least one column")
    columns = n
    self.blockRows = max(blockRows ?? max(2 * n, min(2048, 131_072 / n)), 1)
    panel = min(n, 16)
    R = Array(repeating: 0, count: n * n)
    block = Array(repeating: 0, count: self.blockRows * n)
    reflectors = Array(repeating: 0, count: panel * n)
    workspace = Array(repeating: 0, count: panel * n)
  }

  /// Takes rows given one after the other (row-major, `rows` × `columns`).
  public mutating func append(rowMajor values: UnsafePointer<Double>, rows: Int) {
    var taken = 0
    while taken < rows {
      let count = min(rows - taken, blockRows - filled)
      // Transposed copy into the column-major block, column by column: writes are sequential.
      block.withUnsafeMutableBufferPointer { b in
        let source = values + taken * columns
        for j in 0..<columns {
          let target = b.baseAddress! + j * blockRows + filled
          for i in 0..<count { target[i] = source[i * columns + j] }
        }
      }
      taken += count
      filled += count
      if filled == blockRows { absorb() }
    }
    rowCount += rows
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
    append(other.triangularFactor)
    rowCount += other.rowCount - other.columns
  }

  /// R: upper triangular, n × n; RᵀR = AᵀA for all rows taken so far. With fewer than n rows its last rows
  /// vanish up to round-off.
  public var triangularFactor: Matrix {
    var copy = self
    copy.absorb()
    return Matrix(columns, columns) { i, j in i <= j ? copy.R[i + j * columns] : 0 }
  }

  private mutating func absorb() {
    guard filled > 0 else { return }
    let n = columns
    let info = LAPACKE_dtpqrt_work(
      LAPACK_COL_MAJOR, Int32(filled), Int32(n), 0, Int32(panel), &R, Int32(n), &block, Int32(blockRows),
      &reflectors, Int32(panel), &workspace)
    precondition(info == 0, "LAPACK's dtpqrt returned \(info)")
    filled = 0
  }
}
