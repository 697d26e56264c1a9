import LinearAlgebra
import LinearNetworks

/// The state of a network of depth two at one time.
public struct DepthTwoState: ExactState {
  public let time: Double
  /// A first-order bound on ‖error of W(t)‖_F; it is large where a saddle is left at a time that the start's last digits decide.
  public let errorEstimate: Double
  /// W(t) = L R with L Lᵀ and RᵀR known exactly: dy × ρ and ρ × dx with LᵀL = RRᵀ. The layers are these up to one hidden rotation.
  public let outputFactor: Matrix
  public let inputFactor: Matrix
  /// Q(t) up to a rotation from the right, in the eigenvectors of F.
  private let factor: Matrix

  /// - Parameter Y: a balanced factor in the eigenvectors of F.
  init(_ flow: ExactDepthTwoFlow, time: Double, factor Y: Matrix, factorError: Double) {
    self.time = time
    let parts = flow.sides(of: Y)
    outputFactor = parts.output
    inputFactor = parts.input.transpose
    self.factor = Y
    // W is a block of YYᵀ; and a dot product of k terms of eigenvectors on either side.
    let size = Y.frobeniusNorm
    errorEstimate = size * (factorError + 2 * Double(flow.rank + 8) * .ulpOfOne * size)
  }

  /// W(t), dy × dx.
  public var endToEndMatrix: Matrix { outputFactor * inputFactor }
  public var factors: FactoredMatrix { FactoredMatrix(left: outputFactor, right: inputFactor.transpose) }

  public var relativeError: Double { errorEstimate / max(factors.frobeniusNorm, .leastNormalMagnitude) }

  /// Singular values of W(t) in decreasing order, as many as the rank of the start.
  public var singularValues: [Double] {
    // Balanced factors have W's singular values in either half of YᵀY = 2 W_1W_1ᵀ.
    factor.singularValues.prefix(factor.columns).map { 0.5 * $0 * $0 }
  }
}

extension ExactDepthTwoFlow {
  /// W_2 (dy × columns) and W_1ᵀ (dx × columns) from the coordinates of Q in the eigenvectors of F.
  func sides(of Y: Matrix) -> (output: Matrix, input: Matrix) {
    let k = targetSingularValues.count
    let half = 0.5.squareRoot()
    let sum = Matrix(k, Y.columns) { i, j in half * (Y[i, j] + Y[i + k, j]) }
    let difference = Matrix(k, Y.columns) { i, j in half * (Y[i, j] - Y[i + k, j]) }
    let rest = beyond * Y.rows(2 * k..<Y.rows)
    return target.columns >= target.rows
      ? (U * difference, V * sum + rest) : (U * difference + rest, V * sum)
  }
}
