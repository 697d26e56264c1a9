import ExactFlows
import LinearAlgebra
import LinearNetworks
import Prose

/// D13: the exact basin at depth two, at any rank, for whitened data and a balanced start of rank r.
///
/// W(t) → Z_r if and only if the r×r matrix U_rᵀU_0 + V_rᵀV_0 is invertible; it is T_rᵀQ_0 up to an invertible factor, with T = [V; U]/√2 and Q_0 = [W_1ᵀ; W_2] orthonormalised. QQᵀ follows a Riccati
/// flow whose limit is the span that pivots pick, so otherwise W(t) → Z_S, S the first linearly independent rows of [u_iᵀU_0 + v_iᵀV_0] in the order of falling σ_i > 0.
///
/// *Accuracy.* The smallest singular value of T_rᵀQ_0, the cosine of the largest angle between the two spaces, is held against the error of both: eps·(8√n + 8n(1 + σ_1/(σ_r − σ_{r+1})) + 4n κ(Q_0)) and the relative imbalance, n = dx + dy
/// (Davis and Kahan for T, the backward error of the orthonormalisation for Q_0). Below that only exact zeros can tell (``Reach``).
///
/// Source: D13 of Documentation/derived.md; D7 for the flow.
struct DepthTwoBasin: Theorem {
  let reference = Reference.depthTwoBasin

  func conditions(in setting: Setting) -> [Condition] {
    let r = min(setting.bottleneck, setting.targetRank)
    return [
      Condition("depth", "N", .depthTwoBasin, setting.depth, .equal, 2),
      Condition(
        "whitened data", "‖XXᵀ/c − I‖", .whitenedData, setting.whiteningDefect, .atMost,
        Setting.defectTolerance),
      .balance(setting),
      Condition("rank of the target", "rank(Y P_X)", .depthTwoBasin, setting.targetRank, .atLeast, 1),
      .spectralGap(setting, rank: r, .depthTwoBasin),
      Condition("rank of the start", "rank W_0", .depthTwoBasin, setting.startRank, .atLeast, r),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let k = min(setting.bottleneck, setting.targetRank)
    let layers = setting.restricted.layers
    let Q = layers[0].transpose.appendingRows(layers[1]).singularValueDecomposition
    let rank = setting.startRank
    let basis = Q.U.columns(0..<rank)
    let Z = setting.targetDecomposition
    let T = (0.5.squareRoot()) * Z.V.columns(0..<k).appendingRows(Z.U.columns(0..<k))
    let overlap = Matrix.product(T, .transposed, basis, .plain)
    let cosine = overlap.singularValues.last ?? 0
    let n = Double(setting.inputRank + setting.outputs)
    let gap = setting.singularValue(k) - setting.singularValue(k + 1)
    let condition = Q.singularValues[0] / Q.singularValues[rank - 1]
    let error =
      .ulpOfOne * (8 * n.squareRoot() + 8 * n * (1 + setting.singularValue(1) / gap) + 4 * n * condition)
      + setting.relativeImbalance
    // Opposite signs of the determinants make the matrix singular beyond any round-off (D10); then the other rows decide.
    if setting.keepsOppositeSign {
      let rest = Matrix(k - 1, overlap.columns) { overlap[$0, $1] }.singularValues.last ?? 1
      guard rest > error else {
        throw Silence(
          "det W_0 and det W* have opposite signs, and which directions are lost cannot be told from round-off"
        )
      }
      return Conclusion(
        "W(t) → the best of rank \(k - 1): det W_0 and det W* have opposite signs, and the other directions are met by \(number(rest, digits: 3))",
        limit: k == 1 ? .origin : .saddle(kept: Array(1..<k)),
        quantities: [
          Quantity("σ_min", "smallest singular value of T_{r−1}ᵀQ_0", rest),
          Quantity("round-off", "what σ_min must exceed", error),
        ])
    }
    guard cosine > error else {
      throw Silence(
        "the start is on the boundary of the basin up to round-off (\(number(cosine, digits: 2)) ≤ \(number(error, digits: 2))): on which side cannot be told"
      )
    }
    return Conclusion(
      "W(t) → Z_r: the start meets all \(k) leading directions, by \(number(cosine, digits: 3)) at least",
      limit: .globalMinimiser,
      quantities: [
        Quantity("σ_min", "smallest singular value of T_rᵀQ_0", cosine),
        Quantity("round-off", "what σ_min must exceed", error),
      ])
  }
}
