import Foundation
import LinearAlgebra

extension LinearNetwork {
  /// Layers with W_{j+1}ᵀW_{j+1} − W_jW_jᵀ = λ_j I for all hidden layers: λ-balanced, with a given end-to-end matrix.
  ///
  /// W_j = Q_j S_j Q_{j−1}ᵀ with rectangular diagonal S_j, Q_0 and Q_N the singular vectors of W, completed, and random orthogonal hidden Q_j. For each i the squares of the i-th entries follow
  /// s_{j+1}² = s_j² + λ_j: from the layer whose entry is zero because one of its sides is narrower than i, or, in the directions that pass through all layers, from the root of Π_j s_j² = σ_i(W)².
  ///
  /// - Parameters:
  ///   - W: dy × dx, of rank at most the narrowest width.
  ///   - widths: d_0 = dx, …, d_N = dy.
  ///   - λ: λ_1, …, λ_{N−1}; positive where the later layer is the larger.
  ///   - generator: of the hidden bases, and of what completes the outer ones.
  /// - Throws: ``StartError/shape(found:expected:)``, ``StartError/rankAboveBottleneck(rank:bottleneck:tolerance:)``; ``StartError/lambda(hidden:values:width:)`` where a layer has not the rank that λ asks for.
  ///
  /// Edge cases: λ = 0 gives a balanced network.
  ///
  /// Source: Dominé, Anguita, Proca, Braun, Kunin, Mediano, Saxe, "From lazy to rich: exact learning dynamics in deep linear networks", 2024, for two layers.
  public static func lambdaBalanced(
    factoring W: Matrix, widths: [Int], λ: [Double], using generator: inout SeededGenerator
  ) throws(StartError) -> LinearNetwork {
    let N = widths.count - 1
    precondition(λ.count == N - 1, "\(λ.count) numbers λ for \(N - 1) hidden layers")
    guard W.rows == widths[N], W.columns == widths[0] else {
      throw .shape(found: [W.rows, W.columns], expected: [widths[N], widths[0]])
    }
    let svd = W.singularValueDecomposition
    let r = widths.min()!
    let tolerance = Double(max(W.rows, W.columns)) * .ulpOfOne * (svd.singularValues.first ?? 0)
    let rank = svd.rank(tolerance: tolerance)
    guard rank <= r else { throw .rankAboveBottleneck(rank: rank, bottleneck: r, tolerance: tolerance) }

    var S = (1...N).map { Matrix(zeros: widths[$0], widths[$0 - 1]) }
    for i in 0..<(widths.dropFirst().dropLast().max() ?? r) {
      let squares = try squares(direction: i, widths, λ, product: i < r ? svd.singularValues[i] : 0)
      for (j, square) in squares where i < widths[j] && i < widths[j - 1] {
        S[j - 1][i, i] = square.squareRoot()
      }
    }
    if N == 1 { return LinearNetwork(layers: [W]) }
    var bases = [completed(svd.V, &generator)]
    for d in widths.dropFirst().dropLast() { bases.append(.randomOrthonormal(d, d, using: &generator)) }
    bases.append(completed(svd.U, &generator))
    return LinearNetwork(
      layers: (1...N).map { j in Matrix.product(bases[j] * S[j - 1], .plain, bases[j - 1], .transposed) })
  }

  /// s_j² of direction i (from 0) in the layers that have it.
  private static func squares(
    direction i: Int, _ widths: [Int], _ λ: [Double], product: Double
  ) throws(StartError) -> [Int: Double] {
    let N = widths.count - 1
    var found: [Int: Double] = [:]
    var j = 1
    while j < N {
      guard widths[j] > i else {
        j += 1
        continue
      }
      // Hidden layers a…b have the direction; the layers a…b + 1 meet there.
      let a = j
      var b = j
      while b + 1 < N, widths[b + 1] > i { b += 1 }
      j = b + 1
      // s_{a+k}² less s_a².
      var sums = [0.0]
      for k in a...b { sums.append(sums.last! + λ[k - 1]) }
      let (hasFirst, hasLast) = (widths[a - 1] > i, widths[b + 1] > i)
      let base =
        hasFirst && hasLast
        ? root(sums, product * product) : hasFirst ? -sums.last! : 0
      let size = sums.reduce(0) { max($0, $1.magnitude) }
      let values = sums.map { base + $0 }
      if let wrong = values.firstIndex(where: { $0 < -1e-12 * size }) {
        throw .lambda(
          hidden: max(a, min(b, a + wrong - 1)), values: λ, width: widths[max(a, min(b, a + wrong - 1))])
      }
      if !hasLast, values.last!.magnitude > 1e-12 * size {
        throw .lambda(hidden: b, values: λ, width: widths[b])
      }
      for (k, value) in values.enumerated() { found[a + k] = max(0, value) }
    }
    return found
  }

  /// The a ≥ −min Δ with Π(a + Δ_k) = p.
  private static func root(_ Δ: [Double], _ p: Double) -> Double {
    let least = -Δ.min()!
    let target = log(p)
    guard p > 0 else { return least }
    var high = max(1, 2 * least.magnitude)
    func sum(_ excess: Double) -> Double { Δ.reduce(0) { $0 + log(excess + (least + $1)) } }
    while sum(high) < target { high *= 2 }
    // By halving in the logarithm of a − least, which may be small beside a.
    var (x, y) = (log(Double.leastNormalMagnitude), log(high))
    for _ in 0..<200 {
      let middle = 0.5 * (x + y)
      guard middle > x, middle < y else { break }
      if sum(exp(middle)) < target { x = middle } else { y = middle }
    }
    return least + exp(0.5 * (x + y))
  }

  /// Orthonormal columns completed to an orthogonal matrix.
  private static func completed(_ Q: Matrix, _ generator: inout SeededGenerator) -> Matrix {
    guard Q.columns < Q.rows else { return Q }
    let filled = Q.appendingColumns(.gaussian(Q.rows, Q.rows - Q.columns, using: &generator))
      .orthonormalFactor
    // The factor may have turned signs of columns that were orthonormal before.
    return Q.appendingColumns(filled.columns(Q.columns..<Q.rows))
  }
}
