import Integration

/// The flow that gradient descent with step η follows to second order: dθ/dt = −∇L_N − (η/2) ∇²L_N ∇L_N, gradient flow of L_N + (η/4)‖∇L_N‖².
///
/// Its solution at t = kη differs from the k-th iterate by O(η²), gradient flow by O(η): the first two terms of backward error analysis.
///
/// - Complexity: a gradient and a Hessian product an evaluation.
///
/// Source: Barrett and Dherin, "Implicit gradient regularization", ICLR (2021), equations (2) and (5); Hairer, Lubich, Wanner, Geometric Numerical Integration, chapter IX.
public final class ModifiedFlow: VectorField {
  private let loss: NetworkLoss
  private let step: Double
  private var gradient, product: [Double]

  /// - Parameters:
  ///   - loss: L_N.
  ///   - step: η.
  public init(_ loss: NetworkLoss, step: Double) {
    (self.loss, self.step) = (loss, step)
    gradient = Array(repeating: 0, count: loss.shape.parameterCount)
    product = gradient
  }

  public var dimension: Int { loss.shape.parameterCount }
  public var blocks: [Range<Int>] { loss.shape.blocks }

  public func evaluate(_ y: UnsafePointer<Double>, into derivative: UnsafeMutablePointer<Double>) {
    gradient.withUnsafeMutableBufferPointer { g in
      product.withUnsafeMutableBufferPointer { h in
        loss.gradient(y, into: g.baseAddress!)
        loss.linearize(at: y)
        loss.hessianProduct(g.baseAddress!, into: h.baseAddress!)
        for i in 0..<dimension { derivative[i] = -g[i] - 0.5 * step * h[i] }
      }
    }
  }
}
