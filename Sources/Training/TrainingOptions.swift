/// How a run is integrated and when it ends.
public struct TrainingOptions: Codable, Sendable, Equatable {
  /// The integrators.
  public enum Method: String, Codable, Sendable, CaseIterable {
    /// A closed form where there is one; otherwise chosen from the stiffness of the problem at its global minimiser.
    case auto
    /// A closed form, for the problems and starts that have one.
    case exact
    /// Backward differentiation with Newton–Krylov, for stiff flows.
    case cvode
    /// Dormand–Prince 5(4), for flows that are not stiff.
    case erk
    /// Explicit Euler with a fixed step: gradient descent.
    case euler
  }

  /// The two forms of the flow.
  public enum Flow: String, Codable, Sendable, CaseIterable {
    /// Gradient flow (13) on the layers.
    case layers
    /// The induced flow (17) on the end-to-end matrix; for explicit Euler only.
    case induced
  }

  /// The unknowns of a run.
  public enum Formulation: String, Codable, Sendable, CaseIterable {
    /// The reduced factors, in which the flow lives.
    case factors
    /// All weights, as a user without the reduction would integrate them.
    case layers
  }

  /// How the flow is integrated.
  public var method: Method = .auto
  /// The unknowns; the solution is the same.
  public var formulation: Formulation = .factors
  /// What is integrated.
  public var flow: Flow = .layers
  /// The step of explicit Euler, in units of flow time: the learning rate of gradient descent. Nil stands for half of the stability limit (`StabilityLimit` of Theory), once there is a run.
  public var step: Double?
  /// The relative accuracy aimed at in every layer.
  public var tolerance = 1e-10
  /// Flow time at which to stop; nil: until converged.
  public var finalTime: Double?
  /// Stop at this loss gap, relative to that of the start (``LossGapRule``); nil: no such end.
  public var stopGap: Double?
  /// Stop at this gradient norm, relative to its scale (``GradientRule``); nil: no such end.
  public var stopGradient: Double?
  /// Times at which the end-to-end matrix is kept; of explicit Euler, the last iterate at or before each.
  public var outputTimes: [Double] = []
  /// Flow time at which a run until convergence is given up.
  public var maximumTime: Double?
  /// Every so many times of the output grid are recorded, and no steps of the solver; of explicit Euler, every so many iterates. Nil: the whole grid and steps, or iterates at
  /// distances that grow geometrically.
  public var recordEvery: Int?
  /// About so many records on the output grid, and no steps of the solver; of a run without a final time, so many in ten decades of time. Nil: 441, or 400 in ten decades.
  public var recordCount: Int?
  /// Seconds of wall clock after which a run is given up.
  public var maximumSeconds: Double = 3600
  /// Whether the accuracy of the trajectory is estimated by a second run at ten times the tolerance; of explicit Euler measured beside the flow from the same start.
  public var estimatesAccuracy = true

  /// What gradient descent does beside steps of one size, and what is looked at along it; nil: plain steps, and the flow alone beside them.
  public var descent: DescentOptions?

  /// The extreme curvatures are computed at every k-th time of the output grid; nil: not at all.
  public var spectrumInterval: Int?

  /// The defaults.
  public init() {}

  /// The relative gradient norm up to which a point is looked at as stationary: ten times the accuracy of the states, but at least 1e-9.
  public var gradientTolerance: Double { max(1e-9, 10 * tolerance) }

  /// The tolerance for each step of an adaptive solver. Local errors add up over some thousand steps; a hundredth keeps
  /// their sum below the accuracy asked for (measured on the reference trajectories).
  var localTolerance: Double { max(tolerance / 100, 4e-15) }
}
