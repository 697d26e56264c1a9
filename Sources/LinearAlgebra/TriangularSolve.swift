import CLAPACK

extension Matrix {
  /// B R⁻¹ for an upper triangular R, of which only the upper triangle is read.
  ///
  /// - Parameter R: n × n with a nonzero diagonal, n the columns of `self`.
  ///
  /// *Accuracy*: each row x of the result solves x (R + E) = b with |E| ≤ n·eps·|R| entry by entry (Higham, *Accuracy and Stability
  /// of Numerical Algorithms*, Theorem 8.5).
  public func dividing(byUpperTriangular R: Matrix) -> Matrix {
    precondition(
      R.rows == R.columns && R.columns == columns,
      "a \(rows)×\(columns) matrix times the inverse of a \(R.rows)×\(R.columns) one")
    precondition((0..<columns).allSatisfy { R[$0, $0] != 0 }, "a zero on the diagonal has no inverse")
    var X = self
    guard rows > 0, columns > 0 else { return X }
    cblas_dtrsm(
      CblasColMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, Int32(rows), Int32(columns), 1,
      R.storage, Int32(columns), &X.storage, Int32(rows))
    return X
  }
}
