import LinearAlgebra
import LinearNetworks

/// Whether ∇L_N = 0 (Definition 2.1), layer by layer, beside what rounding makes of a gradient that is zero.
public struct FirstOrderTest: Codable, Sendable, Equatable {
  /// What the gradient says.
  public enum Outcome: String, Codable, Sendable {
    /// Within round-off: no smaller gradient can be told from this one.
    case stationary
    /// Above round-off but small relative to its unit: a stationary point is near, and polishing may find it.
    case nearlyStationary
    /// The network is not stationary.
    case notStationary
  }

  /// ‖∇_{W_j}L_N‖ for j = 1, …, N.
  public let gradientNorms: [Double]
  /// The bounds of ``RoundOff`` on what these are for an exact zero.
  public let roundOff: [Double]
  /// ‖∇L_N‖ in its unit, ‖Y Xᵀ‖_F s^{(N−1)/N}.
  public let relativeGradientNorm: Double
  /// The relative gradient up to which a network is nearly stationary.
  public let tolerance: Double
  /// What follows.
  public let outcome: Outcome

  /// The test of a network.
  public init(of network: LinearNetwork, rule: VerdictRule) {
    let gradient = LinearNetwork(
      widths: network.widths,
      parameters: NetworkLoss(problem: rule.problem, widths: network.widths).gradient(network.parameters))
    gradientNorms = gradient.layers.map(\.frobeniusNorm)
    let bounds = RoundOff(of: rule.problem, at: network)
    roundOff = bounds.gradient
    let norm = Matrix.column(gradientNorms).frobeniusNorm
    relativeGradientNorm = rule.relativeGradientNorm(norm, of: network)
    tolerance = rule.gradientTolerance
    outcome =
      norm <= bounds.gradientNorm
      ? .stationary : relativeGradientNorm <= rule.gradientTolerance ? .nearlyStationary : .notStationary
  }

  /// Whether the network counts as a first-order stationary point.
  public var holds: Bool { outcome != .notStationary }
}

/// Whether ∇²L_N ≥ 0 (the second half of Definition 2.2).
public struct SecondOrderTest: Codable, Sendable, Equatable {
  /// What the smallest eigenvalue says.
  public enum Outcome: String, Codable, Sendable {
    /// No eigenvalue is below zero by more than its error.
    case holds
    /// There is an eigenvalue below zero by more than its error.
    case fails
    /// The smallest eigenvalue was not found as accurately as its sign needs.
    case undecided
  }

  /// The smallest eigenvalue of ∇²L_N that was found.
  public let smallestEigenvalue: Double
  /// Eigenvalues above −tolerance cannot be told from zero.
  public let tolerance: Double
  /// What follows.
  public let outcome: Outcome

  /// The test of a Hessian, with the curvature that cannot be told from zero at this network.
  public init(of hessian: NetworkHessian, tolerance curvature: Double) {
    smallestEigenvalue = hessian.smallest
    // A Ritz value of Lanczos is an upper bound: it can show a negative eigenvalue before it has converged.
    let isNegative = hessian.smallest < -(hessian.isWhole ? max(curvature, hessian.accuracy) : curvature)
    tolerance = max(curvature, hessian.accuracy)
    outcome =
      isNegative
      ? .fails
      : hessian.accuracy <= VerdictRule.glance * hessian.largest || hessian.accuracy <= curvature
        ? .holds : .undecided
  }
}
