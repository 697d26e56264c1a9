import LinearAlgebra
import LinearNetworks

/// Whether a flow that is close to a saddle moves away from it.
///
/// Along gradient flow d/dt ½‖g‖² = −gᵀ∇²L g, so gᵀ∇²L g < 0 means that the speed grows: the flow leaves. It will also leave, later, if the gradient has a component
/// along directions of negative curvature. Only a flow without either, up to round-off, is exactly on the set that ends in the saddle.
public enum Departure {
  /// - Parameters:
  ///   - weights: a point whose gradient is small.
  ///   - loss: L_N.
  ///   - resolution: accuracy of the curvature in networks too large for a dense Hessian.
  public static func isUnderWay(at weights: [Double], of loss: NetworkLoss, resolution: Double) -> Bool {
    let gradient = loss.gradient(weights)
    let g = Matrix.column(gradient)
    let norm = g.frobeniusNorm
    if norm == 0 { return false }
    let Hg = loss.hessianProduct(at: weights, gradient)
    let roundOff = 1e3 * .ulpOfOne * termSize(weights, loss)
    if norm <= roundOff { return false }
    let spectrum = HessianSpectrum(of: loss, at: weights, resolution: resolution)
    let size = max(spectrum.largest.magnitude, spectrum.lowest[0].magnitude)
    // Directions whose curvature is negative beyond the round-off of the Hessian.
    let escaping = spectrum.lowest.indices.filter { spectrum.lowest[$0] < -1e-12 * size }
    let component = Matrix.product(spectrum.eigenvectors.columns(escaping), .transposed, g, .plain).frobeniusNorm
    return component > roundOff || Matrix.inner(g, .column(Hg)) < -1e-10 * size * norm * norm
  }

  /// Σ_j ‖W_{>j}‖ ‖W_{<j}‖ (‖W X Xᵀ‖ + ‖Y Xᵀ‖): the size of the terms that cancel in the gradient, whose round-off it inherits.
  static func termSize(_ weights: [Double], _ loss: NetworkLoss) -> Double {
    let network = LinearNetwork(widths: loss.shape.widths, parameters: weights)
    let W = network.endToEndMatrix
    let ξ = loss.loss.inputScales
    let forces =
      W.scalingColumns(by: ξ.map { $0 * $0 }).frobeniusNorm + loss.loss.labels.scalingColumns(by: ξ).frobeniusNorm
    let norms = network.layers.map(\.frobeniusNorm)
    return norms.indices.reduce(0) { sum, j in
      sum + norms.enumerated().reduce(forces) { $1.offset == j ? $0 : $0 * $1.element }
    }
  }
}
