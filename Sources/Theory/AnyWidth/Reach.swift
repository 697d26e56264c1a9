import LinearAlgebra
import Prose

/// D10: what a start can never reach, whatever the time.
///
/// - Exact zeros split the network into parts that never meet (``IndependentParts``), at any balance: hidden units without a weight stay dead, a part with too few units cannot learn all
///   that it should, and a chain of single units against its target vanishes. Where that concerns one of the directions 1, …, min(r, ρ), the loss stays above the minimum.
/// - dx = dy = r, balanced, W_0 and W* invertible, det W_0 · det W* < 0: det W(t) keeps its sign (Lemma 3.3), so W(t) would have to pass through a singular matrix, and its
///   limit is singular itself. Half of all balanced square starts are of this kind.
///
/// Both are exact: zeros are zeros, a sign counts only beyond its round-off, and balance up to that of the layers only. A rank that is small by round-off only is no obstacle. Where every part is a chain the limit is
/// known: also that it is a global minimiser.
///
/// Source: Eftekhari (2020), Lemma 3.3; D10 of Documentation/derived.md.
struct Reach: Theorem {
  let reference = Reference.reach

  func conditions(in setting: Setting) -> [Condition] {
    [Condition("depth", "N", .rankConservation, setting.depth, .atLeast, 2)]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    if let known = byParts(setting) { return known }
    guard setting.isBalancedToRoundOff else {
      throw Silence("no exact zeros keep anything out of reach, and the start is not balanced")
    }
    guard setting.isSquare, setting.targetRank == setting.bottleneck else {
      throw Silence("no exact zeros and no sign keep anything out of reach")
    }
    switch setting.determinantsAgree {
    case true?:
      throw Silence("det W_0 and det W* have the same sign: nothing is out of reach")
    case false?:
      return Conclusion(
        "det W_0 and det W* have opposite signs and det W(t) never vanishes: the limit is singular, a saddle",
        limit: .saddle(kept: nil))
    case nil: throw Silence("the sign of det W_0 or of det W* cannot be told from round-off")
    }
  }

  /// What the parts tell; nil where they tell nothing.
  private func byParts(_ setting: Setting) -> Conclusion? {
    let split = setting.parts
    guard !split.hasTies else { return nil }
    let goal = min(setting.bottleneck, setting.targetRank)
    guard goal > 0 else { return nil }
    let isKnown = split.parts.allSatisfy { $0.fate != .open }
    let kept = split.parts.filter { $0.fate == .learns }.flatMap(\.directions).sorted()
    if isKnown, kept == Array(1..<goal + 1) {
      return Conclusion(
        "exact zeros split the layers into single chains, each of which learns its direction",
        limit: .globalMinimiser)
    }
    // A part learns at most as many directions as it has units for.
    let missed = split.parts.contains { part in
      let wanted = part.directions.filter { $0 <= goal }.count
      return wanted > (part.fate == .vanishes ? 0 : part.capacity)
    }
    guard missed || isKnown else { return nil }
    let live = split.parts.first?.capacity ?? 0
    let limit: Limit =
      isKnown && kept.isEmpty || setting.liveWidth == 0 ? .origin : .saddle(kept: isKnown ? kept : nil)
    return Conclusion(
      split.parts.count > 1
        ? "exact zeros split the layers into \(split.parts.count) parts that never meet, and a part cannot learn what it should"
        : "exact zeros leave \(live == 1 ? "1 live unit" : "\(live) live units") in a layer: the rank stays below \(goal)",
      limit: limit,
      quantities: [
        Quantity(
          "live width", "hidden units that are not dead, in the narrowest layer", Double(setting.liveWidth))
      ])
  }
}

extension Setting {
  /// The smallest number of hidden units, in any layer, with a weight that is not zero; min(dx, dy) at most is of no concern here.
  var liveWidth: Int {
    let layers = restricted.layers
    return zip(layers, layers.dropFirst()).map { W, next in
      (0..<W.rows).filter { i in
        (0..<W.columns).contains { W[i, $0] != 0 } || (0..<next.rows).contains { next[$0, i] != 0 }
      }.count
    }.min() ?? min(inputs, outputs)
  }

  /// dx = dy = r on the range of X: then det W has a sign.
  var isSquare: Bool { inputRank == outputs && bottleneck == outputs }

  /// Whether det W_0 and det W* have one sign; nil where they have none, or round-off could turn one.
  package var determinantsAgree: Bool? { startSign.flatMap { start in targetSign.map { $0 == start } } }

  /// Whether det W_0 and det W* have opposite signs beyond round-off, and balance keeps that of det W(t) (Lemma 3.3).
  package var keepsOppositeSign: Bool { isBalancedToRoundOff && determinantsAgree == false }

  /// The sign of det Ŵ_0, where round-off cannot turn it.
  ///
  /// Through the layers where all are square: their condition numbers are the N-th roots of that of W_0.
  package var startSign: Int? {
    guard isSquare else { return nil }
    let layers = restricted.layers
    guard layers.allSatisfy({ $0.rows == $0.columns }) else {
      // Rounding of the product (Higham, Accuracy and Stability, (3.13)).
      let product = layers.reduce(1) { $0 * $1.frobeniusNorm }
      let size = restrictedMatrix.frobeniusNorm
      guard size > 0 else { return nil }
      return restrictedMatrix.certainDeterminantSign(
        relativeError: .ulpOfOne * Double(start.widths.reduce(0, +)) * product / size)
    }
    var sign = 1
    for W in layers {
      guard let one = W.certainDeterminantSign(relativeError: 0) else { return nil }
      sign *= one
    }
    return sign
  }

  /// The sign of det Ẑ, where round-off cannot turn it; that of det W*, as XXᵀ is positive.
  package var targetSign: Int? {
    isSquare ? target.certainDeterminantSign(relativeError: 4 * .ulpOfOne) : nil
  }
}

extension Matrix {
  /// The sign of the determinant of a square matrix; nil where the error could turn it.
  ///
  /// The sign cannot change within a perturbation smaller than σ_min (Eckart and Young). It is taken from the singular value decomposition A = U S Vᵀ, whose backward error is a few n·eps‖A‖, as
  /// sign det U · sign det V; the signs of these orthogonal matrices, of condition 1, are beyond doubt.
  ///
  /// - Parameter relativeError: of the matrix, in the Frobenius norm.
  package func certainDeterminantSign(relativeError: Double) -> Int? {
    let n = Double(rows)
    let size = frobeniusNorm
    guard size > 0 else { return nil }
    let svd = singularValueDecomposition
    guard let smallest = svd.singularValues.last, smallest > (8 * n * .ulpOfOne + relativeError) * size else {
      return nil
    }
    let sign = svd.U.determinantSign * svd.V.determinantSign
    return sign == 0 ? nil : sign
  }
}
