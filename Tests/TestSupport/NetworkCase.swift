import LinearAlgebra
import LinearNetworks

/// A problem and a network on it, named after what is special about them.
public struct NetworkCase: Sendable, CustomStringConvertible {
  public let name: String
  /// X, dx × dx, and Y.
  public let inputs: Matrix
  public let outputs: Matrix
  public let problem: Problem
  public let network: LinearNetwork

  /// - Parameter irreducible: a constant of the loss.
  public init(
    _ name: String, inputs X: Matrix, outputs Y: Matrix, irreducible: Double, network: LinearNetwork
  ) {
    (self.name, inputs, outputs, self.network) = (name, X, Y, network)
    problem = Problem(
      sampleCount: X.columns, inputFactor: X.transpose, crossFactor: Y.transpose, irreducible: irreducible)
  }

  /// X = diag(ξ) and Y with entries on its main diagonal only, and Gaussian layers: the problem of narrow networks, in which no product has the size of Y.
  public static func diagonal(_ name: String, widths: [Int], seed: UInt64) -> NetworkCase {
    var generator = SeededGenerator(seed: seed)
    let (dx, dy) = (widths[0], widths.last!)
    let ξ = (0..<dx).map { _ in 0.5 + 1.5 * generator.uniform() }
    let Y = Matrix.diagonal((0..<min(dx, dy)).map { _ in 3 * generator.normal() }, rows: dy, columns: dx)
    let layers = zip(widths, widths.dropFirst()).map { columns, rows in
      (1 / Double(columns).squareRoot()) * Matrix.gaussian(rows, columns, using: &generator)
    }
    return NetworkCase(
      name, diagonal: QuadraticLoss(inputScales: ξ, labels: Y, irreducible: generator.uniform()),
      network: LinearNetwork(layers: layers))
  }

  private init(_ name: String, diagonal loss: QuadraticLoss, network: LinearNetwork) {
    (self.name, self.network, outputs) = (name, network, loss.labels)
    inputs = .diagonal(loss.inputScales)
    problem = Problem(sampleCount: loss.inputs, diagonal: loss)
  }

  /// (W X − Y) Xᵀ, from the samples.
  public func gradient(_ W: Matrix) -> Matrix { (W * inputs - outputs) * inputs.transpose }

  public var description: String { "\(name), widths \(network.widths)" }

  /// Gaussian layers with entries of standard deviation 1/√d_{j−1}; inputs in random directions, of scales within a factor of four.
  ///
  /// - Parameter thin: the layer (counted from 1) that is replaced by one of rank one.
  public static func random(
    _ name: String = "random", widths: [Int], thin: Int? = nil, seed: UInt64
  ) -> NetworkCase {
    var generator = SeededGenerator(seed: seed)
    let ξ = (0..<widths[0]).map { _ in 0.5 + 1.5 * generator.uniform() }
    let Y = Matrix.gaussian(widths.last!, widths[0], using: &generator)
    let irreducible = generator.uniform()
    let layers = zip(widths, widths.dropFirst()).enumerated().map { j, shape in
      let (columns, rows) = shape
      if j + 1 == thin {
        return Matrix.gaussian(rows, 1, using: &generator) * Matrix.gaussian(1, columns, using: &generator)
      }
      return (1 / Double(columns).squareRoot()) * Matrix.gaussian(rows, columns, using: &generator)
    }
    let X = Matrix.randomOrthonormal(widths[0], widths[0], using: &generator).scalingColumns(by: ξ)
    return NetworkCase(
      name, inputs: X, outputs: Y, irreducible: irreducible, network: LinearNetwork(layers: layers))
  }

  /// The direction of random layers of the same shapes, of unit norm.
  public func direction(seed: UInt64) -> LinearNetwork {
    var generator = SeededGenerator(seed: seed)
    let layers = network.layers.map { Matrix.gaussian($0.rows, $0.columns, using: &generator) }
    let norm = Matrix.column(layers.flatMap(\.storage)).frobeniusNorm
    return LinearNetwork(layers: layers.map { (1 / norm) * $0 })
  }

  /// Depths 1 to 6, widths from one to many, full and deficient rank.
  public static let zoo: [NetworkCase] = [
    .random("depth one", widths: [4, 3], seed: 11),
    .random("depth two", widths: [4, 3, 2], seed: 12),
    .random("depth three", widths: [3, 4, 5, 2], seed: 13),
    .random("depth four", widths: [3, 2, 4, 3, 2], seed: 14),
    .random("depth five", widths: [2, 3, 3, 3, 3, 4], seed: 15),
    .random("depth six", widths: [3, 3, 2, 5, 2, 3, 3], seed: 16),
    .random("all widths one", widths: [1, 1, 1, 1], seed: 17),
    .random("a hidden layer of one", widths: [5, 1, 4, 3], seed: 18),
    .random("wide", widths: [3, 40, 30, 2], seed: 19),
    .random("many inputs", widths: [60, 2, 2], seed: 20),
    .random("first layer of rank one", widths: [4, 3, 3, 2], thin: 1, seed: 21),
    .random("hidden layer of rank one", widths: [4, 3, 3, 2], thin: 2, seed: 22),
    .random("last layer of rank one", widths: [3, 4, 3], thin: 2, seed: 23),
    .diagonal("diagonal labels, depth two", widths: [9, 2, 7], seed: 24),
    .diagonal("diagonal labels, depth four", widths: [8, 3, 5, 2, 11], seed: 25),
  ]
}
