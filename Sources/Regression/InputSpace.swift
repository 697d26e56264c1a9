import LinearAlgebra

/// The column space of an input factor R_xx, with the way from coordinates in it to coefficients.
///
/// R_xx = R̂ D with columns of equal length, R̂ = U S Vᵀ: units of the inputs, however far apart, do not decide what counts as dependent.
/// Coefficients for coordinates A in the basis U are D⁻¹ V S⁻¹ A; where the inputs are dependent, their projection onto the row space of R_xx is the solution of least norm.
struct InputSpace {
  /// U: orthonormal columns, ρ = rank R_xx of them.
  let basis: Matrix
  private let back: Matrix

  /// The space of a factor with dx columns.
  ///
  /// - Parameters:
  ///   - R: the factor.
  ///   - roundOff: up to where a direction of columns of unit length counts as none, relative to the longest.
  init(_ R: Matrix, roundOff: Double) {
    let n = R.columns
    let lengths = (0..<n).map { j in
      let length = R.length(ofColumn: j)
      return length > 0 ? length : 1
    }
    // Divided, not multiplied by a reciprocal, which overflows for subnormal columns.
    let svd = Matrix(R.rows, n) { i, j in R[i, j] / lengths[j] }.singularValueDecomposition
    let rank = svd.rank(tolerance: roundOff * (svd.singularValues.first ?? 0))
    basis = svd.U.columns(0..<rank)
    let V = svd.V.columns(0..<rank)
    let scaled = V.scalingColumns(by: svd.singularValues.prefix(rank).map { 1 / $0 })
    let solution = Matrix(n, rank) { i, j in scaled[i, j] / lengths[i] }
    if rank < n, rank > 0 {
      // Range of R_xxᵀ = range of D V; every solution differs from the one in it by something orthogonal.
      let rowSpace = V.scalingRows(by: lengths).orthonormalFactor
      back = rowSpace * Matrix.product(rowSpace, .transposed, solution, .plain)
    } else {
      back = solution
    }
  }

  /// ρ.
  var rank: Int { basis.columns }

  /// The dx × k matrix B of least norm with R_xx B = U A.
  func coefficients(of A: Matrix) -> Matrix { back * A }
}
