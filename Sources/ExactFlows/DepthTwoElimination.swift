import Foundation
import LinearAlgebra

/// A balanced factor Y of e^{mΛt} A (I + Aᵀ D A)^{−1} Aᵀ e^{mΛt}, computed where the diagonal factors span any range of numbers.
///
/// With D = diag(d_i), d_i = m∫_0^t e^{2mλ_iτ}dτ, the middle matrix is the Gram matrix of S = [D^{1/2}A; I]. Row i of S is a row of [A; I] times a
/// weight w_i = g_i e^{κ_i} with g_i of algebraic size and exponents κ_i that may differ by 10¹². Forming SᵀS, or S, would lose or overflow. Instead:
/// 1. Gaussian elimination by columns with complete pivoting, S T = L P, chooses the pivots by w_i|entry| in logarithms, but eliminates in the
///    *unweighted* rows: scaling rows commutes with column operations. Row i of L in column c is then (entry/pivot)·(g_i/g_p)·e^{κ_i − κ_p}, at most 1.
/// 2. L spans the range of S and is well conditioned: with its triangular factor L = Θ R, Y = e^{mΛt} D^{−1/2} L_A R^{−1}.
///
/// An entry is taken as zero once it is no larger than a running bound of its round-off, so that a start without a part in some direction (to round-off)
/// never acquires one; a start on the boundary of a basin stays there.
///
/// Accuracy: every entry of L to its running bound plus the error of e^{κ_i − κ_p}; R and the solution by rows are backward stable.
///
/// Source: Demmel, Gu, Eisenstat, Slapničar, Veselić, Drmač, "Computing the singular value decomposition with high relative accuracy",
/// Linear Algebra Appl. 299 (1999), for complete pivoting on graded matrices.
struct DepthTwoElimination {
  /// The weights of the rows of A; those of the identity are g = 1, κ = 0.
  struct Weights {
    /// g_i and κ_i.
    var factors: [Double]
    var exponents: [Double]
    /// e^{mλ_it}/w_i.
    var ratios: [Double]
    /// A bound of the absolute error of κ_i, and of log(e^{mλ_it}/w_i).
    var exponentErrors: [Double]
    var ratioErrors: [Double]
    /// Rows with equal eigenvalues: their exponents err together.
    var clusters: [Int]
  }

  /// Y, as many rows as A.
  let factor: Matrix
  /// A bound, to first order, on ‖δY‖_F up to rotations from the right.
  let factorError: Double
  /// The rows of A among the pivots, in the order of their choice.
  let pivots: [Int]

  /// - Parameters:
  ///   - A: n × ρ, of rank ρ when stacked on the identity, by rows.
  ///   - errors: a bound on the error of each entry.
  init(rows A: [Double], errors: [Double], rank ρ: Int, weights: Weights) {
    let n = ρ == 0 ? 0 : A.count / ρ
    let all = n + ρ
    var S = A
    var E = errors
    S.reserveCapacity(all * ρ)
    for i in 0..<ρ { S.append(contentsOf: (0..<ρ).map { $0 == i ? 1 : 0 }) }
    E.append(contentsOf: repeatElement(0, count: ρ * ρ))
    for i in S.indices where S[i].magnitude <= E[i] { (S[i], E[i]) = (0, 0) }
    let g = weights.factors + Array(repeating: 1, count: ρ)
    let κ = weights.exponents + Array(repeating: 0, count: ρ)
    let logWeights = zip(g, κ).map { log($0) + $1 }

    var free = [Bool](repeating: true, count: all)
    var order: [Int] = []
    var pivotValues: [Double] = []
    var pivotErrors: [Double] = []
    for step in 0..<ρ {
      let p = DepthTwoElimination.pivotRow(S, ρ, from: step, free, logWeights)
      let pivotColumn = (step..<ρ).max { S[p * ρ + $0].magnitude < S[p * ρ + $1].magnitude }!
      if pivotColumn != step {
        for i in 0..<all {
          S.swapAt(i * ρ + step, i * ρ + pivotColumn)
          E.swapAt(i * ρ + step, i * ρ + pivotColumn)
        }
      }
      free[p] = false
      order.append(p)
      let pivot = S[p * ρ + step]
      pivotValues.append(pivot)
      pivotErrors.append(E[p * ρ + step] / pivot.magnitude)
      for j in step + 1..<max(ρ, step + 1) where S[p * ρ + j] != 0 {
        let q = S[p * ρ + j] / pivot
        let δq = (E[p * ρ + j] + q.magnitude * E[p * ρ + step]) / pivot.magnitude + .ulpOfOne * q.magnitude
        for i in 0..<all where S[i * ρ + step] != 0 && i != p {
          let (x, y) = (S[i * ρ + step], S[i * ρ + j])
          let value = y - x * q
          let bound =
            E[i * ρ + j] + E[i * ρ + step] * q.magnitude + x.magnitude * δq
            + .ulpOfOne * (y.magnitude + (x * q).magnitude)
          (S[i * ρ + j], E[i * ρ + j]) = value.magnitude <= bound ? (0, 0) : (value, bound)
        }
        (S[p * ρ + j], E[p * ρ + j]) = (0, 0)
      }
    }

    var L = Matrix(zeros: all, ρ)
    var scaled = Matrix(zeros: n, ρ)
    var (δL, δscaled) = (0.0, 0.0)
    for c in 0..<ρ {
      let p = order[c]
      // A pivot that stands little above its round-off may in truth be zero: then the state is another one.
      if p < n, pivotErrors[c] > 0.05 {
        δL = hypot(δL, min(1, pivotErrors[c]))
        δscaled = hypot(δscaled, min(1, pivotErrors[c]) * weights.ratios[p])
      }
      for i in 0..<all where S[i * ρ + c] != 0 {
        let ratio = S[i * ρ + c] / pivotValues[c]
        let Δκ = κ[i] - κ[p]
        // Pivoting bounds the product by 1 up to round-off, but not the exponential alone.
        let value =
          Δκ.magnitude < 600
          ? ratio * (g[i] / g[p]) * exp(Δκ)
          : (ratio < 0 ? -1 : 1) * exp(min(0, log(ratio.magnitude) + log(g[i] / g[p]) + Δκ))
        L[i, c] = value
        guard i != p else {
          if i < n { scaled[i, c] = value * weights.ratios[i] }
          continue
        }
        let moved =
          i < n && p < n && weights.clusters[i] == weights.clusters[p]
          ? 0 : (i < n ? weights.exponentErrors[i] : 0) + (p < n ? weights.exponentErrors[p] : 0)
        let relative = E[i * ρ + c] / S[i * ρ + c].magnitude + pivotErrors[c] + 4 * .ulpOfOne + moved
        let error = value.magnitude * min(1, relative)
        δL = hypot(δL, error)
        if i < n {
          scaled[i, c] = value * weights.ratios[i]
          δscaled = hypot(
            δscaled, (error + value.magnitude * min(1, weights.ratioErrors[i])) * weights.ratios[i])
        }
      }
    }
    pivots = order.filter { $0 < n }

    // L = Θ R; R from the whole L, then Y R = scaled L by rows.
    var qr = StreamingQR(columns: max(ρ, 1), blockRows: max(all, 1))
    if ρ > 0 { qr.append(L) }
    let R = qr.triangularFactor
    var inverse = Matrix.identity(ρ)
    DepthTwoElimination.divide(&inverse, by: R)
    DepthTwoElimination.divide(&scaled, by: R)
    factor = scaled
    let condition = inverse.frobeniusNorm
    let size = scaled.frobeniusNorm
    factorError = (δscaled + size * δL) * condition + 4 * Double(max(ρ, 1)) * .ulpOfOne * size
  }

  /// The free row with the largest w_i·max_j|entry| over the columns not yet eliminated.
  private static func pivotRow(
    _ S: [Double], _ ρ: Int, from step: Int, _ free: [Bool], _ logWeights: [Double]
  ) -> Int {
    var (best, bestValue) = (-1, -Double.infinity)
    for i in free.indices where free[i] {
      var largest = 0.0
      for j in step..<ρ { largest = max(largest, S[i * ρ + j].magnitude) }
      guard largest > 0 else { continue }
      let value = log(largest) + logWeights[i]
      if best < 0 || value > bestValue { (best, bestValue) = (i, value) }
    }
    precondition(best >= 0, "the identity below A keeps every column independent")
    return best
  }

  /// X ← X R^{−1} with R upper triangular.
  private static func divide(_ X: inout Matrix, by R: Matrix) {
    let n = X.rows
    for c in 0..<X.columns {
      for k in 0..<c {
        let r = R[k, c]
        if r != 0 { for i in 0..<n { X.storage[i + c * n] -= X.storage[i + k * n] * r } }
      }
      let r = R[c, c]
      for i in 0..<n { X.storage[i + c * n] /= r }
    }
  }
}
