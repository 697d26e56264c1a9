import Foundation
import LinearAlgebra

/// Where a run starts.
public enum Start: Sendable {
  /// Balanced, with a random end-to-end matrix: the product of two Gaussian matrices of the bottleneck's rank, of Frobenius norm `norm`·‖target‖.
  case random(norm: Double)
  /// Balanced, with the given end-to-end matrix.
  case matrix(Matrix)
  /// Balanced, with the target's direction turned by `degrees` and of Frobenius norm `norm`·‖target‖, as in the paper's Figure 1.
  ///
  /// The singular vectors on one side of the target are turned towards random directions orthogonal to all of them, so that
  /// ⟨W_0, target⟩ = cos(angle)·‖W_0‖·‖target‖ and the rank stays.
  case angle(degrees: Double, norm: Double)
  /// Balanced, with the target's singular vectors and equal singular values, of Frobenius norm `norm`·‖target‖ (Saxe, McClelland, Ganguli, 2014).
  case aligned(norm: Double)
  /// Not balanced: layers as practice draws them, multiplied by `scale`.
  case layers(Initialization, scale: Double)
  /// λ-balanced: D_j = λ_j I, with the end-to-end matrix of ``random(norm:)``; one λ for all hidden layers, or one for each (Dominé et al., 2024).
  case lambda([Double], norm: Double)
  /// W_j = W_{N+1−j}ᵀ with independent normal entries of variance 1/d_{j−1} in the first half, multiplied by `scale`; the middle layer of an odd number is symmetric. Balanced for two layers, where W_0 ⪰ 0.
  case symmetric(scale: Double)
  /// The layers of another start, each multiplied by its factor.
  indirect case scaled(Start, by: [Double])
  /// Given layers.
  case network(LinearNetwork)

  /// Not balanced: independent Gaussian layers with entries of standard deviation `scale`/√d_{j−1}.
  public static func unbalanced(scale: Double) -> Start { .layers(.gaussian, scale: scale) }

  /// The network that a run of these widths starts from.
  ///
  /// - Parameters:
  ///   - widths: d_0 = dx, …, d_N = dy.
  ///   - target: the global minimiser of rank r = min_j d_j that lengths and directions refer to, dy × dx.
  ///   - seed: of everything random.
  /// - Throws: ``StartError``; ``StartError/tooLarge(norm:)`` where ‖W_0‖_F exceeds 1e150.
  public func network(widths: [Int], target: Matrix, seed: UInt64) throws(StartError) -> LinearNetwork {
    let network = try unbounded(widths: widths, target: target, seed: seed)
    let norm = network.endToEndMatrix.frobeniusNorm
    guard norm <= 1e150 else { throw .tooLarge(norm: norm) }
    return network
  }

  private func unbounded(widths: [Int], target: Matrix, seed: UInt64) throws(StartError) -> LinearNetwork {
    var generator = SeededGenerator(seed: seed)
    let rank = widths.min()!
    // Lengths refer to the target; where it is zero they are absolute.
    let unit = target.frobeniusNorm > 0 ? target.frobeniusNorm : 1
    switch self {
    case .network(let network):
      guard network.widths.last == target.rows, network.widths.first == target.columns else {
        throw .shape(
          found: [network.widths.last!, network.widths[0]], expected: [target.rows, target.columns])
      }
      return network
    case .matrix(let W):
      return try .balanced(factoring: W, widths: widths)
    case .random(let norm):
      let P = Matrix.gaussian(target.rows, rank, using: &generator)
      let Q = Matrix.gaussian(rank, target.columns, using: &generator)
      return try .balanced(factoring: resized(P * Q, to: norm * unit), widths: widths)
    case .aligned(let norm):
      let svd = target.singularValueDecomposition
      let k = min(rank, svd.rank())
      if k == 0 { throw .noTarget }
      let W = Matrix.product(svd.U.columns(0..<k), .plain, svd.V.columns(0..<k), .transposed)
      return try .balanced(factoring: resized(W, to: norm * unit), widths: widths)
    case .angle(let degrees, let norm):
      let svd = target.singularValueDecomposition
      let k = min(rank, svd.rank())
      if k == 0 { throw .noTarget }
      let (U, V) = (svd.U.columns(0..<k), svd.V.columns(0..<k))
      let S = Matrix.diagonal(Array(svd.singularValues.prefix(k)))
      let W: Matrix
      if target.columns >= 2 * k {
        W = Matrix.product(U * S, .plain, turned(V, degrees, &generator), .transposed)
      } else if target.rows >= 2 * k {
        W = Matrix.product(turned(U, degrees, &generator) * S, .plain, V, .transposed)
      } else {
        throw .notEnoughRoomToTurn(rank: k, inputs: target.columns, outputs: target.rows)
      }
      return try .balanced(factoring: resized(W, to: norm * unit), widths: widths)
    case .lambda(let values, let norm):
      let N = widths.count - 1
      guard N > 1, values.count == 1 || values.count == N - 1 else {
        throw .lambdas(found: values.count, hidden: N - 1)
      }
      let W = try Start.random(norm: norm).network(widths: widths, target: target, seed: seed).endToEndMatrix
      return try .lambdaBalanced(
        factoring: W, widths: widths,
        λ: values.count == 1 ? Array(repeating: values[0], count: N - 1) : values,
        using: &generator)
    case .symmetric(let scale):
      guard widths == widths.reversed() else { throw .notSymmetric(widths: widths) }
      let N = widths.count - 1
      let half = (1...(N + 1) / 2).map { j in
        (scale / Double(widths[j - 1]).squareRoot())
          * Matrix.gaussian(widths[j], widths[j - 1], using: &generator)
      }
      return LinearNetwork(
        layers: (1...N).map { j in
          if 2 * j == N + 1 { return 0.5 * (half[j - 1] + half[j - 1].transpose) }
          return 2 * j <= N ? half[j - 1] : half[N - j].transpose
        })
    case .scaled(let start, let factors):
      let network = try start.unbounded(widths: widths, target: target, seed: seed)
      guard factors.count == network.depth else {
        throw .factors(found: factors.count, layers: network.depth)
      }
      return LinearNetwork(layers: zip(factors, network.layers).map { $0 * $1 })
    case .layers(let initialization, let scale):
      return initialization.network(widths: widths, scale: scale, using: &generator)
    }
  }
}

private func resized(_ W: Matrix, to norm: Double) -> Matrix { (norm / W.frobeniusNorm) * W }

/// cos(θ) V + sin(θ) V′ with V′ orthonormal and orthogonal to V.
private func turned(_ V: Matrix, _ degrees: Double, _ generator: inout SeededGenerator) -> Matrix {
  var outside = Matrix.gaussian(V.rows, V.columns, using: &generator)
  // Projected twice: once is not enough in floating point when little is left ("twice is enough", Parlett 1980).
  for _ in 0..<2 { outside -= V * Matrix.product(V, .transposed, outside, .plain) }
  let θ = degrees * .pi / 180
  return cos(θ) * V + sin(θ) * outside.orthonormalFactor
}
