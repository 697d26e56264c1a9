import LinearAlgebra

extension RankOneFlow {
  /// Whether W lies in N_{N,α} of (28): s > (α − γ_Z)s_Z and uᵀZ_1v > α s_Z. Invariant by Lemma 3.7.
  public func isInStableSet(_ W: RankOneState, alpha: Double) -> Bool {
    W.scale > (alpha - (target.gapRatio ?? 0)) * target.leadingValue && coordinate(of: W) > alpha
  }

  /// Whether W lies in N_{α,β} of (36): in N_{N,α}, and s < β s_Z. Invariant by Lemma 4.3.
  public func isInNeighbourhood(_ W: RankOneState, alpha: Double, beta: Double) -> Bool {
    isInStableSet(W, alpha: alpha) && W.scale < beta * target.leadingValue
  }
}

/// Is W_0 in the stable set N_{N,α} of (28) for some α?
///
/// Some α in (γ_Z, 1) works if and only if c_0 > γ_Z and s_0 > 0; the feasible ones are
/// γ_Z < α < min(c_0, γ_Z + s_0/s_Z, 1). Then Lemma 3.7 and Theorem 3.8 hold, and since c_0 > 0 forces p_1 ≠ 0, the
/// null set of Theorem 3.8 contains none of these starts (D5).
public struct StableSet: Codable, Equatable, Sendable {
  /// nil where Assumption 3.6 fails: the set is then not defined.
  @ExplicitNull public private(set) var member: Bool?
  /// [γ_Z, min(c_0, γ_Z + s_0/s_Z, 1)], both ends excluded; nil if no α is feasible.
  @ExplicitNull public private(set) var alphaInterval: [Double]?
  /// c_0 = u_0ᵀZ_1v_0 / s_Z.
  @ExplicitNull public private(set) var coordinate: Double?
  /// In words, with the quantity that decides.
  public let reason: String

  /// - Parameters:
  ///   - sZ: s_Z > 0.
  ///   - gapRatio: γ_Z.
  ///   - scale: s_0 > 0.
  ///   - c0: c_0.
  ///   - resolution: the round-off of c_0; a start this close to the boundary is not called a member.
  public init(
    targetScale sZ: Double, gapRatio: Double, scale: Double, coordinate c0: Double, resolution: Double = 0
  ) {
    coordinate = c0
    let upper = c0 > gapRatio + resolution ? min(c0, gapRatio + scale / sZ, 1) : gapRatio
    // γ_Z + s_0/s_Z may round to γ_Z: then no α can be written down, though one exists.
    if upper > gapRatio {
      member = true
      alphaInterval = [gapRatio, upper]
      reason = "c_0 = \(text(c0)) > γ_Z = \(text(gapRatio)) and s_0 > 0"
    } else if c0 <= gapRatio + resolution {
      member = false
      alphaInterval = nil
      reason =
        c0 <= gapRatio
        ? "c_0 = \(text(c0)) misses γ_Z = \(text(gapRatio)) by \(text(gapRatio - c0))"
        : "c_0 = \(text(c0)) exceeds γ_Z = \(text(gapRatio)) by round-off only"
    } else {
      member = scale > 0
      alphaInterval = nil
      reason = "s_0 = \(text(scale)) leaves no α above γ_Z = \(text(gapRatio)) in double precision"
    }
  }

  /// Not defined, because a hypothesis fails.
  init(undefinedBecause reason: String) {
    member = nil
    alphaInterval = nil
    coordinate = nil
    self.reason = reason
  }
}
