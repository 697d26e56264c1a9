import Foundation

/// What (38) promises about ‖Z_1 − W(t)‖² before the run, when the moment τ of s = √6 s_Z is only bounded.
///
/// Up to τ the distance shrinks at the far rate, after it at the near rate, τ ≤ `tauBound`, and at τ
/// ‖Z_1 − W(τ)‖² = (7 − 2√6 c_τ) s_Z² ≤ (7 − 2√6 α) s_Z². The bound at t is the worst case over τ.
public struct DistanceBound: Codable, Equatable, Sendable {
  /// When the certified state W_0 is reached; 0 for a start.
  public let startTime: Double
  /// ‖Z_1 − W_0‖².
  public let startDistanceSquared: Double
  /// s_Z² = ‖Z_1‖².
  public let targetNormSquared: Double
  /// m N s_Z^p e_far, or 0 where e_far ≤ 0 (‖Z_1 − W‖ does not grow before τ); unused when τ = 0.
  public let farRate: Double
  /// m s_Z^p e_near > 0.
  public let nearRate: Double
  /// The bound on τ − `startTime`.
  public let tauBound: Double
  /// (7 − 2√6 α) s_Z², the bound on ‖Z_1 − W(τ)‖².
  public let turningDistanceSquared: Double

  /// The bound on ‖Z_1 − W(t)‖²; t ≥ `startTime`.
  public func distanceSquared(at t: Double) -> Double {
    let elapsed = max(t - startTime, 0)
    let turned = exp(worstLogarithm(upTo: min(elapsed, tauBound)) - nearRate * elapsed)
    if elapsed >= tauBound { return turned }
    return max(turned, startDistanceSquared * exp(-farRate * elapsed))
  }

  /// The first time from which the bound gives ‖Z_1 − W(t)‖² ≤ ε‖Z_1‖², 0 < ε < 1.
  ///
  /// - Parameter accuracy: ε, a **squared** relative distance: ε = 1e-12 means six correct digits of W.
  public func time(toAccuracy accuracy: Double) -> Double {
    precondition(accuracy > 0 && accuracy < 1, "the accuracy \(accuracy) is not between 0 and 1")
    guard startDistanceSquared > 0 else { return startTime }
    // Before τ the distance is at least (√6 − 1)s_Z > √ε s_Z, so only the near stage can end below ε.
    let goal = log(accuracy) + log(targetNormSquared)
    return startTime + max(tauBound, (worstLogarithm(upTo: tauBound) - goal) / nearRate)
  }

  /// max over 0 ≤ τ ≤ T of log(min(D_0 e^(−k_far τ), D_τ) e^(k_near τ)): where the near stage starts at worst.
  private func worstLogarithm(upTo T: Double) -> Double {
    let start = log(startDistanceSquared)
    if tauBound == 0 { return start }
    let turning = log(turningDistanceSquared)
    func atTau(_ tau: Double) -> Double { min(start - farRate * tau, turning) + nearRate * tau }
    // Rising up to the crossing of the two, monotone after it: the maximum is at the crossing or at the end.
    let crossing = farRate > 0 ? max((start - turning) / farRate, 0) : T
    return max(atTau(T), atTau(min(crossing, T)))
  }
}
