import CLAPACK

/// The orthogonal matrix Q, n × n, of a factorization A = Q R, kept as the reflections of which it is the product.
///
/// Its first columns span those of A, the others are orthogonal to them. For a matrix of few columns of great length Q would not fit in memory; its
/// reflections are as large as A.
///
/// Accuracy: backward stable, ‖A − Q R‖ ≤ c·n·eps·‖A‖ and ‖QᵀQ − I‖ ≤ c·n·eps (LAPACK `dgeqrf`, `dormqr`).
public struct HouseholderBasis: Sendable {
  /// n, the rows of A.
  public let order: Int
  /// R: min(rows, columns) × columns, zero below its diagonal.
  public let factor: Matrix

  private let reflections: [Double]
  private let scales: [Double]

  /// Factorises a matrix with finite entries.
  public init(_ A: Matrix) {
    let (m, n) = (A.rows, A.columns)
    let k = min(m, n)
    var a = A.storage
    var tau = [Double](repeating: 0, count: k)
    if k > 0 {
      let info = LAPACKE_dgeqrf(LAPACK_COL_MAJOR, Int32(m), Int32(n), &a, Int32(m), &tau)
      precondition(info == 0, "LAPACK's dgeqrf returned \(info)")
    }
    order = m
    factor = Matrix(k, n) { i, j in i <= j ? a[i + j * m] : 0 }
    reflections = Array(a.prefix(m * k))
    scales = tau
  }

  /// Q [B; 0] for a B with the rows of ``factor``: the columns of B in the coordinates of A's column space.
  ///
  /// Complexity: O(order · columns of A · columns of B).
  package func expanded(_ B: Matrix) -> Matrix {
    precondition(B.rows == factor.rows, "\(B.rows) rows in a basis of \(factor.rows) columns")
    return product(B.appendingRows(Matrix(zeros: order - B.rows, B.columns)))
  }

  /// Q B for a B with as many rows as A.
  func product(_ B: Matrix) -> Matrix {
    precondition(B.rows == order, "a matrix of order \(order) times one of \(B.rows) rows")
    guard B.columns > 0, !scales.isEmpty else { return B }
    var result = B
    let info = LAPACKE_dormqr(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "L")), CChar(UInt8(ascii: "N")), Int32(order), Int32(B.columns),
      Int32(scales.count), reflections, Int32(order), scales, &result.storage, Int32(order))
    precondition(info == 0, "LAPACK's dormqr returned \(info)")
    return result
  }

  /// B Q, or B Qᵀ.
  ///
  /// Complexity: O(rows of B · order · columns of A).
  public func product(of B: Matrix, _ transposition: Transposition) -> Matrix {
    precondition(B.columns == order, "a \(B.rows)×\(B.columns) matrix times one of order \(order)")
    guard B.rows > 0, !scales.isEmpty else { return B }
    var result = B
    let info = LAPACKE_dormqr(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "R")), CChar(UInt8(ascii: transposition == .plain ? "N" : "T")),
      Int32(B.rows), Int32(order), Int32(scales.count), reflections, Int32(order), scales, &result.storage,
      Int32(B.rows))
    precondition(info == 0, "LAPACK's dormqr returned \(info)")
    return result
  }
}
