import Foundation
import Integration
import Landscape
import LinearAlgebra
import LinearNetworks
import Training

extension Claim {
  /// Lemma 3.1.
  static let flowConverges = Claim(
    "lemma-3.1", title: "Gradient flow converges, almost always to a second-order stationary point",
    formula: "X Xᵀ invertible ⇒ W_N(t) has a limit; ∇L_N = 0 and ∇²L_N ≥ 0 there for almost every start",
    source: "Lemma 3.1", cost: .heavy,
    instances: SampleFamily {
      $0.depths = 1...3
      $0.widths = 1...3
      $0.surplus = 2...4
    }.instance,
    hypotheses: [
      Hypothesis("X Xᵀ invertible, well conditioned") { $0.inputCondition < 30 },
      Hypothesis(
        "a start outside a null set",
        broken: { draw in
          // The origin of two layers, a strict saddle.
          SampleFamily {
            $0.depths = 2...2
            $0.surplus = 2...4
            $0.widths = 1...3
          }.instance(&draw).map { i in
            SampleInstance(
              inputs: i.inputs, outputs: i.outputs,
              network: LinearNetwork(layers: i.network.layers.map { 0 * $0 }))
          }
        }
      ) { $0.productOfNorms > 0 },
    ],
    mutants: [Mutant("the limit has negative curvature") { $0.limit(curvatureSign: -1) }]
  ) { $0.limit(curvatureSign: 1) }

  /// (18).
  static let endToEndFlow = Claim(
    "eq-18", title: "The product of the layers follows the induced flow",
    formula: "W(t) of (17) = W_N(t)⋯W_1(t) of (13)", source: "(13), (17), (18)", cost: .heavy,
    instances: { draw in
      // Of full rank, since the entries of W leave a lower rank by round-off.
      TargetFamily { $0.hidden = 4...4 }.lazy(&draw)
    },
    mutants: [
      Mutant("the induced flow of depth N + 1") { i in
        i.follows(depth: i.depth + 1)
      }
    ]
  ) { $0.follows(depth: $0.depth) }

  /// Lemma 3.3.
  static let rankInvariance = Claim(
    "lemma-3.3", title: "The rank of W(t) is constant",
    formula:
      "balanced, N ≥ 2 ⇒ σ_{ρ+1}(W(t)) = 0 and σ_ρ(W(t)) ≥ σ_ρ(0) exp(−∫N σ_ρ^{1−2/N}‖∇L_1(W)‖) > 0, ρ = rank W_0",
    source: "Lemma 3.3", cost: .heavy,
    instances: TargetFamily().instance,
    hypotheses: [
      Hypothesis("N ≥ 2", broken: TargetFamily { $0.depths = 1...1 }.instance) { $0.depth >= 2 },
      Hypothesis("balanced start", broken: unbalanced) { $0.network.relativeImbalance < 1e-12 },
    ],
    mutants: [Mutant("the rank falls by one") { $0.ranks(offset: -1) }]
  ) { $0.ranks(offset: 0) }

  /// (29).
  static let lazyRate = Claim(
    "eq-29", title: "The rate in the lazy regime",
    formula:
      "c = s_min(Z) − ‖Z − W_0‖ > 0 ⇒ s_min(W) ≥ c and ⟨Z − W, A_W(Z − W)⟩ ≥ c^{2−2/N}‖Z − W‖² wherever ‖Z − W‖ ≤ ‖Z − W_0‖",
    source: "(29); Arora, Cohen, Golowich, Hu (2019), Theorem 1",
    instances: TargetFamily().lazy,
    hypotheses: [
      Hypothesis("‖Z − W_0‖ < s_min(Z)") { $0.margin > 0 }
    ],
    mutants: [
      Mutant("c^{2−1/N}, scaled, and twice as fast") { i in
        i.contraction(factor: Double(i.depth) * 2)
      },
      Mutant("c = s_min(Z)") { i in i.contraction(factor: 1, offset: 1.01 * (i.target - i.W).frobeniusNorm) },
    ]
  ) { $0.contraction(factor: 1) }

  /// (39).
  static let lazyImpossible = Claim(
    "eq-39", title: "The lazy regime excludes narrow networks",
    formula: "rank Z > r ⇒ ‖Z − W‖ ≥ s_min(Z) for every W of rank ≤ r", source: "(39)",
    instances: TargetFamily().instance,
    hypotheses: [
      Hypothesis("rank Z > r", broken: TargetFamily { $0.hidden = 4...4 }.lazy) {
        $0.target.singularValueDecomposition.rank() > $0.network.bottleneckWidth
      }
    ],
    mutants: [
      Mutant("s_max(Z) for s_min(Z)") { i in
        [.atMost(i.target.spectralNorm, (i.target - i.W).frobeniusNorm, unit: i.size, roundOff: i.roundOff)]
      }
    ]
  ) { i in
    [
      .atMost(
        i.target.singularValues.last!, (i.target - i.W).frobeniusNorm, unit: i.size, roundOff: i.roundOff)
    ]
  }
}

/// Independent layers; their product has a rank that the flow does not keep, if it is below the narrowest width.
private func unbalanced(_ draw: inout Draw) -> TargetInstance? {
  TargetFamily {
    $0.dimensions = 2...4
    $0.hidden = 2...4
  }.instance(&draw).map { i in
    let size = pow(i.target.frobeniusNorm, 1 / Double(i.depth))
    var layers = i.network.layers.map { W in
      let A = draw.matrix(W.rows, W.columns)
      return (draw.logarithmic(0.5, 2) * size / A.frobeniusNorm) * A
    }
    // One layer of rank one.
    layers[0] = layers[0].singularValueDecomposition.truncated(to: 1)
    return TargetInstance(
      target: i.target, sampleCount: i.sampleCount, network: LinearNetwork(layers: layers))
  }
}

extension SampleInstance {
  /// The limit of the flow and its curvature; none where the limit was not reached.
  fileprivate func limit(curvatureSign: Double) -> [Comparison] {
    let outcome = exhibit.flow()
    guard outcome.ending == .converged else { return [] }
    let verdict = outcome.verdict
    guard let curvature = verdict.smallestHessianEigenvalue else { return [] }
    return [
      .atMost(verdict.relativeGradientNorm, verdict.gradientTolerance, unit: 1, roundOff: 0),
      .atMost(
        -curvatureSign * curvature, 0,
        unit: max(verdict.curvatureTolerance * 1e6, .leastNormalMagnitude), roundOff: 1e-6),
    ]
  }
}

extension TargetInstance {
  /// s_min(Z) − ‖Z − W_0‖.
  fileprivate var margin: Double { target.singularValues.last! - (target - W).frobeniusNorm }

  fileprivate func follows(depth N: Int) -> [Comparison] {
    let times = times(count: 6, reach: 3)
    let rank = min(target.rows, target.columns)
    let field = InducedFlow(problem: exhibit.problem, depth: N, rank: rank)
    guard let layers = IntegratedFlow(exhibit, at: times),
      let induced = trajectory(of: field, from: W.storage, at: times, tolerance: 1e-11)
    else { return [] }
    return times.indices.map { k in
      let V = Matrix(rows: W.rows, columns: W.columns, storage: induced[k])
      return .equal(
        (layers.matrices[k] - V).frobeniusNorm, 0, unit: size,
        roundOff: 2 * layers.errors[k] / size + 1e-9, time: times[k])
    }
  }

  fileprivate func ranks(offset: Int) -> [Comparison] {
    let times = times(count: 10, reach: 3)
    guard let flow = IntegratedFlow(exhibit, at: times) else { return [] }
    let σ0 = W.singularValues
    let ρ = σ0.count { $0 > 1e-9 * σ0[0] }
    var comparisons: [Comparison] = []
    for (k, V) in flow.matrices.enumerated() {
      let σ = V.singularValues
      if ρ + offset < σ.count {
        comparisons.append(
          .atMost(σ[ρ + offset], 0, unit: size, roundOff: flow.errors[k] / size, time: times[k]))
      }
    }
    guard depth >= 2 else { return comparisons }
    // Grönwall on d log σ_ρ/dt ≥ −N σ_ρ^{1−2/N} ‖∇L_1‖ with ‖∇L_1‖ ≤ m‖W_0 − Z‖ (the loss falls) and σ_ρ ≤ ‖W‖ ≤ ‖Z‖ + ‖W_0 − Z‖.
    let force = Double(sampleCount) * (W - target).frobeniusNorm
    let bound = target.frobeniusNorm + (W - target).frobeniusNorm
    let rate = Double(depth) * pow(bound, 1 - 2 / Double(depth)) * force
    for (k, V) in flow.matrices.enumerated() {
      comparisons.append(
        .atMost(
          σ0[ρ - 1] * exp(-rate * times[k]), V.singularValues[ρ - 1], unit: size,
          roundOff: flow.errors[k] / size, time: times[k]))
    }
    return comparisons
  }

  fileprivate func contraction(factor: Double, offset: Double = 0) -> [Comparison] {
    let Δ = target - W
    let distance = Δ.frobeniusNorm
    guard distance > 1e-6 * size else { return [] }
    let c = max(margin + offset, 0)
    let σ = W.singularValues
    let A = InducedFlow.preconditioned(Δ, at: W, depth: depth, rank: σ.count)
    let p = 2 - 2 / Double(depth)
    let unit = pow(σ[0], p) * distance * distance * Double(depth)
    // Powers of the singular values of W lose at most their condition number.
    let roundOff = 64 * self.roundOff * (1 + σ[0] / max(σ.last!, 1e-300))
    return [
      .atMost(c, σ.last!, unit: size, roundOff: self.roundOff),
      .atMost(
        factor * pow(c, p) * distance * distance, Matrix.inner(Δ, A), unit: max(unit, 1e-300),
        roundOff: roundOff),
    ]
  }
}
