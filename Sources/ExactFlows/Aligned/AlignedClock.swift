import Foundation

/// The time that a mode of depth N ≥ 3 takes from one size to another, as a function that can be evaluated without cancellation.
///
/// With x = s/σ = e^v, θ = 1 − 2/N, p = 1 + θ and the unit of time 1/(N m σ^p), dv/dτ = e^{θv}(±1 − e^v). The integrands of dτ are
/// - rising, v < 0 (l = −v): e^{θl}/(1 − e^{−l}) = e^{θl} + e^{−εl} + e^{−l}/(1 − e^{−l}) + j(l), ε = 2/N;
/// - falling towards σ, v > 0: e^{−pv}/(1 − e^{−v}) = e^{−pv} + c e^{−cv}/(1 − e^{−cv}) + j(v), c = p + 1;
/// - falling towards −σ, that is to zero: e^{−θv}/(1 + e^v), two exponentials and a remainder j on either side of v = 0.
///
/// Everything but j is elementary. The j are analytic within 2 of the axis, decay like e^{−v}, and are at most the size of the terms beside them:
/// piecewise Legendre series of 16 terms over panels of length 1, made once for each N, give their integrals to round-off. The cost does not depend on N,
/// on the size of the start or on stiffness.
struct AlignedClock: Sendable {
  let θ: Double
  private let ε: Double
  private let rising: Remainder
  private let falling: Remainder
  private let opposedBelow: Remainder
  private let opposedAbove: Remainder

  init(depth N: Int) {
    precondition(N >= 3, "depth \(N) has elementary modes")
    let (θ, ε) = (1 - 2 / Double(N), 2 / Double(N))
    (self.θ, self.ε) = (θ, ε)
    let p = 1 + θ
    let c = p + 1
    rising = Remainder { l in exp(-l) * expm1(-ε * l) / -expm1(-l) }
    falling = Remainder { v in
      // 1/(1 − e^{−v}) − c/(1 − e^{−cv}) = (1 − c)/2 + O(v): the poles cancel.
      let difference =
        v < 0.5
        ? AlignedClock.bernoulli(v) - c * AlignedClock.bernoulli(c * v) : -1 / expm1(-v) + c / expm1(-c * v)
      return exp(-c * v) * difference
    }
    opposedBelow = Remainder { l in exp(-(1 + ε) * l) / (1 + exp(-l)) }
    opposedAbove = Remainder { v in -exp(-(p + 1) * v) / (1 + exp(-v)) }
  }

  /// 1/(1 − e^{−v}) − 1/v for |v| < 2, by the Bernoulli numbers beyond which nothing is left at |v| ≤ 2.
  private static func bernoulli(_ v: Double) -> Double {
    // ½ + v/12 − v³/720 + …: Σ B_{2k} v^{2k−1}/(2k)!, ratio (v/2π)² a term.
    let b: [Double] = [
      8.3333333333333333e-2, -1.3888888888888889e-3, 3.3068783068783069e-5, -8.2671957671957672e-7,
      2.0876756987868099e-8, -5.2841901386874932e-10, 1.3382536530684679e-11, -3.3896802963225829e-13,
      8.5860620562778446e-15, -2.1748686985580619e-16, 5.5090028283602295e-18, -1.3954464685812523e-19,
      3.5347070396294675e-21, -8.9535174270375469e-23, 2.2679524523376831e-24,
    ]
    var sum = 0.0
    for x in b.reversed() { sum = sum * v * v + x }
    return 0.5 + v * sum
  }

  // MARK: Durations

  /// e^{−θ l0}·(time from x = e^{−l0} to e^{−l}), 0 < l ≤ l0.
  ///
  /// - Parameters:
  ///   - δ: l0 − l, without its cancellation.
  ///   - gapRatio: log((1 − e^{−l0})/(1 − e^{−l})).
  func rise(from l0: Double, to l: Double, δ: Double, gapRatio: Double) -> Double {
    let scale = exp(-θ * l0)
    return -expm1(-θ * δ) / θ
      + scale * (exp(-ε * l0) * expm1(ε * δ) / ε + gapRatio + rising.integral(from: l, to: l0, length: δ))
  }

  /// e^{pv}·(time from x = e^{v0} to e^v), 0 < v ≤ v0 and δ = v0 − v.
  func fall(from v0: Double, to v: Double, δ: Double) -> Double {
    let p = 1 + θ
    let c = p + 1
    // log((1 − e^{−cv0})/(1 − e^{−cv})) = log1p(e^{−cv}(1 − e^{−cδ})/(1 − e^{−cv})).
    let logarithm = log1p(exp(-c * v) * -expm1(-c * δ) / -expm1(-c * v))
    return -expm1(-p * δ) / p + scaled(logarithm + falling.integral(from: v, to: v0, length: δ), p * v)
  }

  /// e^{min(θv, pv)}·(time from x = e^{v0} to e^v against the target), v ≤ v0 and δ = v0 − v.
  func fallOpposed(from v0: Double, to v: Double, δ: Double) -> Double {
    let p = 1 + θ
    if v >= 0 {
      return -expm1(-p * δ) / p + scaled(opposedAbove.integral(from: v, to: v0, length: δ), p * v)
    }
    // From e^{min(v0, 0)} down, with l = −v.
    let top = min(v0, 0)
    let part = v0 <= 0 ? δ : -v
    let below =
      -expm1(-θ * part) / θ
      + exp(θ * v)
      * (-exp(ε * top) * -expm1(-ε * part) / ε + opposedBelow.integral(from: -top, to: -v, length: part))
    if v0 <= 0 { return below }
    return below + exp(θ * v) * fallOpposed(from: v0, to: 0, δ: v0)
  }

  /// x e^y where the factor may overflow though the product does not.
  private func scaled(_ x: Double, _ y: Double) -> Double {
    x == 0 ? 0 : y < 600 ? x * exp(y) : (x < 0 ? -1 : 1) * exp(log(x.magnitude) + y)
  }
}

/// ∫ j over [0, 40], beyond which j is nothing beside the other terms.
private struct Remainder: Sendable {
  private static let panels = 40
  private static let length = 1.0
  /// Legendre coefficients of j, and of its antiderivative from each panel's left end.
  private let integrals: [[Double]]
  /// ∫ j from each panel's left end to the end of all.
  private let tails: [Double]
  private let function: @Sendable (Double) -> Double

  init(_ j: @escaping @Sendable (Double) -> Double) {
    let rule = CollocationPanel.sixteen
    let half = Remainder.length / 2
    integrals = (0..<Remainder.panels).map { k in
      let middle = (Double(k) + 0.5) * Remainder.length
      let values = rule.nodes.map { half * j(middle + half * $0) }
      return CollocationPanel.antiderivative(rule.coefficients(values))
    }
    var tails = [0.0]
    for a in integrals.reversed() { tails.append(tails.last! + CollocationPanel.sum(a, at: 1)) }
    self.tails = tails.reversed()
    function = j
  }

  /// ∫_v^40 j.
  private func tail(_ v: Double) -> Double {
    let k = min(Int(v / Remainder.length), Remainder.panels - 1)
    let x = 2 * (v - Double(k) * Remainder.length) / Remainder.length - 1
    return tails[k] - CollocationPanel.sum(integrals[k], at: x)
  }

  /// ∫_a^b j, 0 ≤ a ≤ b, b − a = `length`.
  func integral(from a: Double, to b: Double, length: Double) -> Double {
    let end = Double(Remainder.panels) * Remainder.length
    if a >= end || length == 0 { return 0 }
    if length > 0.5 { return tail(a) - (b >= end ? 0 : tail(b)) }
    // A short interval by itself, so that the result is accurate relative to its length.
    let rule = CollocationPanel.sixteen
    var sum = 0.0
    for (x, w) in zip(rule.nodes, rule.weights) { sum += w * function(a + length * (x + 1) / 2) }
    return sum * length / 2
  }
}
