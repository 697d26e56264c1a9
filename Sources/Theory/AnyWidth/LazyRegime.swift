import Foundation
import LinearAlgebra
import Prose

/// The lazy regime (39), ‖Z − W_0‖_F < s_min(Z), for whitened data and a balanced start with r ≥ min(dx, dy).
///
/// With the deficiency margin c = s_min(Z) − ‖Z − W_0‖_F > 0, s_min(W(t)) ≥ c for all times and the rate is c^(2−2/N):
/// ‖Z − W(t)‖_F ≤ ‖Z − W_0‖_F exp(−m c^(2−2/N) t). Impossible when rank Z > r, and whenever r < min(dx, dy).
///
/// s_min(Z) is the smallest of min(dx, dy) singular values. The constant m follows from ⟨Δ, A_W(Δ)⟩ ≥ s_min(W)^(2−2/N) ‖Δ‖².
///
/// Source: Eftekhari (2020), equations (29) and (39); Arora, Cohen, Golowich, Hu, "A Convergence Analysis of Gradient Descent for
/// Deep Linear Neural Networks" (2019), Theorem 1.
struct LazyRegime: Theorem {
  let reference = Reference.lazyRegime

  func conditions(in setting: Setting) -> [Condition] {
    let tolerance = Setting.defectTolerance
    return [
      Condition("whitened data", "‖XXᵀ/c − I‖", .whitenedData, setting.whiteningDefect, .atMost, tolerance),
      Condition("balanced start", "‖D_j‖/‖W_j‖²", .balance, setting.relativeImbalance, .atMost, tolerance),
      Condition(
        "bottleneck width", "r", .bottleneck, setting.bottleneck, .atLeast,
        min(setting.inputRank, setting.outputs)),
      Condition(
        "deficiency margin", "s_min(Z) − ‖Z − W_0‖", .lazyRegime, margin(setting), .above, 0,
        error: 4 * setting.spectrum.resolution),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let margin = margin(setting)
    let rate = 2 * setting.inputPower * power(margin, setting.exponent)
    let Z = setting.spectrum.matrix
    let unit = Z.frobeniusNorm
    let distance = (Z - setting.restrictedMatrix).frobeniusNorm / unit
    guard rate.isFinite, rate > 0 else { throw Silence("its rate \(number(rate)) is no positive number") }
    return Conclusion(
      "‖Z − W‖² falls at least like e^(−\(number(rate)) t): lazy", limit: .globalMinimiser,
      bound: distance > 0
        ? Bound(on: .distance, DecayCurve(points: [(setting.time, 2 * log(distance))], rate: rate)) : nil,
      quantities: [Quantity("c", "deficiency margin s_min(Z) − ‖Z − W_0‖", margin)])
  }

  private func margin(_ setting: Setting) -> Double {
    let smallest =
      setting.spectrum.singularValues.count < min(setting.inputRank, setting.outputs)
      ? 0 : setting.spectrum.singularValues.last ?? 0
    return smallest - (setting.spectrum.matrix - setting.restrictedMatrix).frobeniusNorm
  }
}
