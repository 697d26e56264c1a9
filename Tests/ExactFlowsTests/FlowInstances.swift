import ExactFlows
import Foundation
import LinearAlgebra
import LinearNetworks

/// A whitened problem of depth two with a balanced start.
struct DepthTwoInstance {
  var target: Matrix
  var sampleCount: Double
  var start: LinearNetwork

  /// - Parameters: rank ρ of the start and its size relative to Z.
  init(
    outputs: Int, inputs: Int, width: Int, targetRank: Int, rank: Int, size: Double,
    using generator: inout SeededGenerator
  ) {
    let scale = exp(4 * generator.uniform() - 2)
    target =
      scale * Matrix.gaussian(outputs, targetRank, using: &generator)
      * Matrix.gaussian(targetRank, inputs, using: &generator)
    sampleCount = 1 + 49 * generator.uniform()
    let W =
      Matrix.gaussian(outputs, rank, using: &generator) * Matrix.gaussian(rank, inputs, using: &generator)
    start = balancedNetwork(
      (size * scale) * W, rank: rank, widths: [inputs, width, outputs], using: &generator)
  }

  static func anywhere(size: Double, using generator: inout SeededGenerator) -> DepthTwoInstance {
    let (rows, columns) = (1 + Int(generator.next() % 6), 1 + Int(generator.next() % 6))
    let k = min(rows, columns)
    let rank = 1 + Int(generator.next() % UInt64(k))
    return DepthTwoInstance(
      outputs: rows, inputs: columns, width: rank + Int(generator.next() % 3),
      targetRank: 1 + Int(generator.next() % UInt64(k)), rank: rank, size: size, using: &generator)
  }

  func flow() throws -> ExactDepthTwoFlow {
    try ExactDepthTwoFlow(target: target, sampleCount: sampleCount, start: start)
  }

  /// The unit of rates at a matrix.
  func rate(_ W: Matrix) -> Double { sampleCount * (target.spectralNorm + W.spectralNorm) }
}

/// A balanced network with hidden layers in random directions.
func balancedNetwork(
  _ W: Matrix, rank: Int, widths: [Int], using generator: inout SeededGenerator
) -> LinearNetwork {
  let svd = W.singularValueDecomposition
  let N = widths.count - 1
  let roots = svd.singularValues.prefix(rank).map { N == 2 ? $0.squareRoot() : pow($0, 1 / Double(N)) }
  var bases = [svd.V.columns(0..<rank)]
  for j in 1..<max(N, 1) { bases.append(.randomOrthonormal(widths[j], rank, using: &generator)) }
  bases.append(svd.U.columns(0..<rank))
  return LinearNetwork(
    layers: (1...N).map {
      Matrix.product(bases[$0].scalingColumns(by: roots), .plain, bases[$0 - 1], .transposed)
    })
}

/// df/dt at t by central differences of order 8 with step h.
func derivative(of f: (Double) -> Matrix, at t: Double, step h: Double) -> Matrix {
  let weights = [4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280]
  return weights.enumerated().reduce(0 * f(t)) { sum, term in
    let k = Double(term.offset + 1)
    return sum + (term.element / h) * (f(t + k * h) - f(t - k * h))
  }
}
