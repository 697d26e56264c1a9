import Foundation
import LinearAlgebra
import LinearNetworks
import Prose

/// D21: a bound Λ of ‖∇²L_N‖ along the iterates of gradient descent, from the start alone; with ηΛ < 1 every step lowers the loss.
///
/// While the loss does not rise, ‖Ŵ − Ẑ‖ ≤ s_0 = ‖Ŵ_0 − Ẑ‖, so ‖W‖ ≤ w = ‖W*‖ + s_0/√λ_min, and each imbalance moves by at most ηε_0 (D26): ‖D_j‖ ≤ δ_j = ‖D_j(0)‖ + ηε_0. Telescoping
/// WᵀW = (W_1ᵀW_1)^N + E gives a^N ≤ w² + C(a + Σδ_j)^{N−1} for a = ‖W_1‖², C = Σ_k kδ_{N−k}, and from the other end for ‖W_N‖² with C = Σ_k kδ_k; so all layers have ‖W_j‖² ≤ b² = a + Σδ_j. Then by (8)
///
///     ‖∇²L_N‖ ≤ Λ = Nλ_max b^{2N−2} + (N−1) b^{N−2} √λ_max s_0.
///
/// Source: D21 of Documentation/derived.md; the same way as Nguegnang, Rauhut, Terstiege (2024), with constants of our own.
struct SafeStep {
  /// η.
  let step: Double
  /// ηε_0: how far an imbalance can drift, in the spectral norm.
  let drift: Double
  /// ‖D_j‖ ≤ δ_j at all iterates, j = 1, …, N−1.
  let imbalances: [Double]
  /// b²: ‖W_j‖² at all iterates.
  let layerBound: Double
  /// Λ.
  let curvature: Double
  /// The supremum of the steps with ηΛ(η) < 1.
  let largest: Double

  init(_ setting: Setting, step: Double) {
    self.step = step
    let bounds = CurvatureAlongDescent(setting)
    drift = step * bounds.excess
    let found = bounds.bound(step)
    (imbalances, layerBound, curvature) = (found.imbalances, found.layers, found.curvature)
    largest = bounds.largestStep
  }

  /// ηΛ.
  var share: Double { step * curvature }
  /// By how much of η‖∇L_N‖² a step lowers the loss at least: 1 − ηΛ/2.
  var descentShare: Double { 1 - share / 2 }
}

/// Λ as a function of η.
private struct CurvatureAlongDescent {
  let depth: Int
  /// ‖D_j(0)‖ and ε_0.
  let initial: [Double]
  let excess: Double
  let largestEigenvalue, distance, size: Double

  init(_ setting: Setting) {
    depth = setting.depth
    let D = depth >= 2 ? setting.imbalanceSpectrum : nil
    initial = (1..<max(depth, 1)).map { j in
      max(D!.upper(1, of: j), -D!.lower(D!.width(j), of: j), 0)
    }
    excess = setting.excess + setting.excessError
    largestEigenvalue = setting.largestEigenvalue
    // A few units of round-off for the norms themselves.
    distance = (setting.scaledMatrix - setting.target).frobeniusNorm * (1 + 1e-12)
    let best = setting.target.scalingColumns(by: setting.inputScales.map { 1 / $0 })
    let least = setting.smallestEigenvalue
    size = best.spectralNorm + (least > 0 ? distance / least.squareRoot() : 0)
  }

  func bound(_ step: Double) -> (imbalances: [Double], layers: Double, curvature: Double) {
    let N = Double(depth)
    guard depth >= 2 else { return ([], size * size, largestEigenvalue) }
    let δ = initial.map { $0 + step * excess }
    let sum = δ.reduce(0, +)
    let fromFirst = δ.reversed().enumerated().reduce(0.0) { $0 + Double($1.offset + 1) * $1.element }
    let fromLast = δ.enumerated().reduce(0.0) { $0 + Double($1.offset + 1) * $1.element }
    let b2 = largestSize(min(fromFirst, fromLast), sum) + sum
    let Λ =
      N * largestEigenvalue * pow(b2, N - 1)
      + (N - 1) * pow(b2, (N - 2) / 2) * largestEigenvalue.squareRoot() * distance
    return (δ, b2, Λ)
  }

  /// The largest a with a^N ≤ w² + C(a + S)^{N−1}, from above.
  private func largestSize(_ C: Double, _ S: Double) -> Double {
    let N = Double(depth)
    func right(_ a: Double) -> Double { pow(size * size + C * pow(a + S, N - 1), 1 / N) }
    var a = max(pow(size, 2 / N), C, S, .leastNormalMagnitude)
    while a.isFinite, a < right(a) { a *= 2 }
    // From above the fixed point is approached monotonically: each value is a bound.
    for _ in 0..<200 {
      let next = right(a)
      if !(next < a * (1 - 1e-12)) { break }
      a = next
    }
    return a
  }

  /// By bisection of ηΛ(η), which grows with η.
  var largestStep: Double {
    var (low, high) = (0.0, 1 / bound(0).curvature)
    guard high.isFinite else { return high }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if middle * bound(middle).curvature < 1 { low = middle } else { high = middle }
    }
    return low
  }
}

extension Setting {
  /// η_max of D21: the supremum of the steps that never raise the loss, whatever the step of the setting; nil for the flow, and where every step is one.
  package var largestSafeStep: Double? { safeStep?.largest.finiteOrNil }
}

extension Condition {
  /// ηΛ < 1.
  static func safeStep(_ setting: Setting) -> Condition {
    Condition(
      "step in units of what keeps the loss from rising", "ηΛ", .safeStep, setting.safeStep?.share, .below, 1,
      error: 1e-9)
  }
}

/// D21: with ηΛ < 1 every step lowers the loss by at least (η/2)‖∇L_N‖², and the iterates converge to a critical point.
///
/// The second half by Absil, Mahony, Andrews (2005): the loss is analytic, the iterates are bounded and each step lowers the loss by a part of its own length times the gradient.
struct DescentToCriticalPoint: Theorem {
  let reference = Reference.safeStep
  let dynamics = Dynamics.descent

  func conditions(in setting: Setting) -> [Condition] { [.safeStep(setting)] }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let safe = setting.safeStep!
    return Conclusion(
      "no step raises the loss, and the iterates converge to a critical point; so do all steps up to \(number(safe.largest))",
      quantities: [
        Quantity("Λ", "bound of ‖∇²L_N‖ at all iterates", safe.curvature),
        Quantity("b²", "bound of ‖W_j‖² at all iterates", safe.layerBound),
        Quantity("η_max", "steps below it never raise the loss", safe.largest),
      ])
  }
}

/// D21b: with ηΛ < 1 and N = 2 almost every start goes to a global minimiser.
///
/// On the open set of starts with ηΛ < 1 a step is a diffeomorphism onto its image (‖η∇²L_N‖ < 1), so that the starts that come to a strict saddle are a null set (Lee et al. 2016; Panageas, Piliouras 2017); at N = 2 every
/// critical point that is no global minimiser is one.
///
/// Source: Nguegnang, Rauhut, Terstiege (2024), Theorem 2.4 and its consequences for two layers, with the step bound of D21.
struct DescentAlmostEvery: Theorem {
  let reference = Reference.descentAlmostEvery
  let dynamics = Dynamics.descent

  func conditions(in setting: Setting) -> [Condition] {
    DepthTwoAlmostEvery().conditions(in: setting) + [.safeStep(setting)]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    Conclusion(
      "two layers: almost every start goes to a global minimiser, without a bound on the number of steps",
      limit: .globalMinimiser, strength: .almostEvery)
  }
}

/// D22: the level certificate D14 for steps with ηΛ < 1, whose loss falls and which converge to a critical point as the flow does.
struct DescentLevelCertificate: Theorem {
  let reference = Reference.descentLevel
  let dynamics = Dynamics.descent

  func conditions(in setting: Setting) -> [Condition] {
    [
      Condition("depth", "N", .descentLevel, setting.depth, .atLeast, 1), .safeStep(setting),
      .belowLevel(setting, .levelCertificate),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    Conclusion(
      "the loss never rises and is below the lowest saddle level: the limit is a global minimiser",
      limit: .globalMinimiser)
  }
}

/// D26: a step changes an imbalance by η²(g_{j+1}ᵀg_{j+1} − g_jg_jᵀ), g_j = ∇_{W_j}L_N: second order a step, first order over a run.
///
/// The terms of first order cancel, since W_{j+1}ᵀg_{j+1} = g_jW_jᵀ. With ηΛ < 1 the squares sum up: η(1 − ηΛ/2)Σ‖∇L_N‖² ≤ L_N(0) − min L_N, so no D_j ever moves by more than ηε_0/(2 − ηΛ) in the spectral norm.
struct ImbalanceDrift: Theorem {
  let reference = Reference.imbalanceDrift
  let dynamics = Dynamics.descent

  func conditions(in setting: Setting) -> [Condition] {
    [Condition("depth", "N", .imbalanceDrift, setting.depth, .atLeast, 2), .safeStep(setting)]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let safe = setting.safeStep!
    let drift = safe.drift / (2 - safe.share)
    return Conclusion(
      "no D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ ever moves by more than \(number(drift)) (spectral norm)",
      quantities: [Quantity("drift", "bound of ‖D_j(k) − D_j(0)‖ at all iterates", drift)])
  }
}
