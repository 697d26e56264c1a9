import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks

// D15–D18 and D20 at a moment: inequalities between a network and its derivatives, which need no flow.

extension Claim {
  /// D15.
  static let gradientInequality = Claim(
    "d15-gradient", title: "A sharp gradient inequality on the matrices of rank r",
    formula:
      "rank W = r, ε < σ̂_r² − σ̂_{r+1}² ⇒ ‖P_T(Ŵ − Ẑ)‖² ≥ κ(ε) ε, κ = 2(A − σ̂_{r+1})/(σ̂_r + A), A = √(σ̂_r² − ε)",
    source: "D15", instances: nearBest,
    hypotheses: [Hypothesis("ε below the lowest saddle level") { $0.isBelowLevel }],
    mutants: [Mutant("twice κ") { $0.tangentInequality(factor: 2) }]
  ) { $0.tangentInequality(factor: 1) }

  /// D16.
  static let levelRate = Claim(
    "d16-rate", title: "The rate of a balanced flow below the lowest saddle level",
    formula:
      "balanced, rank r, ε < σ̂_r² − σ̂_{r+1}² ⇒ ‖∇L_N‖² ≥ λ_min ((σ̂_r − √ε)/√λ_max)^p κ(ε) ε, N times that where r = dx = dy",
    source: "D16", instances: nearBest,
    hypotheses: [
      Hypothesis("ε below the lowest saddle level") { $0.isBelowLevel },
      Hypothesis("X Xᵀ invertible, well conditioned") { $0.inputCondition < 1e3 },
    ],
    mutants: [
      Mutant("λ_max for λ_min") { $0.momentaryRate(smallest: { $0.largestEigenvalue }) },
      Mutant("κ without its dependence on the gap") { $0.momentaryRate(gap: { _, _ in 2 }) },
    ]
  ) { $0.momentaryRate() }

  /// D17 for whitened data.
  static let generalFinalRate = Claim(
    "d17-rate", title: "The final rate at the balanced minimiser of whitened data",
    formula:
      "r < min(dx, dy), σ_r > σ_{r+1} ⇒ the smallest positive eigenvalue of ∇²L_N at the balanced Z_r is m σ_r^{1−2/N}(σ_r − σ_{r+1})",
    source: "D17", cost: .heavy,
    instances: TargetFamily {
      $0.dimensions = 2...4
      $0.hidden = 1...3
    }.instance,
    hypotheses: [
      Hypothesis("r < min(dx, dy), with a gap") { i in
        let (σ, r) = (i.target.singularValues, i.network.bottleneckWidth)
        return r < σ.count && σ[r] < 0.95 * σ[r - 1] && σ[r - 1] > 0.05 * σ[0]
      }
    ],
    mutants: [Mutant("exponent p for 1 − 2/N") { $0.finalRate(exponent: { 2 - 2 / $0 }) }]
  ) { $0.finalRate(exponent: { 1 - 2 / $0 }) }

  /// D18b.
  static let depthTwoFloor = Claim(
    "d18-two-layers", title: "Imbalance and margin keep the second of two layers",
    formula:
      "N = 2, D = W_2ᵀW_2 − W_1W_1ᵀ, d_1 ≥ dy, dy ≤ dx ⇒ σ_min²(W_2) ≥ ½[λ_+ − μ_− + √((λ_+ + μ_−)² + 4σ_min(W)²)]",
    source: "D18",
    instances: { draw in
      SampleFamily { $0.depths = 2...2 }.instance(&draw).flatMap { i in
        let d = i.network.widths
        return d[1] >= d[2] && d[2] <= d[0] ? i : nil
      }
    },
    mutants: [Mutant("λ_+ twice") { $0.secondLayerFloor(factor: 2) }]
  ) { $0.secondLayerFloor(factor: 1) }

  /// The bounds behind D20.
  static let inertiaRanks = Claim(
    "d20-ranks", title: "The inertia of the imbalances bounds the ranks of the layers",
    formula: "rank W_l ≥ max(n_+(D_{l−1}), n_−(D_l)), D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ", source: "D20",
    instances: { draw in
      // Layers of low rank, so that the bound has something to say.
      SampleFamily {
        $0.depths = 2...4
        $0.widths = 2...4
      }.instance(&draw).map { i in
        SampleInstance(
          inputs: i.inputs, outputs: i.outputs,
          network: LinearNetwork(
            layers: i.network.layers.map { $0.singularValueDecomposition.truncated(to: draw.integer(1...2)) })
        )
      }
    },
    mutants: [Mutant("n_+ and n_− exchanged") { $0.rankBounds(isExchanged: true) }]
  ) { $0.rankBounds(isExchanged: false) }
}

/// A balanced network of rank r near the best one of that rank: turned and stretched by up to a third.
private func nearBest(_ draw: inout Draw) -> SampleInstance? {
  let instance = SampleFamily {
    $0.depths = 2...4
    $0.surplus = 1...4
  }.instance(&draw)
  guard let i = instance, i.inputCondition < 1e4 else { return nil }
  let view = ScaledView(i)
  let r = i.bottleneck
  guard view.values.count >= r, view.values[r - 1] > 0.02 * view.values[0] else { return nil }
  let size = draw.logarithmic(0.01, 0.3)
  let left = (view.svd.U.columns(0..<r) + size * draw.matrix(view.target.rows, r)).orthonormalFactor
  let right = (view.svd.V.columns(0..<r) + size * draw.matrix(view.target.columns, r)).orthonormalFactor
  // The best core for these spaces, stretched a little.
  let core = Matrix.product(left, .transposed, view.target * right, .plain)
  let W = (1 + size * draw.between(-1, 1)) * Matrix.product(left * core, .plain, right, .transposed)
  guard let network = try? LinearNetwork.balanced(factoring: view.unscaled(W), widths: i.network.widths)
  else { return nil }
  return SampleInstance(inputs: i.inputs, outputs: i.outputs, network: network)
}

/// Ŵ and Ẑ of an instance, from its samples alone.
private struct ScaledView {
  let basis: Matrix
  let scales: [Double]
  let target: Matrix
  let svd: SingularValueDecomposition

  var values: [Double] { svd.singularValues }
  var smallestEigenvalue: Double { scales.last! * scales.last! }
  var largestEigenvalue: Double { scales[0] * scales[0] }

  init(_ instance: SampleInstance) {
    // X = E diag(ξ) Fᵀ, of full row rank.
    let inputs = instance.inputs.singularValueDecomposition
    basis = inputs.U
    scales = inputs.singularValues
    target = instance.outputs * inputs.V
    svd = target.singularValueDecomposition
  }

  /// W E diag(ξ).
  func scaled(_ W: Matrix) -> Matrix { (W * basis).scalingColumns(by: scales) }
  /// V diag(ξ)^{−1} Eᵀ.
  func unscaled(_ V: Matrix) -> Matrix {
    Matrix.product(V.scalingColumns(by: scales.map { 1 / $0 }), .plain, basis, .transposed)
  }
}

extension SampleInstance {
  /// σ̂_r, σ̂_{r+1} (0 where the tangent space is everything), ε, and its error.
  private func excess(_ view: ScaledView) -> (last: Double, next: Double, excess: Double, error: Double)? {
    let r = bottleneck
    guard view.values.count >= r else { return nil }
    let residual = (view.scaled(W) - view.target).frobeniusNorm
    let rest = view.values.dropFirst(r).reduce(0) { $0 + $1 * $1 }
    // Of all outputs: what no input reaches cancels only to their round-off.
    let size = outputs.frobeniusNorm + residual
    return (
      view.values[r - 1], r < view.values.count ? view.values[r] : 0, residual * residual - rest,
      roundOff * size * size
    )
  }

  /// 0 < ε < σ̂_r² − σ̂_{r+1}², both by more than round-off, and W of rank r.
  fileprivate var isBelowLevel: Bool {
    guard inputCondition < 1e4 else { return false }
    let view = ScaledView(self)
    guard let e = excess(view) else { return false }
    let isFull = bottleneck == min(inputs.rows, outputs.rows)
    let level = e.last * e.last - (isFull ? 0 : e.next * e.next)
    return e.excess > 100 * e.error && e.excess < 0.999 * level
  }

  private func kappa(_ e: (last: Double, next: Double, excess: Double, error: Double)) -> Double {
    if bottleneck == min(inputs.rows, outputs.rows) { return 1 }
    let A = (e.last * e.last - e.excess).squareRoot()
    return 2 * (A - e.next) / (e.last + A)
  }

  fileprivate func tangentInequality(factor: Double) -> [Comparison] {
    let view = ScaledView(self)
    guard let e = excess(view) else { return [] }
    let scaled = view.scaled(W)
    let svd = scaled.singularValueDecomposition
    let r = bottleneck
    let (U, V) = (svd.U.columns(0..<r), svd.V.columns(0..<r))
    let Δ = scaled - view.target
    // P_T Δ = Δ − (I − UUᵀ) Δ (I − VVᵀ).
    let left = Δ - U * Matrix.product(U, .transposed, Δ, .plain)
    let outside = left - Matrix.product(left * V, .plain, V, .transposed)
    let inside = (Δ - outside).frobeniusNorm
    return [
      .atMost(
        factor * kappa(e) * e.excess, inside * inside, unit: e.excess,
        roundOff: 8 * e.error / e.excess * (1 + e.last / max(e.last - e.next, 1e-300)))
    ]
  }

  fileprivate func momentaryRate(
    smallest: (ScaledEigenvalues) -> Double = { $0.smallestEigenvalue },
    gap: ((Double, Double) -> Double)? = nil
  ) -> [Comparison] {
    let view = ScaledView(self)
    guard let e = excess(view) else { return [] }
    let N = network.depth
    let gradient = squaredGradient
    let eigenvalues = ScaledEigenvalues(
      smallestEigenvalue: view.smallestEigenvalue, largestEigenvalue: view.largestEigenvalue)
    let isSquare = inputs.rows == outputs.rows && bottleneck == outputs.rows
    let margin = max(0, e.last - e.excess.squareRoot()) / view.largestEigenvalue.squareRoot()
    let κ = gap.map { $0(e.last, e.next) } ?? kappa(e)
    let bound =
      smallest(eigenvalues) * pow(margin, 2 - 2 / Double(N)) * κ * e.excess * (isSquare ? Double(N) : 1)
    let unit = max(bound, gradient, .leastNormalMagnitude)
    // What is lost in the differences A − σ̂_{r+1} and σ̂_r − √ε comes on top of what is lost in ε.
    let A = (e.last * e.last - e.excess).squareRoot()
    let size = roundOff * outputs.frobeniusNorm
    let isFull = bottleneck == min(inputs.rows, outputs.rows)
    let lostInGap = isFull ? 0 : (e.error / A + size) / (A - e.next)
    let lostInMargin = 2 * (e.error / e.excess.squareRoot() + size) / (e.last - e.excess.squareRoot())
    let lost = e.error / e.excess + lostInGap + lostInMargin
    return [.atMost(bound, gradient, unit: unit, roundOff: 64 * lost * inputCondition)]
  }

  fileprivate func secondLayerFloor(factor: Double) -> [Comparison] {
    let (first, second) = (network.layers[0], network.layers[1])
    let D = network.imbalances[0]
    let λ = SymmetricEigendecomposition(D).eigenvalues
    let (h, dy) = (D.rows, second.rows)
    let plus = factor * max(0, λ[h - dy])
    let minus = max(0, -λ[0])
    let s = W.singularValues[dy - 1]
    let σ = second.singularValues[dy - 1]
    let unit = first.frobeniusNorm * first.frobeniusNorm + second.frobeniusNorm * second.frobeniusNorm
    let discriminant = ((plus + minus) * (plus + minus) + 4 * s * s).squareRoot()
    return [.atMost((plus - minus + discriminant) / 2, σ * σ, unit: unit, roundOff: 4 * roundOff)]
  }

  fileprivate func rankBounds(isExchanged: Bool) -> [Comparison] {
    let inertia = network.imbalances.map { D in
      let λ = SymmetricEigendecomposition(D).eigenvalues
      let zero = 1e-9 * network.layers.reduce(0) { $0 + $1.frobeniusNorm * $1.frobeniusNorm }
      let (plus, minus) = (λ.filter { $0 > zero }.count, λ.filter { $0 < -zero }.count)
      return isExchanged ? (plus: minus, minus: plus) : (plus: plus, minus: minus)
    }
    return network.layers.enumerated().map { l, layer in
      let before = l > 0 ? inertia[l - 1].plus : 0
      let after = l < inertia.count ? inertia[l].minus : 0
      let rank = layer.singularValueDecomposition.rank(tolerance: 1e-10 * layer.frobeniusNorm)
      return .atMost(Double(max(before, after)), Double(rank), unit: 1, roundOff: 0.5)
    }
  }
}

/// The extreme eigenvalues of X Xᵀ.
struct ScaledEigenvalues {
  let smallestEigenvalue, largestEigenvalue: Double
}

extension TargetInstance {
  fileprivate func finalRate(exponent: (Double) -> Double) -> [Comparison] {
    let (σ, r, N) = (target.singularValues, network.bottleneckWidth, Double(depth))
    let best = target.singularValueDecomposition.truncated(to: r)
    guard let minimiser = try? LinearNetwork.balanced(factoring: best, widths: network.widths) else {
      return []
    }
    let problem = Problem(target: target, sampleCount: sampleCount)
    let spectrum = HessianSpectrum(
      of: NetworkLoss(problem: problem, widths: network.widths), at: minimiser.parameters, resolution: 0)
    // Symmetries of the factorisation leave zeros.
    guard let slowest = spectrum.lowest.first(where: { $0 > 1e-9 * spectrum.largest }) else { return [] }
    let predicted = Double(sampleCount) * pow(σ[r - 1], exponent(N)) * (σ[r - 1] - σ[r])
    return [
      .equal(
        slowest, predicted, unit: predicted, roundOff: 1e3 * eps * spectrum.largest / predicted + roundOff)
    ]
  }
}
