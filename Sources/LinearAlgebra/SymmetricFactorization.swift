import CLAPACK

/// A = P L D Lᵀ Pᵀ of a symmetric matrix, D with blocks of order one and two: how many eigenvalues are negative, and A⁻¹.
///
/// By Sylvester's law A and D have as many negative, zero and positive eigenvalues. So the factorization of A − sI counts the eigenvalues of A below s, at a small part of the cost of computing them.
///
/// Accuracy: exact for a matrix within c·n·eps·‖A‖ of A (no more than the growth of the factors, which pivoting keeps small), so for s as far from every eigenvalue.
///
/// Complexity: n³/3.
///
/// Source: Bunch, Kaufman, "Some stable methods for calculating inertia and solving symmetric linear systems", Mathematics of Computation (1977); LAPACK `dsytrf`.
public struct SymmetricFactorization: Sendable {
  /// The number of negative eigenvalues.
  public let negativeCount: Int
  /// The number of zeros in D: eigenvalues that are zero exactly as computed.
  public let zeroCount: Int
  private let factors: Matrix
  private let pivots: [Int32]

  /// The number of positive eigenvalues.
  public var positiveCount: Int { factors.rows - negativeCount - zeroCount }

  /// Factors A − shift·I, of which the lower triangle is read.
  public init(_ A: Matrix, shift: Double = 0) {
    precondition(A.rows == A.columns, "a \(A.rows)×\(A.columns) matrix is not symmetric")
    let n = A.rows
    var a = A
    for i in 0..<n { a.storage[i + i * n] -= shift }
    var pivots = [Int32](repeating: 0, count: n)
    if n > 0 {
      let info = LAPACKE_dsytrf(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "L")), Int32(n), &a.storage, Int32(n), &pivots)
      precondition(info >= 0, "LAPACK's dsytrf returned \(info) at order \(n)")
    }
    var (negative, zero, k) = (0, 0, 0)
    while k < n {
      if pivots[k] > 0 {
        let d = a.storage[k + k * n]
        if d < 0 { negative += 1 } else if d == 0 { zero += 1 }
        k += 1
      } else {
        // A block of order two is chosen only where its determinant is negative: one eigenvalue of each sign.
        negative += 1
        k += 2
      }
    }
    (negativeCount, zeroCount, factors) = (negative, zero, a)
    self.pivots = pivots
  }

  /// (A − shift·I)⁻¹ b; nil if the matrix is singular as computed.
  public func solve(_ b: [Double]) -> [Double]? {
    precondition(b.count == factors.rows, "\(b.count) numbers for order \(factors.rows)")
    guard zeroCount == 0 else { return nil }
    var x = b
    let n = Int32(factors.rows)
    let info = LAPACKE_dsytrs(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "L")), n, 1, factors.storage, n, pivots, &x, n)
    precondition(info == 0, "LAPACK's dsytrs returned \(info)")
    return x.allSatisfy(\.isFinite) ? x : nil
  }
}
