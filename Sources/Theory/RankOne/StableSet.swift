import LinearAlgebra
import Prose

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
public struct StableSet: Equatable, Sendable {
  /// Whether some α is feasible.
  public let member: Bool
  /// (γ_Z, min(c_0, γ_Z + s_0/s_Z, 1)), both ends excluded; nil if no α is feasible, or none can be written down.
  public let alphaInterval: (lower: Double, upper: Double)?
  /// c_0 = u_0ᵀZ_1v_0 / s_Z.
  public let coordinate: Double
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
      alphaInterval = (gapRatio, upper)
      reason = "c_0 = \(number(c0)) > γ_Z = \(number(gapRatio)) and s_0 > 0"
    } else if c0 <= gapRatio + resolution {
      member = false
      alphaInterval = nil
      reason =
        c0 <= gapRatio
        ? "c_0 = \(number(c0)) misses γ_Z = \(number(gapRatio)) by \(number(gapRatio - c0))"
        : "c_0 = \(number(c0)) exceeds γ_Z = \(number(gapRatio)) by round-off only"
    } else {
      member = scale > 0
      alphaInterval = nil
      reason = "s_0 = \(number(scale)) leaves no α above γ_Z = \(number(gapRatio)) in double precision"
    }
  }

  public static func == (a: StableSet, b: StableSet) -> Bool {
    a.member == b.member && a.coordinate == b.coordinate && a.reason == b.reason
      && a.alphaInterval?.lower == b.alphaInterval?.lower && a.alphaInterval?.upper == b.alphaInterval?.upper
  }
}

/// Theorem 3.8: from the stable set the flow converges to Z_1.
struct StableSetConvergence: Theorem {
  let reference = Reference.stableSetConvergence

  func conditions(in setting: Setting) -> [Condition] {
    let coordinate = stableSet(setting)?.coordinate
    return RankOneAssumption.conditions(setting) + [
      Condition(
        "alignment with the target", "c_0 − γ_Z", .stableSet,
        coordinate.map { $0 - (setting.spectrum.gapRatio ?? 0) },
        .above, 0, error: resolution(setting))
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    guard let set = stableSet(setting) else { throw Silence("W_0 = 0 has no direction") }
    guard set.member else { throw Silence(set.reason) }
    // c_0 > γ_Z ≥ 0 makes p_1 ≠ 0, so the exact basin takes the exception of measure zero away.
    return Conclusion(
      "\(set.reason): W(t) → Z_1, without the exception of measure zero, as p_1 ≠ 0 (D5)",
      limit: .globalMinimiser,
      quantities: [
        Quantity("c_0", "alignment of the start with Z_1", set.coordinate),
        Quantity("γ_Z", "ratio of the two largest singular values of Z", setting.spectrum.gapRatio),
        Quantity("sup α", "α in (γ_Z, sup α) is feasible in (28)", set.alphaInterval?.upper),
        Quantity(
          "inf β", "with such an α and β > inf β, W(t) stays in N_{α,β} of (36) by Lemma 4.3",
          setting.rankOneState.map { max(1, $0.scale / setting.spectrum.leadingValue) }),
      ])
  }

  private func resolution(_ setting: Setting) -> Double {
    guard let state = setting.rankOneState, let first = setting.spectrum.groups.first else { return 0 }
    return Excitation(spectrum: setting.spectrum, start: state).threshold(first)
  }

  private func stableSet(_ setting: Setting) -> StableSet? {
    guard let flow = setting.rankOneFlow, let state = setting.rankOneState, state.scale > 0 else {
      return nil
    }
    return StableSet(
      targetScale: flow.target.leadingValue, gapRatio: flow.target.gapRatio ?? 0, scale: state.scale,
      coordinate: flow.coordinate(of: state), resolution: resolution(setting))
  }
}
