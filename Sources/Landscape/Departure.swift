import Foundation
import LinearAlgebra
import LinearNetworks

/// Whether a flow that is close to a saddle moves away from it.
///
/// Near a saddle the part g₋ of the gradient g along directions of negative curvature grows, e^{|λ|t}, while the rest dies out: as long as there is such a part the flow
/// will leave. Only a flow without it is on the set that ends in the saddle. In floating point "without" means: no more than what the error of the state, growing at the
/// same rate since the flow came near, has made of nothing.
public enum Departure {
  /// - Parameters:
  ///   - weights: a point whose gradient is small.
  ///   - loss: L_N.
  ///   - stateError: what the weights may be wrong by, in norm: a component of that size means nothing.
  ///   - elapsed: flow time since the flow came near the saddle; 0 if it started there.
  ///   - resolution: accuracy of the curvature in networks too large for a dense Hessian.
  public static func isUnderWay(
    at weights: [Double], of loss: NetworkLoss, stateError: Double, elapsed: Double,
    resolution: Double
  ) -> Bool {
    let gradient = loss.gradient(weights)
    let g = Matrix.column(gradient)
    let norm = g.frobeniusNorm
    // The round-off of a gradient is a small multiple (ten, tuned) of eps times its terms.
    let network = LinearNetwork(widths: loss.shape.widths, parameters: weights)
    let roundOff = 10 * .ulpOfOne * RoundOff.gradientTerms(of: loss.problem, at: network)
    if norm <= roundOff { return false }
    let spectrum = HessianSpectrum(of: loss, at: weights, resolution: resolution)
    let size = max(spectrum.largest.magnitude, spectrum.lowest[0].magnitude)
    // Directions whose curvature is negative beyond the round-off of the Hessian.
    let escaping = spectrum.lowest.indices.filter { spectrum.lowest[$0] < -1e-12 * size }
    guard let first = escaping.first else { return false }
    var component = Matrix.product(spectrum.eigenvectors.columns(escaping), .transposed, g, .plain)
      .frobeniusNorm
    if spectrum.method == .lanczos {
      // A few eigenvectors may miss directions; but gᵀ∇²L g < 0 means that ‖g‖ grows along the flow.
      let Hg = Matrix.column(loss.hessianProduct(at: weights, gradient))
      if Matrix.inner(g, Hg) < 0 { component = norm }
    }
    let curvature = spectrum.lowest[first].magnitude
    return component > (roundOff + stateError * curvature) * exp(curvature * elapsed)
  }
}
