import CLAPACK

extension Matrix {
  /// The sign of det A: −1, 0 or 1.
  ///
  /// Computed from A = P L U (LAPACK `dgetrf`), so without over- or underflow of the determinant itself.
  ///
  /// Accuracy: right unless A is singular to round-off; check the rank first where that matters.
  public var determinantSign: Int {
    precondition(rows == columns, "a \(rows)×\(columns) matrix has no determinant")
    if rows == 0 { return 1 }
    var a = storage
    var pivots = [Int32](repeating: 0, count: rows)
    let info = LAPACKE_dgetrf(LAPACK_COL_MAJOR, Int32(rows), Int32(rows), &a, Int32(rows), &pivots)
    precondition(info >= 0, "LAPACK's dgetrf returned \(info)")
    if info > 0 { return 0 }
    return (0..<rows).reduce(1) { sign, i in
      let swapped = pivots[i] != Int32(i + 1)
      return (a[i + i * rows] < 0) != swapped ? -sign : sign
    }
  }
}
