import Foundation

/// Ends a run at the first step after which ‖∇L_N‖ is at most g times its scale ‖Y Xᵀ‖ s^{(N−1)/N}, s = ‖Y P_X‖/‖X‖ (s_Z for whitened inputs).
///
/// Of explicit Euler, the first step that the rules look at: one of the first hundred, or every hundredth. Relative, so that one g means the same on every problem: in the unit of the verdict, of the progress line and of the tolerance 1e-9 of a limit. A small gradient is no
/// convergence: it is as small on a plateau, and at a small start.
public struct GradientRule: StopRule {
  /// g.
  public let relativeNorm: Double

  /// The rule for g > 0.
  public init(relativeNorm: Double) {
    precondition(
      relativeNorm > 0 && relativeNorm.isFinite, "a gradient norm is positive, not \(relativeNorm)")
    self.relativeNorm = relativeNorm
  }

  public func ending(at moment: RunMoment) -> TrainingOutcome.Ending? {
    moment.relativeGradientNorm <= relativeNorm ? .reachedGradient(relativeNorm: relativeNorm) : nil
  }

  public func distances(at moment: RunMoment) -> [Double] {
    [max(0, log(moment.relativeGradientNorm / relativeNorm))]
  }
}
