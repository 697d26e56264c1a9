import LinearAlgebra

/// A small regression data set, samples as columns, named after what is special about it.
public struct RegressionCase: Sendable, CustomStringConvertible {
  public let name: String
  /// X: dx × m.
  public let inputs: Matrix
  /// Y: dy × m.
  public let outputs: Matrix

  public init(_ name: String, inputs X: Matrix, outputs Y: Matrix) {
    (self.name, inputs, outputs) = (name, X, Y)
  }

  public var description: String { name }
  public var sampleCount: Int { inputs.columns }

  /// One sample a row, inputs before outputs.
  public var table: Matrix { inputs.appendingRows(outputs).transpose }

  /// Gaussian inputs, their rows scaled, and outputs of which about half is linear in them.
  public static func random(
    _ name: String = "random", inputs dx: Int, outputs dy: Int, samples m: Int, scales: [Double]? = nil,
    seed: UInt64
  ) -> RegressionCase {
    var generator = SeededGenerator(seed: seed)
    let X = Matrix.gaussian(dx, m, using: &generator)
    let Y =
      (1 / Double(dx).squareRoot()) * Matrix.gaussian(dy, dx, using: &generator) * X
      + Matrix.gaussian(dy, m, using: &generator)
    return RegressionCase(name, inputs: scales.map { X.scalingRows(by: $0) } ?? X, outputs: Y)
  }

  /// X Xᵀ/m = I to round-off.
  public static func whitened(
    _ name: String = "whitened", inputs dx: Int, outputs dy: Int, samples m: Int, seed: UInt64
  ) -> RegressionCase {
    var generator = SeededGenerator(seed: seed)
    let X = Double(m).squareRoot() * Matrix.randomOrthonormal(m, dx, using: &generator).transpose
    let Y =
      Matrix.gaussian(dy, dx, using: &generator) * X + Matrix.gaussian(dy, m, using: &generator)
    return RegressionCase(name, inputs: X, outputs: Y)
  }

  /// Shapes and scales that a regression may meet.
  public static let zoo: [RegressionCase] = [
    .random("tall", inputs: 5, outputs: 2, samples: 3000, seed: 1),
    .random("square", inputs: 4, outputs: 4, samples: 4, seed: 2),
    .random("fewer samples than inputs", inputs: 6, outputs: 3, samples: 4, seed: 3),
    .random("one sample", inputs: 3, outputs: 2, samples: 1, seed: 4),
    .random("one column each", inputs: 1, outputs: 1, samples: 20, seed: 5),
    .random("more outputs than inputs", inputs: 2, outputs: 7, samples: 30, seed: 6),
    .random("one large unit", inputs: 4, outputs: 2, samples: 60, scales: [1, 1e8, 1, 1], seed: 7),
    .random("one small unit", inputs: 4, outputs: 2, samples: 60, scales: [1, 1, 1e-8, 1], seed: 8),
    .whitened("whitened", inputs: 5, outputs: 3, samples: 40, seed: 9),
  ]
}
