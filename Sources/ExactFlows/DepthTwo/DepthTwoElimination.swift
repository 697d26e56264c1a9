import Foundation
import LinearAlgebra

/// Gaussian elimination S T = L P on the rows [A; I], for weights of the rows that differ by any range of numbers.
///
/// What is wanted is a balanced factor Y of e^{mΛt} A (I + Aᵀ D A)^{−1} Aᵀ e^{mΛt} with D = diag(d_i), d_i = m∫_0^t e^{2mλ_iτ}dτ. The middle matrix is the Gram matrix of
/// S = [D^{1/2}A; I], whose row i is a row of [A; I] times a weight w_i = g_i e^{κ_i} with g_i of algebraic size and exponents κ_i that may differ by 10¹². Forming SᵀS, or S, would
/// lose or overflow. Instead:
/// 1. Elimination by columns with complete pivoting chooses the pivots by w_i|entry| in logarithms, but eliminates in the *unweighted* rows: scaling rows commutes
///    with column operations. So time decides the pivots and nothing else, and one elimination serves all times for which its pivots are large enough.
/// 2. Row i of L in column c is (entry/pivot)·(g_i/g_p)·e^{κ_i − κ_p}. L spans the range of S and is well conditioned; ``DepthTwoFactor`` takes it from there.
///
/// An entry is taken as zero once it is no larger than a running bound of its round-off, so that a start without a part in some direction (to round-off)
/// never acquires one; a start on the boundary of a basin stays there.
///
/// Accuracy: every entry of L to its running bound plus the error of e^{κ_i − κ_p}.
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

    /// w_i, and 1 for `rank` rows of the identity; nil where products of weights, entries and reciprocals may leave double precision.
    func values(rank: Int) -> [Double]? {
      guard exponents.allSatisfy({ $0 < 200 }) else { return nil }
      return zip(factors, exponents).map { $1 == 0 ? $0 : $0 * exp($1) } + Array(repeating: 1, count: rank)
    }
  }

  /// ρ, the columns, and n, the rows of A.
  let rank: Int
  let rows: Int
  /// The pivots' rows in [A; I], in the order of their choice, and bounds on their relative errors.
  let order: [Int]
  let pivotErrors: [Double]
  /// entry/pivot, and a bound on its relative error; (n + ρ) × ρ by columns.
  let ratios: [Double]
  let ratioErrors: [Double]
  /// The largest |entry| of each row when a pivot was chosen, zero for rows that were pivots before; (n + ρ) × ρ by columns.
  private let candidates: [Double]

  /// The rows of A among the pivots, in the order of their choice.
  var pivots: [Int] { order.filter { $0 < rows } }

  /// - Parameters:
  ///   - A: n × ρ, of rank ρ when stacked on the identity, by rows.
  ///   - errors: a bound on the error of each entry.
  init(rows A: [Double], errors: [Double], rank ρ: Int, weights: Weights) {
    let n = ρ == 0 ? 0 : A.count / ρ
    let all = n + ρ
    // By columns, in which the elimination runs.
    var S = [Double](repeating: 0, count: all * ρ)
    var E = S
    for c in 0..<ρ {
      for i in 0..<n where A[i * ρ + c].magnitude > errors[i * ρ + c] {
        (S[i + c * all], E[i + c * all]) = (A[i * ρ + c], errors[i * ρ + c])
      }
      S[n + c + c * all] = 1
    }
    let g = weights.factors + Array(repeating: 1, count: ρ)
    let κ = weights.exponents + Array(repeating: 0, count: ρ)
    let logWeights = zip(g, κ).map { log($0) + $1 }

    var free = [Bool](repeating: true, count: all)
    var order: [Int] = []
    var pivotValues: [Double] = []
    var pivotErrors: [Double] = []
    var candidates = [Double](repeating: 0, count: all * ρ)
    for step in 0..<ρ {
      for j in step..<ρ {
        for i in 0..<all where free[i] {
          candidates[i + step * all] = max(candidates[i + step * all], S[i + j * all].magnitude)
        }
      }
      let p = DepthTwoElimination.pivotRow(candidates[(step * all)...], free, logWeights)
      let pivotColumn = (step..<ρ).max { S[p + $0 * all].magnitude < S[p + $1 * all].magnitude }!
      if pivotColumn != step {
        for i in 0..<all {
          S.swapAt(i + step * all, i + pivotColumn * all)
          E.swapAt(i + step * all, i + pivotColumn * all)
        }
      }
      free[p] = false
      order.append(p)
      let pivot = S[p + step * all]
      pivotValues.append(pivot)
      pivotErrors.append(E[p + step * all] / pivot.magnitude)
      S.withUnsafeMutableBufferPointer { S in
        E.withUnsafeMutableBufferPointer { E in
          for j in step + 1..<max(ρ, step + 1) where S[p + j * all] != 0 {
            let q = S[p + j * all] / pivot
            let δq =
              (E[p + j * all] + q.magnitude * E[p + step * all]) / pivot.magnitude + .ulpOfOne * q.magnitude
            let (x, δx) = (S.baseAddress! + step * all, E.baseAddress! + step * all)
            let (y, δy) = (S.baseAddress! + j * all, E.baseAddress! + j * all)
            for i in 0..<all where x[i] != 0 && i != p {
              let value = y[i] - x[i] * q
              let bound =
                δy[i] + δx[i] * q.magnitude + x[i].magnitude * δq
                + .ulpOfOne * (y[i].magnitude + (x[i] * q).magnitude)
              (y[i], δy[i]) = value.magnitude <= bound ? (0, 0) : (value, bound)
            }
            (y[p], δy[p]) = (0, 0)
          }
        }
      }
    }

    var ratios = [Double](repeating: 0, count: all * ρ)
    var ratioErrors = ratios
    for c in 0..<ρ {
      for i in 0..<all where S[i + c * all] != 0 {
        let entry = S[i + c * all]
        ratios[i + c * all] = entry / pivotValues[c]
        if i != order[c] {
          ratioErrors[i + c * all] = E[i + c * all] / entry.magnitude + pivotErrors[c] + 4 * .ulpOfOne
        }
      }
    }
    (rank, rows, self.order, self.pivotErrors) = (ρ, n, order, pivotErrors)
    (self.ratios, self.ratioErrors, self.candidates) = (ratios, ratioErrors, candidates)
  }

  /// Whether no entry that was to be eliminated exceeds `growth` times the pivot, with these weights of the rows instead.
  ///
  /// Complete pivoting means 1, and the bounds on the errors grow at most so much with another value.
  func suits(_ weights: [Double], growth: Double) -> Bool {
    let all = rows + rank
    return candidates.withUnsafeBufferPointer { size in
      weights.withUnsafeBufferPointer { w in
        for c in 0..<rank {
          let limit = growth * size[order[c] + c * all] * w[order[c]]
          var worst = 0.0
          for i in 0..<all { worst = max(worst, size[i + c * all] * w[i]) }
          if !(worst <= limit) { return false }
        }
        return true
      }
    }
  }

  private static let logOfTwo = log(2.0)

  /// The free row with the largest w_i·max_j|entry| over the columns not yet eliminated.
  private static func pivotRow(
    _ candidates: ArraySlice<Double>, _ free: [Bool], _ logWeights: [Double]
  ) -> Int {
    var (best, bestValue) = (-1, -Double.infinity)
    for i in free.indices where free[i] {
      let largest = candidates[candidates.startIndex + i]
      // A logarithm is needed only where the power of two above does not say that the value is smaller.
      guard largest > 0,
        best < 0 || Double(largest.exponent + 1) * logOfTwo + logWeights[i] > bestValue - 1e-9
      else { continue }
      let value = log(largest) + logWeights[i]
      if best < 0 || value > bestValue { (best, bestValue) = (i, value) }
    }
    precondition(best >= 0, "the identity below A keeps every column independent")
    return best
  }
}
