import LinearAlgebra

/// Assumption 3.6 and s_0 > 0: the setting of the theorems on rank one, measured.
enum RankOneAssumption {
  static func conditions(_ setting: Setting) -> [Condition] {
    let tolerance = Setting.defectTolerance
    let values = setting.startDecomposition.singularValues
    return [
      Condition("bottleneck width", "r", .bottleneck, setting.bottleneck, .equal, 1),
      Condition("depth", "N", .rankOneAssumption, setting.depth, .atLeast, 2),
      Condition("whitened data", "‖XXᵀ/c − I‖", .whitenedData, setting.whiteningDefect, .atMost, tolerance),
      Condition("balanced start", "‖D_j‖/‖W_j‖²", .balance, setting.relativeImbalance, .atMost, tolerance),
      Condition("rank of the target", "rank Z", .rankOneAssumption, setting.spectrum.rank, .atLeast, 1),
      Condition(
        "spectral gap", "γ_Z", .gapRatio, setting.spectrum.gapRatio, .below, 1,
        error: setting.spectrum.leadingValue > 0
          ? setting.spectrum.resolution / setting.spectrum.leadingValue : 0),
      Condition("size of the start", "s_0", .certifiedStart, values.first ?? 0, .above, 0),
    ]
  }
}
