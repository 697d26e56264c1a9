import Landscape
import LinearAlgebra
import LinearNetworks
import Prose

/// D17b: how a flow decays in the end, from the layers near its limit: balanced or not, on any data.
///
/// Where rank Ẑ ≥ r and σ̂_r > σ̂_{r+1} the minimisers near a limit with rank W = r form a manifold along which nothing changes, and ∇²L_N has r(dy + n − r) positive eigenvalues there, n = rank X: as many as W has
/// directions on the matrices of rank r. ε decays at twice the smallest of them. So no threshold between zero and positive is needed.
///
/// *Accuracy*: the layers are a distance δ from the limit, of the order of √ε, and the eigenvalues err by as much: 1e-4 relative where ε is 1e-8 of the lowest level.
///
/// *Complexity*: all eigenvalues of the Hessian, up to `HessianSpectrum.largestDenseOrder` weights.
///
/// Source: D17 of Documentation/derived.md.
struct FinalRateAtLimit: Theorem {
  let reference = Reference.finalRateAtLimit

  /// How near to the minimum layers stand for their limit, in units of the lowest level.
  private static let nearness = 1e-8

  func conditions(in setting: Setting) -> [Condition] {
    Condition.isolatedMinimum(setting, .finalRateAtLimit) + [
      Condition(
        "loss above the minimum, in units of the lowest saddle level", "ε/(σ̂_r² − σ̂_{r+1}²)",
        .finalRateAtLimit,
        setting.lowestLevel.map { setting.excess / $0 }, .atMost, Self.nearness,
        error: setting.lowestLevel.map { setting.levelError / $0 * Self.nearness } ?? 0),
      Condition(
        "number of weights", "weights", .finalRateAtLimit, setting.start.parameterCount, .atMost,
        HessianSpectrum.largestDenseOrder),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let r = setting.bottleneck
    let directions = r * (setting.outputs + setting.inputRank - r)
    let spectrum = HessianSpectrum(
      of: NetworkLoss(problem: setting.problem, widths: setting.start.widths), at: setting.start.parameters,
      resolution: 0)
    let smallest = spectrum.lowest[spectrum.order - directions]
    guard smallest > spectrum.accuracy else {
      throw Silence("the slowest mode cannot be told from round-off")
    }
    return Conclusion(
      "the loss gap falls like e^(−\(number(2 * smallest)) t) in the end",
      decay: .exponential(rate: 2 * smallest, mode: "the smallest positive eigenvalue of ∇²L_N at the limit"),
      quantities: [Quantity("λ_min⁺", "smallest positive eigenvalue of ∇²L_N", smallest)])
  }
}
