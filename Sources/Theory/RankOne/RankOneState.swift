import Foundation
import LinearAlgebra

/// A rank-one end-to-end matrix W = s u vᵀ with unit vectors u, v and s ≥ 0.
public struct RankOneState: Codable, Equatable, Sendable {
  /// s, the only nonzero singular value.
  public let scale: Double
  /// u, dy entries.
  public let left: [Double]
  /// v, dx entries.
  public let right: [Double]

  /// s u vᵀ with s = `scale`, u = `left`, v = `right`, both of unit length.
  public init(scale: Double, left: [Double], right: [Double]) {
    self.scale = scale
    self.left = left
    self.right = right
  }

  /// The leading singular triple of W: the best approximation of rank one.
  public init(leadingPartOf W: Matrix) {
    let svd = W.singularValueDecomposition
    self.init(scale: svd.singularValues[0], left: svd.U.column(0), right: svd.V.column(0))
  }

  /// W = s u vᵀ, dy × dx.
  public var matrix: Matrix { Matrix(left.count, right.count) { i, j in scale * left[i] * right[j] } }
}

/// The induced flow (17) of a balanced network with r = 1 on whitened data, written for W = s u vᵀ.
///
/// For W = s u vᵀ and ∇L_1 = m(W − Z) the map (16) becomes
/// A_W(Δ) = s^p [uuᵀΔ + (N−2) uuᵀΔvvᵀ + Δvvᵀ] with p = 2 − 2/N, hence
///
///     ds/dt = N m s^p (uᵀZv − s)
///     du/dt = m s^(1−2/N) (I − uuᵀ) Z v
///     dv/dt = m s^(1−2/N) (I − vvᵀ) Zᵀu.
///
/// Source: Eftekhari (2020), equations (16), (17) and (19).
public struct RankOneFlow: Sendable {
  /// N ≥ 2.
  public let depth: Int
  /// m > 0.
  public let sampleCount: Double
  /// Z, with its singular value decomposition.
  public let target: TargetSpectrum

  /// The flow of N = `depth` layers on m = `sampleCount` whitened samples with target Z ≠ 0.
  public init(depth: Int, sampleCount: Double, target: TargetSpectrum) {
    precondition(depth >= 2, "the formulas for W = s u vᵀ need N ≥ 2, not \(depth)")
    precondition(sampleCount > 0, "m = \(sampleCount) is not a number of samples")
    precondition(target.rank > 0, "Z = 0 has no leading pair")
    self.depth = depth
    self.sampleCount = sampleCount
    self.target = target
  }

  /// p = 2 − 2/N.
  public var exponent: Double { 2 - 2 / Double(depth) }

  /// (ds/dt, du/dt, dv/dt).
  public func velocity(at W: RankOneState) -> (scale: Double, left: [Double], right: [Double]) {
    let Z = target.matrix
    var Zv = [Double](repeating: 0, count: Z.rows)
    var Zu = [Double](repeating: 0, count: Z.columns)
    for j in 0..<Z.columns {
      for i in 0..<Z.rows {
        Zv[i] += Z[i, j] * W.right[j]
        Zu[j] += Z[i, j] * W.left[i]
      }
    }
    let projection = dot(W.left, Zv)
    let turning = sampleCount * power(W.scale, exponent - 1)
    return (
      Double(depth) * sampleCount * power(W.scale, exponent) * (projection - W.scale),
      zip(Zv, W.left).map { turning * ($0 - projection * $1) },
      zip(Zu, W.right).map { turning * ($0 - projection * $1) }
    )
  }

  /// 1 − c with c = uᵀZ_1v / s_Z = (uᵀu_Z)(vᵀv_Z), accurate also where c is nearly 1.
  public func misalignment(of W: RankOneState) -> Double {
    let (uZ, vZ) = (target.leftVectors[0], target.rightVectors[0])
    let (a, b) = (dot(W.left, uZ), dot(W.right, vZ))
    guard a * b > 0 else { return 1 - a * b }
    // For unit vectors 1 − a = ‖u − u_Z‖²/2 =: x and 1 − b = ‖v − v_Z‖²/2 =: y without cancellation
    // (u, v, or both signs turned), and 1 − ab = x + (1 − x) y.
    let sign: Double = a > 0 ? 1 : -1
    func half(_ w: [Double], _ z: [Double]) -> Double {
      zip(w, z).reduce(0) { $0 + (sign * $1.0 - $1.1) * (sign * $1.0 - $1.1) } / 2
    }
    let (x, y) = (half(W.left, uZ), half(W.right, vZ))
    return x + (1 - x) * y
  }

  /// c = uᵀZ_1v / s_Z.
  public func coordinate(of W: RankOneState) -> Double { 1 - misalignment(of: W) }

  /// ‖Z_1 − W‖_F² = (s − s_Z)² + 2 s s_Z (1 − c), a sum of nonnegative terms.
  public func distanceSquared(of W: RankOneState) -> Double {
    let sZ = target.leadingValue
    return (W.scale - sZ) * (W.scale - sZ) + 2 * W.scale * sZ * misalignment(of: W)
  }
}

/// s^q for s ≥ 0 with 0⁰ = 1; s^0 and s^1 exactly.
func power(_ s: Double, _ q: Double) -> Double {
  if q == 0 { return 1 }
  return q == 1 ? s : pow(s, q)
}
