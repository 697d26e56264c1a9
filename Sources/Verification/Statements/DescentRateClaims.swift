import Foundation
import LinearAlgebra
import LinearNetworks
import Theory

// D23, D24 and the theorem that follows from it: rates of gradient descent.

extension Claim {
  /// D23.
  static let descentImbalanceRate = Claim(
    "d23-rate", title: "Imbalances give descent a rate from any distance",
    formula:
      "ηΛ < 1, α from the D_j lowered by ηε_0 ⇒ Σ_j σ_min²(W_{>j})σ_min²(W_{<j}) ≥ α and ε_{k+1} ≤ (1 − 2ηλ_minα(1 − ηΛ/2)) ε_k",
    source: "D23; Wu, Wang, Ma (2019) for the zero-asymmetric start", cost: .heavy,
    instances: { draw in
      wideStart(&draw).flatMap {
        $0.inputCondition < 1e3 ? DescentInstance.at(share: safeShare(&draw), $0) : nil
      }
    },
    hypotheses: [
      wellConditioned, Hypothesis("ηΛ < 1") { $0.share < 1 },
      Hypothesis("r ≥ min(dx, dy)") { $0.isWide },
    ],
    mutants: [
      Mutant("twice α") { $0.fallsByImbalance(factor: 2) },
      Mutant("1 + ηΛ/2 for 1 − ηΛ/2") { $0.fallsByImbalance(sign: 1) },
    ]
  ) { $0.fallsByImbalance() }

  /// D24.
  static let descentMarginRate = Claim(
    "d24-rate", title: "A deficiency margin gives nearly balanced descent a rate",
    formula:
      "ηΛ < 1, r = min(dx, dy), σ̂_r > √ε_0 ⇒ σ_min²(W_{>1}) (dy ≤ dx) + σ_min²(W_{<N}) (dx ≤ dy) ≥ α(ε_k) and ε_{k+1} ≤ (1 − 2ηλ_minα(ε_k)(1 − ηΛ/2)) ε_k, α(ε) = (c² − ‖E‖)^{(N−1)/N} − ‖E′‖ for each end, c = (σ̂_r − √ε)/√λ_max",
    source: "D24", cost: .heavy, instances: withMargin,
    hypotheses: [
      wellConditioned, Hypothesis("ηΛ < 1") { $0.share < 1 },
      Hypothesis("r ≥ min(dx, dy)") { $0.isWide },
    ],
    mutants: [
      Mutant("2.5 times α") { $0.fallsByMargin(factor: 2.5) },
      Mutant("σ̂_r + √ε for σ̂_r − √ε") { $0.fallsByMargin(sign: 1) },
    ]
  ) { $0.fallsByMargin() }

  /// Theorem 1 of Arora, Cohen, Golowich, Hu.
  static let aroraDescent = Claim(
    "arora-2018", title: "Linear convergence of descent, with its own constants",
    formula:
      "X Xᵀ = I, c = σ_min(Z) − ‖W_0 − Z‖ > 0, ‖D_j‖ ≤ c²/(256N³‖Z‖^{2−2/N}), η ≤ c^{4−2/N}/(6144N³‖Z‖^{6−4/N}) ⇒ ε_k ≤ ε_0 exp(−ηc^{2−2/N}k)",
    source: "Arora, Cohen, Golowich, Hu (2019), Theorem 1", cost: .heavy, instances: aroraStart,
    hypotheses: [
      Hypothesis("‖Z − W_0‖ < σ_min(Z)") { $0.aroraMargin > 0 },
      Hypothesis("‖D_j‖ and η as small as that") { $0.isArora },
    ],
    mutants: [Mutant("4N times the rate") { i in i.fallsLikeArora(4 * Double(i.sample.network.depth)) }]
  ) { $0.fallsLikeArora(1) }
}

/// Near the minimum, with layers that are nearly balanced.
private func withMargin(_ draw: inout Draw) -> DescentInstance? {
  SampleFamily {
    $0.depths = 2...4
    $0.widths = 1...3
    $0.surplus = 1...3
  }.instance(&draw).flatMap { i in
    guard i.inputCondition < 1e2 else { return nil }
    let full = min(i.inputs.rows, i.outputs.rows)
    let widths = i.network.widths.map { max($0, full) }
    let labels = i.outputs * i.projection
    let svd = i.inputs.singularValueDecomposition
    let best = Matrix.product(
      (labels * svd.V).scalingColumns(by: svd.singularValues.map { 1 / $0 }), .plain, svd.U, .transposed)
    let noise = draw.matrix(best.rows, best.columns)
    let least = labels.singularValues[full - 1]
    let W = best + (draw.real() * least / (noise * i.inputs).frobeniusNorm) * noise
    let spread = draw.logarithmic(1e-6, 3e-2)
    guard let balanced = try? LinearNetwork.balanced(factoring: W, widths: widths) else { return nil }
    let layers = balanced.layers.map { (1 + spread * (draw.real() - 0.5)) * $0 }
    return .at(
      share: draw.logarithmic(1e-3, 0.9),
      SampleInstance(inputs: i.inputs, outputs: i.outputs, network: LinearNetwork(layers: layers)))
  }
}

/// The conditions of the theorem, with imbalances and steps up to what it allows.
private func aroraStart(_ draw: inout Draw) -> DescentInstance? {
  let i = TargetFamily {
    $0.depths = 2...4
    $0.dimensions = 1...3
    $0.hidden = 1...3
  }.lazy(&draw)
  return i.flatMap { i in
    let m = i.sampleCount + max(i.target.rows, i.target.columns)
    let X = Double(m).squareRoot() * draw.orthonormal(m, i.target.columns).transpose
    let sample = SampleInstance(inputs: X, outputs: i.target * X, network: i.network)
    let exact = DescentInstance(sample: sample, step: 1)
    guard exact.aroraMargin > 0.05 * i.target.frobeniusNorm else { return nil }
    let (steps, imbalances) = exact.aroraBounds
    // One layer is a little longer than the others.
    let size = i.network.layers.map(\.frobeniusNorm).max()!
    let more = draw.real() * imbalances / (8 * size * size)
    let layers = i.network.layers.enumerated().map { j, W in j == 0 ? (1 + more) * W : W }
    return DescentInstance(
      sample: SampleInstance(inputs: X, outputs: sample.outputs, network: LinearNetwork(layers: layers)),
      step: draw.between(0.1, 0.95) * steps)
  }
}

extension DescentInstance {
  fileprivate var isWide: Bool {
    sample.bottleneck >= min(sample.inputs.rows, sample.outputs.rows)
  }

  /// ε_{k+1} ≤ (1 − 2ηλ_minα(1 ± ηΛ/2)) ε_k along the iterates, and the sum of squares that carries it.
  ///
  /// - Parameters:
  ///   - α: a lower bound of `sum` where ε is that.
  ///   - sum: what it bounds, of the layers.
  private func falls(
    sign: Double, _ α: (Double) -> Double, _ sum: (SampleInstance) -> Double
  ) -> [Comparison] {
    let labels = sample.outputs * sample.projection
    let ξ = sample.inputs.singularValues
    let least = pow(ξ[sample.inputs.rows - 1], 2)
    let share = share
    let found = iterates(24)
    let unit = pow(found.map(\.residualSize).max()!, 2)
    let size = found.flatMap { i in i.network.layers.map { max(1, $0.frobeniusNorm) } }.reduce(1, max)
    let sums = pow(size, 2 * Double(sample.network.depth))
    return zip(found, found.dropFirst()).enumerated().flatMap { k, pair -> [Comparison] in
      let (now, next) = (pair.0.squaredResidual(labels), pair.1.squaredResidual(labels))
      let floor = α(now)
      guard floor > 0 else { return [] }
      let factor = 1 - 2 * step * least * floor * (1 + sign * share / 2)
      return [
        .atMost(floor, sum(pair.0), unit: sums, roundOff: 8 * sample.roundOff, time: Double(k)),
        .atMost(next, factor * now, unit: unit, roundOff: 4 * sample.roundOff, time: Double(k + 1)),
      ]
    }
  }

  fileprivate func fallsByImbalance(factor: Double = 1, sign: Double = -1) -> [Comparison] {
    let α =
      factor * Setting(problem: exhibit.problem, start: sample.network, step: step).descentImbalanceFloor
    guard α > 0 else { return [] }
    return falls(sign: sign, { _ in α }) { $0.productFloor }
  }

  fileprivate func fallsByMargin(factor: Double = 1, sign: Double = -1) -> [Comparison] {
    let (dx, dy) = (sample.inputs.rows, sample.outputs.rows)
    let n = min(dx, dy)
    let σ = (sample.outputs * sample.projection).singularValues[n - 1]
    let largest = sample.inputs.singularValues[0]
    let N = Double(sample.network.depth)
    let δ = bound.imbalances(step)
    let b2 = bound.layers(step)
    func end(_ c2: Double, _ δ: [Double]) -> Double {
      func weighted(_ δ: ArraySlice<Double>) -> Double {
        δ.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element }
      }
      let E = weighted(δ[...]) * pow(b2, N - 1)
      return c2 > E ? pow(c2 - E, (N - 1) / N) - weighted(δ.dropFirst()) * pow(b2, N - 2) : 0
    }
    return falls(
      sign: -1,
      { ε in
        let c = (σ + sign * ε.squareRoot()) / largest
        guard c > 0 else { return 0 }
        return factor
          * ((dy <= dx ? max(0, end(c * c, δ)) : 0) + (dx <= dy ? max(0, end(c * c, δ.reversed())) : 0))
      }
    ) { i in
      let above = i.around(1).above.singularValues
      let below = i.around(i.network.depth).below.singularValues
      return (dy <= dx ? pow(above[n - 1], 2) : 0) + (dx <= dy ? pow(below[n - 1], 2) : 0)
    }
  }

  // MARK: Arora, Cohen, Golowich, Hu

  /// Z = Y X†, for X Xᵀ = mI.
  private var target: Matrix {
    1 / Double(sample.inputs.columns)
      * Matrix.product(sample.outputs, .plain, sample.inputs, .transposed)
  }

  fileprivate var aroraMargin: Double {
    target.singularValues[min(sample.inputs.rows, sample.outputs.rows) - 1]
      - (sample.W - target).frobeniusNorm
  }

  /// The largest step, which X Xᵀ = mI makes m times as small, and the largest ‖D_j‖.
  fileprivate var aroraBounds: (step: Double, imbalance: Double) {
    let (N, c, Z) = (Double(sample.network.depth), aroraMargin, target.frobeniusNorm)
    return (
      pow(c, 4 - 2 / N) / (6144 * N * N * N * pow(Z, 6 - 4 / N)) / Double(sample.inputs.columns),
      c * c / (256 * N * N * N * pow(Z, 2 - 2 / N))
    )
  }

  fileprivate var isArora: Bool {
    let (steps, imbalance) = aroraBounds
    return step <= steps && sample.imbalances.allSatisfy { $0.frobeniusNorm <= imbalance }
  }

  fileprivate func fallsLikeArora(_ factor: Double) -> [Comparison] {
    let (Z, m, N) = (target, Double(sample.inputs.columns), Double(sample.network.depth))
    let rate = factor * step * m * pow(aroraMargin, 2 - 2 / N)
    let first = (sample.W - Z).frobeniusNorm
    let error = 16 * sample.roundOff * (sample.productOfNorms + Z.frobeniusNorm)
    guard first > 1e3 * error else { return [] }
    return iterates(24).enumerated().dropFirst().map { k, i in
      let d = (i.W - Z).frobeniusNorm
      // Both sides relative to ε_0: what falls in a step is some 1e-5 of it.
      return .atMost(
        d * d / (first * first), exp(-rate * Double(k)), unit: 1, roundOff: 4 * error / first, time: Double(k)
      )
    }
  }
}
