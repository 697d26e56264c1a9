import Foundation
import LinearAlgebra
import LinearNetworks

/// Everything about a network that the verdict compares with something, except its Hessian.
struct VerdictMeasures {
  let network: LinearNetwork
  let problem: Problem
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

  /// Whether the gradient is small relative to its unit.
  let isStationary: Bool

  init(of network: LinearNetwork, rule: VerdictRule) {
    (self.network, problem) = (network, rule.problem)
    let N = network.depth
    scale = rule.scale(of: network)
    let gradient = NetworkLoss(problem: problem, widths: network.widths).gradient(network.parameters)
    gradientNorm = Matrix.column(gradient).frobeniusNorm
    relativeGradient = rule.relativeGradientNorm(gradientNorm, scale)
    W = network.endToEndMatrix
    gap = rule.minimum.gap(of: W)
    relativeGap = rule.relativeGap(gap, scale)
    roundOff = RoundOff(of: problem, at: network)

    isStationary = relativeGradient <= rule.gradientTolerance
    // At a stationary point singular values on their way to zero count as zero; elsewhere only round-off does.
    vanishing = isStationary ? rule.vanishingSize(relativeGradient, N) : 0
    let decomposition = network.factoredEndToEnd.singularValueDecomposition(ofRank: network.bottleneckWidth)
    let singularValues = decomposition.singularValues
    let entries = Double(W.rows + W.columns) * .ulpOfOne * max(scale.size, singularValues.first ?? 0)
    rankTolerance = max(
      entries, 10 * scale.size * vanishing,
      isStationary ? VerdictMeasures.unlearnt(decomposition, scale, rule.captured) : 0)
    rank = singularValues.prefix { [rankTolerance] in $0 > rankTolerance }.count
    let changing =
      max(Double(network.parameterCount) * .ulpOfOne, 100 * relativeGradient)
      + VerdictMeasures.residualCurvature(
        network, rank, scale, vanishing: vanishing, gradient: rule.relativeToWeakest(relativeGradient))
    // Away from stationary points there is none to be near to: the curvature is that of the network itself, up to rounding.
    curvatureTolerance =
      isStationary ? max(scale.curvature * min(1, changing), roundOff.hessian) : roundOff.hessian
  }

  /// The largest singular value of W beyond the number of directions of the labels that W has learnt, if it is small: at a stationary point there is none.
  ///
  /// In layers of very different size, or where a direction of W has nothing to learn, singular values die more slowly than with the gradient.
  private static func unlearnt(
    _ W: SingularValueDecomposition, _ scale: LandscapeScale, _ captured: CapturedDirections
  ) -> Double {
    let σ = W.singularValues
    guard captured.defect(of: W) <= VerdictRule.captureTolerance else { return 0 }
    let k = captured.subset(of: W).count
    guard k < σ.count, σ[k] <= largestUnlearnt * scale.size else { return 0 }
    return σ[k]
  }

  /// Relative to the size of the minimiser (tuned).
  private static let largestUnlearnt = 1e-6

  /// Curvature, relative to its scale, that may vanish together with the singular values that tend to zero.
  ///
  /// For N ≥ 3 let w_1 ≤ … ≤ w_N be the sizes, in each layer, of a direction that W does not have. The nearest stationary point is about w_2 away, where two of them are zero; two layers
  /// can be perturbed while N−2 factors remain, so on the way there the curvature changes by up to about N w_2 w_4 ⋯ w_N. Nor is it further than what the gradient, a product of N−1 such
  /// factors, allows for; and of q small factors among large ones the gradient has q − 1 and the curvature q − 2, three at least where it vanishes with them, so that it is no more than the gradient's root.
  private static func residualCurvature(
    _ network: LinearNetwork, _ rank: Int, _ scale: LandscapeScale, vanishing: Double, gradient: Double
  ) -> Double {
    let N = network.depth
    guard N >= 3, vanishing > 0 else { return 0 }
    let unit = pow(scale.size, 1 / Double(N))
    let w = network.layers.map { W in
      let σ = W.singularValues
      return rank < σ.count ? σ[rank] / unit : 0
    }.sorted()
    // Ten times (tuned): directions of the target differ in size.
    let distance = min(w[1], 10 * pow(vanishing, 1 / Double(N)))
    return 4 * Double(N)
      * min(w.dropFirst(3).reduce(distance) { $0 * min($1, 1) }, 10 * gradient.squareRoot())
  }

  /// ‖Uᵀ(Y P_X − W X)‖ / ‖Y P_X‖ with U the range of W_{>1}.
  var unfitted: Double {
    let reachable = problem.spectralLoss.reachableLabels
    let size = reachable.frobeniusNorm
    if size == 0 { return 0 }
    let residual = reachable - problem.inEigenbasis(W).scalingColumns(by: problem.inputScales)
    guard depth > 1 else { return residual.frobeniusNorm / size }
    let rest = LinearNetwork(layers: Array(network.layers.dropFirst())).endToEndMatrix
    let N = Double(depth)
    let threshold = 1e-3 * pow(scale.size, (N - 1) / N)
    let svd = rest.singularValueDecomposition
    let U = svd.U.columns(0..<svd.rank(tolerance: threshold))
    return Matrix.product(U, .transposed, residual, .plain).frobeniusNorm / size
  }
}
