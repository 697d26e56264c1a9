import Foundation
import LinearAlgebra
import LinearNetworks
import Prose

/// The eigenvalues of the conserved imbalances D_1, …, D_{N−1}, each with its round-off.
struct ImbalanceSpectrum {
  /// λ_1 ≥ λ_2 ≥ … of each D_j.
  let values: [[Double]]
  /// By how much an eigenvalue of D_j may be wrong: eps·((d_{j+1}+2)‖W_{j+1}‖² + (d_{j−1}+2)‖W_j‖² + 4d_j‖D_j‖).
  let errors: [Double]

  /// - Parameters:
  ///   - network: the layers.
  ///   - drift: by how much each D_j may change, in the spectral norm: 0 for the flow, which conserves them.
  init(_ network: LinearNetwork, drift: Double = 0) {
    let widths = network.widths
    var (values, errors): ([[Double]], [Double]) = ([], [])
    for (j, (W, next)) in zip(network.layers, network.layers.dropFirst()).enumerated() {
      let D = Matrix.product(next, .transposed, next, .plain) - Matrix.product(W, .plain, W, .transposed)
      let (a, b) = (W.frobeniusNorm, next.frobeniusNorm)
      values.append(SymmetricEigendecomposition(D).eigenvalues.reversed())
      errors.append(
        drift + .ulpOfOne
          * (Double(widths[j + 2] + 2) * b * b + Double(widths[j] + 2) * a * a + 4 * Double(W.rows)
            * D.frobeniusNorm))
    }
    (self.values, self.errors) = (values, errors)
  }

  /// A lower bound of the k-th largest eigenvalue of D_j, both from 1.
  func lower(_ k: Int, of j: Int) -> Double { values[j - 1][k - 1] - errors[j - 1] }
  /// An upper bound of the k-th largest eigenvalue of D_j.
  func upper(_ k: Int, of j: Int) -> Double { values[j - 1][k - 1] + errors[j - 1] }
  /// d_j.
  func width(_ j: Int) -> Int { values[j - 1].count }
}

/// D18: a rate from the imbalances alone, from any distance.
///
/// W_{j+1}ᵀW_{j+1} = W_jW_jᵀ + D_j with D_j conserved. By Weyl's inequality λ_k(W_{j+1}ᵀW_{j+1}) ≥ λ_i(W_jW_jᵀ) + λ_{k+d_j−i}(D_j), and backward likewise, so lower bounds b_l[k] ≤ σ_k²(W_l(t)) that hold for all times
/// grow from zero, and pass on. Products: for a unit vector y_{N+1} and y_l = W_lᵀy_{l+1} the ratio q_l = ‖y_l‖²/‖y_{l+1}‖² obeys q_{l−1} ≥ q_l − λ_max(D_{l−1}), since ‖W_ly_l‖ ≥ ‖y_l‖²/‖y_{l+1}‖;
/// likewise p_l upwards with λ_min. Then
///
///     α = Σ_j Π_{l>j} q_l Π_{l<j} p_l ≤ Σ_j σ_min²(W_{>j}) σ_min²(W_{<j}),   ε(t) ≤ ε_0 e^{−2λ_min α t}.
///
/// Contains the zero-asymmetric start (W_N = 0, the others identities), α = 1, for every target.
///
/// Source: D18 of Documentation/derived.md; Min, Tarmoun, Vidal, Mallada (2021, 2023) for related bounds; Wu, Wang, Ma (2019) for the zero-asymmetric start.
struct ImbalanceRate: Theorem {
  let reference = Reference.imbalanceRate

  func conditions(in setting: Setting) -> [Condition] {
    let full = min(setting.inputRank, setting.outputs)
    let isWide = setting.bottleneck >= full
    return [
      Condition("depth", "N", .imbalanceRate, setting.depth, .atLeast, 2),
      Condition("bottleneck width", "r", .bottleneck, setting.bottleneck, .atLeast, full),
      Condition(
        "what the imbalances keep of the layers", "α", .imbalanceRate,
        isWide && setting.depth >= 2 && !setting.isBalanced ? Self.floor(setting) : 0, .above, 0),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let α = Self.floor(setting)
    let rate = 2 * setting.smallestEigenvalue * α
    guard rate.isFinite, rate > 0, setting.targetPower > 0 else {
      throw Silence("its rate is no positive number")
    }
    let excess = setting.excess + setting.excessError
    return Conclusion(
      "the imbalances keep the layers away from zero: the gap falls at least like e^(−\(number(rate)) t)",
      limit: .globalMinimiser,
      bound: excess > 0
        ? Bound(on: .gap, DecayCurve(points: [(setting.time, log(excess / setting.targetPower))], rate: rate))
        : nil,
      quantities: [Quantity("α", "lower bound of Σ_j σ_min²(W_{>j})σ_min²(W_{<j}) for all times", α)])
  }

  /// α.
  static func floor(_ setting: Setting) -> Double {
    floor(setting.imbalanceSpectrum, widths: setting.restricted.widths)
  }

  /// α of layers whose imbalances are these, up to their errors.
  static func floor(_ D: ImbalanceSpectrum, widths: [Int]) -> Double {
    let N = widths.count - 1
    // b[l][k−1] bounds σ_k²(W_l), l = 1, …, N.
    var b = (0...N).map { l in l == 0 ? [] : [Double](repeating: 0, count: min(widths[l], widths[l - 1])) }
    func bound(_ l: Int, _ i: Int) -> Double { i <= b[l].count ? b[l][i - 1] : 0 }
    for _ in 0..<4 * N {
      var grew = false
      func raise(_ l: Int, _ k: Int, _ value: Double) {
        guard value > b[l][k - 1] * (1 + 1e-14) else { return }
        b[l][k - 1] = value
        grew = true
      }
      for j in 1..<N {
        let d = widths[j]
        for k in 1...max(b[j + 1].count, 1) where k <= b[j + 1].count {
          for i in k...d { raise(j + 1, k, bound(j, i) + D.lower(k + d - i, of: j)) }
        }
      }
      for j in (1..<N).reversed() {
        let d = widths[j]
        for k in 1...max(b[j].count, 1) where k <= b[j].count {
          for i in k...d { raise(j, k, bound(j + 1, i) - D.upper(d + 1 - (k + d - i), of: j)) }
        }
      }
      if !grew { break }
    }
    let (dx, dy) = (widths[0], widths[N])
    var q = [Double](repeating: 0, count: N + 1)
    q[N] = dy <= widths[N - 1] ? bound(N, dy) : 0
    for l in stride(from: N - 1, through: 2, by: -1) {
      q[l] = max(q[l + 1] - D.upper(1, of: l), widths[l] <= widths[l - 1] ? bound(l, widths[l]) : 0, 0)
    }
    var p = [Double](repeating: 0, count: N + 1)
    p[1] = dx <= widths[1] ? bound(1, dx) : 0
    for l in stride(from: 2, through: N - 1, by: 1) {
      p[l] = max(
        p[l - 1] + D.lower(D.width(l - 1), of: l - 1),
        widths[l - 1] <= widths[l] ? bound(l, widths[l - 1]) : 0, 0)
    }
    return (1...N).reduce(0) { sum, j in
      sum + (j < N ? q[(j + 1)...N].reduce(1, *) : 1) * (j > 1 ? p[1..<j].reduce(1, *) : 1)
    }
  }
}

/// D18b: the rate of two layers from imbalance and margin together, balanced or not.
///
/// With A = W_2W_2ᵀ and D = W_2ᵀW_2 − W_1W_1ᵀ, (A − λ_+)(A + μ_−) ⪰ WWᵀ, so σ_min²(W_2) ≥ a(s) = ½[λ_+ − μ_− + √((λ_+ + μ_−)² + 4s²)] where s ≤ σ_min(W), and e(s) ≤ σ_min²(W_1) likewise; s = (σ̂_r − √ε)/√λ_max by Mirsky.
/// - r = min(dx, dy): dε/dt ≤ −2λ_min(a + e)ε, from any distance if the imbalances alone give a rate, else from ε_0 < σ̂_r².
/// - a narrow hidden layer, d_1 = r < min(dx, dy): dε/dt ≤ −2λ_min min(a, e) κ(ε) ε from below the lowest level, κ of D15.
///
/// Source: D18 of Documentation/derived.md; Min, Tarmoun, Vidal, Mallada (2021), Min, Vidal, Mallada (2023).
struct DepthTwoRate: Theorem {
  let reference = Reference.depthTwoRate

  func conditions(in setting: Setting) -> [Condition] {
    let r = setting.bottleneck
    let isWide = r >= min(setting.inputRank, setting.outputs)
    // From any distance where the imbalances alone give a rate.
    let base = setting.depth == 2 && isWide ? Floors(setting).base : 0
    let level = isWide ? setting.singularValue(r) * setting.singularValue(r) : setting.lowestLevel ?? 0
    let depth = [Condition("depth", "N", .depthTwoRate, setting.depth, .equal, 2)]
    // Imbalances that keep both layers away from zero need nothing of the target.
    let gap = base > 0 ? [] : Condition.isolatedMinimum(setting, .depthTwoRate)
    return depth + gap + [
      base > 0
        ? Condition("what the imbalances keep of the layers", "λ_+ + λ_−", .imbalanceRate, base, .above, 0)
        : Condition(
          "loss above the minimum, in units of the lowest saddle level", "ε_0/(σ̂_r² − σ̂_{r+1}²)", .levelRate,
          level > 0 ? setting.excess / level : nil, .below, 1,
          error: level > 0 ? (setting.excessError + setting.levelError) / level : 0)
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let r = setting.bottleneck
    let isWide = r >= min(setting.inputRank, setting.outputs)
    let floors = Floors(setting)
    let (σ, next) = (setting.singularValue(r), setting.singularValue(r + 1))
    let excess = setting.excess + setting.excessError
    guard setting.excess > setting.excessError else {
      throw Silence("the start is at the minimum, up to round-off")
    }
    let reach = setting.largestEigenvalue.squareRoot()
    func rate(_ ε: Double) -> Double {
      let s = max(0, σ - ε.squareRoot()) / reach
      if isWide { return 2 * setting.smallestEigenvalue * floors.sum(s) }
      let A = max(0, σ * σ - ε).squareRoot()
      return 2 * setting.smallestEigenvalue * floors.smaller(s) * 2 * max(0, A - next) / (σ + A)
    }
    guard rate(excess) > 0, rate(excess).isFinite else { throw Silence("its rate is no positive number") }
    let curve = DecayCurve.falling(from: excess, at: setting.time, unit: setting.targetPower, rate: rate)
    return Conclusion(
      "two layers: the gap falls, in the end at least like e^(−\(number(curve.rate)) t)",
      limit: .globalMinimiser,
      bound: Bound(on: .gap, curve),
      quantities: [
        Quantity("ε_0", "2(L_N − min L_N), in units of the loss", setting.excess),
        Quantity("λ_+", "what the imbalance keeps of W_2", floors.lambdaPlus),
        Quantity("λ_−", "what the imbalance keeps of W_1", floors.lambdaMinus),
      ])
  }

  /// a(s) and e(s).
  private struct Floors {
    let lambdaPlus, lambdaMinus, muPlus, muMinus: Double
    let isNarrow: Bool
    let first, last: Double
    /// Whether σ_min(W) bounds W_2, and W_1.
    let (boundsLast, boundsFirst): (Bool, Bool)

    init(_ setting: Setting) {
      let D = setting.imbalanceSpectrum
      let h = D.width(1)
      let (dx, dy) = (setting.inputRank, setting.outputs)
      lambdaPlus = h >= dy ? max(0, D.lower(dy, of: 1)) : 0
      lambdaMinus = (1...h).contains(dx) ? max(0, -D.upper(h + 1 - dx, of: 1)) : 0
      muPlus = max(0, D.upper(1, of: 1))
      muMinus = max(0, -D.lower(h, of: 1))
      isNarrow = h < min(dx, dy)
      (first, last) = (D.upper(1, of: 1), D.lower(h, of: 1))
      (boundsLast, boundsFirst) = (dy <= dx, dx <= dy)
    }

    /// λ_+ + λ_−: what is left without any margin.
    var base: Double { lambdaPlus + lambdaMinus }

    func sum(_ s: Double) -> Double {
      root(lambdaPlus, muMinus, boundsLast ? s : 0) + root(lambdaMinus, muPlus, boundsFirst ? s : 0)
    }

    /// The smaller of the bounds for d_1 = r: ½[λ + √(λ² + 4s²)] for λ = λ_min(D) and λ = −λ_max(D).
    func smaller(_ s: Double) -> Double { min(half(last, s), half(-first, s)) }

    /// ½[λ − μ + √((λ + μ)² + 4s²)], without cancellation.
    private func root(_ λ: Double, _ μ: Double, _ s: Double) -> Double {
      let discriminant = hypot(λ + μ, 2 * s)
      return λ >= μ ? (λ - μ + discriminant) / 2 : 2 * (s * s + λ * μ) / (μ - λ + discriminant)
    }

    private func half(_ λ: Double, _ s: Double) -> Double {
      let discriminant = hypot(λ, 2 * s)
      return λ >= 0 ? (λ + discriminant) / 2 : 2 * s * s / (discriminant - λ)
    }
  }
}

extension Setting {
  /// α of D18: a lower bound of Σ_j σ_min²(W_{>j})σ_min²(W_{<j}) from the imbalances alone.
  package var imbalanceFloor: Double { depth >= 2 ? ImbalanceRate.floor(self) : 0 }
}
