import Foundation
import LinearAlgebra
import LinearNetworks

/// The natural units of a problem's gradient and curvature, against which "small" is measured.
///
/// A matrix that fits the labels through the strongest input has size s = ‖Y P_X‖/‖X‖, the layers of its network s^{1/N}. There the gradient's terms are of size
/// ‖Y Xᵀ‖_F s^{(N−1)/N}, and the curvature is of size ‖X‖² s^{(2N−2)/N}. For whitened inputs s = s_Z.
public struct LandscapeScale: Sendable {
  /// s; the size of the network itself where there is nothing to fit.
  public let size: Double
  /// ‖Y Xᵀ‖_F s^{(N−1)/N}.
  public let gradient: Double
  /// ‖X‖² s^{(2N−2)/N}.
  public let curvature: Double

  /// The units of a problem at depth N; `sizeWithoutTarget` stands for s where the minimiser is zero.
  public init(minimum: GlobalMinimum, depth N: Int, sizeWithoutTarget: Double) {
    let ξ = max(minimum.problem.inputScales.max() ?? 0, .leastNormalMagnitude)
    let best = (minimum.singularValues.first ?? 0) / ξ
    size = best > 0 ? best : (sizeWithoutTarget > 0 ? sizeWithoutTarget : 1)
    let cross = minimum.crossNorm
    gradient = (cross > 0 ? cross : ξ * ξ * size) * pow(size, Double(N - 1) / Double(N))
    curvature = ξ * ξ * pow(size, 2 - 2 / Double(N))
  }
}
