import ExactFlows
import Foundation
import Theory

/// Starts to which Theorem 4.4 may apply: γ_Z log-uniform between 1e-6 and 0.3.
private let nearFamily = RankOneFamily {
  $0.gap = { pow(10, -6 + 5.5 * $0) }
  $0.direction = .stable
}

private let farFamily = RankOneFamily {
  $0.gap = { pow(10, -6 + 5.5 * $0) }
  $0.direction = .stable
  $0.startScale = 0.4...1.5
}

private func rateHypotheses(_ family: RankOneFamily) -> [Hypothesis<RankOneInstance>] {
  [
    Hypothesis(
      "u_0ᵀZ_1v_0 > α s_Z",
      broken: { family.instance(&$0).map { $0.with(alpha: min($0.c0, 1) + 0.99 * (1 - min($0.c0, 1))) } }
    ) { $0.c0 > $0.alpha },
    Hypothesis("s_0 > (α − γ_Z)s_Z") { $0.start.scale > ($0.alpha - $0.gamma) * $0.sZ },
    Hypothesis(
      "s_0 < β s_Z",
      broken: { draw in
        let i = family.instance(&draw)
        return i.flatMap { $0.start.scale > 1.01 * $0.sZ ? $0.with(beta: 1.001) : nil }
      }
    ) { $0.start.scale < $0.beta * $0.sZ },
  ]
}

/// e_near ≤ e_far, so both exponents are positive if e_near is.
private let exponentHypothesis = Hypothesis<RankOneInstance>(
  "e_far > 0, e_near > 0",
  broken: RankOneFamily {
    $0.gap = { 0.02 + 0.3 * $0 }
    $0.direction = .stable
    $0.startScale = 0.4...1.5
  }.instance
) { $0.nearExponent > 0 }

extension Claim {
  /// (38a).
  static let farRate = Claim(
    "theorem-4.4-38a", title: "Non-local convergence rate, far from the target",
    formula: "‖Z_1 − W(t)‖² ≤ ‖Z_1 − W_0‖² exp(−m N s_Z^p e_far t) for t ≤ τ, e_far = (α−γ_Z)^p − 2γ_Z β^p",
    source: "Theorem 4.4, (38a)",
    instances: farFamily.instance,
    hypotheses: rateHypotheses(farFamily) + [exponentHypothesis],
    mutants: [
      Mutant("the rate multiplied by 1 + β^p") { i in i.farDecay { $0 * (1 + pow(i.beta, i.flow.exponent)) }
      },
      Mutant("(α−γ_Z)^(−p) for (α−γ_Z)^p") { i in
        i.farDecay { _ in pow(i.alpha - i.gamma, -i.flow.exponent) }
      },
      Mutant("N s_Z^p replaced by N s_0^p/(α−γ_Z)^p") { i in
        i.farDecay {
          $0 * 3 * pow(i.start.scale / i.sZ, i.flow.exponent) / pow(i.alpha - i.gamma, i.flow.exponent)
        }
      },
    ]
  ) { $0.farDecay { $0 } }

  /// (38b).
  static let nearRate = Claim(
    "theorem-4.4-38b", title: "Non-local convergence rate, near the target",
    formula:
      "‖Z_1 − W(t)‖² ≤ ‖Z_1 − W(τ)‖² exp(−m s_Z^p e_near (t−τ)) for t ≥ τ, e_near = α(α−γ_Z)^p − 2γ_Z N β^p",
    source: "Theorem 4.4, (38b)",
    instances: nearFamily.instance,
    hypotheses: rateHypotheses(nearFamily) + [exponentHypothesis],
    mutants: [
      Mutant("the rate multiplied by N") { i in i.nearDecay { $0 * Double(i.depth) } },
      Mutant("α(α−γ_Z)^p replaced by 2.1") { i in
        i.nearDecay { _ in
          2.1 - 2 * i.gamma * Double(i.depth) * pow(i.beta, i.flow.exponent)
        }
      },
      Mutant("the sign of the time") { i in i.nearDecay { -$0 } }.reversed,
    ]
  ) { $0.nearDecay { $0 } }
}

extension Mutant where I == RankOneInstance {
  /// The mutant with ≥ in place of ≤.
  var reversed: Mutant {
    Mutant(name) { i in
      comparisons(i).map {
        .atMost($0.right, $0.left, unit: $0.unit, roundOff: $0.roundOff, time: $0.time)
      }
    }
  }
}

extension RankOneInstance {
  /// (38a) at times up to τ, with another exponent in place of e_far; none for a start below √6 s_Z.
  fileprivate func farDecay(_ exponent: (Double) -> Double) -> [Comparison] {
    guard let τ = exactFlow?.nearRegime()?.time, τ > 0 else { return [] }
    let rate = rateUnit * Double(depth) * exponent(farExponent)
    return decay(rate: rate, from: 0, times: (0...24).map { τ * pow(1e-3, 1 - Double($0) / 24) })
  }

  /// (38b) at times from τ on, with another exponent in place of e_near.
  fileprivate func nearDecay(_ exponent: (Double) -> Double) -> [Comparison] {
    guard let τ = exactFlow?.nearRegime()?.time else { return [] }
    return decay(
      rate: rateUnit * exponent(nearExponent), from: τ, times: times(count: 30).dropFirst().map { τ + $0 })
  }

  /// ‖Z_1 − W(t)‖ ≤ ‖Z_1 − W(origin)‖ exp(−rate (t − origin)/2), relative to the right-hand side.
  func decay(rate: Double, from origin: Double, times: [Double]) -> [Comparison] {
    let states = states(at: [origin] + times)
    guard let first = states.first, first.distanceToTarget > 0 else { return [] }
    let d0 = first.distanceToTarget
    return states.dropFirst().map { state in
      let fading = rate * (state.time - origin) / 2
      // Where the exponential itself under- or overflows nothing can be compared.
      let bound = d0 * exp(min(-fading, 600))
      let error = state.distanceError + bound * (first.distanceError / d0 + (8 + fading.magnitude) * eps)
      return .atMost(
        state.distanceToTarget / d0, bound / d0, unit: max(bound / d0, 1e-290),
        roundOff: error / max(bound, 1e-290 * d0), time: state.time)
    }
  }
}
