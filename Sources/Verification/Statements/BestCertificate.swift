import ExactFlows
import Foundation
import Theory

private let family = RankOneFamily {
  $0.gap = { pow(10, -6 + 5.8 * $0) }
  $0.direction = .stable
}

extension Claim {
  /// D12: the limits of α and β give the best exponents.
  static let bestConstants = Claim(
    "d12-best-constants", title: "The best α and β of Theorem 4.4",
    formula:
      "e(α, β) ≤ e(min(c_0, γ_Z + s_0/s_Z, 1), max(1, s_0/s_Z)) for e_far and e_near and all feasible α, β",
    source: "D12",
    instances: family.instance,
    hypotheses: [
      Hypothesis(
        "α < min(c_0, γ_Z + s_0/s_Z, 1)",
        broken: { family.instance(&$0).map { $0.with(alpha: 1 + $0.start.scale / $0.sZ) } }
      ) { $0.alpha < min($0.c0, $0.gamma + $0.start.scale / $0.sZ, 1) },
      Hypothesis(
        "β > max(1, s_0/s_Z)",
        broken: { family.instance(&$0).map { $0.with(beta: 0.5 * max(1, $0.start.scale / $0.sZ)) } }
      ) { $0.beta > max(1, $0.start.scale / $0.sZ) },
    ],
    mutants: [
      Mutant("the best β is 2 max(1, s_0/s_Z)") { i in
        i.bestExponents(alpha: i.bestAlpha, beta: 2 * i.bestBeta)
      },
      Mutant("the best α is the mean of γ_Z and the limit") { i in
        i.bestExponents(alpha: (i.gamma + i.bestAlpha) / 2, beta: i.bestBeta)
      },
    ]
  ) { $0.bestExponents(alpha: $0.bestAlpha, beta: $0.bestBeta) }

  /// D12: the bound on τ that needs no exponent.
  static let turningTime = Claim(
    "d12-turning-time", title: "A bound on the turning time",
    formula: "τ ≤ log((y − 1)/(√6 − 1))/(m N s_Z^p 6^{p/2}), y = s_0/s_Z > √6", source: "D12",
    instances: RankOneFamily { $0.startScale = 0.39...2 }.instance,
    mutants: [
      Mutant("6^{p/2} replaced by 6^p") { i in i.turning(divisor: pow(6, i.flow.exponent / 2)) },
      Mutant("N left out and halved") { i in i.turning(divisor: 2) },
      Mutant("s_0^p for s_Z^p 6^{p/2}") { i in
        i.turning(divisor: pow(i.start.scale / (i.sZ * 6.0.squareRoot()), i.flow.exponent))
      },
    ]
  ) { $0.turning(divisor: 1) }

  /// D12: the bound for all times, with the renewal at τ.
  static let renewedBound = Claim(
    "d12-renewed-bound", title: "The certificate renewed at τ bounds the distance for all times",
    formula: "‖Z_1 − W(t)‖² ≤ the bound of (38) at the best α and β, renewed at τ with β = √6", source: "D12",
    instances: RankOneFamily {
      $0.gap = { pow(10, -6 + 5.5 * $0) }
      $0.direction = .stable
    }.instance,
    mutants: [
      Mutant("half the bound's time") { $0.renewed(timeFactor: 2, offset: 0.1) },
      Mutant("the near rate tripled") { $0.renewed(timeFactor: 3, offset: 0) },
    ]
  ) { $0.renewed(timeFactor: 1, offset: 0) }
}

extension RankOneInstance {
  /// min(c_0, γ_Z + s_0/s_Z, 1).
  var bestAlpha: Double { min(c0, gamma + start.scale / sZ, 1) }
  /// max(1, s_0/s_Z).
  var bestBeta: Double { max(1, start.scale / sZ) }

  fileprivate func bestExponents(alpha: Double, beta: Double) -> [Comparison] {
    let far = NonLocalRate.farExponent(alpha: alpha, beta: beta, gapRatio: gamma, depth: depth)
    let near = NonLocalRate.nearExponent(alpha: alpha, beta: beta, gapRatio: gamma, depth: depth)
    // Two powers and a product: a few eps of the larger term.
    let unit = 1 + 2 * gamma * Double(depth) * pow(self.beta, flow.exponent)
    return [
      .atMost(farExponent, far, unit: unit, roundOff: 32 * eps),
      .atMost(nearExponent, near, unit: unit, roundOff: 32 * eps),
    ]
  }

  fileprivate func turning(divisor: Double) -> [Comparison] {
    let (y, root6) = (start.scale / sZ, 6.0.squareRoot())
    guard y > root6, let τ = exactFlow?.nearRegime()?.time, τ > 0 else { return [] }
    let bound =
      log((y - 1) / (root6 - 1)) / (rateUnit * Double(depth) * pow(6, flow.exponent / 2)) / divisor
    // τ errs by 1e-12 of the time in which s falls by its own size.
    return [
      .atMost(
        τ, bound, unit: bound, roundOff: 1e-12 * (1 + 4 / log(y / root6)))
    ]
  }

  /// The bound known before the run, at times multiplied by a factor.
  fileprivate func renewed(timeFactor: Double, offset: Double) -> [Comparison] {
    let rate = NonLocalRate(
      depth: depth, sampleCount: flow.sampleCount, targetScale: sZ, gapRatio: gamma, scale: start.scale,
      coordinate: c0, distanceSquared: flow.distanceSquared(of: start))
    guard let bound = rate.bound else { return [] }
    return states(at: times(count: 30)).dropFirst().map { state in
      let t = state.time * timeFactor + offset / rateUnit
      let d = max(bound.value(at: t).squareRoot() * sZ, 1e-290 * sZ)
      let fading = bound.logarithms[0] - bound.logarithm(at: t)
      return .atMost(
        state.distanceToTarget / sZ, d / sZ, unit: d / sZ,
        roundOff: state.distanceError / d + (32 + fading) * eps, time: state.time)
    }
  }
}
