import LinearAlgebra

/// The lazy regime (39), ‖Z − W_0‖_F < s_min(Z), for whitened data and a balanced start, at any bottleneck width.
///
/// With the deficiency margin c = s_min(Z) − ‖Z − W_0‖_F > 0, s_min(W(t)) ≥ c for all times and the rate is c^(2−2/N):
/// ‖Z − W(t)‖_F ≤ ‖Z − W_0‖_F exp(−m c^(2−2/N) t). Impossible when rank Z > r, and whenever r < min(dx, dy).
///
/// s_min(Z) is the smallest of min(dx, dy) singular values.
///
/// Source: Eftekhari (2020), equations (29) and (39); Arora, Cohen, Golowich, Hu, "A Convergence Analysis of Gradient Descent for
/// Deep Linear Neural Networks" (2019), Theorem 1. The constant m follows from ⟨Δ, A_W(Δ)⟩ ≥ s_min(W)^(2−2/N) ‖Δ‖².
public struct LazyRegime: Codable, Equatable, Sendable {
  /// nil where the data is not whitened or the start is not balanced.
  @ExplicitNull public private(set) var holds: Bool?
  /// s_min(Z) − ‖Z − W_0‖_F, also where it is negative.
  @ExplicitNull public private(set) var margin: Double?
  /// c^(2−2/N); nil unless the regime holds.
  @ExplicitNull public private(set) var rate: Double?
  /// m c^(2−2/N), the rate of ‖Z − W(t)‖_F in 1/time; nil unless the regime holds.
  @ExplicitNull public private(set) var distanceRate: Double?
  /// Why the regime does not hold, with the quantity that decides; nil if it holds.
  @ExplicitNull public private(set) var reason: String?

  /// The regime of a balanced start W_0 = `start` on whitened data with target Z.
  public init(spectrum: TargetSpectrum, start: Matrix, bottleneck: Int, depth: Int, sampleCount: Double) {
    let margin = (spectrum.singularValues.last ?? 0) - (spectrum.matrix - start).frobeniusNorm
    // s_min(W_0) ≥ margin > 0 needs the full rank min(dx, dy), which a narrower network does not have.
    let possible = bottleneck >= min(start.rows, start.columns)
    self.margin = margin.finiteOrNil
    holds = possible && margin > 0
    if possible, margin > 0 {
      let rate = power(margin, 2 - 2 / Double(depth))
      self.rate = rate.finiteOrNil
      distanceRate = (sampleCount * rate).finiteOrNil
      reason = nil
    } else {
      (rate, distanceRate) = (nil, nil)
      reason =
        spectrum.rank > bottleneck
        ? "impossible: rank Z = \(spectrum.rank) > r = \(bottleneck)"
        : "‖Z − W_0‖ exceeds s_min(Z) by \(text(-margin))"
    }
  }

  /// Not defined, because a hypothesis fails.
  init(undefinedBecause reason: String) {
    (holds, margin, rate, distanceRate) = (nil, nil, nil, nil)
    self.reason = reason
  }
}
