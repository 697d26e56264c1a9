import LinearAlgebra

/// The common singular vectors of Z and W_0: Z = Σ σ_i u_i v_iᵀ and W_0 ≈ Σ w_i u_i v_iᵀ with signed w_i.
///
/// Singular vectors of Z are not unique where singular values repeat or vanish; the choice that serves W_0 best is made there. Within σ_i = … = σ_j > 0
/// the block of U_ZᵀW_0V_Z must be symmetric, and its eigenvectors turn both bases; in the null spaces of Z, a singular value decomposition of what W_0
/// has there serves.
///
/// Complexity: one singular value decomposition of Z and, if W_0 reaches outside its range, one of W_0.
public struct AlignedDecomposition: Sendable {
  /// u_i (dy × k) and v_i (dx × k), orthonormal; k is the number of modes with σ_i > 0 or w_i ≠ 0.
  public let U: Matrix
  public let V: Matrix
  /// σ_i ≥ 0, in decreasing order.
  public let targets: [Double]
  /// w_i; negative against the target.
  public let starts: [Double]
  /// ‖W_0 − Σ w_i u_i v_iᵀ‖_F / ‖W_0‖_F; 0 for W_0 = 0. Round-off for an aligned start.
  public let defect: Double

  /// The singular vectors that Z and W_0 share, as far as they do.
  public init(target Z: Matrix, start W: Matrix) {
    precondition(Z.rows == W.rows && Z.columns == W.columns, "Z and W_0 differ in shape")
    self.init(decomposition: Z.singularValueDecomposition, start: W)
  }

  /// The same where the singular value decomposition of Z is known.
  init(decomposition svd: SingularValueDecomposition, start W: Matrix) {
    let (dy, dx) = (W.rows, W.columns)
    let groups = SingularValueGroups(svd.singularValues)
    let rank = groups.positiveCount
    let means = groups.averaged(svd.singularValues)
    var (σ, w): ([Double], [Double]) = ([], [])
    var (U, V) = (Matrix(zeros: dy, 0), Matrix(zeros: dx, 0))

    for group in groups.ranges {
      let (Ug, Vg) = (svd.U.columns(group), svd.V.columns(group))
      let block = Matrix.product(Ug, .transposed, W * Vg, .plain)
      σ += means[group]
      if group.count == 1 {
        (U, V) = (U.appendingColumns(Ug), V.appendingColumns(Vg))
        w.append(block[0, 0])
      } else {
        let eigen = SymmetricEigendecomposition(0.5 * (block + block.transpose))
        (U, V) = (U.appendingColumns(Ug * eigen.eigenvectors), V.appendingColumns(Vg * eigen.eigenvectors))
        w += eigen.eigenvalues
      }
    }

    let size = W.frobeniusNorm
    // What W_0 has in the null spaces of Z on both sides; the projections are repeated against round-off.
    var outside = W
    for _ in 0..<2 {
      outside -= U * Matrix.product(U, .transposed, outside, .plain)
      outside -= Matrix.product(outside * V, .plain, V, .transposed)
    }
    if rank < min(dy, dx),
      outside.frobeniusNorm > 16 * Double(max(dy, dx)) * .ulpOfOne * size
    {
      let rest = outside.singularValueDecomposition
      let more = min(
        rest.rank(tolerance: 4 * Double(max(dy, dx)) * .ulpOfOne * size),
        min(dy, dx) - rank)
      (U, V) = (U.appendingColumns(rest.U.columns(0..<more)), V.appendingColumns(rest.V.columns(0..<more)))
      σ += Array(repeating: 0, count: more)
      w += rest.singularValues.prefix(more)
    }
    // A coordinate that is round-off beside the start's size is no coordinate.
    w = w.map { $0.magnitude <= 4 * Double(max(dy, dx)) * .ulpOfOne * size ? 0 : $0 }
    let misfit = (W - Matrix.product(U.scalingColumns(by: w), .plain, V, .transposed)).frobeniusNorm
    (self.U, self.V, targets, starts) = (U, V, σ, w)
    defect = size > 0 ? misfit / size : 0
  }
}
