import ExactFlows
import Foundation
import LinearAlgebra
import Theory

/// A start that is clearly in the basin or on its boundary: |p_1| ≥ 1/100, or p_1 = 0, and p_2 likewise; the time to leave a plateau has no bound otherwise.
private let clearlyExcited = 1e-2

extension Claim {
  /// D5: every start with p_1 ≠ 0 comes to Z_1.
  static let basin = Claim(
    "d5-basin", title: "The exact basin of the target",
    formula: "p_1 = u_0ᵀu_Z + v_0ᵀv_Z ≠ 0, γ_Z < 1, s_0 > 0 ⇒ W(t) → Z_1", source: "D5",
    instances: RankOneFamily { $0.depths = 2...6 }.instance,
    hypotheses: [
      Hypothesis("γ_Z < 1", broken: RankOneFamily { $0.gap = { _ in 1 } }.instance) { $0.flow.target.hasGap },
      Hypothesis(
        "p_1 ≠ 0",
        broken: RankOneFamily {
          $0.depths = 2...6
          $0.direction = .boundary
        }.instance
      ) { $0.growing(1).magnitude > clearlyExcited },
    ],
    mutants: [Mutant("the limit is the second singular pair") { $0.reaches(pair: 2) }],
    along: { $0.approach(pair: 1) }
  ) { $0.reaches(pair: 1) }

  /// D5 on the boundary of the basin.
  static let basinBoundary = Claim(
    "d5-boundary", title: "The limits on the boundary of the basin",
    formula: "p_1 = 0, p_2 ≠ 0, σ_2 > σ_3 ⇒ W(t) → σ_2 u_2v_2ᵀ", source: "D5",
    instances: RankOneFamily {
      $0.depths = 2...6
      $0.direction = .boundary
    }.instance,
    hypotheses: [
      Hypothesis("σ_1 > σ_2 > σ_3") { i in
        let σ = i.flow.target.singularValues
        return σ.count > 1 && i.gamma < 0.99 && σ[1] > 0.01 * i.sZ && (σ.count < 3 || σ[2] < 0.99 * σ[1])
      },
      Hypothesis("p_2 ≠ 0") { $0.growing(2).magnitude > clearlyExcited },
      Hypothesis("p_1 = 0", broken: RankOneFamily { $0.depths = 2...6 }.instance) {
        $0.growing(1).magnitude < 1e-14
      },
    ],
    mutants: [Mutant("the limit is the target") { $0.reaches(pair: 1) }],
    along: { $0.approach(pair: 2) }
  ) { $0.reaches(pair: 2) }
}

extension RankOneInstance {
  /// p_i = u_0ᵀu_i + v_0ᵀv_i, pairs counted from 1; 0 where there is no such pair.
  func growing(_ pair: Int) -> Double {
    guard pair <= flow.target.singularValues.count else { return 0 }
    return dot(start.left, flow.target.leftVectors[pair - 1])
      + dot(start.right, flow.target.rightVectors[pair - 1])
  }

  /// ‖σ_iu_iv_iᵀ − W‖/σ_i ≤ 10⁻⁶ at the end of the plateaus: at one of the times 10, 10^1.5, … up to 1e12 in units of the slow time scale.
  func reaches(pair: Int) -> [Comparison] {
    let approach = approach(pair: pair)
    return [approach.first { !$0.isViolated } ?? approach.last].compactMap(\.self)
  }

  /// The distance to a stationary point at increasing times against the accuracy that counts as reached.
  func approach(pair: Int) -> [Comparison] {
    let spectrum = flow.target
    guard pair <= spectrum.singularValues.count, spectrum.singularValues[pair - 1] > 0, let exact = exactFlow
    else { return [] }
    let σ = spectrum.singularValues[pair - 1]
    let point = σ * Matrix.outer(spectrum.leftVectors[pair - 1], spectrum.rightVectors[pair - 1])
    let unit = 1 / (flow.sampleCount * pow(σ, flow.exponent))
    var comparisons: [Comparison] = []
    for k in 0..<24 {
      let t = pow(10, 1 + Double(k) / 2) * unit
      guard t.isFinite else { break }
      let state = exact.state(at: t)
      let distance = (state.endToEndMatrix - point).frobeniusNorm
      comparisons.append(
        .atMost(distance / σ, 1e-6, unit: 1, roundOff: 64 * eps * (1 + state.scale / σ), time: t))
      if comparisons[k].margin >= 0 { break }
    }
    return comparisons
  }
}
