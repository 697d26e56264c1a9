import Foundation
import LinearAlgebra
import Prose

/// D19: almost every balanced start, at every depth N ≥ 2, goes to the best predictor of its rank.
///
/// Balanced of rank k (the rank is conserved), Ẑ of rank ρ ≥ 1 with distinct nonzero singular values:
/// - unless k = dx = dy = ρ, almost every such start goes to the global minimiser over rank ≤ k;
/// - for k = dx = dy = ρ the sign of det W(t) is conserved: starts with the sign of det W* go to W*, the others to the best of rank k − 1, where the lost direction shrinks as
///   s(t) ≃ ((N−2) ρ̄ t)^{−N/(N−2)}, for N = 2 e^{−2ρ̄t}, with ρ̄ the one nonzero singular value of ∇L_1 there.
///
/// The exceptions have measure zero; a start near one may wait very long, so no time is promised. Proved for Ẑ of rank min(dx, dy), for smaller ρ by an argument and runs.
///
/// Source: D19 of Documentation/derived.md.
struct AlmostEveryBalanced: Theorem {
  let reference = Reference.almostEveryBalanced

  func conditions(in setting: Setting) -> [Condition] {
    [
      Condition("depth", "N", .almostEveryBalanced, setting.depth, .atLeast, 2),
      .balance(setting),
      Condition("rank of the target", "rank(Y P_X)", .almostEveryBalanced, setting.targetRank, .atLeast, 1),
      Condition(
        "distinct singular values", "groups of equal σ̂_i > 0", .almostEveryBalanced, setting.tiedValues,
        .equal, 0),
      Condition("rank of the start", "rank W_0", .almostEveryBalanced, setting.startRank, .atLeast, 1),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let k = setting.startRank
    guard k == min(setting.bottleneck, setting.liveWidth) else {
      throw Silence(
        "rank W_0 = \(k) up to round-off, where the widths allow \(min(setting.bottleneck, setting.liveWidth)): whether it is less cannot be told"
      )
    }
    // Where the exceptions are known, a start that cannot be told from one is not called one like almost every other.
    for basin in [ExactBasinTheorem(), DepthTwoBasin()] as [any Theorem] {
      let finding = basin.finding(in: setting)
      if !finding.applies, finding.conditions.allSatisfy({ $0.holds == true }) {
        throw Silence("up to round-off this start is one of the exceptions of measure zero (\(finding.id))")
      }
    }
    let goal = min(setting.bottleneck, setting.targetRank)
    func best(_ k: Int) -> Limit {
      k >= goal ? .globalMinimiser : k == 0 ? .origin : .saddle(kept: Array(1..<k + 1))
    }
    let isProved = setting.targetRank == min(setting.inputRank, setting.outputs)
    let basis = isProved ? "" : "; proved for Y P_X of full rank, here by argument and runs"
    let quantities = [Quantity("rank W_0", "conserved rank of the start", Double(k))]
    guard setting.isSquare, k == setting.outputs, setting.targetRank == k else {
      return Conclusion(
        "almost every balanced start of rank \(k) goes to the best rank-\(k) predictor\(basis)",
        limit: best(k),
        strength: .almostEvery, quantities: quantities)
    }
    guard let agree = setting.determinantsAgree else {
      throw Silence("dx = dy = r, and the sign of det W_0 or of det W* cannot be told from round-off")
    }
    if agree {
      return Conclusion(
        "det W_0 has the sign of det W*: almost every such start goes to the best predictor",
        limit: .globalMinimiser,
        strength: .almostEvery, quantities: quantities)
    }
    guard setting.isBalancedToRoundOff else {
      throw Silence(
        "det W_0 and det W* have opposite signs, which only exact balance conserves: ‖D_j‖/‖W_j‖² = \(number(setting.relativeImbalance, digits: 2)) is more than the round-off \(number(setting.balanceRoundOff, digits: 2))"
      )
    }
    let v = Matrix.column(setting.targetDecomposition.V.column(k - 1)).scalingRows(by: setting.inputScales)
    let pull = setting.singularValue(k) * v.frobeniusNorm
    let N = Double(setting.depth)
    let law = N == 2 ? "e^(−\(number(2 * pull)) t)" : "t^(−\(number(N / (N - 2), digits: 3)))"
    return Conclusion(
      "det W_0 and det W* have opposite signs: almost every such start goes to the best of rank \(k - 1), like \(law)",
      limit: best(k - 1), strength: .almostEvery,
      quantities: quantities + [
        Quantity(
          "ρ̄", "s(t) ≃ ((N−2) ρ̄ t)^(−N/(N−2)), for N = 2 e^(−2ρ̄t), for the direction that is lost", pull)
      ])
  }
}

extension Setting {
  /// The number of positive σ̂_i that cannot be told from the one before.
  var tiedValues: Int { minimum.groups.ranges.reduce(0) { $0 + $1.count - 1 } }
}
