import Foundation
import LinearAlgebra
import LinearNetworks

/// The natural units of a problem's gradient and curvature, against which "small" is measured.
///
/// A network at a global minimiser has layers of size s^{1/N}, s = ‖W*‖. There the gradient's terms are of size ‖Y Xᵀ‖_F s^{(N−1)/N}, and the
/// curvature is of size ‖X‖² s^{(2N−2)/N}.
public struct LandscapeScale: Sendable {
  /// s, the spectral norm of the minimiser (of the network itself where the minimiser is zero).
  public let size: Double
  /// ‖Y Xᵀ‖_F s^{(N−1)/N}.
  public let gradient: Double
  /// ‖X‖² s^{(2N−2)/N}.
  public let curvature: Double

  /// The units of a problem at depth N; `sizeWithoutTarget` stands for s where the minimiser is zero.
  public init(minimum: GlobalMinimum, loss: QuadraticLoss, depth N: Int, sizeWithoutTarget: Double) {
    let best = minimum.minimiser.spectralNorm
    size = best > 0 ? best : (sizeWithoutTarget > 0 ? sizeWithoutTarget : 1)
    let ξ = loss.inputScales.max() ?? 0
    let cross = loss.reachableLabels.scalingColumns(by: loss.inputScales).frobeniusNorm
    gradient = max(cross > 0 ? cross : ξ * ξ * size, .leastNormalMagnitude) * pow(size, Double(N - 1) / Double(N))
    curvature = max(ξ * ξ, .leastNormalMagnitude) * pow(size, 2 - 2 / Double(N))
  }
}
