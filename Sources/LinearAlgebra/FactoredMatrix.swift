import Foundation

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
  public var frobeniusNorm: Double { normOfRows(from: 0) }

  /// ‖A − D‖_F for the D that has d on its main diagonal and zeros elsewhere.
  ///
  /// Only the rows and columns of d meet D: the rest of A, which is small where A is near D, is measured by itself, and nothing cancels but what A − D itself cancels.
  package func distance(toDiagonal d: [Double]) -> Double {
    let (k, m, n) = (d.count, rows, columns)
    guard let right else {
      return (left - .diagonal(d, rows: m, columns: n)).frobeniusNorm
    }
    let q = left.columns
    var upper = Matrix(zeros: k, n)
    var lower = Matrix(zeros: m - k, k)
    left.storage.withUnsafeBufferPointer { L in
      right.storage.withUnsafeBufferPointer { R in
        upper.storage.withUnsafeMutableBufferPointer {
          gemm(.plain, .transposed, k, n, q, 1, L.baseAddress!, m, R.baseAddress!, n, 0, $0.baseAddress!, k)
        }
        lower.storage.withUnsafeMutableBufferPointer {
          gemm(
            .plain, .transposed, m - k, k, q, 1, L.baseAddress! + k, m, R.baseAddress!, n, 0, $0.baseAddress!,
            m - k)
        }
      }
    }
    for i in 0..<k { upper[i, i] -= d[i] }
    let met = hypot(upper.frobeniusNorm, lower.frobeniusNorm)
    return hypot(met, normOfRows(from: k, beside: met))
  }

  /// The part of ‖L‖²‖R‖² below which ‖A‖² is not taken from Gram matrices, since they would leave fewer than 12 digits of it.
  private static let gramLimit = 1e-3

  /// The norm of the rows and columns of A from k on, to 12 digits of itself or round-off of what it stands beside.
  ///
  /// ‖A‖² = tr(LᵀL·RᵀR) where that does not cancel; by QR elsewhere.
  private func normOfRows(from k: Int, beside other: Double = 0) -> Double {
    guard let right else {
      return k == 0 ? left.frobeniusNorm : left.rows(k..<rows).columns(k..<columns).frobeniusNorm
    }
    if k == 0, left.columns == 1 { return left.frobeniusNorm * right.frobeniusNorm }
    let (G, H) = (left.gramOfRows(from: k), right.gramOfRows(from: k))
    let bound = G.trace * H.trace
    if bound > .leastNormalMagnitude / .ulpOfOne, bound < .greatestFiniteMagnitude {
      if bound <= .ulpOfOne * .ulpOfOne * other * other { return 0 }
      let square = Matrix.inner(G, H)
      if square > FactoredMatrix.gramLimit * bound { return square.squareRoot() }
    }
    let rest = k == 0 ? self : FactoredMatrix(left: left.rows(k..<rows), right: right.rows(k..<columns))
    return rest.core.frobeniusNorm
  }

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

  /// ⟨A, D⟩ for the D that has d on its main diagonal and zeros elsewhere.
  package static func inner(_ A: FactoredMatrix, diagonal d: [Double]) -> Double {
    guard let right = A.right else { return d.indices.reduce(0) { $0 + d[$1] * A.left[$1, $1] } }
    var sum = 0.0
    for k in 0..<right.columns {
      for i in d.indices { sum += d[i] * A.left[i, k] * right[i, k] }
    }
    return sum
  }

  /// ⟨A, B⟩.
  package static func inner(_ A: FactoredMatrix, _ B: FactoredMatrix) -> Double {
    guard let right = B.right else { return inner(A, B.left) }
    guard let own = A.right else { return inner(B, A.left) }
    return Matrix.inner(
      Matrix.product(A.left, .transposed, B.left, .plain), Matrix.product(own, .transposed, right, .plain))
  }
}

extension Matrix {
  /// AᵀA for the rows of A from k on.
  fileprivate func gramOfRows(from k: Int) -> Matrix {
    var G = Matrix(zeros: columns, columns)
    storage.withUnsafeBufferPointer { a in
      G.storage.withUnsafeMutableBufferPointer { g in
        let rest = a.baseAddress! + k
        gemm(
          .transposed, .plain, columns, columns, rows - k, 1, rest, rows, rest, rows, 0, g.baseAddress!,
          columns)
      }
    }
    return G
  }

  fileprivate var trace: Double { (0..<min(rows, columns)).reduce(0) { $0 + self[$1, $1] } }
}
