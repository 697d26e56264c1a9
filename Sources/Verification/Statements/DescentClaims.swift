import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Theory

// D21, D22, D25, D26: gradient descent in steps of one size.

extension Claim {
  /// D21.
  static let descentLowersLoss = Claim(
    "d21-descent", title: "Steps with ηΛ < 1 never raise the loss",
    formula: "ηΛ < 1 ⇒ L_N(θ_{k+1}) ≤ L_N(θ_k) − (η/2)‖∇L_N(θ_k)‖² and ‖W_j(k)‖ ≤ b for all k",
    source: "D21", cost: .heavy, instances: { anyStep(&$0, safeShare(&$0)) },
    hypotheses: [
      wellConditioned,
      Hypothesis("ηΛ < 1", broken: { anyStep(&$0, $0.logarithmic(3, 3000)) }) { $0.share < 1 },
    ],
    mutants: [
      Mutant("η‖∇L_N‖² for (η/2)‖∇L_N‖²") { $0.lowersLoss(part: 1) },
      Mutant("a step three times as long") { $0.lowersLoss(longer: 3) },
      Mutant("‖W_j‖² ≤ b²/2") { $0.keepsLayers(factor: 0.5) },
    ]
  ) { $0.lowersLoss() + $0.keepsLayers() }

  /// D21, the bound itself.
  static let curvatureAlongDescent = Claim(
    "d21-curvature", title: "A bound of the curvature along the iterates",
    formula: "ηΛ < 1 ⇒ λ_max(∇²L_N(θ_k)) ≤ Λ = Nλ_max b^{2N−2} + (N−1) b^{N−2} √λ_max s_0 for all k",
    source: "D21", cost: .heavy, instances: { anyStep(&$0, safeShare(&$0)) },
    hypotheses: [wellConditioned, Hypothesis("ηΛ < 1") { $0.share < 1 }],
    mutants: [
      Mutant("Λ/2") { i in i.keepsCurvature { i.bound.curvature(i.step) / 2 } },
      Mutant("b^{N−1} for b^{2N−2}") { i in i.keepsCurvature { i.bound.curvature(i.step, power: 1) } },
    ]
  ) { i in i.keepsCurvature { i.bound.curvature(i.step) } }

  /// D21b.
  static let descentAlmostEvery = Claim(
    "d21b-two-layers", title: "Almost every start of two layers goes to a global minimiser",
    formula: "N = 2, ηΛ < 1 ⇒ L_N(θ_k) → min L_N for almost every start",
    source: "D21; Nguegnang, Rauhut, Terstiege (2024)", cost: .heavy,
    instances: { whitenedStep(&$0, depths: 2...2) },
    hypotheses: [
      Hypothesis("ηΛ < 1") { $0.share < 1 },
      Hypothesis("distinct singular values, not close to each other") { $0.hasGraded },
      Hypothesis("a start outside a null set", broken: { atSaddle(&$0, depths: 2...2) }) {
        !$0.isStationary
      },
    ],
    mutants: [Mutant("the saddle below the minimum") { $0.comesToRest(missing: 1) }]
  ) { $0.comesToRest(missing: 0) }

  /// D22.
  static let descentLevel = Claim(
    "d22-level", title: "The level certificate for steps",
    formula: "ηΛ < 1, 2(L_N − min L_N) < σ̂_r² − σ̂_{r+1}² (σ̂_ρ² for r ≥ ρ) at the start ⇒ L_N(θ_k) → min L_N",
    source: "D22", cost: .heavy, instances: { belowLevel(&$0) },
    hypotheses: [
      Hypothesis("ηΛ < 1") { $0.share < 1 },
      Hypothesis("distinct singular values, not close to each other") { $0.hasGraded },
      Hypothesis("a start below the lowest saddle level", broken: { atSaddle(&$0, depths: 2...3) }) {
        $0.bound.excess < 0.98 * $0.saddleLevel
      },
    ],
    mutants: [Mutant("the saddle below the minimum") { $0.comesToRest(missing: 1) }]
  ) { $0.comesToRest(missing: 0) }

  /// D25, where λ_max has a closed form.
  static let sharpnessOfMinimiser = Claim(
    "d25-sharpness", title: "The sharpness of the balanced minimiser, one neuron on whitened data",
    formula: "r = 1, X Xᵀ = mI ⇒ λ_max(∇²L_N) = N m s_Z^{2−2/N} at the balanced Z_1",
    source: "D25", cost: .heavy, instances: atBalancedMinimiser,
    mutants: [
      Mutant("N left out") { i in i.hasSharpness { m, s, N in m * pow(s, 2 - 2 / N) } },
      Mutant("the exponent 2 − 1/N") { i in i.hasSharpness { m, s, N in N * m * pow(s, 2 - 1 / N) } },
    ]
  ) { $0.hasSharpness { m, s, N in N * m * pow(s, 2 - 2 / N) } }

  /// D25.
  static let stabilityLimit = Claim(
    "d25-limit", title: "Below the stability limit descent settles, above it does not",
    formula:
      "0 < ηλ_max < 2, W_0 near Z_1 along the sharpest direction ⇒ ‖W_k − Z_1‖ ≤ ‖W_0 − Z_1‖ for all k",
    source: "D25", cost: .heavy, instances: { besideMinimiser(&$0, ηλ: 0.05...1.95) },
    hypotheses: [
      Hypothesis("ηλ_max < 2", broken: { besideMinimiser(&$0, ηλ: 2.05...3) }) { $0.ηλ < 2 }
    ],
    mutants: [Mutant("1.1 times the limit") { i in i.staysNear(longer: 2.2 / i.ηλ) }]
  ) { $0.staysNear() }

  /// D26, one step.
  static let imbalanceStep = Claim(
    "d26-step", title: "What a step does to the imbalances",
    formula: "D_j(k+1) − D_j(k) = η²(∇_{j+1}ᵀ∇_{j+1} − ∇_j∇_jᵀ), ∇_j = ∇_{W_j}L_N",
    source: "D26", instances: { anyStep(&$0, $0.logarithmic(0.01, 100)) },
    hypotheses: [wellConditioned],
    mutants: [
      Mutant("the sign of ∇_j∇_jᵀ") { $0.movesImbalances(sign: 1) },
      Mutant("η²/2 for η²") { $0.movesImbalances(factor: 0.5) },
    ]
  ) { $0.movesImbalances() }

  /// D26.
  static let imbalanceDrift = Claim(
    "d26-drift", title: "How far the imbalances can drift",
    formula: "ηΛ < 1 ⇒ ‖D_j(k) − D_j(0)‖ ≤ ηε_0/(2 − ηΛ) for all k", source: "D26", cost: .heavy,
    instances: { anyStep(&$0, safeShare(&$0)) },
    hypotheses: [
      wellConditioned,
      Hypothesis("ηΛ < 1", broken: { anyStep(&$0, $0.logarithmic(3, 3000)) }) { $0.share < 1 },
    ],
    mutants: [Mutant("a quarter of the bound") { $0.keepsImbalances(factor: 0.25) }]
  ) { $0.keepsImbalances() }
}

/// X Xᵀ invertible.
let wellConditioned = Hypothesis<DescentInstance>("X Xᵀ invertible, well conditioned") {
  $0.sample.inputCondition < 1e3
}

/// ηΛ between 0.02 and 1.
func safeShare(_ draw: inout Draw) -> Double { draw.between(0.02, 0.999) }

/// Independent or balanced layers, one of them larger or smaller than the others, with a step of a given ηΛ.
private func anyStep(_ draw: inout Draw, _ share: Double) -> DescentInstance? {
  let isBalanced = draw.integer(0...3) == 0
  return SampleFamily {
    $0.depths = 1...4
    $0.widths = 1...3
    $0.surplus = 1...3
    $0.start = isBalanced ? .balanced : .independent
  }.instance(&draw).flatMap { i in
    guard i.inputCondition < 1e3 else { return nil }
    let N = i.network.depth
    // Where one layer has all the weight the imbalances drift as far as they can.
    let large = draw.integer(1...N)
    let factor = draw.logarithmic(0.03, 3)
    let layers = i.network.layers.enumerated().map { j, W in isBalanced || j + 1 == large ? W : factor * W }
    return .at(
      share: share,
      SampleInstance(inputs: i.inputs, outputs: i.outputs, network: LinearNetwork(layers: layers)))
  }
}

/// Whitened data and independent layers.
private func whitenedStep(_ draw: inout Draw, depths: ClosedRange<Int>) -> DescentInstance? {
  SampleFamily {
    $0.depths = depths
    $0.widths = 1...3
    $0.isWhitened = true
  }.instance(&draw).flatMap { .at(share: draw.between(0.3, 0.99), $0) }
}

/// Beside the best network of its rank, on whitened data.
private func belowLevel(_ draw: inout Draw) -> DescentInstance? {
  whitenedStep(&draw, depths: 1...3).flatMap { i in
    let best = i.sample.predictor(missing: 0)
    let noise = draw.matrix(best.rows, best.columns)
    let W = best + (draw.between(0.05, 1) * best.spectralNorm / noise.frobeniusNorm) * noise
    return DescentInstance.at(
      share: draw.between(0.3, 0.99), i.sample.starting(at: W, draw.between(0.8, 1.2)))
  }
}

/// At the best network of a rank less, or at the origin: a saddle that no step leaves.
private func atSaddle(_ draw: inout Draw, depths: ClosedRange<Int>) -> DescentInstance? {
  whitenedStep(&draw, depths: depths).flatMap { i in
    guard i.sample.network.depth > 1 else { return nil }
    return DescentInstance.at(
      share: draw.between(0.3, 0.99), i.sample.starting(at: i.sample.predictor(missing: 1), 1))
  }
}

/// One neuron on whitened data, with balanced layers and W = Z_1.
private func atBalancedMinimiser(_ draw: inout Draw) -> DescentInstance? {
  SampleFamily {
    $0.depths = 2...6
    $0.isWhitened = true
  }.instance(&draw).flatMap { i in
    let N = i.network.depth
    let thin = SampleInstance(
      inputs: i.inputs, outputs: i.outputs,
      network: LinearNetwork(
        layers: (1...N).map { j in
          Matrix(zeros: j == N ? i.outputs.rows : 1, j == 1 ? i.inputs.rows : 1)
        }))
    let best = thin.predictor(missing: 0)
    guard best.spectralNorm > 1e-3, best.spectralNorm < 1e3 else { return nil }
    return DescentInstance(sample: thin.starting(at: best, 1), step: 1)
  }
}

/// A ten-thousandth beside it along its sharpest direction, all layers longer by the same factor, with a step of a given ηλ_max.
private func besideMinimiser(_ draw: inout Draw, ηλ: ClosedRange<Double>) -> DescentInstance? {
  atBalancedMinimiser(&draw).map { i in
    let share = draw.between(ηλ.lowerBound, ηλ.upperBound)
    let δ = (draw.real() < 0.5 ? -1e-4 : 1e-4)
    let λ = i.sharpness { m, s, N in N * m * pow(s, 2 - 2 / N) }
    return DescentInstance(
      sample: SampleInstance(
        inputs: i.sample.inputs, outputs: i.sample.outputs,
        network: LinearNetwork(layers: i.sample.network.layers.map { (1 + δ) * $0 })),
      step: share / λ)
  }
}

extension SampleInstance {
  /// W of the best network of rank r, or of `missing` less.
  fileprivate func predictor(missing: Int) -> Matrix {
    let rank = max(0, bottleneck - missing)
    let svd = (outputs * projection).singularValueDecomposition
    // Y P_X = W X, and X Xᵀ = mI.
    let part = rank > 0 ? svd.truncated(to: rank) : Matrix(zeros: outputs.rows, inputs.columns)
    return 1 / Double(inputs.columns) * Matrix.product(part, .plain, inputs, .transposed)
  }

  /// The same samples from nearly balanced layers of a product; a single factor f on the first layer and 1/f on the last.
  fileprivate func starting(at W: Matrix, _ f: Double) -> SampleInstance {
    let widths = network.widths
    let svd = W.singularValueDecomposition
    let r = min(widths.min()!, svd.singularValues.count)
    let N = network.depth
    let root = svd.singularValues.prefix(r).map { pow($0, 1 / Double(N)) }
    let layers = (1...N).map { j -> Matrix in
      if N == 1 { return W }
      if j == 1 {
        return f
          * Matrix(widths[1], widths[0]) { a, b in a < r ? root[a] * svd.V[b, a] : 0 }
      }
      if j == N {
        return 1 / f * Matrix(widths[N], widths[N - 1]) { a, b in b < r ? svd.U[a, b] * root[b] : 0 }
      }
      return Matrix(widths[j], widths[j - 1]) { a, b in a == b && a < r ? root[a] : 0 }
    }
    return SampleInstance(inputs: inputs, outputs: outputs, network: LinearNetwork(layers: layers))
  }
}

extension DescentInstance {
  /// What D21 says of the start.
  var bound: LayerBound { LayerBound(sample) }
  /// ηΛ.
  var share: Double { step * bound.curvature(step) }
  /// Iterates that are looked at (tuned).
  private static let count = 24

  // MARK: D21

  /// L_N falls by `part`·η‖∇L_N‖² at least.
  fileprivate func lowersLoss(part: Double = 0.5, longer: Double = 1) -> [Comparison] {
    let labels = sample.outputs * sample.projection
    let found = iterates(Self.count, longer: longer)
    return zip(found, found.dropFirst()).enumerated().map { k, pair in
      let (before, after) = (pair.0.squaredResidual(labels) / 2, pair.1.squaredResidual(labels) / 2)
      let fall = part * longer * step * pair.0.squaredGradient
      let unit = pow(max(pair.0.residualSize, pair.1.residualSize), 2)
      return .atMost(after, before - fall, unit: unit, roundOff: 4 * sample.roundOff, time: Double(k + 1))
    }
  }

  /// ‖W_j‖² ≤ b².
  fileprivate func keepsLayers(factor: Double = 1) -> [Comparison] {
    let b2 = factor * bound.layers(step)
    return iterates(Self.count).enumerated().map { k, i in
      let largest = i.network.layers.map(\.spectralNorm).max()!
      return .atMost(largest * largest, b2, unit: b2, roundOff: sample.roundOff + 1e-12, time: Double(k))
    }
  }

  fileprivate func keepsCurvature(_ bound: () -> Double) -> [Comparison] {
    let Λ = bound()
    let found = iterates(8)
    return [0, 1, found.count - 1].filter { $0 < found.count }.map { k in
      let λ = Sharpness.value(of: exhibit.problem, at: found[k].network)
      return .atMost(λ, Λ, unit: Λ, roundOff: Sharpness.tolerance, time: Double(k))
    }
  }

  // MARK: D21b and D22

  /// σ̂_i are 0.8 of the one before at most, and the smallest is no smaller than a tenth of the largest.
  fileprivate var hasGraded: Bool {
    let σ = (sample.outputs * sample.projection).singularValues
    let n = min(sample.inputs.rows, sample.outputs.rows)
    return σ[n - 1] > 0.1 * σ[0] && zip(σ.prefix(n), σ.prefix(n).dropFirst()).allSatisfy { $1 < 0.8 * $0 }
  }

  /// σ̂_r² − σ̂_{r+1}², or σ̂_ρ² for r ≥ ρ; infinite for one layer, which has no saddle.
  fileprivate var saddleLevel: Double {
    if sample.network.depth == 1 { return .infinity }
    let σ = (sample.outputs * sample.projection).singularValues
    let n = min(sample.inputs.rows, sample.outputs.rows)
    let r = min(sample.bottleneck, n)
    return σ[r - 1] * σ[r - 1] - (r < n ? σ[r] * σ[r] : 0)
  }

  fileprivate var isStationary: Bool {
    sample.squaredGradient <= pow(1e-6 * sample.residualSize * sample.inputs.frobeniusNorm, 2)
  }

  /// The gap of the limit in units of the lowest saddle level, 0 at the minimum and 1 at that saddle; nothing where it takes too many steps to tell.
  fileprivate func comesToRest(missing: Int) -> [Comparison] {
    let level = sample.network.depth == 1 ? bound.excess : saddleLevel
    guard level > 0 else { return [] }
    guard let rest = gapAtRest(level) else { return [] }
    return [.equal(rest / level, Double(missing), unit: 1, roundOff: 0.02)]
  }

  /// ε where it is below a fiftieth of a level, from which it cannot rise, or where a step no longer lowers it; nil where neither comes in 30,000 steps.
  private func gapAtRest(_ level: Double) -> Double? {
    let loss = NetworkLoss(problem: exhibit.problem, widths: sample.network.widths)
    let labels = sample.outputs * sample.projection
    let rest = labels.singularValues.dropFirst(sample.bottleneck).reduce(0) { $0 + $1 * $1 }
    var θ = sample.network.parameters
    var g = θ
    for _ in 0..<600 {
      for _ in 0..<50 {
        θ.withUnsafeBufferPointer { θ in
          g.withUnsafeMutableBufferPointer { loss.gradient(θ.baseAddress!, into: $0.baseAddress!) }
        }
        for i in θ.indices { θ[i] -= step * g[i] }
      }
      let now = SampleInstance(
        inputs: sample.inputs, outputs: sample.outputs,
        network: LinearNetwork(widths: sample.network.widths, parameters: θ))
      let gap = now.squaredResidual(labels) - rest
      // What 30,000 steps could still change is no part of a level.
      if gap < 0.02 * level || 60_000 * step * dot(g, g) < 1e-6 * level { return gap }
    }
    return nil
  }

  // MARK: D25

  /// λ_max of the balanced minimiser of one neuron by a formula of m, s_Z and N.
  fileprivate func sharpness(_ formula: (Double, Double, Double) -> Double) -> Double {
    let s = (sample.outputs * sample.projection).spectralNorm / Double(sample.inputs.columns).squareRoot()
    return formula(Double(sample.inputs.columns), s, Double(sample.network.depth))
  }

  fileprivate func hasSharpness(_ formula: (Double, Double, Double) -> Double) -> [Comparison] {
    let λ = Sharpness.value(of: exhibit.problem, at: sample.network)
    return [.equal(λ, sharpness(formula), unit: max(λ, 1e-300), roundOff: 4 * Sharpness.tolerance)]
  }

  fileprivate var ηλ: Double { step * sharpness { m, s, N in N * m * pow(s, 2 - 2 / N) } }

  /// ‖W_k − Z_1‖ for k ≤ 30, relative to ‖W_0 − Z_1‖.
  fileprivate func staysNear(longer: Double = 1) -> [Comparison] {
    let best = sample.predictor(missing: 0)
    let first = (sample.W - best).frobeniusNorm
    guard first > 1e-6 * best.frobeniusNorm else { return [] }
    let found = iterates(30, longer: longer)
    return found.enumerated().dropFirst().map { k, i in
      // W − Z_1 is N times a ten-thousandth of W, and of second order in that what is left out.
      .atMost((i.W - best).frobeniusNorm / first, 1, unit: 1, roundOff: 1e-3, time: Double(k))
    }
  }

  // MARK: D26

  private var gradients: [Matrix] {
    let loss = NetworkLoss(problem: exhibit.problem, widths: sample.network.widths)
    return LinearNetwork(
      widths: sample.network.widths, parameters: loss.gradient(sample.network.parameters)
    ).layers
  }

  fileprivate func movesImbalances(sign: Double = -1, factor: Double = 1) -> [Comparison] {
    let g = gradients
    let found = iterates(1)
    guard found.count == 2, g.count > 1 else { return [] }
    let (before, after) = (found[0].imbalances, found[1].imbalances)
    let size = found.flatMap { $0.network.layers.map(\.frobeniusNorm) }.max()!
    let force = step * g.map(\.frobeniusNorm).max()!
    return before.indices.map { j in
      let change =
        Matrix.product(g[j + 1], .transposed, g[j + 1], .plain)
        + sign * Matrix.product(g[j], .plain, g[j], .transposed)
      let unit = pow(max(size, force), 2)
      return .equal(
        (after[j] - before[j] - factor * step * step * change).frobeniusNorm, 0, unit: max(unit, 1e-300),
        roundOff: 8 * sample.roundOff)
    }
  }

  fileprivate func keepsImbalances(factor: Double = 1) -> [Comparison] {
    let bound = bound
    let most = factor * step * bound.excess / (2 - min(share, 1.9))
    guard most > 0, sample.network.depth > 1 else { return [] }
    let first = sample.imbalances
    return iterates(200).enumerated().flatMap { k, i in
      zip(i.imbalances, first).map { now, before in
        let size = i.network.layers.map { $0.frobeniusNorm * $0.frobeniusNorm }.max()!
        return Comparison.atMost(
          (now - before).spectralNorm, most, unit: most,
          roundOff: 1e-9 + 4 * sample.roundOff * size / most, time: Double(k))
      }
    }
  }
}
