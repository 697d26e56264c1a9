import Foundation
import LinearAlgebra
import LinearNetworks

/// What a network is in the landscape of its problem.
///
/// There is no spurious local minimum, so a stationary point is a global minimiser, a strict saddle (with a direction of negative
/// curvature that leads out) or a non-strict saddle (none, although the loss is above the minimum; for example the origin when N ≥ 3).
///
/// Source: Eftekhari (2020), Definitions 2.1–2.3, Theorem 2.8.
public struct Verdict: Codable, Sendable, Equatable {
  /// The four things a point can be; the names are those of `result.json`.
  public enum Kind: String, Codable, Sendable {
    /// L_N = min L_N.
    case globalMinimiser
    /// ∇L_N = 0, the loss above the minimum, and a direction Δ with ∇²L_N[Δ] < 0 (Definition 2.3).
    case strictSaddle
    /// ∇L_N = 0 and ∇²L_N ≥ 0, yet the loss is above the minimum.
    case nonStrictSaddle
    /// ∇L_N ≠ 0: the flow would go on.
    case notStationary
  }

  /// What the point is.
  public let kind: Kind
  /// Singular values of W_N⋯W_1 above `rankTolerance`.
  public let rank: Int
  /// Singular values up to here count as vanishing with the gradient.
  public let rankTolerance: Double
  /// ‖∇L_N‖, all layers together.
  public let gradientNorm: Double
  /// ‖∇L_N‖ / (‖Y Xᵀ‖_F s^{(N−1)/N}) with s = ‖Y P_X‖/‖X‖ (s_Z for whitened inputs).
  public let relativeGradientNorm: Double
  /// The relative gradient up to which a point is looked at as stationary.
  public let gradientTolerance: Double
  /// L_N.
  public let loss: Double
  /// L_N − min L_N.
  public let lossGap: Double
  /// The gap relative to ½‖Y P_X‖².
  public let relativeLossGap: Double
  /// The smallest eigenvalue of ∇²L_N.
  public let smallestHessianEigenvalue: Double
  /// How it was found.
  public let hessianMethod: HessianSpectrum.Method
  /// Eigenvalues above −curvatureTolerance cannot be told from zero.
  public let curvatureTolerance: Double
  /// For a strict saddle the negative curvature that leads out; null otherwise.
  public let escapeCurvature: Double?
}

/// The rule that decides a verdict, and its tolerances.
public struct VerdictRule: Sendable {
  /// The problem.
  public let loss: QuadraticLoss
  /// Its minimum at the bottleneck's rank.
  public let minimum: GlobalMinimum
  /// The relative gradient up to which a point is looked at as stationary.
  public let gradientTolerance: Double

  /// The relative loss gap up to which a stationary point is a global minimiser: at least 1e-12, as far as other stationary values are apart
  /// (½(σ_r² − σ_{r+1}²) or more) unless singular values agree to about that many digits.
  ///
  /// Near a minimiser the gap is about the square of the relative gradient times a condition number; where the target's rank is below r it is the square of
  /// singular values that are still on their way to zero.
  public func gapTolerance(depth N: Int) -> Double {
    let vanishing = isTargetDeficient ? vanishingSize(gradientTolerance, N) : 0
    return max(1e-12, 100 * gradientTolerance * gradientTolerance, 10 * vanishing * vanishing)
  }

  /// The part of Y P_X, relative to it, that the column space of a stationary network may leave unfitted.
  ///
  /// A stationary W satisfies Uᵀ(Y P_X − W X) = 0 for U spanning the range of W_{>1}. Unlike the gradient this is not weighted by X, so directions with
  /// little data that are still moving are not taken for stationary.
  public static let unfittedTolerance = 1e-5

  /// The rule for one problem and bottleneck.
  public init(loss: QuadraticLoss, minimum: GlobalMinimum, gradientTolerance: Double = 1e-9) {
    (self.loss, self.minimum, self.gradientTolerance) = (loss, minimum, gradientTolerance)
  }

  /// The cheap half of the verdict, for use at every step: is the gradient small relative to its scale?
  public func relativeGradientNorm(_ gradientNorm: Double, of network: LinearNetwork) -> Double {
    gradientNorm / scale(of: network).gradient
  }

  /// The units in which the gradient and the curvature of a network are small or not.
  public func scale(of network: LinearNetwork) -> LandscapeScale {
    let largest = network.layers.reduce(0) { max($0, $1.frobeniusNorm) }
    return LandscapeScale(
      minimum: minimum, loss: loss, depth: network.depth,
      sizeWithoutTarget: pow(largest, Double(network.depth)))
  }

  /// The verdict on a network whose inputs are in the coordinates of the loss, with the direction of steepest negative curvature of a strict saddle.
  public func verdict(on network: LinearNetwork) -> (verdict: Verdict, escape: LinearNetwork?) {
    let N = network.depth
    let scale = scale(of: network)
    let networkLoss = NetworkLoss(loss: loss, widths: network.widths)
    let weights = network.parameters
    let gradientNorm = Matrix.column(networkLoss.gradient(weights)).frobeniusNorm
    let relativeGradient = gradientNorm / scale.gradient
    let W = network.endToEndMatrix
    let gap = minimum.gap(of: W)
    let relativeGap =
      minimum.learnableLoss > 0 ? gap / minimum.learnableLoss : gap / (scale.curvature * scale.size)

    let roundOff = Double(W.rows + W.columns) * .ulpOfOne
    let singularValues = W.singularValues
    // At a stationary point singular values on their way to zero count as zero; elsewhere only round-off does.
    let vanishing =
      relativeGradient <= gradientTolerance ? 10 * scale.size * vanishingSize(relativeGradient, N) : 0
    let rankTolerance = max(roundOff * max(scale.size, singularValues.first ?? 0), vanishing)
    let rank = singularValues.prefix { $0 > rankTolerance }.count

    let curvatureTolerance =
      scale.curvature
      * min(
        1,
        max(Double(weights.count) * .ulpOfOne, 100 * relativeGradient)
          + residualCurvature(network, rank, scale))
    let spectrum = HessianSpectrum(of: networkLoss, at: weights, resolution: curvatureTolerance / 10)
    let λ = spectrum.lowest[0]

    let kind: Verdict.Kind =
      if !(relativeGradient <= gradientTolerance) {
        .notStationary
      } else if relativeGap <= gapTolerance(depth: N) {
        .globalMinimiser
      } else if unfitted(network, scale) > VerdictRule.unfittedTolerance {
        .notStationary
      } else if λ < -max(curvatureTolerance, spectrum.accuracy) {
        .strictSaddle
      } else {
        .nonStrictSaddle
      }
    let verdict = Verdict(
      kind: kind, rank: rank, rankTolerance: rankTolerance, gradientNorm: gradientNorm,
      relativeGradientNorm: relativeGradient, gradientTolerance: gradientTolerance, loss: minimum.loss + gap,
      lossGap: gap, relativeLossGap: relativeGap, smallestHessianEigenvalue: λ,
      hessianMethod: spectrum.method,
      curvatureTolerance: curvatureTolerance, escapeCurvature: kind == .strictSaddle ? λ : nil)
    let escape =
      kind == .strictSaddle
      ? LinearNetwork(widths: network.widths, parameters: spectrum.eigenvectors.column(0)) : nil
    return (verdict, escape)
  }

  /// The size, relative to the largest, of a singular value that is still on its way to zero when the gradient has this size.
  ///
  /// A direction in which the target still has σ_i to offer moves by a product of N−1 layers, so gradient ∼ (σ_i/σ_1) s^{(N−1)/N}. Where it has nothing to
  /// offer (rank of Y P_X below r) the gradient carries another factor s: s^{(2N−1)/N}.
  private func vanishingSize(_ gradient: Double, _ N: Int) -> Double {
    guard N > 1, let σ1 = minimum.singularValues.first, σ1 > 0 else { return gradient }
    if isTargetDeficient { return pow(gradient, Double(N) / Double(2 * N - 1)) }
    let last = minimum.singularValues.prefix(minimum.rank).last ?? σ1
    return pow(gradient * σ1 / last, Double(N) / Double(N - 1))
  }

  /// Whether the rank of Y P_X is below r, up to round-off.
  private var isTargetDeficient: Bool {
    guard let σ1 = minimum.singularValues.first, let last = minimum.singularValues.prefix(minimum.rank).last
    else {
      return false
    }
    return last <= Double(loss.inputs + loss.outputs) * .ulpOfOne * σ1
  }

  /// Curvature, relative to its scale, that will vanish together with the singular values that tend to zero.
  ///
  /// In N ≥ 3 layers with a direction of size w in each, two layers can be perturbed while N−2 factors w remain: up to about N w^{N−2}.
  private func residualCurvature(_ network: LinearNetwork, _ rank: Int, _ scale: LandscapeScale) -> Double {
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
  private func unfitted(_ network: LinearNetwork, _ scale: LandscapeScale) -> Double {
    let reachable = loss.reachableLabels
    let size = reachable.frobeniusNorm
    if size == 0 { return 0 }
    let residual = reachable - network.endToEndMatrix.scalingColumns(by: loss.inputScales)
    guard network.depth > 1 else { return residual.frobeniusNorm / size }
    let rest = LinearNetwork(layers: Array(network.layers.dropFirst())).endToEndMatrix
    let N = Double(network.depth)
    let threshold = 1e-3 * pow(scale.size, (N - 1) / N)
    let svd = rest.singularValueDecomposition
    let U = svd.U.columns(0..<svd.rank(tolerance: threshold))
    return Matrix.product(U, .transposed, residual, .plain).frobeniusNorm / size
  }
}
