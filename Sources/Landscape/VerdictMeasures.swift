import Foundation
import LinearAlgebra
import LinearNetworks

/// Everything about a network that the verdict compares with something, except its Hessian.
struct VerdictMeasures {
  let network: LinearNetwork
  let loss: QuadraticLoss
  let scale: LandscapeScale
  /// W_N⋯W_1.
  let W: Matrix
  let gradientNorm: Double
  let relativeGradient: Double
  /// L_N − min L_N, and relative to ½‖Y P_X‖².
  let gap: Double
  let relativeGap: Double
  let roundOff: RoundOff
  /// The size of singular values that may still be on their way to zero, relative to the largest; 0 where the network is not stationary.
  let vanishing: Double
  let rank: Int
  let rankTolerance: Double
  /// Curvature that cannot be told from zero.
  let curvatureTolerance: Double

  var depth: Int { network.depth }

  init(of network: LinearNetwork, rule: VerdictRule) {
    (self.network, loss) = (network, rule.loss)
    let N = network.depth
    scale = rule.scale(of: network)
    let gradient = NetworkLoss(loss: loss, widths: network.widths).gradient(network.parameters)
    gradientNorm = Matrix.column(gradient).frobeniusNorm
    relativeGradient = gradientNorm / scale.gradient
    W = network.endToEndMatrix
    gap = rule.minimum.gap(of: W)
    relativeGap = rule.relativeGap(gap, scale)
    roundOff = RoundOff(of: loss, at: network)

    // At a stationary point singular values on their way to zero count as zero; elsewhere only round-off does.
    vanishing = relativeGradient <= rule.gradientTolerance ? rule.vanishingSize(relativeGradient, N) : 0
    let singularValues = W.singularValues
    let entries = Double(W.rows + W.columns) * .ulpOfOne * max(scale.size, singularValues.first ?? 0)
    rankTolerance = max(entries, 10 * scale.size * vanishing)
    rank = singularValues.prefix { [rankTolerance] in $0 > rankTolerance }.count
    let changing =
      max(Double(network.parameterCount) * .ulpOfOne, 100 * relativeGradient)
      + VerdictMeasures.residualCurvature(network, rank, scale)
    curvatureTolerance = max(scale.curvature * min(1, changing), roundOff.hessian)
  }

  /// Curvature, relative to its scale, that will vanish together with the singular values that tend to zero.
  ///
  /// In N ≥ 3 layers with a direction of size w in each, two layers can be perturbed while N−2 factors w remain: up to about N w^{N−2}.
  private static func residualCurvature(
    _ network: LinearNetwork, _ rank: Int, _ scale: LandscapeScale
  ) -> Double {
    guard network.depth >= 3 else { return 0 }
    let remaining = network.layers.map { W in
      let σ = W.singularValues
      return rank < σ.count ? σ[rank] : 0
    }
    let N = Double(network.depth)
    let w = remaining.min()! / pow(scale.size, 1 / N)
    return w > 0 ? 4 * N * pow(w, N - 2) : 0
  }

  /// ‖Uᵀ(Y P_X − W X)‖ / ‖Y P_X‖ with U the range of W_{>1}.
  var unfitted: Double {
    let reachable = loss.reachableLabels
    let size = reachable.frobeniusNorm
    if size == 0 { return 0 }
    let residual = reachable - W.scalingColumns(by: loss.inputScales)
    guard depth > 1 else { return residual.frobeniusNorm / size }
    let rest = LinearNetwork(layers: Array(network.layers.dropFirst())).endToEndMatrix
    let N = Double(depth)
    let threshold = 1e-3 * pow(scale.size, (N - 1) / N)
    let svd = rest.singularValueDecomposition
    let U = svd.U.columns(0..<svd.rank(tolerance: threshold))
    return Matrix.product(U, .transposed, residual, .plain).frobeniusNorm / size
  }
}
