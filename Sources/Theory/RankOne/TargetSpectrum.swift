import LinearAlgebra

/// The singular value decomposition Z = U diag(σ) Vᵀ as the theorems use it: s_Z, γ_Z, Z_1, and which singular values
/// the arithmetic cannot tell apart.
public struct TargetSpectrum: Sendable {
  /// Z, dy × dx.
  public let matrix: Matrix
  /// σ_1 ≥ σ_2 ≥ …, min(dx, dy) of them.
  public let singularValues: [Double]
  /// The left and right singular vectors, one an element, in the order of the singular values.
  public let leftVectors: [[Double]]
  /// v_1, v_2, …, of dx entries each.
  public let rightVectors: [[Double]]
  /// Which of the singular values are positive, and which of those are equal.
  private let distinct: SingularValueGroups
  /// Singular values above ``resolution``.
  public var rank: Int { distinct.positiveCount }
  /// The round-off of a singular value: differences below it are not seen (`SingularValueGroups`).
  public var resolution: Double { distinct.resolution }
  /// Indices (from 0) of the positive singular values, equal ones together, in decreasing order.
  public var groups: [[Int]] { distinct.ranges.map(Array.init) }

  /// Decomposes Z, dy × dx with finite entries.
  public init(_ Z: Matrix) { self.init(Z, decomposition: Z.singularValueDecomposition) }

  /// Z with its singular value decomposition.
  init(_ Z: Matrix, decomposition svd: SingularValueDecomposition) {
    matrix = Z
    singularValues = svd.singularValues
    leftVectors = svd.singularValues.indices.map(svd.U.column)
    rightVectors = svd.singularValues.indices.map(svd.V.column)
    distinct = SingularValueGroups(svd.singularValues)
  }

  /// s_Z = σ_1, the size of the target Z_1 = u_Z s_Z v_Zᵀ.
  public var leadingValue: Double { singularValues.first ?? 0 }

  /// γ_Z = σ_2 / σ_1, equation (26): 0 for a single singular value, nil for Z = 0.
  public var gapRatio: Double? {
    guard rank > 0 else { return nil }
    return singularValues.count > 1 ? singularValues[1] / leadingValue : 0
  }

  /// Whether γ_Z < 1 beyond round-off, so that Z_1 is unique.
  public var hasGap: Bool { distinct.ranges.first?.count == 1 }

  /// Z_1 = u_Z s_Z v_Zᵀ, equation (27).
  public var leadingMatrix: Matrix {
    guard let u = leftVectors.first, let v = rightVectors.first else { return 0 * matrix }
    return Matrix(matrix.rows, matrix.columns) { i, j in u[i] * leadingValue * v[j] }
  }

  /// The distance from the eigenvalue +σ_i of [[0, Z], [Zᵀ, 0]] to the rest of that matrix's spectrum
  /// {±σ_j} ∪ {0 if Z is not square}, equal singular values counted as one.
  ///
  /// Round-off turns the pair (u_i, v_i) by about eps·s_Z / gap (Davis and Kahan, 1970).
  func separation(ofGroup group: [Int]) -> Double {
    let sigma = singularValues[group[0]]
    var gap = matrix.rows == matrix.columns ? 2 * sigma : sigma
    for j in singularValues.indices where !group.contains(j) {
      gap = min(gap, (sigma - singularValues[j]).magnitude)
    }
    return min(gap, sigma + (singularValues.last ?? 0))
  }
}
