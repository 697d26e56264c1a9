import Integration
import LinearAlgebra

/// Gradient flow on the layers, dW_j/dt = −∇_{W_j} L_N(W_1, …, W_N).
///
/// Its Jacobian is −∇²L_N: products with it are exact Hessian products.
///
/// Source: Eftekhari (2020), equation (13).
public final class GradientFlow: PreconditionedVectorField {
  /// L_N.
  public let loss: NetworkLoss
  /// The norm of a layer below which it is not resolved relatively.
  public let negligibleNorm: Double

  /// - Parameters:
  ///   - loss: L_N.
  ///   - negligibleNorm: the norm of a layer below which it is not resolved relatively; needed only where all layers
  ///     may start at zero, as in depth one.
  public init(_ loss: NetworkLoss, negligibleNorm: Double = 0) {
    (self.loss, self.negligibleNorm) = (loss, negligibleNorm)
  }

  public var dimension: Int { loss.shape.parameterCount }
  public var blocks: [Range<Int>] { loss.shape.blocks }

  public func evaluate(_ y: UnsafePointer<Double>, into derivative: UnsafeMutablePointer<Double>) {
    loss.gradient(y, into: derivative)
    for i in 0..<dimension { derivative[i] = -derivative[i] }
  }

  public func linearize(at y: UnsafePointer<Double>) { loss.linearize(at: y) }

  public func applyJacobian(_ v: UnsafePointer<Double>, into product: UnsafeMutablePointer<Double>) {
    loss.hessianProduct(v, into: product)
    for i in 0..<dimension { product[i] = -product[i] }
  }

  // MARK: Preconditioning

  private var preconditioner: KroneckerPreconditioner?

  public func preparePreconditioner(at y: UnsafePointer<Double>) {
    let weights = Array(UnsafeBufferPointer(start: y, count: dimension))
    preconditioner = KroneckerPreconditioner(
      LinearNetwork(widths: loss.shape.widths, parameters: weights), problem: loss.problem)
  }

  /// By the Gauss–Newton blocks of each layer (`KroneckerPreconditioner`).
  public func applyPreconditioner(
    _ r: UnsafePointer<Double>, gamma: Double, into z: UnsafeMutablePointer<Double>
  ) {
    preconditioner!.solve(r, into: z, shape: loss.shape, gamma: gamma)
  }
}
