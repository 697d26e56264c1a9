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
  /// Householder's QR: the first columns of Q span A whatever its condition; what follows is orthogonal to them.
  ///
  /// Complexity: O(rows² · columns).
  public var orthogonalComplement: Matrix {
    precondition(columns <= rows, "\(columns) columns of length \(rows) are not independent")
    if columns == 0 { return .identity(rows) }
    let beyond = Matrix(rows, rows - columns) { i, j in i == columns + j ? 1 : 0 }
    return HouseholderBasis(self).product(beyond)
  }

  /// What the columns of A have outside the span of these orthonormal ones, A − Q QᵀA, and an orthonormal basis of as much of it as is no round-off.
  ///
  /// - Parameters:
  ///   - A: of as many rows.
  ///   - relativeTolerance: directions of at most so much of ‖A‖_F are left out of the basis.
  /// - Returns: `part`, rows × columns of A, and `basis`, orthogonal to `self` to round-off.
  package func complement(of A: Matrix, relativeTolerance: Double) -> (part: Matrix, basis: Matrix) {
    func outside(_ B: Matrix) -> Matrix { B - self * Matrix.product(self, .transposed, B, .plain) }
    // Projected twice: once is not enough in floating point when little is left.
    let part = outside(outside(A))
    guard columns < rows else { return (part, Matrix(zeros: rows, 0)) }
    let svd = part.singularValueDecomposition
    let kept = min(svd.rank(tolerance: relativeTolerance * A.frobeniusNorm), rows - columns)
    // Small singular values leave their vectors orthogonal up to the round-off of the large ones only.
    return (part, outside(svd.U.columns(0..<kept)).orthonormalFactor)
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
