import Prose

/// What a network is in the landscape of its problem.
///
/// There is no spurious local minimum, so a stationary point is a global minimiser, a strict saddle (with a direction of negative
/// curvature that leads out) or a non-strict saddle (none, although the loss is above the minimum; for example the origin when N ≥ 3).
/// Where the numbers cannot tell which, the verdict says so, and what is too close to what.
///
/// Source: Eftekhari (2020), Definitions 2.1–2.3, Theorem 2.8.
public struct Verdict: Codable, Sendable, Equatable {
  /// What a point can be; the names are those of `result.json`.
  public enum Kind: String, Codable, Sendable {
    /// L_N = min L_N.
    case globalMinimiser
    /// ∇L_N = 0, the loss above the minimum, and a direction Δ with ∇²L_N[Δ] < 0 (Definition 2.3).
    case strictSaddle
    /// ∇L_N = 0 and ∇²L_N ≥ 0, yet the loss is above the minimum.
    case nonStrictSaddle
    /// ∇L_N ≠ 0: the flow would go on.
    case notStationary
    /// One of these, but a quantity that decides is within its error: ``Verdict/undecided`` names it.
    case undecided
  }

  /// A quantity that is too close to what it is compared with.
  public struct CloseCall: Codable, Sendable, Equatable {
    /// What is measured, in words.
    public let quantity: String
    /// Its value.
    public let value: Double
    /// Values up to here cannot be told from zero.
    public let tolerance: Double
  }

  /// What a verdict was read from.
  public enum Decision: String, Codable, Sendable {
    /// ‖∇L_N‖: the point is not stationary, or its gradient is within round-off of the tolerance.
    case gradient
    /// L_N − min L_N.
    case loss
    /// The smallest eigenvalue of ∇²L_N.
    case hessian
    /// The ranks of the layers' products (``SaddleAlgebra``): no eigenvalue was needed, or none was found accurately enough.
    case algebra
    /// Both, which agree.
    case algebraAndHessian
  }

  /// What the point is.
  public let kind: Kind
  /// What says so.
  public let decidedBy: Decision
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
  /// The smallest eigenvalue of ∇²L_N; null where it was not found, or nothing excludes a smaller one: `hessianNote` says why.
  @ExplicitNull public internal(set) var smallestHessianEigenvalue: Double?
  /// No eigenvalue is below the smallest by more; null with it.
  public let smallestHessianEigenvalueError: Double?
  /// How it was found; null with it.
  public let hessianMethod: HessianSpectrum.Method?
  /// Why nothing smaller was missed; null with it.
  public let hessianArgument: HessianSpectrum.Argument?
  /// Why there is no smallest eigenvalue, with what is known of it; null where there is one.
  public let hessianNote: String?
  /// What the layers alone say about a stationary point above the minimum; null elsewhere.
  public let algebra: SaddleAlgebra?
  /// Eigenvalues above −curvatureTolerance cannot be told from zero.
  public let curvatureTolerance: Double
  /// For a strict saddle the negative curvature that leads out; null otherwise.
  public let escapeCurvature: Double?
  /// Why the kind is `undecided`; null otherwise.
  public let undecided: CloseCall?
}
