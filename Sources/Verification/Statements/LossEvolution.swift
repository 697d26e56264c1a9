import Foundation
import Theory

extension Claim {
  /// Lemma 4.2 as printed, which is wrong.
  static let lossEvolutionAsPrinted = Claim(
    "lemma-4.2-printed", title: "Evolution of the loss, as printed",
    formula:
      "dL_{1,1}/dt ≤ −2mN s^p T_1 − 2m s^p (uᵀZ_1v) T_2 + 2√2 mN s^p γ_Z √(T_1T_2) + 2m s^p s_{Z,2} T_2",
    source: "Lemma 4.2, (35)",
    expectation: .fails(
      correction:
        "with c = uᵀZ_1v/s_Z for uᵀZ_1v and γ_Z for the last s_{Z,2} it scales as both sides must (D11)"
    ),
    instances: RankOneFamily().instance,
    along: { $0.along { $0.evolution { $0.evolutionBoundAsPrinted(at: $1) } } }
  ) { $0.evolution { $0.evolutionBoundAsPrinted(at: $1) } }

  /// Lemma 4.2 as printed, restricted to s_Z = 1, where it is right.
  static let lossEvolutionAtUnitScale = Claim(
    "lemma-4.2-printed-unit-scale", title: "Evolution of the loss, as printed, where s_Z = 1",
    formula: "(35) as printed, for s_Z = 1", source: "Lemma 4.2, (35)",
    instances: RankOneFamily { $0.targetScale = 0.0...0.0 }.instance,
    hypotheses: [
      Hypothesis("s_Z = 1", broken: RankOneFamily().instance) { ($0.sZ - 1).magnitude < 1e-14 }
    ],
    mutants: [
      Mutant("uᵀZ_1v replaced by s_Z") { i in i.evolution { $0.homogeneous($1, pull: 1) } }
    ],
    along: { $0.along { $0.evolution { $0.evolutionBoundAsPrinted(at: $1) } } }
  ) { $0.evolution { $0.evolutionBoundAsPrinted(at: $1) } }

  /// D11: the homogeneous form.
  static let lossEvolution = Claim(
    "d11-lemma-4.2-homogeneous", title: "Evolution of the loss, homogeneous",
    formula: "dL_{1,1}/dt ≤ −2mN s^p T_1 − 2m s^p c T_2 + 2√2 mN s^p γ_Z √(T_1T_2) + 2m s^p γ_Z T_2",
    source: "Lemma 4.2 corrected, D11",
    instances: RankOneFamily().instance,
    hypotheses: [
      Hypothesis("γ_Z < 1", broken: RankOneFamily { $0.gap = { _ in 1 } }.instance) { $0.flow.target.hasGap }
    ],
    mutants: [
      Mutant("the mixed term left out") { i in i.evolution { $0.homogeneous($1, cross: 0) } },
      Mutant("c replaced by 1") { i in i.evolution { $0.homogeneous($1, pull: 1) } },
      Mutant("the sign of the last term") { i in i.evolution { $0.homogeneous($1, residual: -2) } },
      Mutant("−2mN s^p T_1 replaced by −3mN s^p T_1") { i in i.evolution { $0.homogeneous($1, size: 3) } },
      Mutant("s^p replaced by s^(p+0.1)") { i in
        i.evolution { pow($1.scale, 0.1) * $0.evolutionBound(at: $1) }
      },
    ],
    along: { $0.along { $0.evolution { $0.evolutionBound(at: $1) } } }
  ) { $0.evolution { $0.evolutionBound(at: $1) } }

  /// D11: the homogeneous form with half the mixed term, which is what the residual can do.
  static let sharpLossEvolution = Claim(
    "d11-lemma-4.2-sharpened", title: "Evolution of the loss, with half the mixed term",
    formula: "dL_{1,1}/dt ≤ −2mN s^p T_1 − 2m s^p c T_2 + √2 mN s^p γ_Z √(T_1T_2) + 2m s^p |c| γ_Z T_2",
    source: "D11", instances: RankOneFamily().instance,
    mutants: [
      Mutant("√2 replaced by 1") { i in i.evolution { $0.sharpened($1, cross: 1) } },
      Mutant("the sign of the last term") { i in
        i.evolution { $0.sharpened($1, residual: -2 * $0.coordinate(of: $1).magnitude) }
      },
    ],
    along: { $0.along { $0.evolution { $0.sharpened($1) } } }
  ) { $0.evolution { $0.sharpened($1) } }
}

extension RankOneInstance {
  /// dL_{1,1}/dt ≤ bound.
  fileprivate func evolution(_ bound: (RankOneFlow, RankOneState) -> Double) -> [Comparison] {
    let (T1, T2) = flow.lossTerms(of: start)
    let terms = 2 * (Double(depth) * T1 + T2)
    // At the target both sides vanish.
    guard terms > 0 else { return [] }
    let unit = flow.sampleCount * pow(start.scale, flow.exponent) * terms
    let roundOff = Double(depth) * roundOff(relativeTo: terms)
    // As printed, two terms are larger by a factor s_Z.
    return [
      .atMost(
        flow.targetLossDerivative(at: start), bound(flow, start), unit: unit,
        roundOff: roundOff * max(1, sZ))
    ]
  }
}

extension RankOneFlow {
  /// The right-hand side of (35), homogeneous, with other constants.
  fileprivate func homogeneous(
    _ W: RankOneState, size: Double = 2, pull: Double? = nil, cross: Double = 2 * 2.squareRoot(),
    residual: Double = 2
  ) -> Double {
    let (T1, T2) = lossTerms(of: W)
    let (N, γ) = (Double(depth), target.gapRatio ?? 0)
    return sampleCount * pow(W.scale, exponent)
      * (-size * N * T1 - 2 * (pull ?? coordinate(of: W)) * T2 + cross * N * γ * (T1 * T2).squareRoot()
        + residual * γ * T2)
  }

  fileprivate func sharpened(
    _ W: RankOneState, cross: Double = 2.squareRoot(), residual: Double? = nil
  ) -> Double {
    homogeneous(W, cross: cross, residual: residual ?? 2 * coordinate(of: W).magnitude)
  }
}
