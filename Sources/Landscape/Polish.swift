import Foundation
import LinearAlgebra
import LinearNetworks

/// Newton's method on ∇L_N = 0: from a nearly stationary network onto the stationary point, be it a minimiser or a saddle.
///
/// Each step is Levenberg's and Marquardt's for the equations ∇L_N(w) = 0, δ = −(H² + μ²)⁻¹ H ∇L_N with H = ∇²L_N and μ² falling with the gradient. H has a null space at every
/// stationary point (the symmetries of the factorisation), along which δ does not move; as the stationary points are manifolds along it, convergence is quadratic (Fan, Yuan, 2005). At
/// points where more of H vanishes, such as non-strict saddles, it is linear, and for N ≥ 4 and in large networks it may stall there. Then a stationary network is built from the layers' blocks
/// (``NearbyStationaryPoint``), which is exact to round-off, and taken if it is near. A step that does not lower ‖∇L_N‖ is tried again with more damping, so that the gradient
/// norm falls from step to step, and the loss may rise or fall.
///
/// Networks are polished without their spare hidden dimensions (``HiddenCompression``), in which the gradient has no part.
///
/// Accuracy: ends where the gradient is what rounding leaves of zero (``RoundOff``), or when it no longer falls.
///
/// Complexity: an eigendecomposition of H a step up to 1200 weights, beyond that some hundred Hessian products.
///
/// Source: Fan, Yuan, "On the quadratic convergence of the Levenberg–Marquardt method without nonsingularity assumption", Computing (2005).
public struct Polish: Sendable {
  /// How it ended.
  public enum Ending: String, Codable, Sendable {
    /// The gradient cannot be told from zero.
    case stationary
    /// The gradient did not fall any more before that.
    case stalled
    /// It was told to stop.
    case interrupted
  }

  /// The polished network.
  public let network: LinearNetwork
  /// How it ended.
  public let ending: Ending
  /// ‖∇L_N‖ before and after.
  public let gradientBefore, gradientAfter: Double
  /// What rounding leaves of a gradient that is zero, at the polished network.
  public let gradientRoundOff: Double
  /// √Σ_j‖W_j − W_j⁰‖².
  public let distance: Double
  /// The distance relative to the norm of the weights; 0 for a network that did not move.
  public let relativeDistance: Double
  /// Steps taken.
  public let steps: Int

  /// At most so many steps: quadratic convergence takes about five, halving the distance to 1e-16 of its scale fifty.
  static let largestStepCount = 60

  /// The longest way, relative to the weights, to a stationary network that is built instead of found by steps (tuned).
  static let longestProjection = 0.1
  /// The same where steps have found one (tuned).
  static let shortProjection = 1e-6

  /// Polishes a network.
  ///
  /// - Parameters:
  ///   - whole: the nearly stationary network.
  ///   - rule: the problem, and what counts as stationary.
  ///   - progress: told ‖∇L_N‖ after each step; false to stop.
  public init(_ whole: LinearNetwork, rule: VerdictRule, progress: (Double) -> Bool = { _ in true }) {
    // In the eigenvectors of X Xᵀ hundreds of Hessian products cost less.
    let problem = rule.problem.diagonal
    let compression = HiddenCompression(rule.problem.inEigenbasis(whole))
    let start = compression.network
    let loss = NetworkLoss(problem: problem, widths: start.widths)
    let scale = rule.scale(of: start)
    let n = start.parameterCount
    var weights = start.parameters
    var gradient = loss.gradient(weights)
    var norm = Matrix.column(gradient).frobeniusNorm
    gradientBefore = norm
    // Where the weights themselves tend to zero the terms of the gradient do so too; eps of its unit is small enough.
    func isRoundOff(_ weights: [Double], _ norm: Double) -> Bool {
      let network = LinearNetwork(widths: start.widths, parameters: weights)
      return norm <= max(RoundOff(of: problem, at: network).gradientNorm, .ulpOfOne * scale.gradient)
    }
    // At distance ε from a point where all but two layers pass nothing on the gradient is of order ε^{N−1} and curvatures are of order ε^{N−2}, which the damping must not exceed; ½
    // keeps the convergence at other points quadratic.
    let N = Double(start.depth)
    let exponent = start.depth > 2 ? max(0.5, (N - 2) / (N - 1)) : 0.5
    // In units of that.
    var damping = 1.0
    var ending = Ending.stalled
    var steps = 0
    while true {
      if isRoundOff(weights, norm) {
        ending = .stationary
        break
      }
      guard steps < Polish.largestStepCount else { break }
      let newton = NewtonStep(loss, weights: weights, gradient: gradient)
      let unit = scale.curvature * pow(norm / scale.gradient, exponent)
      var improved = false
      // Less damping than what served the last step first, then more and more; below 1e-12 (tuned) rounding in the null space of H would be taken for a step.
      for trial in -1..<10 {
        let factor = damping * pow(8, Double(trial))
        let δ = newton.step(damping: max(unit * factor, 1e-12 * scale.curvature))
        let candidate = (0..<n).map { weights[$0] + δ[$0] }
        let next = loss.gradient(candidate)
        let size = Matrix.column(next).frobeniusNorm
        if size < 0.95 * norm {
          (weights, gradient, norm, damping, improved) = (candidate, next, size, factor, true)
          break
        }
      }
      guard improved else { break }
      steps += 1
      if !progress(norm) {
        ending = .interrupted
        break
      }
    }
    // Where Newton's steps do not get to round-off, a stationary network that is built from the blocks of this one may; where they do, it is often more exact still, and next to it.
    if ending == .stalled || (ending == .stationary && steps > 0),
      let built = rule.nearbyStationaryPoint(
        of: rule.problem.fromEigenbasis(
          compression.expand(LinearNetwork(widths: start.widths, parameters: weights))))
    {
      let candidate = compression.compress(rule.problem.inEigenbasis(built.network)).parameters
      let next = loss.gradient(candidate)
      let size = Matrix.column(next).frobeniusNorm
      let longest = ending == .stalled ? Polish.longestProjection : Polish.shortProjection
      if size < 0.5 * norm, built.distance <= longest * Matrix.column(weights).frobeniusNorm {
        (weights, gradient, norm) = (candidate, next, size)
        steps += 1
        if isRoundOff(weights, norm) { ending = .stationary }
        _ = progress(norm)
      }
    }
    let polished = LinearNetwork(widths: start.widths, parameters: weights)
    self.ending = ending
    self.steps = steps
    gradientAfter = norm
    gradientRoundOff = RoundOff(of: problem, at: polished).gradientNorm
    distance = Matrix.column(zip(weights, start.parameters).map { $0 - $1 }).frobeniusNorm
    let size = Matrix.column(start.parameters).frobeniusNorm
    relativeDistance = distance > 0 ? distance / size : 0
    network = steps > 0 ? rule.problem.fromEigenbasis(compression.expand(polished)) : whole
  }
}

/// δ(μ) = −(H² + μ²)⁻¹ H g at one point, for several μ.
private struct NewtonStep {
  private let loss: NetworkLoss
  private let weights, gradient: [Double]
  private let decomposition: SymmetricEigendecomposition?

  init(_ loss: NetworkLoss, weights: [Double], gradient: [Double]) {
    (self.loss, self.weights, self.gradient) = (loss, weights, gradient)
    weights.withUnsafeBufferPointer { loss.linearize(at: $0.baseAddress!) }
    decomposition =
      weights.count <= HessianSpectrum.largestDenseOrderOfVerdict
      ? SymmetricEigendecomposition(HessianSpectrum.matrix(loss, order: weights.count)) : nil
  }

  func step(damping μ: Double) -> [Double] {
    guard let decomposition else {
      // The gradient at a step that was tried has taken the place of what products refer to.
      weights.withUnsafeBufferPointer { loss.linearize(at: $0.baseAddress!) }
      let H = SymmetricOperator(order: gradient.count) { loss.hessianProduct($0, into: $1) }
      return DampedLeastSquares(
        of: H, b: gradient.map { -$0 }, damping: μ, tolerance: 1e-10, iterations: 400
      ).solution
    }
    let Q = decomposition.eigenvectors
    let part = Matrix.product(Q, .transposed, .column(gradient), .plain).storage
    let scaled = zip(decomposition.eigenvalues, part).map { λ, g in -λ * g / (λ * λ + μ * μ) }
    return (Q * .column(scaled)).storage
  }
}
