import CLAPACK

/// Whether a factor enters a product as it is or transposed.
public enum Transposition: Sendable {
  /// op(A) = A.
  case plain
  /// op(A) = Aᵀ.
  case transposed

  @usableFromInline var cblas: CBLAS_TRANSPOSE { self == .plain ? CblasNoTrans : CblasTrans }
}

extension Matrix {
  /// op(A) op(B).
  public static func product(
    _ A: Matrix, _ opA: Transposition, _ B: Matrix, _ opB: Transposition
  ) -> Matrix {
    let (m, k) = opA == .plain ? (A.rows, A.columns) : (A.columns, A.rows)
    let (l, n) = opB == .plain ? (B.rows, B.columns) : (B.columns, B.rows)
    precondition(k == l, "cannot multiply \(m)×\(k) by \(l)×\(n)")
    var C = Matrix(zeros: m, n)
    if m == 0 || n == 0 || k == 0 { return C }
    C.storage.withUnsafeMutableBufferPointer { c in
      gemm(opA, opB, m, n, k, 1, A.storage, A.rows, B.storage, B.rows, 0, c.baseAddress!, m)
    }
    return C
  }

  /// AᵀA − B Bᵀ, symmetric.
  package static func differenceOfSquares(_ A: Matrix, _ B: Matrix) -> Matrix {
    precondition(A.columns == B.rows, "AᵀA has order \(A.columns), B Bᵀ \(B.rows)")
    let n = A.columns
    guard n > 16, A.rows > 0, B.columns > 0 else {
      return product(A, .transposed, A, .plain) - product(B, .plain, B, .transposed)
    }
    var C = Matrix(zeros: n, n)
    C.storage.withUnsafeMutableBufferPointer { c in
      let c = c.baseAddress!
      cblas_dsyrk(
        CblasColMajor, CblasUpper, CblasTrans, Int32(n), Int32(A.rows), 1, A.storage, Int32(A.rows), 0, c,
        Int32(n))
      cblas_dsyrk(
        CblasColMajor, CblasUpper, CblasNoTrans, Int32(n), Int32(B.columns), -1, B.storage, Int32(n), 1, c,
        Int32(n))
      for j in 0..<n {
        for i in 0..<j { c[j + i * n] = c[i + j * n] }
      }
    }
    return C
  }

  /// A B.
  public static func * (A: Matrix, B: Matrix) -> Matrix { product(A, .plain, B, .plain) }
  /// a A.
  public static func * (a: Double, A: Matrix) -> Matrix {
    Matrix(rows: A.rows, columns: A.columns, storage: A.storage.map { a * $0 })
  }
  /// A + B, of equal shapes.
  public static func + (A: Matrix, B: Matrix) -> Matrix { zip(A, B, +) }
  /// A − B, of equal shapes.
  public static func - (A: Matrix, B: Matrix) -> Matrix { zip(A, B, -) }
  /// −A.
  public static prefix func - (A: Matrix) -> Matrix { -1 * A }
  /// A ← A + B.
  public static func += (A: inout Matrix, B: Matrix) { A = A + B }
  /// A ← A − B.
  public static func -= (A: inout Matrix, B: Matrix) { A = A - B }

  private static func zip(_ A: Matrix, _ B: Matrix, _ f: (Double, Double) -> Double) -> Matrix {
    precondition(
      A.rows == B.rows && A.columns == B.columns,
      "shapes \(A.rows)×\(A.columns) and \(B.rows)×\(B.columns) differ")
    return Matrix(
      rows: A.rows, columns: A.columns,
      storage: [Double](unsafeUninitializedCapacity: A.storage.count) { c, n in
        for i in 0..<A.storage.count { c[i] = f(A.storage[i], B.storage[i]) }
        n = A.storage.count
      })
  }

  /// ⟨A, B⟩ = Σ_ij A_ij B_ij.
  public static func inner(_ A: Matrix, _ B: Matrix) -> Double {
    precondition(A.rows == B.rows && A.columns == B.columns, "the inner product needs equal shapes")
    return cblas_ddot(Int32(A.storage.count), A.storage, 1, B.storage, 1)
  }

  /// ‖A‖_F, without overflow or underflow of the squares.
  public var frobeniusNorm: Double {
    storage.withUnsafeBufferPointer { $0.isEmpty ? 0 : norm2($0.baseAddress!, $0.count) }
  }
}

/// C ← α op(A) op(B) + β C on column-major storage: for inner loops that own their buffers.
///
/// Shapes: op(A) is m×k, op(B) is k×n, C is m×n; `lda`, `ldb`, `ldc` are the leading dimensions.
@inlinable
public func gemm(
  _ opA: Transposition, _ opB: Transposition, _ m: Int, _ n: Int, _ k: Int, _ alpha: Double,
  _ A: UnsafePointer<Double>, _ lda: Int, _ B: UnsafePointer<Double>, _ ldb: Int, _ beta: Double,
  _ C: UnsafeMutablePointer<Double>, _ ldc: Int
) {
  if m &* n &* k <= smallProductLimit {
    smallProduct(opA, opB, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc)
    return
  }
  if n == 1 {
    // dgemm would copy A before it multiplies.
    let (rows, columns) = opA == .plain ? (m, k) : (k, m)
    cblas_dgemv(
      CblasColMajor, opA.cblas, Int32(rows), Int32(columns), alpha, A, Int32(lda), B,
      opB == .plain ? 1 : Int32(ldb),
      beta, C, 1)
    return
  }
  cblas_dgemm(
    CblasColMajor, opA.cblas, opB.cblas, Int32(m), Int32(n), Int32(k), alpha, A, Int32(lda), B, Int32(ldb),
    beta, C, Int32(ldc))
}

/// The Euclidean norm of n consecutive numbers, safe against overflow and underflow; numbers times a power of two have the same norm times that power, to the last bit.
@inlinable
public func norm2(_ x: UnsafePointer<Double>, _ n: Int) -> Double {
  // dnrm2 takes one number at a time. Where the sum is far from both ends of the range, squares that underflowed do not count in it.
  let square = cblas_ddot(Int32(n), x, 1, x, 1)
  return square > 1e-280 && square < 1e300 ? square.squareRoot() : scaledNorm(x, n)
}

/// The norm of numbers whose squares may leave the range, by way of the same sum as that of others.
@usableFromInline
func scaledNorm(_ x: UnsafePointer<Double>, _ n: Int) -> Double {
  let numbers = UnsafeBufferPointer(start: x, count: n)
  let largest = numbers.reduce(0) { max($0, $1.magnitude) }
  if largest == .infinity { return numbers.contains(where: \.isNaN) ? .nan : .infinity }
  guard largest >= .leastNormalMagnitude else { return cblas_dnrm2(Int32(n), x, 1) }
  let unit = largest.binade
  return withUnsafeTemporaryAllocation(of: Double.self, capacity: n) { y in
    for i in 0..<n { y[i] = x[i] / unit }
    return unit * cblas_ddot(Int32(n), y.baseAddress!, 1, y.baseAddress!, 1).squareRoot()
  }
}

/// Threads used by BLAS. They are process-wide: one is right whenever runs are parallel to each other, and for
/// the small matrices of most flows; results with one thread are the same bit for bit from run to run.
public func setBLASThreads(_ count: Int) { openblas_set_num_threads(Int32(count)) }
