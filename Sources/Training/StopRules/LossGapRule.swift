import Foundation

/// Ends a run at the first step after which the loss gap is at most ε times that of the start: (L_N − min L_N)/(L_N(0) − min L_N) ≤ ε.
///
/// Of explicit Euler, the first step that the rules look at: one of the first hundred, or every hundredth. The minimum is known, so this is a statement about the loss, but not about the limit: it is no convergence. A gap below round-off of the loss is never reached.
public struct LossGapRule: StopRule {
  /// ε, between 0 and 1.
  public let ratio: Double

  /// The rule for 0 < ε < 1.
  public init(ratio: Double) {
    precondition(ratio > 0 && ratio < 1, "a loss gap relative to the start's lies between 0 and 1: \(ratio)")
    self.ratio = ratio
  }

  public func ending(at moment: RunMoment) -> TrainingOutcome.Ending? {
    moment.relativeLossGap <= ratio ? .reachedLossGap(ratio: ratio) : nil
  }

  public func distances(at moment: RunMoment) -> [Double] {
    [max(0, log(max(moment.relativeLossGap, .leastNormalMagnitude) / ratio))]
  }
}
