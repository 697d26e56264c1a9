import Foundation
import LinearAlgebra
import LinearNetworks
import Prose

extension DecayCurve {
  /// The bound at t = kη that follows from ε_{k+1} ≤ e^{−η rate(ε_k)} ε_k, where the rate does not fall as ε does.
  ///
  /// In pieces of a factor two of ε, on each of which the rate at its beginning is taken for a whole number of steps: so the curve is a bound of every iterate.
  ///
  /// - Parameters:
  ///   - excess: ε at the start, positive.
  ///   - unit: by which ε is divided in the curve.
  ///   - step: η.
  ///   - rate: positive.
  static func steps(from excess: Double, unit: Double, step: Double, rate: (Double) -> Double) -> DecayCurve {
    var points = [(time: 0.0, logarithm: log(excess / unit))]
    var (t, ε) = (0.0, excess)
    while ε > 1e-14 * unit, points.count < 2000 {
      let count = (log(2) / (step * rate(ε))).rounded(.up)
      guard count.isFinite else { break }
      t += count * step
      ε /= 2
      points.append((t, log(ε / unit)))
    }
    return DecayCurve(points: points, rate: rate(ε))
  }
}

extension SafeStep {
  /// −log(1 − 2ηλ_minα(1 − ηΛ/2))/η: the rate of ε in t = kη where ‖∇L_N‖² ≥ αλ_min ε at all iterates; nil where it is none.
  ///
  /// A step lowers ε = 2(L_N − min L_N) by 2η(1 − ηΛ/2)‖∇L_N‖² at least.
  func rate(_ α: Double, _ setting: Setting) -> Double? {
    let share = 2 * step * setting.smallestEigenvalue * α * descentShare
    guard share > 0, share.isFinite else { return nil }
    // More than all is not lost in a step: then the bound on ‖∇L_N‖² is no bound on what is left.
    return -log1p(-min(share, 1 - 1e-16)) / step
  }
}

/// D23: the rate by imbalances (D18) for steps with ηΛ < 1, with each D_j lowered by what it can drift.
///
/// Contains the zero-asymmetric start of Wu, Wang, Ma (2019), W_N = 0 and the others identities, for every target: α ≥ 1 − O(η).
struct DescentImbalanceRate: Theorem {
  let reference = Reference.descentImbalanceRate
  let dynamics = Dynamics.descent

  func conditions(in setting: Setting) -> [Condition] {
    let full = min(setting.inputRank, setting.outputs)
    let isWide = setting.bottleneck >= full
    return [
      Condition("depth", "N", .imbalanceRate, setting.depth, .atLeast, 2),
      Condition("bottleneck width", "r", .bottleneck, setting.bottleneck, .atLeast, full), .safeStep(setting),
      Condition(
        "what the imbalances keep of the layers", "α", .descentImbalanceRate,
        isWide && setting.depth >= 2 && !setting.isBalanced ? Self.floor(setting) : 0, .above, 0),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let safe = setting.safeStep!
    let α = Self.floor(setting)
    let excess = setting.excess + setting.excessError
    guard let rate = safe.rate(α, setting), setting.targetPower > 0, excess > 0 else {
      throw Silence("its rate is no positive number")
    }
    let factor = exp(-rate * safe.step)
    return Conclusion(
      "the imbalances keep the layers away from zero: every step multiplies the gap by at most \(number(factor, digits: 6))",
      limit: .globalMinimiser,
      bound: Bound(on: .gap, DecayCurve(points: [(0, log(excess / setting.targetPower))], rate: rate)),
      quantities: [
        Quantity("α", "lower bound of Σ_j σ_min²(W_{>j})σ_min²(W_{<j}) at all iterates", α),
        Quantity("ηΛ", "step in units of what keeps the loss from rising", safe.share),
      ])
  }

  fileprivate static func floor(_ setting: Setting) -> Double {
    ImbalanceRate.floor(
      ImbalanceSpectrum(setting.restricted, drift: setting.safeStep?.drift ?? 0),
      widths: setting.restricted.widths)
  }
}

extension Setting {
  /// α of D23 for the step of the setting; 0 where there is none.
  package var descentImbalanceFloor: Double {
    depth >= 2 && step != nil ? DescentImbalanceRate.floor(self) : 0
  }
}

/// D24: a rate for nearly balanced layers with a deficiency margin, r = min(dx, dy), for steps with ηΛ < 1.
///
/// The loss does not rise, so σ_min(W) ≥ c = (σ̂_r − √ε)/√λ_max at every iterate. With ‖D_j‖ ≤ δ_j and ‖W_j‖ ≤ b (D21), W Wᵀ = (W_NW_Nᵀ)^N + E and W_{>1}W_{>1}ᵀ = (W_NW_Nᵀ)^{N−1} + E′,
/// ‖E‖ ≤ Σ_k kδ_k b^{2N−2}, ‖E′‖ ≤ Σ_k kδ_{k+1} b^{2N−4}. So for dy ≤ dx
///
///     σ_min²(W_{>1}) ≥ α(ε) = (c² − ‖E‖)^{(N−1)/N} − ‖E′‖,   ε_{k+1} ≤ (1 − 2ηλ_minα(1 − ηΛ/2)) ε_k,
///
/// and likewise from the other end for dx ≤ dy. Contains Theorem 1 of Arora, Cohen, Golowich, Hu (2018): under its conditions ηΛ is tiny and α > c^{2−2/N}/2.
struct DescentMarginRate: Theorem {
  let reference = Reference.descentMarginRate
  let dynamics = Dynamics.descent

  func conditions(in setting: Setting) -> [Condition] {
    let full = min(setting.inputRank, setting.outputs)
    let isFull = setting.bottleneck >= full && full > 0
    return [
      Condition("depth", "N", .descentMarginRate, setting.depth, .atLeast, 2),
      Condition("bottleneck width", "r", .bottleneck, setting.bottleneck, .atLeast, full), .safeStep(setting),
      Condition(
        "what margin and balance keep of the layers", "α(ε_0)", .descentMarginRate,
        isFull && setting.depth >= 2
          ? MarginFloor(setting).value(setting.excess + setting.excessError) : 0, .above, 0),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let safe = setting.safeStep!
    let floor = MarginFloor(setting)
    let excess = setting.excess + setting.excessError
    guard setting.excess > setting.excessError, setting.targetPower > 0,
      let first = safe.rate(floor.value(excess), setting)
    else { throw Silence("the start is at the minimum, up to round-off") }
    let curve = DecayCurve.steps(from: excess, unit: setting.targetPower, step: safe.step) {
      safe.rate(floor.value($0), setting) ?? first
    }
    return Conclusion(
      "nearly balanced with a margin: a step multiplies the gap by at most \(number(exp(-first * safe.step), digits: 6)), in the end \(number(exp(-curve.rate * safe.step), digits: 6))",
      limit: .globalMinimiser, bound: Bound(on: .gap, curve),
      quantities: [
        Quantity(
          "α(ε_0)", "lower bound of σ_min²(W_{>1}) + σ_min²(W_{<N}) from the start on", floor.value(excess)),
        Quantity("ηΛ", "step in units of what keeps the loss from rising", safe.share),
      ])
  }
}

/// α(ε) of D24.
struct MarginFloor {
  private let setting: Setting
  private let safe: SafeStep

  init(_ setting: Setting) { (self.setting, safe) = (setting, setting.safeStep!) }

  /// A lower bound of σ_min²(W_{>1}) + σ_min²(W_{<N}) where 2(L_N − min L_N) ≤ ε; 0 where there is none.
  func value(_ ε: Double) -> Double {
    let margin = setting.singularValue(setting.bottleneck) - ε.squareRoot()
    guard margin > 0, setting.largestEigenvalue > 0 else { return 0 }
    let c2 = margin * margin / setting.largestEigenvalue
    let (dx, dy) = (setting.inputRank, setting.outputs)
    return (dy <= dx ? side(c2, safe.imbalances) : 0) + (dx <= dy ? side(c2, safe.imbalances.reversed()) : 0)
  }

  /// The bound of one end; `δ` in the order in which the products are folded.
  private func side(_ c2: Double, _ δ: [Double]) -> Double {
    let N = Double(setting.depth)
    func fold(_ δ: ArraySlice<Double>) -> Double {
      δ.enumerated().reduce(0.0) { $0 + Double($1.offset + 1) * $1.element }
    }
    let E = fold(δ[...]) * pow(safe.layerBound, N - 1)
    let rest = fold(δ.dropFirst()) * pow(safe.layerBound, N - 2)
    return c2 > E ? max(0, pow(c2 - E, (N - 1) / N) - rest) : 0
  }
}

/// Theorem 1 of Arora, Cohen, Golowich, Hu: linear convergence of gradient descent on whitened data, with its own constants.
///
/// In the units of the paper (X Xᵀ = I, Φ = Z): a deficiency margin c > 0, ‖W_0 − Φ‖ ≤ σ_min(Φ) − c; δ-balanced layers, ‖D_j‖ ≤ δ = c²/(256N³‖Φ‖^{2(N−1)/N}); η ≤ c^{(4N−2)/N}/(6144N³‖Φ‖^{(6N−4)/N}); hidden widths of at least
/// min(dx, dy). Then ℓ(T) ≤ ε for T ≥ log(ℓ(0)/ε)/(ηc^{2(N−1)/N}). With X Xᵀ = m·I a step counts m-fold. Norms are those of Frobenius.
///
/// Source: Arora, Cohen, Golowich, Hu, "A convergence analysis of gradient descent for deep linear neural networks", ICLR (2019), Theorem 1; it follows from D24.
struct AroraDescent: Theorem {
  let reference = Reference.aroraDescent
  let dynamics = Dynamics.descent

  func conditions(in setting: Setting) -> [Condition] {
    let full = min(setting.inputRank, setting.outputs)
    let constants = Constants(setting)
    return [
      Condition("depth", "N", .aroraDescent, setting.depth, .atLeast, 2),
      Condition(
        "whitened data", "‖XXᵀ/c − I‖", .whitenedData, setting.whiteningDefect, .atMost,
        Setting.defectTolerance),
      Condition("bottleneck width", "r", .bottleneck, setting.bottleneck, .atLeast, max(full, 1)),
      Condition(
        "deficiency margin", "s_min(Z) − ‖Z − W_0‖", .aroraDescent, constants.margin, .above, 0,
        error: 4 * setting.spectrum.resolution),
      Condition(
        "imbalance in units of what is allowed", "‖D_j‖/δ", .aroraDescent,
        constants.margin > 0 ? constants.imbalance / constants.allowedImbalance : nil, .atMost, 1),
      Condition(
        "step in units of what is allowed", "η/η_A", .aroraDescent,
        constants.margin > 0 ? constants.step / constants.allowedStep : nil, .atMost, 1),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let constants = Constants(setting)
    let excess = setting.excess + setting.excessError
    let rate = setting.inputPower * power(constants.margin, setting.exponent)
    guard setting.excess > setting.excessError, rate > 0, rate.isFinite else {
      throw Silence("the start is at the minimum, up to round-off")
    }
    return Conclusion(
      "the gap falls at least like e^(−\(number(rate)) t), t = kη",
      limit: .globalMinimiser,
      bound: Bound(on: .gap, DecayCurve(points: [(0, log(excess / setting.targetPower))], rate: rate)),
      quantities: [
        Quantity("c", "deficiency margin, in units of Z", constants.margin),
        Quantity("η_A", "largest step", constants.allowedStep / setting.inputPower),
      ])
  }

  /// What the theorem asks for, in its units.
  private struct Constants {
    let margin, imbalance, allowedImbalance, step, allowedStep: Double

    init(_ setting: Setting) {
      let N = Double(setting.depth)
      let Z = setting.spectrum.matrix
      let n = min(setting.inputRank, setting.outputs)
      let least = setting.singularValue(n) / setting.inputPower.squareRoot()
      margin = least - (Z - setting.restrictedMatrix).frobeniusNorm
      imbalance = setting.restricted.imbalances.reduce(0) { max($0, $1.frobeniusNorm) }
      let Φ = Z.frobeniusNorm
      allowedImbalance = margin * margin / (256 * N * N * N * pow(Φ, 2 * (N - 1) / N))
      step = (setting.step ?? 0) * setting.inputPower
      allowedStep = pow(max(margin, 0), (4 * N - 2) / N) / (6144 * N * N * N * pow(Φ, (6 * N - 4) / N))
    }
  }
}
