import CLAPACK

/// A = Q diag(λ) Qᵀ of a symmetric matrix, λ_1 ≤ λ_2 ≤ …; only the lower triangle of A is read.
///
/// Accuracy: backward stable, |λ̂_i − λ_i| ≤ c·eps·‖A‖ (LAPACK `dsyevd`).
public struct SymmetricEigendecomposition: Sendable {
  /// λ_1 ≤ λ_2 ≤ ….
  public let eigenvalues: [Double]
  /// Orthonormal eigenvectors as columns, in the order of the eigenvalues.
  public let eigenvectors: Matrix

  /// Decomposes a symmetric matrix with finite entries.
  public init(_ A: Matrix) {
    precondition(A.rows == A.columns, "a \(A.rows)×\(A.columns) matrix is not symmetric")
    precondition(A.isFinite, "the eigenvalues of a matrix with NaN or infinite entries do not exist")
    var q = A
    var w = [Double](repeating: 0, count: A.rows)
    if A.rows > 0 {
      let info = LAPACKE_dsyevd(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "L")), Int32(A.rows), &q.storage,
        Int32(A.rows), &w)
      precondition(info == 0, "LAPACK's dsyevd returned \(info) at order \(A.rows)")
    }
    (eigenvalues, eigenvectors) = (w, q)
  }
}
