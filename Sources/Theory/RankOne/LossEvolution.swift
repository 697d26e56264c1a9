import Foundation
import LinearAlgebra

/// Lemma 4.2: how fast the distance to the target changes along the rank-one flow.
extension RankOneFlow {
  /// L_{1,1} = ½‖Z_1 − W‖², equation (31).
  public func targetLoss(of W: RankOneState) -> Double { distanceSquared(of: W) / 2 }

  /// T_1 = ½(s − uᵀZ_1v)² and T_2 = s_Z(s_Z − uᵀZ_1v), with L_{1,1} ≤ T_1 + T_2, equations (32) and (33).
  public func lossTerms(of W: RankOneState) -> (sizeTerm: Double, directionTerm: Double) {
    let sZ = target.leadingValue
    let delta = misalignment(of: W)
    // s − c s_Z = (s − s_Z) + s_Z(1 − c)
    let size = (W.scale - sZ) + sZ * delta
    return (size * size / 2, sZ * sZ * delta)
  }

  /// dL_{1,1}/dt along the flow, by the chain rule on L_{1,1} = ½(s² − 2 s c s_Z + s_Z²).
  public func targetLossDerivative(at W: RankOneState) -> Double {
    let sZ = target.leadingValue
    let (uZ, vZ) = (target.leftVectors[0], target.rightVectors[0])
    let v = velocity(at: W)
    let turning = dot(v.left, uZ) * dot(W.right, vZ) + dot(W.left, uZ) * dot(v.right, vZ)
    return v.scale * ((W.scale - sZ) + sZ * misalignment(of: W)) - W.scale * sZ * turning
  }

  /// The right-hand side of (35) in its homogeneous form,
  ///
  ///     −2mN s^p T_1 − 2m s^p c T_2 + 2√2 mN s^p γ_Z √(T_1T_2) + 2m s^p γ_Z T_2,
  ///
  /// which bounds dL_{1,1}/dt for every s_Z. It scales as both sides must when Z and W are multiplied by a number.
  public func evolutionBound(at W: RankOneState) -> Double {
    evolutionBound(at: W, pull: coordinate(of: W), residual: target.gapRatio ?? 0)
  }

  /// The right-hand side of (35) as printed, with uᵀZ_1v for c and s_{Z,2} for the second γ_Z.
  ///
  /// Two of its terms do not scale like the others: it is right for s_Z = 1 only.
  public func evolutionBoundAsPrinted(at W: RankOneState) -> Double {
    let sZ = target.leadingValue
    return evolutionBound(at: W, pull: sZ * coordinate(of: W), residual: sZ * (target.gapRatio ?? 0))
  }

  private func evolutionBound(at W: RankOneState, pull: Double, residual: Double) -> Double {
    let (T1, T2) = lossTerms(of: W)
    let (m, N, gamma) = (sampleCount, Double(depth), target.gapRatio ?? 0)
    let brackets =
      -2 * N * T1 - 2 * pull * T2 + 2 * 2.squareRoot() * N * gamma * (T1 * T2).squareRoot() + 2 * residual
      * T2
    return m * power(W.scale, exponent) * brackets
  }
}
