import Foundation

/// Student's t with ν degrees of freedom: of (estimate − truth)/(standard error) where ν residuals are left over.
struct StudentDistribution {
  /// ν ≥ 1.
  let freedom: Double

  /// P(T ≤ t) = 1 − ½ I_x(ν/2, ½) for t ≥ 0, x = ν/(ν + t²).
  func probability(upTo t: Double) -> Double {
    let tail = 0.5 * Self.regularizedBeta(freedom / (freedom + t * t), freedom / 2, 0.5)
    return t >= 0 ? 1 - tail : tail
  }

  /// The t > 0 with P(|T| ≤ t) = p, by bisection.
  ///
  /// *Accuracy*: about 1e-12 relative, that of the probability.
  func quantile(within p: Double) -> Double {
    precondition(p > 0 && p < 1, "a confidence lies between 0 and 1, not at \(p)")
    let goal = (1 + p) / 2
    var (low, high) = (0.0, 1.0)
    while probability(upTo: high) < goal, high < 1e300 { (low, high) = (high, 2 * high) }
    // Each step halves the interval, until its ends are neighbours.
    while true {
      let middle = low + (high - low) / 2
      if middle == low || middle == high { return middle }
      if probability(upTo: middle) < goal { low = middle } else { high = middle }
    }
  }

  /// I_x(a, b), by its continued fraction.
  ///
  /// Source: DLMF 8.17.22, evaluated by the method of Lentz (1976) as modified by Thompson and Barnett (1986).
  static func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    // The fraction converges fast on this side of the mean.
    if x > (a + 1) / (a + b + 2) { return 1 - regularizedBeta(1 - x, b, a) }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    let tiny = 1e-300
    var (C, D) = (1.0, 1 / max(1 - (a + b) * x / (a + 1), tiny))
    var value = D
    for i in 1...10_000 {
      let m = Double(i)
      for d in [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ] {
        D = 1 + d * D
        C = 1 + d / C
        if D.magnitude < tiny { D = tiny }
        if C.magnitude < tiny { C = tiny }
        D = 1 / D
        value *= C * D
      }
      if (C * D - 1).magnitude <= .ulpOfOne { break }
    }
    return front * value
  }
}
