import Foundation
import LinearAlgebra

/// A rank-one start in the singular bases of the target Z = Σ σ_i u_i v_iᵀ.
///
/// With a_i = u_iᵀu_0 and b_i = v_iᵀv_0 the vector [v; u] moves by the power flow of [[0, Zᵀ], [Z, 0]], whose eigenvectors
/// carry P_i = (a_i + b_i)/2 with eigenvalue σ_i, Q_i = (a_i − b_i)/2 with −σ_i, and the parts of u_0, v_0 outside both
/// bases with 0. In the theory's letters P_i = p_i/2, Q_i = q_i/2 and ν² = n_0/4.
///
/// *Repeated singular values*: values that differ by round-off (`SingularValueGroups`) are made equal, and the bases turned
/// within their spaces so that one pair carries the whole of p. *Round-off*: |p_i| ≤ `threshold(i)` is taken as zero, the
/// start on the boundary of the basin that was meant; singular values below the round-off of σ_1 are zero.
///
/// Source: D4 and D5 of Documentation/derived.md.
public struct RankOneCoordinates: Sendable {
  /// σ_1 ≥ σ_2 ≥ …, min(dx, dy) of them.
  public let singularValues: [Double]
  /// Columns u_i (dy × k) and v_i (dx × k).
  public let leftBasis: Matrix
  public let rightBasis: Matrix
  /// Whether a basis consists of the first unit vectors, so that a product with it is a copy.
  let isLeftBasisTrivial, isRightBasisTrivial: Bool
  /// The parts of u_0 and v_0 outside the bases; zero vectors if there is no room.
  public let leftRest: [Double]
  public let rightRest: [Double]
  /// s_0 > 0.
  public let scale: Double
  /// P_i and Q_i at the start.
  public let growing: [Double]
  public let decaying: [Double]
  /// ν = √((‖leftRest‖² + ‖rightRest‖²)/2), so that Σ P_i² + Σ Q_i² + ν² = 1.
  public let resting: Double
  /// Factor by which the error of one rounding of Z or of the start may be enlarged, ≥ 1: see ``ExactRankOneState``.
  public let sensitivity: Double

  /// - Parameters:
  ///   - Z: the target, dy × dx, any rank.
  ///   - scale: s_0; the start is W_0 = s_0 u_0 v_0ᵀ for u_0, v_0 of any positive length.
  ///   - left: u_0.
  ///   - right: v_0.
  ///   - basinThreshold: what |p_i| must exceed to count as nonzero; by default 8·eps·√(dx+dy)·min(1 + σ_1/gap_i, 100), the
  ///     round-off of the singular vectors.
  public init(
    target Z: Matrix, scale: Double, left: [Double], right: [Double], basinThreshold: Double? = nil
  ) throws(ExactRankOneError) {
    try self.init(
      target: Z, decomposition: nil, scale: scale, left: left, right: right, basinThreshold: basinThreshold)
  }

  /// The same where the singular value decomposition of Z is known.
  init(
    target Z: Matrix, decomposition: SingularValueDecomposition?, scale: Double, left: [Double],
    right: [Double], basinThreshold: Double? = nil
  ) throws(ExactRankOneError) {
    guard left.count == Z.rows, right.count == Z.columns, Z.rows > 0, Z.columns > 0 else {
      throw .shape(left: left.count, right: right.count, target: [Z.rows, Z.columns])
    }
    if let bad = Z.storage.firstIndex(where: { !$0.isFinite }) {
      throw .target(row: bad % Z.rows, column: bad / Z.rows, value: Z.storage[bad])
    }
    let (u, leftLength) = try unit(left, side: "left")
    let (v, rightLength) = try unit(right, side: "right")
    let size = scale * leftLength * rightLength
    guard size > 0, size.isFinite, (1 / size).isFinite else { throw .scale(size) }
    self.scale = size

    var (U, σ, V) = thinDecomposition(Z, decomposition)
    let k = σ.count
    let groups = SingularValueGroups(σ).ranges
    σ = SingularValueGroups(σ).averaged(σ)
    var a = project(U, u)
    var b = project(V, v)
    for group in groups where group.count > 1 {
      let p = group.map { a[$0] + b[$0] }
      guard let turn = Reflection(aligning: p) else { continue }
      turn.apply(toColumnsOf: &U, from: group.lowerBound)
      turn.apply(toColumnsOf: &V, from: group.lowerBound)
      turn.apply(to: &a, from: group.lowerBound)
      turn.apply(to: &b, from: group.lowerBound)
    }
    leftRest = k == Z.rows ? [Double](repeating: 0, count: Z.rows) : rest(u, U, a)
    rightRest = k == Z.columns ? [Double](repeating: 0, count: Z.columns) : rest(v, V, b)
    var P = zip(a, b).map { ($0 + $1) / 2 }
    var Q = zip(a, b).map { ($0 - $1) / 2 }
    let roundOff = 8 * .ulpOfOne * Double(Z.rows + Z.columns).squareRoot()
    var closest = Double.infinity
    for (g, group) in groups.enumerated() {
      let gap = separation(groups, g, σ, square: Z.rows == Z.columns)
      let turn = 1 + σ[0] / gap
      closest = min(closest, gap)
      let threshold = basinThreshold ?? roundOff * min(turn, 100)
      for i in group where (2 * P[i]).magnitude <= threshold { P[i] = 0 }
      // What is left of a turned group beside its first pair is round-off by construction.
      for i in group.dropFirst() where P[group.lowerBound] != 0 { P[i] = 0 }
    }
    let n = dotProduct(leftRest, leftRest) + dotProduct(rightRest, rightRest)
    let ν = (n / 2).squareRoot()
    let total = (dotProduct(P, P) + dotProduct(Q, Q) + ν * ν).squareRoot()
    for i in 0..<k {
      P[i] /= total
      Q[i] /= total
    }
    resting = ν / total
    (singularValues, leftBasis, rightBasis, growing, decaying) = (σ, U, V, P, Q)
    (isLeftBasisTrivial, isRightBasisTrivial) = (U.isTruncatedIdentity, V.isTruncatedIdentity)
    sensitivity = closest.isFinite ? 1 + σ[0] / closest : 1
  }

  /// The number of pairs, min(dx, dy).
  public var pairs: Int { singularValues.count }

  /// s_Z = σ_1.
  public var leadingValue: Double { singularValues[0] }
}

/// The thin decomposition; a row or a column needs no iteration.
private func thinDecomposition(
  _ Z: Matrix, _ known: SingularValueDecomposition?
) -> (U: Matrix, σ: [Double], V: Matrix) {
  if min(Z.rows, Z.columns) > 1 || Z.rows * Z.columns == 1 {
    if Z.storage.count == 1 {
      let z = Z.storage[0]
      return (.identity(1), [z.magnitude], Matrix(rows: 1, columns: 1, storage: [z < 0 ? -1 : 1]))
    }
    let svd = known ?? Z.singularValueDecomposition
    return (svd.U, svd.singularValues, svd.V)
  }
  let σ = Z.frobeniusNorm
  var direction = Z.storage.map { σ > 0 ? $0 / σ : 0 }
  if σ == 0 { direction[0] = 1 }
  let long = Matrix(rows: direction.count, columns: 1, storage: direction)
  return Z.rows == 1 ? (.identity(1), [σ], long) : (long, [σ], .identity(1))
}

/// w/‖w‖ and ‖w‖.
private func unit(_ w: [Double], side: String) throws(ExactRankOneError) -> ([Double], Double) {
  if let bad = w.firstIndex(where: { !$0.isFinite }) {
    throw .direction(side: side, index: bad, value: w[bad])
  }
  let largest = w.reduce(0) { max($0, $1.magnitude) }
  guard largest > 0 else { throw .zeroDirection(side: side) }
  let scaled = w.map { $0 / largest }
  let length = dotProduct(scaled, scaled).squareRoot()
  return (scaled.map { $0 / length }, largest * length)
}

/// The distance from +σ_i to the rest of the spectrum {±σ_j} ∪ {0 if Z is not square}.
private func separation(_ groups: [Range<Int>], _ g: Int, _ σ: [Double], square: Bool) -> Double {
  let value = σ[groups[g].lowerBound]
  var gap = square ? value + (σ.last ?? 0) : value
  if g > 0 { gap = min(gap, σ[groups[g - 1].lowerBound] - value) }
  if groups[g].upperBound < σ.count { gap = min(gap, value - σ[groups[g].upperBound]) }
  return gap
}

/// Basisᵀ w.
private func project(_ basis: Matrix, _ w: [Double]) -> [Double] {
  Matrix.product(basis, .transposed, .column(w), .plain).storage
}

/// w − Basis·coordinates, orthogonalised once more.
private func rest(_ w: [Double], _ basis: Matrix, _ coordinates: [Double]) -> [Double] {
  var r = zip(w, (basis * .column(coordinates)).storage).map(-)
  let again = (basis * .column(project(basis, r))).storage
  for i in r.indices { r[i] -= again[i] }
  return r
}

/// H = I − 2hhᵀ with H p = ±‖p‖ e_1.
private struct Reflection {
  let h: [Double]

  init?(aligning p: [Double]) {
    let length = dotProduct(p, p).squareRoot()
    guard length > 0, p.dropFirst().contains(where: { $0 != 0 }) else { return nil }
    var h = p
    h[0] += p[0] < 0 ? -length : length
    let size = dotProduct(h, h).squareRoot()
    self.h = h.map { $0 / size }
  }

  func apply(to x: inout [Double], from first: Int) {
    let c = 2 * h.indices.reduce(0) { $0 + h[$1] * x[first + $1] }
    for i in h.indices { x[first + i] -= c * h[i] }
  }

  func apply(toColumnsOf A: inout Matrix, from first: Int) {
    for row in 0..<A.rows {
      let c = 2 * h.indices.reduce(0) { $0 + h[$1] * A.storage[row + (first + $1) * A.rows] }
      for j in h.indices { A.storage[row + (first + j) * A.rows] -= c * h[j] }
    }
  }
}

private func dotProduct(_ x: [Double], _ y: [Double]) -> Double {
  var sum = 0.0
  for i in 0..<min(x.count, y.count) { sum += x[i] * y[i] }
  return sum
}
