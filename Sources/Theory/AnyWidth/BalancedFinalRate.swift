import Foundation
import LinearAlgebra
import Prose

/// D17: how a balanced flow that arrives at the global minimiser decays in the end, before the run, on any data.
///
/// The flow of W on the matrices of rank r, linearised at W*, is x ↦ −A H x on the tangent space, with H the second derivative of the loss along the manifold and A = A_{W*}; its smallest eigenvalue is the smallest
/// positive eigenvalue of ∇²L_N at the balanced factorisation of W*, and ε decays at twice that.
///
/// - Whitened data: all modes are known. Within the leading pairs m K_ab, K_ab = Σ_j σ_a^{2(N−j)/N}σ_b^{2(j−1)/N}; towards a pair b > r, m σ_a^{1−2/N}(σ_a ∓ σ_b); into null directions m σ_a^p.
/// - Other data: in the singular bases of Ẑ = U diag(σ̂) V̂ᵀ, H is diagonal but for pairs [[1, −σ̂_b/σ̂_a], [·, 1]] of the entries (a, b) and (b, a), a ≤ r < b; in those of W* = Ẑ_r(XXᵀ)^{−1/2}, A multiplies by K_ab. So
///   1/λ_min is the largest eigenvalue of H^{−1/2} Pᵀ A^{−1} P H^{−1/2}, P the change between the two: a few steps of Lanczos.
/// - Where ρ = rank Ẑ < r the end is not exponential: a superfluous direction s u vᵀ obeys s′ = −N λ s^{3−2/N}, so ε ≃ (2N−2)^{−N/(N−1)} t^{−N/(N−1)} Σ_i ℓ_i^{−1/(N−1)} over the r − ρ smallest
///   eigenvalues ℓ_i of (XXᵀ)^{1/2}(I − V̂V̂ᵀ)(XXᵀ)^{1/2} on the complement of the rows of W*. The exponent is there at once; the constant, which
///   is that of the end, only once the directions have turned, which may take longer than anyone waits unless the ℓ_i agree.
///
/// *Accuracy*: 1e-8 relative (the tolerance of Lanczos), beside the round-off of σ̂_r − σ̂_{r+1}.
///
/// *Complexity*: O(r n (n + dy)) a step of Lanczos with n = rank X.
///
/// Source: D17 of Documentation/derived.md; Saxe, McClelland, Ganguli (2014) for aligned starts.
public struct BalancedFinalRate: Equatable, Sendable {
  /// How ε falls in the end.
  public let decay: FinalDecay

  /// nil where σ̂_r = σ̂_{r+1} > 0 up to round-off: the minimisers are not isolated, and the rate depends on which of them is reached.
  ///
  /// - Parameter setting: a balanced start of rank r.
  init?(_ setting: Setting) {
    let (r, N) = (setting.bottleneck, Double(setting.depth))
    let n = min(setting.inputRank, setting.outputs)
    let ρ = setting.targetRank
    guard r > 0, ρ > 0 else { return nil }
    if ρ < r {
      guard N >= 2 else { return nil }
      let values = Self.superfluousCurvatures(setting, count: r - ρ)
      let sum = values.reduce(0) { $0 + pow($1, -1 / (N - 1)) }
      decay = .power(
        exponent: N / (N - 1), coefficient: pow(2 * N - 2, -N / (N - 1)) * sum / setting.targetPower)
      return
    }
    let (last, next) = (setting.singularValue(r), setting.singularValue(r + 1))
    guard setting.minimum.isUnique else { return nil }
    if setting.isWhitened {
      // In units of Z: σ = σ̂/√c.
      let scale = setting.inputPower.squareRoot()
      let (σ, τ) = (last / scale, next / scale)
      let isSquare = r == setting.inputRank && r == setting.outputs
      let (relative, mode) =
        r < n
        ? (σ * power(σ, 1 - 2 / N) - τ * power(σ, 1 - 2 / N), "direction of singular pair \(r + 1)")
        : isSquare
          ? (N * power(σ, 2 - 2 / N), "size of singular value \(r)")
          : (power(σ, 2 - 2 / N), "null directions")
      decay = .exponential(rate: 2 * setting.inputPower * relative, mode: mode)
      return
    }
    decay = .exponential(
      rate: 2 * Self.smallestEigenvalue(setting), mode: "the slowest mode of the linearised flow")
  }

  /// The `count` smallest eigenvalues of (XXᵀ)^{1/2}(I − V̂V̂ᵀ)(XXᵀ)^{1/2} on the complement of the rows of W*.
  private static func superfluousCurvatures(_ setting: Setting, count: Int) -> [Double] {
    let ξ = setting.inputScales
    let V = setting.targetDecomposition.V.columns(0..<setting.targetRank)
    let rows = V.scalingRows(by: ξ.map { 1 / $0 }).orthonormalFactor
    let rest = rows.orthogonalComplement
    guard rest.columns > 0 else { return [] }
    // B = (I − V̂V̂ᵀ)(XXᵀ)^{1/2} on the complement; its squared singular values are wanted.
    let scaled = rest.scalingRows(by: ξ)
    let B = scaled - V * Matrix.product(V, .transposed, scaled, .plain)
    return B.singularValues.map { $0 * $0 }.sorted().prefix(count).map { $0 }
  }

  /// The columns of V, orthonormal, and a basis of what is orthogonal to them.
  private static func completed(_ V: Matrix) -> Matrix { V.appendingColumns(V.orthogonalComplement) }

  private static func smallestEigenvalue(_ setting: Setting) -> Double {
    let (r, N) = (setting.bottleneck, setting.depth)
    let ξ = setting.inputScales
    let inverse = ξ.map { 1 / $0 }
    let (dy, n) = (setting.outputs, setting.inputRank)
    let k = min(dy, n)
    let Z = setting.targetDecomposition
    // The right basis of Ẑ, and those of W* = U_r Σ̂_r V̂_rᵀ (XXᵀ)^{−1/2}, whose left vectors are U_r times an orthogonal matrix.
    let V̂ = completed(Z.V.columns(0..<k))
    let core = Matrix.product(
      .diagonal(Array(Z.singularValues.prefix(r))), .plain, Z.V.columns(0..<r).scalingRows(by: inverse),
      .transposed
    ).singularValueDecomposition
    let turn = core.U
    let V = completed(core.V)
    let s = core.singularValues
    let σ̂ = setting.minimum.singularValues
    /// A^{-1/2}-weights 1/K_ab; 0 in the block that no tangent vector has.
    let weights = Matrix(dy, n) { a, b in
      if a >= r, b >= r { return 0 }
      let x = pow(a < r ? s[a] : 0, 2 / Double(N))
      let y = pow(b < r ? s[b] : 0, 2 / Double(N))
      var (sum, factor) = (0.0, 1.0)
      for _ in 0..<N {
        sum = sum * x + factor
        factor *= y
      }
      return 1 / sum
    }
    let right = Matrix.product(
      V̂, .transposed, V.scalingRows(by: inverse), .plain)
    /// H^{−1/2}, in place.
    func weigh(_ z: inout Matrix) {
      for a in 0..<r {
        for b in r..<max(k, r) {
          let c = σ̂[b] / σ̂[a]
          let (plus, minus) = (
            (z[a, b] + z[b, a]) / (2 * (1 - c)).squareRoot(), (z[a, b] - z[b, a]) / (2 * (1 + c)).squareRoot()
          )
          z[a, b] = (plus + minus) * 0.5.squareRoot()
          z[b, a] = (plus - minus) * 0.5.squareRoot()
        }
      }
    }
    /// Left rotation of the first r rows by `turn`, or back.
    func turned(_ z: Matrix, _ direction: Transposition) -> Matrix {
      let top = Matrix.product(turn, direction, Matrix(r, n) { z[$0, $1] }, .plain)
      return Matrix(dy, n) { $0 < r ? top[$0, $1] : z[$0, $1] }
    }
    let order = dy * n
    let free = (0..<order).filter { $0 % dy < r || $0 / dy < r }
    let M = SymmetricOperator(order: free.count) { x, y in
      var z = Matrix(zeros: dy, n)
      for (i, place) in free.enumerated() { z.storage[place] = x[i] }
      weigh(&z)
      var image = turned(z, .transposed) * right
      for i in image.storage.indices { image.storage[i] *= weights.storage[i] }
      var back = turned(Matrix.product(image, .plain, right, .transposed), .plain)
      weigh(&back)
      for (i, place) in free.enumerated() { y[i] = back.storage[place] }
    }
    if free.count <= 64 {
      let dense = M.matrix
      return 1 / (SymmetricEigendecomposition(0.5 * (dense + dense.transpose)).eigenvalues.last ?? .infinity)
    }
    var generator = SeededGenerator(seed: 17)
    let start = (0..<free.count).map { _ in generator.normal() }
    let found = ExtremeEigenpairs(of: M, at: .highest, count: 1, tolerance: 1e-8, start: start)
    return 1 / (found.eigenvalues.first ?? .infinity)
  }
}

extension SymmetricOperator {
  /// The matrix of the map, column by column.
  fileprivate var matrix: Matrix {
    var A = Matrix(zeros: order, order)
    var unit = [Double](repeating: 0, count: order)
    for j in 0..<order {
      unit[j] = 1
      A.storage.withUnsafeMutableBufferPointer { apply(unit, $0.baseAddress! + j * order) }
      unit[j] = 0
    }
    return A
  }
}

/// D17 as a theorem on a balanced start.
struct BalancedFinalRateTheorem: Theorem {
  let reference = Reference.generalFinalRate

  func conditions(in setting: Setting) -> [Condition] {
    Condition.balancedLayers(setting, .generalFinalRate) + [
      Condition("rank of the target", "rank(Y P_X)", .generalFinalRate, setting.targetRank, .atLeast, 1),
      Condition(
        "rank of the start", "rank W_0", .generalFinalRate, setting.startRank, .atLeast, setting.bottleneck),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    guard let final = BalancedFinalRate(setting) else {
      throw Silence(
        "σ̂_r = σ̂_{r+1} up to round-off: the minimisers are not isolated, and the rate depends on which is reached"
      )
    }
    switch final.decay {
    case .exponential(let rate, let mode):
      guard rate.isFinite, rate > 0 else { throw Silence("its rate is no positive number") }
      return Conclusion(
        "where it arrives at a global minimiser the loss gap falls like e^(−\(number(rate)) t) in the end; slowest: \(mode)",
        decay: final.decay)
    case .power(let exponent, _):
      return Conclusion(
        "rank(Y P_X) = \(setting.targetRank) < r: where it arrives the loss gap falls like t^(−\(number(exponent, digits: 3)))",
        decay: final.decay)
    }
  }
}
