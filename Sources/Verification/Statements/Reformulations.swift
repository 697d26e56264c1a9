import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks

extension Claim {
  /// (10a).
  static let rankConstrained = Claim(
    "eq-10a", title: "Training is regression with a bounded rank",
    formula:
      "min L_N = min ½‖Y − WX‖² over rank W ≤ r: L_N = L_1(W), rank(W_N⋯W_1) ≤ r, every such W is a network",
    source: "(4), (6), (9), (10a)", instances: SampleFamily().instance,
    mutants: [
      Mutant("½ left out of L_1") { $0.regression(factor: 1) },
      Mutant("rank W ≤ r − 1") { $0.regression(rankOffset: -1) },
      Mutant("rank W ≤ r − 1, minimum") { i in
        i.bottleneck > 1 ? [i.aboveMinimum(rank: i.bottleneck - 1)] : []
      },
    ]
  ) { $0.regression() + [$0.aboveMinimum(rank: $0.bottleneck)] }

  /// (10b).
  static let twoFactors = Claim(
    "eq-10b", title: "Training is regression with two factors",
    formula:
      "L_N = L_2(P, Q) = ½‖Y − PQX‖² with P = W_N⋯W_{k+1}, Q = W_k⋯W_1, d_k = r; every (P, Q) is a network",
    source: "(10b)", instances: SampleFamily().instance,
    mutants: [
      Mutant("½ left out") { i in
        let (P, Q) = i.factors
        return [i.sameLoss(P * Q, factor: 1)]
      },
      Mutant("−P Q for P Q") { i in
        let (P, Q) = i.factors
        return [i.sameLoss(-(P * Q))]
      },
    ]
  ) { i in
    let (P, Q) = i.factors
    return [i.sameLoss(P * Q)] + i.isNetwork(P * Q)
  }

  /// (11).
  static let projectedLoss = Claim(
    "eq-11", title: "The part of the labels outside the row space of X is irreducible",
    formula: "½‖Y − PQX‖² = ½‖Y P_X⊥‖² + ½‖Y P_X − PQX‖²", source: "(11)",
    instances: SampleFamily { $0.surplus = -2...4 }.instance,
    mutants: [
      Mutant("the first term left out") { $0.pythagoras(outside: 0) },
      Mutant("the first term counted twice") { $0.pythagoras(outside: 2) },
    ]
  ) { $0.pythagoras(outside: 1) }

  /// (12).
  static let principalComponents = Claim(
    "eq-12", title: "Training is principal component analysis of Y P_X",
    formula: "min L_2 − ½‖Y P_X⊥‖² = min ½‖Y P_X − P Q′‖² = ½Σ_{i>r} σ_i(Y P_X)²", source: "Lemma 2.5, (12)",
    instances: SampleFamily().instance,
    hypotheses: [
      Hypothesis(
        "X Xᵀ invertible", broken: SampleFamily { $0.surplus = -2 ... -1 }.instance
      ) { $0.inputCondition < 1e3 }
    ],
    mutants: [
      Mutant("σ_i(Y) for σ_i(Y P_X)") { $0.relaxedMinimum { i in i.outputs } },
      Mutant("Σ_{i≥r}") { $0.relaxedMinimum(from: -1) { i in i.outputs * i.projection } },
    ]
  ) { $0.relaxedMinimum { i in i.outputs * i.projection } }
}

extension SampleInstance {
  /// P = W_N⋯W_{k+1} and Q = W_k⋯W_1 at the first narrowest hidden layer, or at the narrowest end, where one of the two is the identity.
  var factors: (P: Matrix, Q: Matrix) {
    let widths = network.widths
    let k = (1..<network.depth).first { widths[$0] == bottleneck } ?? widths.firstIndex(of: bottleneck)!
    let layers = network.layers
    let Q = layers.prefix(k).reduce(Matrix.identity(layers[0].columns)) { $1 * $0 }
    let P = layers.dropFirst(k).reduce(Matrix.identity(bottleneck)) { $1 * $0 }
    return (P, Q)
  }

  /// ½‖Y − W_N(⋯(W_1X))‖², layer by layer.
  private var lossByLayers: Double {
    let e = (outputs - network.layers.reduce(inputs) { $1 * $0 }).frobeniusNorm
    return e * e / 2
  }

  fileprivate func sameLoss(_ product: Matrix, factor: Double = 0.5) -> Comparison {
    let e = (outputs - product * inputs).frobeniusNorm
    return .equal(
      lossByLayers, factor * e * e, unit: residualSize * residualSize, roundOff: roundOff)
  }

  fileprivate func regression(factor: Double = 0.5, rankOffset: Int = 0) -> [Comparison] {
    let σ = W.singularValues
    let next = bottleneck + rankOffset
    let rank: [Comparison] =
      next < σ.count ? [.atMost(σ[next], 0, unit: productOfNorms, roundOff: roundOff)] : []
    return [sameLoss(W, factor: factor)] + rank + isNetwork(W)
  }

  /// A matrix of rank ≤ r is the end-to-end matrix of a network of these widths.
  fileprivate func isNetwork(_ product: Matrix) -> [Comparison] {
    // The rank of a product is r up to round-off only; its best approximation of rank r is meant.
    let truncated = product.singularValueDecomposition.truncated(to: bottleneck)
    guard truncated.frobeniusNorm > 1e-8 * productOfNorms,
      let found = try? LinearNetwork.balanced(factoring: truncated, widths: network.widths)
    else { return [] }
    return [
      .equal(
        (found.endToEndMatrix - product).frobeniusNorm, 0, unit: productOfNorms,
        roundOff: 4 * Double(network.depth) * roundOff)
    ]
  }

  fileprivate func aboveMinimum(rank: Int) -> Comparison {
    let minimum = GlobalMinimum(of: exhibit.problem, rank: rank)
    // The minimum of a smaller rank may lie above the loss of a network of rank r: the best one is taken.
    let best = min(lossByLayers, GlobalMinimum(of: exhibit.problem, rank: bottleneck).loss)
    return .atMost(
      minimum.loss, rank == bottleneck ? lossByLayers : best, unit: residualSize * residualSize,
      roundOff: 8 * roundOff)
  }

  fileprivate func pythagoras(outside factor: Double) -> [Comparison] {
    let (P, Q) = self.factors
    let projection = projection
    let inside = (outputs * projection - P * Q * inputs).frobeniusNorm
    let outside = (outputs - outputs * projection).frobeniusNorm
    let whole = (outputs - P * Q * inputs).frobeniusNorm
    // The row space of X is known to eps·κ(X); ranks are decided at 1e-10.
    let σ = inputs.singularValues.filter { $0 > 1e-10 * inputs.spectralNorm }
    guard let last = σ.last, σ[0] < 1e4 * last else { return [] }
    return [
      .equal(
        whole * whole / 2, factor * outside * outside / 2 + inside * inside / 2,
        unit: residualSize * residualSize, roundOff: roundOff * (1 + σ[0] / last))
    ]
  }

  fileprivate func relaxedMinimum(from offset: Int = 0, of labels: (SampleInstance) -> Matrix) -> [Comparison]
  {
    let projection = projection
    let outside = (outputs - outputs * projection).frobeniusNorm
    let σ = labels(self).singularValues
    let r = bottleneck + offset
    let relaxed = σ.dropFirst(r).reduce(0) { $0 + $1 * $1 } / 2
    let attained = GlobalMinimum(of: exhibit.problem, rank: bottleneck)
    // Its value by its minimiser, from the samples.
    let e = (outputs - attained.minimiser * inputs).frobeniusNorm
    let size = outputs.frobeniusNorm * outputs.frobeniusNorm
    let κ = min(inputCondition, 1e3)
    return [
      .equal(e * e / 2 - outside * outside / 2, relaxed, unit: size, roundOff: 8 * roundOff * (1 + κ)),
      .equal(attained.loss - outside * outside / 2, relaxed, unit: size, roundOff: 8 * roundOff * (1 + κ)),
    ]
  }
}
