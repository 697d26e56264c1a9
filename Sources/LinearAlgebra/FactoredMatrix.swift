/// A matrix A = L Rᵀ held by its factors, L: rows × k, R: columns × k, so that what is asked of it costs O((rows + columns)·k²) and no array has the size of A.
///
/// Where 2k ≥ min(rows, columns) nothing is gained, and A itself is held.
///
/// Accuracy: norms and singular values err by some eps·‖L‖‖R‖, those of a product that is formed.
public struct FactoredMatrix: Sendable {
  /// L, or A itself.
  public let left: Matrix
  /// R; nil where A itself is held.
  public let right: Matrix?

  /// A matrix that is not factored.
  public init(_ matrix: Matrix) { (left, right) = (matrix, nil) }

  /// L Rᵀ.
  ///
  /// - Parameters:
  ///   - left: L, rows × k.
  ///   - right: R, columns × k.
  public init(left: Matrix, right: Matrix) {
    precondition(left.columns == right.columns, "factors of \(left.columns) and \(right.columns) columns")
    if 2 * left.columns < min(left.rows, right.rows) {
      (self.left, self.right) = (left, right)
    } else {
      (self.left, self.right) = (Matrix.product(left, .plain, right, .transposed), nil)
    }
  }

  /// The number of rows of A.
  public var rows: Int { left.rows }
  /// The number of columns of A.
  public var columns: Int { right?.rows ?? left.columns }

  /// A, with all its entries.
  public var matrix: Matrix { right.map { Matrix.product(left, .plain, $0, .transposed) } ?? left }

  /// ‖A‖_F.
  public var frobeniusNorm: Double { core.frobeniusNorm }

  /// R_L R_Rᵀ for L = Q_L R_L and R = Q_R R_R: A but for orthonormal factors on both sides.
  private var core: Matrix {
    guard let right else { return left }
    if left.columns == 1 {
      return Matrix(rows: 1, columns: 1, storage: [left.frobeniusNorm * right.frobeniusNorm])
    }
    return Matrix.product(left.trapezoidalFactor, .plain, right.trapezoidalFactor, .transposed)
  }

  /// A = U diag(σ) Vᵀ with min(k, rows, columns) singular values, for a matrix whose rank is known to be at most k.
  package func singularValueDecomposition(ofRank k: Int) -> SingularValueDecomposition {
    guard let right else { return left.singularValueDecomposition(ofRank: k) }
    if left.columns == 1, k >= 1 {
      let (l, r) = (left.frobeniusNorm, right.frobeniusNorm)
      if l > 0, r > 0 {
        return SingularValueDecomposition(
          U: Matrix(left.rows, 1) { i, _ in left[i, 0] / l }, singularValues: [l * r],
          V: Matrix(right.rows, 1) { i, _ in right[i, 0] / r })
      }
    }
    let (Q, P) = (HouseholderBasis(left), HouseholderBasis(right))
    let inner = Matrix.product(Q.factor, .plain, P.factor, .transposed).singularValueDecomposition
    let count = min(k, inner.singularValues.count)
    return SingularValueDecomposition(
      U: Q.expanded(inner.U.columns(0..<count)), singularValues: Array(inner.singularValues.prefix(count)),
      V: P.expanded(inner.V.columns(0..<count)))
  }

  /// A − B, whose rank is at most the sum of the two.
  package static func - (A: FactoredMatrix, B: FactoredMatrix) -> FactoredMatrix {
    guard let R = A.right, let S = B.right else { return FactoredMatrix(A.matrix - B.matrix) }
    return FactoredMatrix(left: A.left.appendingColumns(-B.left), right: R.appendingColumns(S))
  }

  /// A diag(d).
  package func scalingColumns(by d: [Double]) -> FactoredMatrix {
    guard let right else { return FactoredMatrix(left.scalingColumns(by: d)) }
    return FactoredMatrix(left: left, right: right.scalingRows(by: d))
  }

  /// ⟨A, M⟩ = ⟨L, M R⟩.
  package static func inner(_ A: FactoredMatrix, _ M: Matrix) -> Double {
    guard let right = A.right else { return Matrix.inner(A.left, M) }
    return Matrix.inner(A.left, M * right)
  }

  /// ⟨A, B⟩.
  package static func inner(_ A: FactoredMatrix, _ B: FactoredMatrix) -> Double {
    guard let right = B.right else { return inner(A, B.left) }
    guard let own = A.right else { return inner(B, A.left) }
    return Matrix.inner(
      Matrix.product(A.left, .transposed, B.left, .plain), Matrix.product(own, .transposed, right, .plain))
  }
}
