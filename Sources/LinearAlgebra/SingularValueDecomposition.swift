import CLAPACK

/// The thin singular value decomposition A = U diag(σ) Vᵀ, σ_1 ≥ σ_2 ≥ … ≥ 0.
///
/// - `U`: rows × k, `V`: columns × k with orthonormal columns, k = min(rows, columns).
///
/// Accuracy: backward stable, |σ̂_i − σ_i| ≤ c·eps·σ_1 with a modest c (LAPACK `dgesdd`; `dgesvd` where the former
/// does not converge).
public struct SingularValueDecomposition: Sendable {
  /// Left singular vectors as columns, rows × k.
  public let U: Matrix
  /// σ_1 ≥ … ≥ σ_k ≥ 0.
  public let singularValues: [Double]
  /// Right singular vectors as columns, columns × k.
  public let V: Matrix

  /// Decomposes a matrix with finite entries.
  public init(_ A: Matrix) {
    precondition(A.isFinite, "the SVD of a matrix with NaN or infinite entries does not exist")
    let (m, n) = (A.rows, A.columns)
    let k = min(m, n)
    guard k > 0 else {
      (U, singularValues, V) = (Matrix(zeros: m, 0), [], Matrix(zeros: n, 0))
      return
    }
    var s = [Double](repeating: 0, count: k)
    var u = Matrix(zeros: m, k)
    var vt = Matrix(zeros: k, n)
    var a = A.storage
    var info = LAPACKE_dgesdd(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "S")), Int32(m), Int32(n), &a, Int32(m), &s, &u.storage, Int32(m),
      &vt.storage, Int32(k))
    if info > 0 {
      a = A.storage
      var superdiagonal = [Double](repeating: 0, count: k)
      info = LAPACKE_dgesvd(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "S")), CChar(UInt8(ascii: "S")), Int32(m), Int32(n), &a,
        Int32(m), &s,
        &u.storage, Int32(m), &vt.storage, Int32(k), &superdiagonal)
    }
    precondition(info == 0, "LAPACK's SVD returned \(info) on a \(m)×\(n) matrix")
    (U, singularValues, V) = (u, s, vt.transpose)
  }

  package init(U: Matrix, singularValues: [Double], V: Matrix) {
    (self.U, self.singularValues, self.V) = (U, singularValues, V)
  }

  /// That of c·A for c ≥ 0.
  package static func * (c: Double, svd: SingularValueDecomposition) -> SingularValueDecomposition {
    SingularValueDecomposition(U: svd.U, singularValues: svd.singularValues.map { c * $0 }, V: svd.V)
  }

  /// The first k triples.
  package func prefix(_ k: Int) -> SingularValueDecomposition {
    if k >= singularValues.count { return self }
    return SingularValueDecomposition(
      U: U.columns(0..<k), singularValues: Array(singularValues.prefix(k)), V: V.columns(0..<k))
  }

  /// Singular values above `tolerance`; by default above max(rows, columns)·eps·σ_1, the round-off of σ itself.
  public func rank(tolerance: Double? = nil) -> Int {
    let threshold = tolerance ?? Double(max(U.rows, V.rows)) * .ulpOfOne * (singularValues.first ?? 0)
    return singularValues.prefix { $0 > threshold }.count
  }

  /// The best approximation of rank at most k by its factors U diag(σ) and V.
  package func factors(ofRank k: Int) -> FactoredMatrix {
    let k = min(k, singularValues.count)
    return FactoredMatrix(
      left: U.columns(0..<k).scalingColumns(by: Array(singularValues.prefix(k))), right: V.columns(0..<k))
  }

  /// The best approximation of rank at most k in the Frobenius norm: Σ_{i≤k} σ_i u_i v_iᵀ (Eckart and Young, 1936).
  public func truncated(to k: Int) -> Matrix {
    let k = min(k, singularValues.count)
    return Matrix.product(
      U.columns(0..<k).scalingColumns(by: Array(singularValues.prefix(k))), .plain, V.columns(0..<k),
      .transposed)
  }
}

extension Matrix {
  /// A = U diag(σ) Vᵀ.
  public var singularValueDecomposition: SingularValueDecomposition { SingularValueDecomposition(self) }

  /// A = U diag(σ) Vᵀ with min(k, rows, columns) singular values, for a matrix whose rank is known to be at most k.
  ///
  /// Where k is small, from the range: with a Gaussian matrix G of k + 4 columns, A G spans the range of A with probability one, and QᵀA, Q orthonormal for A G, has the singular
  /// values of A and is small (Halko, Martinsson, Tropp, *Finding structure with randomness*, SIAM Review 53 (2011), exact here). G is the same in every call.
  ///
  /// *Accuracy*: some eps·σ_1, as of the whole decomposition. *Complexity*: O(rows·columns·k).
  package func singularValueDecomposition(ofRank k: Int) -> SingularValueDecomposition {
    let width = k + 4
    guard k > 0, 4 * width <= min(rows, columns) else {
      let whole = singularValueDecomposition
      let count = min(k, whole.singularValues.count)
      return SingularValueDecomposition(
        U: whole.U.columns(0..<count), singularValues: Array(whole.singularValues.prefix(count)),
        V: whole.V.columns(0..<count))
    }
    var generator = SeededGenerator(seed: 1)
    let Q = (self * Matrix.gaussian(columns, width, using: &generator)).orthonormalFactor
    let small = Matrix.product(Q, .transposed, self, .plain).singularValueDecomposition
    return SingularValueDecomposition(
      U: Q * small.U.columns(0..<k), singularValues: Array(small.singularValues.prefix(k)),
      V: small.V.columns(0..<k))
  }

  /// σ_1 ≥ σ_2 ≥ … ≥ 0, min(rows, columns) of them.
  public var singularValues: [Double] {
    // A row or a column needs no iteration.
    if min(rows, columns) == 1 { return [frobeniusNorm] }
    precondition(isFinite, "a matrix with NaN or infinite entries has no singular values")
    let (m, n) = (rows, columns)
    let k = min(m, n)
    guard k > 0 else { return [] }
    var a = storage
    var s = [Double](repeating: 0, count: k)
    // Without vectors a third of the work, and dgesdd goes by the dqds algorithm.
    let info = LAPACKE_dgesdd(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "N")), Int32(m), Int32(n), &a, Int32(m), &s, nil, Int32(m), nil,
      Int32(n))
    return info == 0 ? s : SingularValueDecomposition(self).singularValues
  }

  /// ‖A‖ = σ_1(A); 0 for an empty matrix.
  public var spectralNorm: Double { singularValues.first ?? 0 }
}
