import Foundation
import LinearAlgebra
import LinearNetworks

/// The unit vectors q_0, …, q_N and the size s of a balanced network of rank one, W_j = s^{1/N} q_j q_{j−1}ᵀ.
///
/// Each q_j is the image of the one before; how far the layers are from this form is measured, not assumed.
///
/// Complexity: O(Σ_j d_j d_{j−1}), two passes over the weights.
///
/// Source: Eftekhari (2020), equation (14); D4 of Documentation/derived.md.
public struct RankOneChain: Sendable {
  /// q_0 = v, q_1, …, q_N = u, of lengths d_0, …, d_N.
  public let vectors: [[Double]]
  /// s = Π_j ‖W_j‖.
  public let scale: Double
  /// max_j ‖W_j − s_j q_j q_{j−1}ᵀ‖_F / s_j with s_j = ‖W_j q_{j−1}‖: zero for rank one.
  public let remainder: Double
  /// max_j |s_{j+1}² − s_j²| / max_j s_j²: zero for balanced layers.
  public let relativeImbalance: Double

  /// Nil where a layer maps its predecessor's direction to zero.
  public init?(_ network: LinearNetwork) {
    var chain = [RankOneChain.rowDirection(of: network.layers[0])]
    chain.reserveCapacity(network.depth + 1)
    var (product, worst) = (1.0, 0.0)
    var (previous, largest, jump) = (Double.nan, 0.0, 0.0)
    for W in network.layers {
      let (image, length, rest) = RankOneChain.image(of: chain.last!, under: W)
      guard length > 0 else { return nil }
      product *= length
      worst = max(worst, rest / length)
      if previous.isFinite { jump = max(jump, ((length - previous) * (length + previous)).magnitude) }
      (previous, largest) = (length, max(largest, length))
      chain.append(image)
    }
    (vectors, scale, remainder) = (chain, product, worst)
    relativeImbalance = jump / largest / largest
  }

  /// q_1, …, q_{N−1}.
  public var hidden: [[Double]] { Array(vectors.dropFirst().dropLast()) }

  /// W_1ᵀ w/‖W_1ᵀ w‖ with w = W_1 x for the longest row x: one step of the power method, exact for rank one.
  private static func rowDirection(of W: Matrix) -> [Double] {
    let (d, n) = (W.rows, W.columns)
    var squares = [Double](repeating: 0, count: d)
    for j in 0..<n { for i in 0..<d { squares[i] += W.storage[i + j * d] * W.storage[i + j * d] } }
    let longest = squares.indices.max { squares[$0] < squares[$1] } ?? 0
    let image = self.image(of: W.row(longest), under: W).image
    var direction = [Double](repeating: 0, count: n)
    for j in 0..<n { for i in 0..<d { direction[j] += W.storage[i + j * d] * image[i] } }
    let length = Matrix.column(direction).frobeniusNorm
    return length > 0 ? direction.map { $0 / length } : direction
  }

  /// W q/‖W q‖, ‖W q‖ and ‖W − (W q) qᵀ‖_F, for unit q.
  private static func image(
    of q: [Double], under W: Matrix
  ) -> (image: [Double], length: Double, rest: Double) {
    let d = W.rows
    var image = [Double](repeating: 0, count: d)
    return W.storage.withUnsafeBufferPointer { w in
      for (j, x) in q.enumerated() { for i in 0..<d { image[i] += w[i + j * d] * x } }
      let length = Matrix.column(image).frobeniusNorm
      guard length > 0 else { return (image, 0, 0) }
      // In units of the layer, so that squares neither overflow nor underflow.
      for i in 0..<d { image[i] /= length }
      var rest = 0.0
      for (j, x) in q.enumerated() {
        for i in 0..<d {
          let left = w[i + j * d] / length - image[i] * x
          rest += left * left
        }
      }
      return (image, length, length * rest.squareRoot())
    }
  }
}

extension ExactRankOneFlow {
  /// The flow from the layers of a network on whitened data.
  ///
  /// - Parameters:
  ///   - Z: Y Xᵀ/m, dy × dx.
  ///   - m: the number of samples, positive.
  ///   - start: a balanced network of rank one, depth N ≥ 2.
  ///   - tolerance: how far the start may be from balanced and from rank one, relative to its layers.
  /// - Throws: ``ExactRankOneError``, ``ExactRankOneError/notRankOne(remainder:tolerance:)`` and
  ///   ``ExactRankOneError/notBalanced(relativeImbalance:tolerance:)`` among them.
  public init(
    target Z: Matrix, sampleCount m: Double, start: LinearNetwork, tolerance: Double = .hypothesisTolerance
  ) throws(ExactRankOneError) {
    try self.init(target: Z, decomposition: nil, sampleCount: m, start: start, tolerance: tolerance)
  }

  /// The same where the singular value decomposition of Z is known.
  init(
    target Z: Matrix, decomposition: SingularValueDecomposition?, sampleCount m: Double, start: LinearNetwork,
    tolerance: Double
  ) throws(ExactRankOneError) {
    guard let chain = RankOneChain(start) else { throw .scale(0) }
    guard chain.remainder <= tolerance else {
      throw .notRankOne(remainder: chain.remainder, tolerance: tolerance)
    }
    guard chain.relativeImbalance <= tolerance else {
      throw .notBalanced(relativeImbalance: chain.relativeImbalance, tolerance: tolerance)
    }
    try self.init(
      coordinates: RankOneCoordinates(
        target: Z, decomposition: decomposition, scale: chain.scale, left: chain.vectors.last!,
        right: chain.vectors[0]),
      sampleCount: m, depth: start.depth, hidden: chain.hidden)
  }
}
