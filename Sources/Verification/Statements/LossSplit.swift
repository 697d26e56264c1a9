import Foundation
import LinearAlgebra
import LinearNetworks
import Theory

extension Claim {
  /// (33): L_{1,1} ≤ T_1 + T_2.
  static let lossSplit = Claim(
    "eq-33", title: "The loss splits into an error of size and one of direction",
    formula: "L_{1,1}(W) ≤ T_1 + T_2, T_1 = ½(s − uᵀZ_1v)², T_2 = s_Z(s_Z − uᵀZ_1v)", source: "(31), (33)",
    instances: RankOneFamily().instance,
    mutants: [
      Mutant("T_2 halved") { $0.split(sizeFactor: 1, directionFactor: 0.5) },
      Mutant("T_1 halved") { $0.split(sizeFactor: 0.5, directionFactor: 1) },
      Mutant("the sign of T_2") { $0.split(sizeFactor: 1, directionFactor: -1) },
    ],
    along: { $0.along { $0.split(sizeFactor: 1, directionFactor: 1) } }
  ) { $0.split(sizeFactor: 1, directionFactor: 1) }

  /// (34): the chain rule on L_{1,1} along the induced flow.
  static let lossDerivative = Claim(
    "eq-34", title: "The loss changes along the induced flow by the chain rule",
    formula: "dL_{1,1}/dt = −m⟨W − Z_1, A_W(W − Z)⟩", source: "(16), (34)",
    instances: RankOneFamily().instance,
    mutants: [
      Mutant("A_W of depth N + 1") { $0.chainRule(depth: $0.depth + 1, residual: 1) },
      Mutant("the sign of the residual Z − Z_1") { $0.chainRule(depth: $0.depth, residual: -1) },
    ],
    along: { $0.along { $0.chainRule(depth: $0.depth, residual: 1) } }
  ) { $0.chainRule(depth: $0.depth, residual: 1) }
}

extension RankOneInstance {
  /// What the rounding of a few dozen operations on vectors of dx and dy entries leaves, relative to the largest term.
  ///
  /// An inner product of n terms errs by n·eps at most, a function of degree four of them by four times that; the rest are products.
  var pointwiseRoundOff: Double {
    8 * Double(start.left.count + start.right.count + 8) * eps
  }

  /// ``pointwiseRoundOff`` of quantities of the size (s + s_Z)², relative to one that may be smaller because W is near the target.
  func roundOff(relativeTo unit: Double) -> Double {
    pointwiseRoundOff * (start.scale + sZ) * (start.scale + sZ) / unit
  }

  /// (33) with its terms multiplied by factors.
  fileprivate func split(sizeFactor: Double, directionFactor: Double) -> [Comparison] {
    let (T1, T2) = flow.lossTerms(of: start)
    // At the target both sides vanish.
    guard T1 + T2 > 0 else { return [] }
    return [
      .atMost(
        flow.targetLoss(of: start), sizeFactor * T1 + directionFactor * T2, unit: T1 + T2,
        roundOff: roundOff(relativeTo: T1 + T2))
    ]
  }

  /// (34) with A_W of some depth and the residual multiplied by a factor.
  fileprivate func chainRule(depth N: Int, residual: Double) -> [Comparison] {
    let W = start.matrix
    let (Z, Z1) = (flow.target.matrix, flow.target.leadingMatrix)
    let force = flow.sampleCount * (W - Z1 - residual * (Z - Z1))
    let right = -Matrix.inner(W - Z1, InducedFlow.preconditioned(force, at: W, depth: N, rank: 1))
    let size = start.scale + sZ
    return [
      .equal(
        flow.targetLossDerivative(at: start), right,
        unit: Double(depth) * flow.sampleCount * pow(start.scale, flow.exponent) * size * size,
        roundOff: pointwiseRoundOff)
    ]
  }
}
