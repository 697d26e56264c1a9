import ExactFlows
import Foundation
import Theory

/// A start in N_{N,α} of (28).
private let stableFamily = RankOneFamily { $0.direction = .stable }

private let stableHypotheses: [Hypothesis<RankOneInstance>] = [
  Hypothesis("α > γ_Z") { $0.alpha > $0.gamma },
  Hypothesis(
    "u_0ᵀZ_1v_0 > α s_Z",
    broken: RankOneFamily {
      $0.direction = .unstable
      $0.startScale = 0...1.5
    }.instance,
    conclusion: { $0.limit }
  ) { $0.c0 > $0.alpha },
  Hypothesis(
    "s_0 > (α − γ_Z)s_Z",
    broken: {
      // A short start in a stable direction, α out of its reach.
      let family = RankOneFamily {
        $0.direction = .stable
        $0.startScale = -4 ... -1
      }
      guard let i = family.instance(&$0) else { return nil }
      return i.with(alpha: (min(i.c0, 1) + min(i.gamma + i.start.scale / i.sZ, i.c0)) / 2)
    },
    conclusion: { $0.limit }
  ) { $0.start.scale > ($0.alpha - $0.gamma) * $0.sZ },
]

extension Claim {
  /// Lemma 3.7.
  static let stableSet = Claim(
    "lemma-3.7", title: "The stable set is kept, away from the origin",
    formula: "W_0 ∈ N_{N,α} ⇒ s(t) > (α − γ_Z)s_Z and u(t)ᵀZ_1v(t) > α s_Z for all t ≥ 0",
    source: "Lemma 3.7, (28)",
    instances: stableFamily.instance, hypotheses: stableHypotheses,
    mutants: [
      Mutant("s > (α + γ_Z)s_Z, where the start has it") { i in
        i.start.scale > (i.alpha + i.gamma) * i.sZ ? i.kept(scale: i.alpha + i.gamma) : []
      },
      Mutant("u_tᵀZ_1v_t < α s_Z") { i in i.kept(alignment: -1) },
    ]
  ) { $0.kept() }

  /// Theorem 3.8.
  static let convergence = Claim(
    "theorem-3.8", title: "Convergence to a global minimiser from the stable set",
    formula: "W_0 ∈ N_{N,α} ⇒ W(t) → Z_1: ‖Z_1 − W(t)‖ ≤ 10⁻⁶ s_Z from some t on", source: "Theorem 3.8",
    instances: stableFamily.instance,
    hypotheses: stableHypotheses + [
      Hypothesis("balanced start", cost: .heavy, without: unbalancedStart) { $0.reachesMinimum },
      Hypothesis("X whitened", cost: .heavy, without: colouredInputs) { $0.reachesMinimum },
    ],
    mutants: [Mutant("the limit is the second singular pair") { $0.reaches(pair: 2) }],
    along: { $0.approach(pair: 1) }
  ) { $0.reaches(pair: 1) }

  /// Lemma 4.3.
  static let boundedStableSet = Claim(
    "lemma-4.3", title: "The bounded stable set is kept",
    formula: "W_0 ∈ N_{α,β}(Z_1) ⇒ W(t) ∈ N_{α,β}(Z_1): (α − γ_Z)s_Z < s < β s_Z, uᵀZ_1v > α s_Z",
    source: "Lemma 4.3, (36)",
    instances: stableFamily.instance,
    hypotheses: stableHypotheses + [
      Hypothesis("β > 1", broken: { stableFamily.instance(&$0).flatMap(\.shortUnderOne) }) { $0.beta > 1 }
    ],
    mutants: [
      Mutant("s < 0.9 β s_Z, where the start has it") { i in
        i.start.scale < 0.45 * i.sZ ? i.kept(upper: 0.9) : []
      },
      Mutant("s > (α + γ_Z)s_Z, where the start has it") { i in
        i.start.scale > (i.alpha + i.gamma) * i.sZ ? i.kept(scale: i.alpha + i.gamma) : []
      },
    ]
  ) { $0.kept() + $0.bounded(by: $0.beta) }
}

extension RankOneInstance {
  /// The same with another α or β.
  func with(alpha: Double? = nil, beta: Double? = nil) -> RankOneInstance {
    RankOneInstance(flow: flow, start: start, alpha: alpha ?? self.alpha, beta: beta ?? self.beta)
  }

  /// β between s_0/s_Z and 1, for a start that leaves room for it.
  fileprivate var shortUnderOne: RankOneInstance? {
    let y = start.scale / sZ
    return y < 0.9 ? with(beta: (1 + y) / 2) : nil
  }

  /// A state's error in c: that of u and v, and of the singular pair, whose turn by eps/(1 − γ_Z) changes c by as much at most.
  private func coordinateError(_ state: ExactRankOneState) -> Double {
    2 * state.errorEstimate + 16 * eps
  }

  /// s/s_Z > α − γ_Z (or another number) and ±c > ±α along the flow; with `upper` also s < `upper`·β s_Z... of the start.
  fileprivate func kept(scale: Double? = nil, alignment sign: Double = 1, upper: Double? = nil)
    -> [Comparison]
  {
    let least = scale ?? (alpha - gamma)
    return states().flatMap { state -> [Comparison] in
      let y = state.scale / sZ
      let sizeError = (state.errorEstimate + 8 * eps) * (1 + y)
      var comparisons: [Comparison] = [
        .atMost(least, y, unit: 1, roundOff: sizeError, time: state.time),
        .atMost(
          sign * alpha, sign * state.coordinate, unit: 1, roundOff: coordinateError(state), time: state.time),
      ]
      if let upper { comparisons.append(.atMost(y, upper, unit: 1, roundOff: sizeError, time: state.time)) }
      return comparisons
    }
  }

  /// s/s_Z < β along the flow.
  fileprivate func bounded(by β: Double) -> [Comparison] {
    states().map {
      .atMost(
        $0.scale / sZ, β, unit: β, roundOff: ($0.errorEstimate + 8 * eps) * (1 + $0.scale / sZ), time: $0.time
      )
    }
  }

  /// The limit is not the origin.
  fileprivate var limit: [Comparison] {
    guard let flow = exactFlow else { return [] }
    return [.atMost(flow.limit == .origin ? 1 : 0, 0, unit: 1, roundOff: 0)]
  }
}
