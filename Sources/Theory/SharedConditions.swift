import Landscape

/// What several theorems need.
extension Condition {
  /// N ≥ 2 and balance.
  static func balancedLayers(_ setting: Setting, _ reference: Reference) -> [Condition] {
    [Condition("depth", "N", reference, setting.depth, .atLeast, 2), balance(setting)]
  }

  /// D_j = 0 for all j.
  static func balance(_ setting: Setting) -> Condition {
    Condition(
      "balanced start", "‖D_j‖/‖W_j‖²", .balance, setting.relativeImbalance, .atMost, Setting.defectTolerance)
  }

  /// rank(Y P_X) ≥ r and σ̂_r > σ̂_{r+1}: there is one best matrix of rank r, and it has that rank.
  static func isolatedMinimum(_ setting: Setting, _ reference: Reference) -> [Condition] {
    let r = setting.bottleneck
    return [
      Condition("rank of the target", "rank(Y P_X)", reference, setting.targetRank, .atLeast, max(r, 1)),
      spectralGap(setting, rank: r, reference),
    ]
  }

  /// σ̂_r > σ̂_{r+1}.
  static func spectralGap(_ setting: Setting, rank r: Int, _ reference: Reference) -> Condition {
    let σ = setting.singularValue(r)
    return Condition(
      "spectral gap", "σ̂_{r+1}/σ̂_r", reference, σ > 0 ? setting.singularValue(r + 1) / σ : nil, .below, 1,
      error: σ > 0 ? setting.minimum.groups.resolution / σ : 0)
  }

  /// ε_0 below the lowest stationary level above the minimum; true where there is no other level.
  static func belowLevel(_ setting: Setting, _ reference: Reference) -> Condition {
    let level = setting.lowestLevel ?? .infinity
    return Condition(
      "loss above the minimum, in units of the lowest saddle level", "ε_0/(σ̂_r² − σ̂_{r+1}²)", reference,
      setting.excess / level, .below, 1, error: (setting.excessError + setting.levelError) / level)
  }
}
