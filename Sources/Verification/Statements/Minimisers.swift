import Foundation
import LinearAlgebra
import Theory

extension Claim {
  /// Lemma 4.1: a network that solves (6) has W = Z_1.
  static let uniqueMinimiser = Claim(
    "lemma-4.1", title: "A solution of (6) is a network with W = Z_1",
    formula: "(m/2)(1 − γ_Z)‖W − Z_1‖² ≤ L_N − min L_N for rank W ≤ 1, so the loss gap controls the distance",
    source: "Lemma 4.1, (24), (27)",
    instances: RankOneFamily().instance,
    hypotheses: [
      Hypothesis(
        "γ_Z < 1",
        broken: { draw in
          // W = σ_1 u_2v_2ᵀ, another minimiser.
          let family = RankOneFamily {
            $0.gap = { _ in 1 }
            $0.dimensions = 2...6
          }
          return family.instance(&draw).map { i in
            i.starting(
              at: RankOneState(
                scale: i.sZ, left: i.flow.target.leftVectors[1], right: i.flow.target.rightVectors[1]))
          }
        },
        conclusion: { i in
          let gap = 2 * i.lossGap / i.flow.sampleCount
          let distance = i.flow.distanceSquared(of: i.start)
          return [.atMost(distance, gap, unit: i.sZ * i.sZ, roundOff: i.pointwiseRoundOff)]
        }
      ) { $0.flow.target.hasGap }
    ],
    mutants: [
      Mutant("the factor 1 − γ_Z left out") { $0.gapControlsDistance(factor: 1) },
      Mutant("1 − γ_Z² for 1 − γ_Z") { $0.gapControlsDistance(factor: 1 - $0.gamma * $0.gamma) },
    ],
    along: { $0.along { $0.gapControlsDistance(factor: 1 - $0.gamma) } }
  ) { $0.gapControlsDistance(factor: 1 - $0.gamma) }
}

extension RankOneInstance {
  /// L_N − min L_N = (m/2)(‖W − Z_1‖² − 2⟨W, Z − Z_1⟩).
  fileprivate var lossGap: Double {
    let residual = flow.target.matrix - flow.target.leadingMatrix
    return flow.sampleCount / 2
      * (flow.distanceSquared(of: start) - 2 * Matrix.inner(start.matrix, residual))
  }

  fileprivate func gapControlsDistance(factor: Double) -> [Comparison] {
    let m = flow.sampleCount
    let distance = flow.distanceSquared(of: start)
    guard distance > 0 else { return [] }
    return [
      .atMost(
        m / 2 * factor * distance, lossGap, unit: m / 2 * distance, roundOff: roundOff(relativeTo: distance))
    ]
  }
}
