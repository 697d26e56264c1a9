import Foundation
import Prose

/// Theorem 4.4: non-local convergence rates of the rank-one flow on whitened data.
///
/// For α in (γ_Z, 1), β > 1 with W_0 in N_{α,β}, p = 2 − 2/N, τ the first time s ≤ √6 s_Z and
///
///     e_far = (α−γ_Z)^p − 2γ_Z β^p > 0,      e_near = α(α−γ_Z)^p − 2γ_Z N β^p > 0:
///     (38a)  ‖Z_1−W(t)‖² ≤ ‖Z_1−W_0‖² exp(−m N s_Z^p e_far t)           for t ≤ τ
///     (38b)  ‖Z_1−W(t)‖² ≤ ‖Z_1−W(τ)‖² exp(−m s_Z^p e_near (t−τ))       for t ≥ τ.
///
/// Both exponents grow with α and fall with β, so the best certificate is the limit
/// α → min(c_0, γ_Z + s_0/s_Z, 1), β → max(1, s_0/s_Z), in which the bounds hold by continuity. Since e_near ≤ e_far,
/// the theorem applies if and only if e_near > 0.
///
/// The theorem may be applied again at τ (`renewal`): there β = √6, while α is kept by Lemma 3.7. That needs nothing of
/// e_far, so a bound for all times may exist where the theorem as printed gives none. Where e_near ≤ 0 at τ too but e_far > 0,
/// (38a) still holds up to τ (`farBound`).
///
/// Source: Eftekhari (2020), Theorem 4.4; renewal and the bound on τ by size are derived.
public struct NonLocalRate: Equatable, Sendable {
  /// Whether Theorem 4.4 applies at W_0 as printed: both exponents are positive.
  public private(set) var applies: Bool
  /// Why it does not apply: which quantity is how far off. nil if it applies.
  public private(set) var reason: String?
  /// The best α, min(c_0, γ_Z + s_0/s_Z, 1); nil where no α is feasible.
  public private(set) var alpha: Double?
  /// The best β, max(1, s_0/s_Z); nil where no α is feasible.
  public private(set) var beta: Double?
  /// e_far at the best α and β.
  public private(set) var farExponent: Double?
  /// e_near at the best α and β.
  public private(set) var nearExponent: Double?
  /// m N s_Z^p e_far, the rate of (38a) in 1/time, which needs e_far alone; nil if e_far ≤ 0 or τ = 0.
  public private(set) var farRate: Double?
  /// A bound on τ, in time units: 0 if s_0 ≤ √6 s_Z.
  public private(set) var tauBound: Double?
  /// The theorem applied again at τ; nil if τ = 0.
  public private(set) var renewal: Renewal?
  /// The curve that bounds ‖Z_1 − W(t)‖²/‖Z_1‖² for all times, with the renewal where it helps; nil if there is none.
  public private(set) var bound: DecayCurve?
  /// (38a) where it is all there is: ‖Z_1 − W(t)‖²/‖Z_1‖² falls at the far rate to what is left at τ at most, and stays below that. nil where ``bound`` exists or e_far ≤ 0.
  public private(set) var farBound: DecayCurve?

  /// Theorem 4.4 from the state at τ.
  public struct Renewal: Equatable, Sendable {
    /// √6.
    public let beta: Double
    /// e_near at α and √6.
    public let nearExponent: Double
  }

  /// e_far = (α−γ_Z)^p − 2γ_Z β^p.
  public static func farExponent(alpha: Double, beta: Double, gapRatio: Double, depth: Int) -> Double {
    let p = 2 - 2 / Double(depth)
    return pow(alpha - gapRatio, p) - 2 * gapRatio * pow(beta, p)
  }

  /// e_near = α(α−γ_Z)^p − 2γ_Z N β^p.
  public static func nearExponent(alpha: Double, beta: Double, gapRatio: Double, depth: Int) -> Double {
    let p = 2 - 2 / Double(depth)
    return alpha * pow(alpha - gapRatio, p) - 2 * gapRatio * Double(depth) * pow(beta, p)
  }

  /// The best certificate of a state under Assumption 3.6: of W_0, or of any later W(t), which renews it.
  ///
  /// - Parameters:
  ///   - depth: N ≥ 2.
  ///   - m: the number of samples.
  ///   - sZ: s_Z > 0.
  ///   - gamma: γ_Z in [0, 1).
  ///   - s: s > 0.
  ///   - c: c = uᵀZ_1v / s_Z.
  ///   - distanceSquared: ‖Z_1−W‖²; by default (s−s_Z)² + 2 s s_Z(1−c), which loses digits where c is nearly 1.
  ///   - time: the time of the state; the bounds are in absolute time.
  public init(
    depth: Int, sampleCount m: Double, targetScale sZ: Double, gapRatio gamma: Double, scale s: Double,
    coordinate c: Double, distanceSquared: Double? = nil, time: Double = 0
  ) {
    precondition(
      depth >= 2 && sZ > 0 && gamma < 1 && s > 0, "Theorem 4.4 needs N ≥ 2, s_Z > 0, γ_Z < 1 and s > 0")
    let alpha = min(c, gamma + s / sZ, 1)
    self.init(
      unavailableBecause: c <= gamma
        ? "no α in (γ_Z, 1): c_0 = \(number(c)) misses γ_Z = \(number(gamma)) by \(number(gamma - c)), (37)"
        : "no α in (γ_Z, 1) in double precision: s_0/s_Z = \(number(s / sZ)), (37)")
    guard alpha > gamma else { return }
    let (y, root6) = (s / sZ, 6.0.squareRoot())
    let beta = max(1, y)
    let far = Self.farExponent(alpha: alpha, beta: beta, gapRatio: gamma, depth: depth)
    let near = Self.nearExponent(alpha: alpha, beta: beta, gapRatio: gamma, depth: depth)
    let unit = m * pow(sZ, 2 - 2 / Double(depth))
    let D = distanceSquared ?? (s - sZ) * (s - sZ) + 2 * s * sZ * (1 - c)
    var renewedNear = near
    var tau = 0.0
    if y > root6 {
      renewedNear = Self.nearExponent(alpha: alpha, beta: root6, gapRatio: gamma, depth: depth)
      renewal = Renewal(beta: root6, nearExponent: renewedNear)
      tau = Self.tauBound(
        sizeRatio: y, distanceRatio: D / (sZ * sZ), farExponent: far, rateUnit: Double(depth) * unit,
        depth: depth)
    }
    applies = near > 0
    reason = Self.reason(
      alpha: alpha, beta: beta, gamma: gamma, depth: depth, far: far, near: near,
      renewedNear: y > root6 ? renewedNear : nil)
    self.alpha = alpha
    self.beta = beta
    farExponent = far.finiteOrNil
    nearExponent = near.finiteOrNil
    farRate = far > 0 && y > root6 ? (Double(depth) * unit * far).finiteOrNil : nil
    tauBound = tau.finiteOrNil
    // At W_0 = Z_1 nothing is left to bound; the least normal number bounds it as well.
    let ratio = max(D / (sZ * sZ), .leastNormalMagnitude)
    guard unit.isFinite, tau.isFinite, ratio.isFinite, (sZ * sZ).isNormal else { return }
    if renewedNear > 0 {
      bound = Self.bound(
        from: time, distanceRatio: ratio, farRate: Double(depth) * unit * max(far, 0),
        nearRate: unit * renewedNear, tau: tau, alpha: alpha)
    } else if let farRate {
      farBound = Self.bound(
        from: time, distanceRatio: ratio, farRate: farRate, nearRate: 0, tau: .infinity, alpha: alpha)
    }
  }

  /// (38) before the run, when the moment τ of s = √6 s_Z is only bounded: the worst case over τ.
  ///
  /// Up to τ the distance shrinks at the far rate; where e_far ≤ 0 it still does not grow, as s falls and c stays above α, both Lemma 4.3. After τ it shrinks at the near
  /// rate, from at most ‖Z_1 − W(τ)‖² = (7 − 2√6 c_τ) s_Z² ≤ (7 − 2√6 α) s_Z². So the bound falls at the far rate until the bound on τ, though not below that
  /// value, has at most that value there, and goes on at the near rate. Without a near rate and a bound on τ it stays at that value: for s ≤ √6 s_Z and c ≥ α,
  /// s² − 2 s s_Z c + s_Z² is nowhere larger.
  private static func bound(
    from start: Double, distanceRatio: Double, farRate: Double, nearRate: Double, tau: Double, alpha: Double
  ) -> DecayCurve {
    let first = log(distanceRatio)
    guard tau > 0 else { return DecayCurve(points: [(start, first)], rate: nearRate) }
    let turning = log(7 - 2 * 6.0.squareRoot() * alpha)
    let crossing = farRate > 0 ? max((first - turning) / farRate, 0) : .infinity
    var points = [(time: start, logarithm: first)]
    if crossing < tau {
      points.append((start + crossing, min(first, turning)))
    } else {
      points.append((start + tau, first - (farRate > 0 ? farRate * tau : 0)))
    }
    if tau.isFinite { points.append((start + tau, min(points[1].logarithm, turning))) }
    return DecayCurve(points: points, rate: nearRate)
  }

  /// No certificate, because a hypothesis fails or no α is feasible.
  init(unavailableBecause reason: String) {
    applies = false
    self.reason = reason
    (alpha, beta, farExponent, nearExponent) = (nil, nil, nil, nil)
    (farRate, tauBound, renewal, bound, farBound) = (nil, nil, nil, nil, nil)
  }

  /// The smaller of two bounds on τ for s_0 = y s_Z > √6 s_Z, k = m N s_Z^p.
  ///
  /// - By (38a), if e_far > 0: ‖Z_1−W‖ ≤ (√6−1)s_Z forces s ≤ √6 s_Z, so τ ≤ log(D_0/((√6−1)s_Z)²) / (k e_far).
  /// - By size: while s > √6 s_Z, ds/dt = N m s^p(uᵀZv − s) ≤ −k 6^(p/2) (s − s_Z), hence
  ///   τ ≤ log((y−1)/(√6−1)) / (k 6^(p/2)). It needs no exponent and, as D_0 ≥ (y−1)²s_Z², is always the smaller.
  static func tauBound(
    sizeRatio y: Double, distanceRatio D: Double, farExponent: Double, rateUnit k: Double, depth: Int
  ) -> Double {
    let root6 = 6.0.squareRoot()
    let bySize = log((y - 1) / (root6 - 1)) / (k * pow(root6, 2 - 2 / Double(depth)))
    guard farExponent > 0 else { return bySize }
    return min(bySize, log(D / ((root6 - 1) * (root6 - 1))) / (k * farExponent))
  }

  private static func reason(
    alpha: Double, beta: Double, gamma: Double, depth: Int, far: Double, near: Double, renewedNear: Double?
  ) -> String? {
    guard near <= 0 else { return nil }
    let p = 2 - 2 / Double(depth)
    let (gain, loss) = (pow(alpha - gamma, p), 2 * gamma * pow(beta, p))
    var at = " at the best α = \(number(alpha)), β = \(number(beta))"
    var parts: [String] = []
    if far <= 0 {
      parts.append(
        "e_far = \(number(far)) ≤ 0\(at): 2γ_Z β^p = \(number(loss)) exceeds (α−γ_Z)^p = \(number(gain)), so (38a) says nothing"
      )
      at = ""
    }
    parts.append(
      "e_near = \(number(near)) ≤ 0\(at): 2γ_Z N β^p = \(number(Double(depth) * loss)) exceeds "
        + "α(α−γ_Z)^p = \(number(alpha * gain))")
    if let renewedNear {
      if far > 0 { parts.append("(38a) holds up to τ, as e_far = \(number(far)) > 0") }
      parts.append(
        renewedNear > 0
          ? "applied again at τ, where β = √6, e_near = \(number(renewedNear)) > 0 and (38b) holds"
          : "applied again at τ, where β = √6, e_near = \(number(renewedNear)) ≤ 0 still")
    }
    return parts.joined(separator: "; ")
  }
}

/// Theorem 4.4, with its renewal at τ.
struct NonLocalRateTheorem: Theorem {
  let reference = Reference.nonLocalRate

  func conditions(in setting: Setting) -> [Condition] { RankOneAssumption.conditions(setting) }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    guard let flow = setting.rankOneFlow, let state = setting.rankOneState else {
      throw Silence("W_0 = 0 has no direction")
    }
    let rate = NonLocalRate(
      depth: setting.depth, sampleCount: flow.sampleCount, targetScale: flow.target.leadingValue,
      gapRatio: flow.target.gapRatio ?? 0, scale: state.scale, coordinate: flow.coordinate(of: state),
      distanceSquared: flow.distanceSquared(of: state), time: setting.time)
    guard let bound = rate.bound ?? rate.farBound else {
      throw Silence(rate.reason ?? "its constants are no numbers")
    }
    let far = rate.farRate.map { "like e^(−\(number($0)) t) until τ" }
    let near = rate.bound.map {
      "like e^(−\(number($0.rate)) t)\(rate.applies ? "" : ", applied again at τ")"
    }
    return Conclusion(
      "‖Z_1 − W‖² falls at least \([far, near].compactMap(\.self).joined(separator: ", then "))",
      limit: .globalMinimiser,
      bound: Bound(on: .distance, bound),
      quantities: [
        Quantity("α", "the best α, min(c_0, γ_Z + s_0/s_Z, 1)", rate.alpha),
        Quantity("β", "the best β, max(1, s_0/s_Z)", rate.beta),
        Quantity("γ_Z", "ratio of the two largest singular values of Z", flow.target.gapRatio ?? 0),
        Quantity("e_far", "exponent of (38a)", rate.farExponent),
        Quantity("e_near", "exponent of (38b)", rate.nearExponent),
        Quantity("τ", "bound on the first time with s ≤ √6 s_Z", rate.tauBound),
      ])
  }
}
