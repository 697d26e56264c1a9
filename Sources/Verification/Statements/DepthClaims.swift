import ExactFlows
import Foundation
import LinearAlgebra
import Theory

extension Claim {
  /// Figure 1's claim: faraway training is faster for deeper networks.
  static let depthHelpsFarAway = Claim(
    "figure-1", title: "Faraway training is faster for deeper networks",
    formula:
      "s_0 > √6 s_Z, √6 s_Z ≥ e^{−N/2} ⇒ τ(N + 1) ≤ τ(N), τ the first time s ≤ √6 s_Z from the same W_0",
    source: "Figure 1",
    instances: RankOneFamily {
      $0.startScale = 0.39...1.5
      $0.targetScale = -0.5...1.5
    }.instance,
    hypotheses: [
      Hypothesis("s_0 > √6 s_Z") { $0.start.scale > 6.0.squareRoot() * $0.sZ },
      Hypothesis(
        "√6 s_Z ≥ e^{−N/2}",
        broken: RankOneFamily {
          $0.startScale = 0.39...1.5
          $0.targetScale = -4 ... -1
          $0.depths = 2...4
        }.instance
      ) { 6.0.squareRoot() * $0.sZ >= exp(-Double($0.depth) / 2) },
    ],
    mutants: [
      Mutant("τ(N) ≤ τ(N + 1)") { i in
        i.turningTimes.map { [.atMost($0, $1, unit: $0, roundOff: i.turningError)] } ?? []
      },
      Mutant("τ(N + 1) ≤ τ(N)·N/(N + 1), as if only the factor N counted") { i in
        i.turningTimes.map {
          [
            .atMost(
              $1, 0.4 * $0 * Double(i.depth) / Double(i.depth + 1), unit: $0, roundOff: i.turningError)
          ]
        } ?? []
      },
    ]
  ) { i in i.turningTimes.map { [.atMost($1, $0, unit: $0, roundOff: i.turningError)] } ?? [] }
}

extension RankOneInstance {
  /// τ at depth N and N + 1.
  fileprivate var turningTimes: (Double, Double)? {
    guard let shallow = exactFlow?.nearRegime()?.time, shallow > 0,
      let deeper = try? ExactRankOneFlow(
        target: flow.target.matrix, sampleCount: flow.sampleCount, depth: depth + 1, scale: start.scale,
        left: start.left, right: start.right
      ).nearRegime()?.time
    else { return nil }
    return (shallow, deeper)
  }

  /// A relative error e of s moves τ by e/(N m s^{p−1}(1 − uᵀZv/s)) at most, where uᵀZv/s ≤ 1/√6; τ is at least log(s_0/√6s_Z) of the same unit.
  fileprivate var turningError: Double {
    let height = log(start.scale / (6.0.squareRoot() * sZ))
    return 1e-12 * (1 + 4 / max(height, 1e-12))
  }
}
