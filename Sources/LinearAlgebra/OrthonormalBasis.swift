import CLAPACK

extension Matrix {
  /// The orthonormal factor Q of the thin QR factorization A = Q R, rows × min(rows, columns).
  public var orthonormalFactor: Matrix {
    let (m, n) = (rows, columns)
    let k = min(m, n)
    guard k > 0 else { return Matrix(zeros: m, 0) }
    var a = storage
    var tau = [Double](repeating: 0, count: k)
    var info = LAPACKE_dgeqrf(LAPACK_COL_MAJOR, Int32(m), Int32(n), &a, Int32(m), &tau)
    precondition(info == 0, "LAPACK's dgeqrf returned \(info)")
    info = LAPACKE_dorgqr(LAPACK_COL_MAJOR, Int32(m), Int32(k), Int32(k), &a, Int32(m), &tau)
    precondition(info == 0, "LAPACK's dorgqr returned \(info)")
    return Matrix(rows: m, columns: k, storage: Array(a.prefix(m * k)))
  }

  /// R of the QR factorization A = Q R, min(rows, columns) × columns: zero below its diagonal.
  public var trapezoidalFactor: Matrix { HouseholderBasis(self).factor }

  /// An orthonormal basis of the column space: left singular vectors with σ_i > `relativeTolerance`·σ_1.
  public func columnSpaceBasis(relativeTolerance: Double? = nil) -> Matrix {
    let svd = singularValueDecomposition
    let rank = svd.rank(tolerance: relativeTolerance.map { $0 * (svd.singularValues.first ?? 0) })
    return svd.U.columns(0..<rank)
  }

  /// An orthonormal basis of the orthogonal complement of the column space, rows × (rows − columns), for independent columns.
  ///
  /// Householder's QR of [A I], whose first columns span A whatever its condition; what follows is orthogonal to them.
  public var orthogonalComplement: Matrix {
    precondition(columns <= rows, "\(columns) columns of length \(rows) are not independent")
    if columns == 0 { return .identity(rows) }
    return appendingColumns(.identity(rows)).orthonormalFactor.columns(columns..<rows)
  }

  /// Splits the columns into a well-conditioned independent set and the columns that depend on it.
  ///
  /// QR with column pivoting, A Π = Q R; a column is dependent once |R_kk| ≤ `relativeTolerance`·|R_11|, where columns
  /// are first scaled to unit length so that units do not decide. Each list is in increasing order.
  public func independentColumns(relativeTolerance: Double) -> (independent: [Int], dependent: [Int]) {
    guard rows > 0, columns > 0 else { return ([], Array(0..<columns)) }
    let norms = (0..<columns).map { Matrix.column(column($0)).frobeniusNorm }
    // Divided, not multiplied by 1/‖a_j‖, which overflows for subnormal columns.
    var a = Matrix(rows, columns) { i, j in norms[j] > 0 ? self[i, j] / norms[j] : 0 }.storage
    var pivots = [Int32](repeating: 0, count: columns)
    var tau = [Double](repeating: 0, count: min(rows, columns))
    let info = LAPACKE_dgeqp3(
      LAPACK_COL_MAJOR, Int32(rows), Int32(columns), &a, Int32(rows), &pivots, &tau)
    precondition(info == 0, "LAPACK's dgeqp3 returned \(info)")
    let diagonal = (0..<min(rows, columns)).map { a[$0 + $0 * rows].magnitude }
    let rank = diagonal.prefix { $0 > relativeTolerance * (diagonal.first ?? 0) }.count
    let order = pivots.map { Int($0) - 1 }
    return (order.prefix(rank).sorted(), order.dropFirst(rank).sorted())
  }
}
