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
  /// How far the network is of which this is said, exactly stationary, from the one that was given; null where it is that one.
  public let distance: Double?
  /// What follows.
  public let outcome: Outcome

  /// The test of a Hessian.
  ///
  /// - Parameters:
  ///   - hessian: ∇²L_N at the network.
  ///   - lowerBound: no eigenvalue is smaller, by an argument of its own; −∞ for none.
  ///   - tolerance: what can be told from zero.
  ///   - distance: of the network from the one that was given, if it is another.
  init(of hessian: NetworkHessian, lowerBound: Double, tolerance: Double, distance: Double? = nil) {
    smallestEigenvalue = hessian.smallest
    let τ = max(tolerance, hessian.isWhole ? hessian.accuracy : 0)
    self.tolerance = τ
    self.distance = distance
    // A Ritz value of Lanczos is an upper bound: it can show a negative eigenvalue before it has converged. That there is none takes a bound from below, which rounding may take as far again.
    let floor = max(hessian.smallest - hessian.accuracy, lowerBound)
    outcome = hessian.smallest < -τ ? .fails : floor >= -2 * τ ? .holds : .undecided
  }

  /// The test by the layers alone, without a Hessian.
  init(of bounds: CurvatureBounds, tolerance τ: Double, distance: Double) {
    smallestEigenvalue = bounds.upper ?? bounds.lower
    tolerance = τ
    self.distance = distance
    let isNegative = bounds.upper.map { $0 < -τ } ?? false
    outcome = isNegative ? .fails : bounds.lower >= -2 * max(τ, bounds.rounding) ? .holds : .undecided
  }
}

/// What the second derivatives at a network say: of the network itself, up to round-off; and where it is only nearly stationary, of an exactly stationary one close by.
struct SecondOrderLook {
  let test: SecondOrderTest
  /// The stationary network, and its Hessian if it was needed.
  let nearby: (point: NearbyStationaryPoint, hessian: NetworkHessian?)?

  /// - Parameters:
  ///   - network: any network.
  ///   - rule: its problem.
  ///   - judgement: its verdict, with a Hessian.
  ///   - isStationary: whether it is looked at as stationary.
  init(_ network: LinearNetwork, rule: VerdictRule, judgement: VerdictRule.Judgement, isStationary: Bool) {
    let hessian = judgement.hessian!
    let problem = rule.problem
    let own = SecondOrderTest(
      of: hessian, lowerBound: judgement.lowerBound, tolerance: RoundOff(of: problem, at: network).hessian)
    guard isStationary, let point = rule.nearbyStationaryPoint(of: network) else {
      (test, nearby) = (own, nil)
      return
    }
    let roundOff = RoundOff(of: problem, at: point.network)
    let gradient = NetworkLoss(problem: problem, widths: network.widths).gradient(network.parameters)
    let isExact = Matrix.column(gradient).frobeniusNorm <= RoundOff(of: problem, at: network).gradientNorm
    guard !isExact || own.outcome != .holds else {
      (test, nearby) = (own, (point, nil))
      return
    }
    let rank = point.network.endToEndMatrix.singularValueDecomposition.rank(
      tolerance: judgement.verdict.rankTolerance)
    let bounds =
      network.depth > 1
      ? CurvatureBounds(of: point.network, problem: problem, rank: rank, roundOff: roundOff) : nil
    // Another Hessian of a network that is too large to factor would take as long as the first, and say less than the layers.
    if let bounds, hessian.inside.order > HessianSpectrum.largestFactoredOrder {
      nearby = (point, nil)
      test = SecondOrderTest(of: bounds, tolerance: roundOff.hessian, distance: point.distance)
      return
    }
    let there = NetworkHessian(
      of: problem, at: point.network, resolution: roundOff.hessian, relativeResolution: VerdictRule.glance,
      denseUpTo: HessianSpectrum.largestDenseOrderAfterLanczos)
    nearby = (point, there)
    test = SecondOrderTest(
      of: there, lowerBound: bounds?.lower ?? -.infinity, tolerance: roundOff.hessian,
      distance: point.distance)
  }
}
