import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks

private let invertible = Hypothesis<StationaryInstance>(
  "X Xᵀ invertible",
  broken: StationaryFamily {
    $0.depths = 2...4
    $0.surplus = -2 ... -1
  }.instance
) { $0.sample.inputs.columns >= $0.sample.inputs.rows }

/// N = 3, W_1 ≠ 0 and the other layers zero: stationary for L_N, but (P, Q) = (0, W_1) is not for L_2.
private func emptyEnd(_ draw: inout Draw) -> StationaryInstance? {
  let (dx, dy, m) = (draw.integer(2...4), draw.integer(2...4), draw.integer(4...6))
  let layers = [draw.matrix(1, dx), Matrix(zeros: 1, 1), Matrix(zeros: dy, 1)]
  return StationaryInstance(
    sample: SampleInstance(
      inputs: draw.matrix(dx, m), outputs: draw.matrix(dy, m), network: LinearNetwork(layers: layers)),
    directions: [], condition: 1)
}

/// The zero network of three layers: stationary without negative curvature, and not a minimiser.
private func zeroNetwork(_ draw: inout Draw) -> StationaryInstance? {
  let d = [draw.integer(1...4), draw.integer(1...3), draw.integer(1...3), draw.integer(1...4)]
  let m = d[0] + draw.integer(0...3)
  return StationaryInstance(
    sample: SampleInstance(
      inputs: draw.matrix(d[0], m), outputs: draw.matrix(d[3], m),
      network: LinearNetwork(layers: (1...3).map { Matrix(zeros: d[$0], d[$0 - 1]) })),
    directions: [], condition: 1)
}

private func fullRank(broken: @escaping @Sendable (inout Draw) -> StationaryInstance?)
  -> Hypothesis<StationaryInstance>
{
  Hypothesis("rank(W_N⋯W_1) = r", broken: broken) { $0.directions.count == $0.sample.bottleneck }
}

extension Claim {
  /// Lemma 2.4.
  static let networkToPair = Claim(
    "lemma-2.4", title: "Stationary networks are stationary pairs",
    formula: "∇L_N = 0 ⇒ ∇L_2(P, Q) = 0; ∇²L_N ≥ 0 ⇒ ∇²L_2 ≥ 0, if rank W = r", source: "Lemma 2.4",
    cost: .heavy, instances: StationaryFamily().instance, hypotheses: [fullRank(broken: emptyEnd)],
    mutants: [
      Mutant("Q doubled") { $0.corresponds(from: $0.network, to: $0.pair(2)) },
      Mutant("every FOSP becomes an SOSP") { $0.isSecondOrder($0.pair()) },
    ]
  ) { $0.corresponds(from: $0.network, to: $0.pair()) }

  /// Lemma 2.5.
  static let pairToComponents = Claim(
    "lemma-2.5", title: "Stationary pairs are stationary principal components",
    formula: "∇L_2(P, Q) = 0 ⇒ ∇L′_2(P, QX) = 0; ∇²L_2 ≥ 0 ⇒ ∇²L′_2 ≥ 0, if X Xᵀ is invertible",
    source: "Lemma 2.5", cost: .heavy,
    instances: StationaryFamily {
      $0.depths = 2...2
      $0.missing = 0...1
    }.instance, hypotheses: [invertible],
    mutants: [
      Mutant("Q′ = 2QX") { $0.corresponds(from: $0.pair(), to: $0.components(2)) },
      Mutant("every FOSP becomes an SOSP") { $0.isSecondOrder($0.components()) },
    ]
  ) { $0.corresponds(from: $0.pair(), to: $0.components()) }

  /// Lemma 2.6.
  static let networkToComponents = Claim(
    "lemma-2.6", title: "Stationary networks are stationary principal components",
    formula: "∇L_N = 0 ⇒ ∇L′_2(P, QX) = 0; ∇²L_N ≥ 0 ⇒ ∇²L′_2 ≥ 0, if X Xᵀ is invertible and rank W = r",
    source: "Lemma 2.6", cost: .heavy, instances: StationaryFamily().instance,
    hypotheses: [invertible, fullRank(broken: emptyEnd)],
    mutants: [
      Mutant("Q′ = 2QX") { $0.corresponds(from: $0.network, to: $0.components(2)) },
      Mutant("every FOSP becomes an SOSP") { $0.isSecondOrder($0.components()) },
    ]
  ) { $0.corresponds(from: $0.network, to: $0.components()) }

  /// Theorem 2.7.
  static let eckartYoungMirsky = Claim(
    "theorem-2.7", title: "The landscape of principal component analysis (Eckart, Young, Mirsky)",
    formula: "∇L′_2(P, Q′) = 0 and ∇²L′_2(P, Q′) ≥ 0 ⇒ P Q′ minimises ½‖Y P_X − P Q′‖²",
    source: "Theorem 2.7",
    cost: .heavy,
    instances: StationaryFamily {
      $0.depths = 2...2
      $0.missing = 0...2
    }.instance,
    mutants: [
      Mutant("second-order stationarity left out") { $0.isGlobal(curvature: 0) },
      Mutant("the sign of the second derivative") {
        $0.isGlobal(curvature: -$0.components().relativeCurvature)
      },
    ]
  ) { $0.isGlobal(curvature: $0.components().relativeCurvature) }

  /// Theorem 2.8.
  static let landscapeOfNetworks = Claim(
    "theorem-2.8", title: "The landscape of linear networks",
    formula: "∇L_N = 0, ∇²L_N ≥ 0, rank W = r ⇒ L_N = min L_N, if X Xᵀ is invertible and rank(Y P_X) ≥ r",
    source: "Theorem 2.8", cost: .heavy, instances: StationaryFamily().instance,
    hypotheses: [invertible, fullRank(broken: zeroNetwork)],
    mutants: [
      Mutant("second-order stationarity left out") { $0.isGlobal(curvature: 0) },
      Mutant("the sign of the second derivative") { $0.isGlobal(curvature: -$0.network.relativeCurvature) },
    ]
  ) { $0.isGlobal(curvature: $0.network.relativeCurvature) }
}

extension StationaryInstance {
  /// The gradient vanishes at the target, and its curvature is not negative where that of the source is not.
  fileprivate func corresponds(from source: Point, to target: Point) -> [Comparison] {
    // A curvature above −roundOff counts as not negative; a strict saddle's is what the differences of the σ_i² make it.
    let (a, b) = (source.relativeCurvature, target.relativeCurvature)
    return [
      .equal(target.relativeGradient, 0, unit: 1, roundOff: roundOff),
      .atMost(a >= -roundOff ? -b : min(a, -b), 0, unit: 1, roundOff: 1e3 * roundOff),
    ]
  }

  fileprivate func isSecondOrder(_ target: Point) -> [Comparison] {
    [.atMost(-target.relativeCurvature, 0, unit: 1, roundOff: 1e3 * roundOff)]
  }

  /// The loss is minimal unless the curvature is negative.
  fileprivate func isGlobal(curvature λ: Double) -> [Comparison] {
    let gap = relativeGap
    return [
      .atMost(λ >= -roundOff ? gap : min(λ, gap), 0, unit: 1, roundOff: 1e3 * roundOff)
    ]
  }
}
