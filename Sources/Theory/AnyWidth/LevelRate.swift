import Foundation
import LinearAlgebra
import Prose

/// D16: the rate of a balanced flow below the lowest saddle level, at every width, depth and on any data.
///
/// By Mirsky σ_r(Ŵ) ≥ σ̂_r − √ε, and A_W ⪰ σ_r(W)^p on the tangent space of the rank-r matrices; with the sharp gradient inequality D15,
///
///     dε/dt ≤ −2 λ_min ((σ̂_r − √ε)/√λ_max)^p κ(ε) ε,   κ(ε) = 2(A − σ̂_{r+1})/(σ̂_r + A),  A = √(σ̂_r² − ε),
///
/// κ = 1 where r = min(dx, dy), and N times as fast where r = dx = dy, since there A_W ⪰ N σ_r(W)^p. So the time from ε_0 to ε is at most a one-dimensional integral.
///
/// *Numerics.* With x = √ε/σ̂_r ∈ (0, x_max), x_max² = 1 − (σ̂_{r+1}/σ̂_r)² and y = log(x/(x_max − x)) the integrand is smooth and nothing cancels; panels of width ½ in y with
/// five Gauss points each have an error below 1e-10. Between breakpoints the bound falls at the rate of the piece's beginning, its smallest, so that it is a bound there too.
///
/// Source: D15 and D16 of Documentation/derived.md.
public struct LevelRate: Sendable {
  /// The bound on ε / Σ_{i≤r} σ̂_i².
  public let bound: DecayCurve
  /// The rate with which the bound ends, 2 λ_min (σ̂_r/√λ_max)^p (1 − σ̂_{r+1}/σ̂_r), times N where r = dx = dy: the exact final rate for whitened data.
  public var finalRate: Double { bound.rate }

  /// The bound of a flow that starts at ε_0.
  ///
  /// - Parameters:
  ///   - excess: ε_0 in (0, σ̂_r² − σ̂_{r+1}²).
  ///   - time: when that is so.
  ///   - leading: σ̂_r > 0.
  ///   - next: σ̂_{r+1} ∈ [0, σ̂_r); taken as 0 where r = min(dx, dy).
  ///   - smallest: λ_min > 0 of XXᵀ.
  ///   - largest: λ_max.
  ///   - depth: N.
  ///   - isFull: r = min(dx, dy).
  ///   - isSquare: r = dx = dy.
  ///   - unit: Σ_{i≤r} σ̂_i², by which ε is divided.
  public init(
    excess: Double, time: Double, leading: Double, next: Double, smallest: Double, largest: Double,
    depth: Int,
    isFull: Bool, isSquare: Bool, unit: Double
  ) {
    let s = isFull ? 0 : next / leading
    precondition(
      s < 1 && excess > 0, "ε_0 = \(excess) must lie between 0 and the level, and σ̂_r above σ̂_{r+1}")
    let end = ((1 - s) * (1 + s)).squareRoot()
    let ratio = excess / (leading * leading)
    let first = ratio.squareRoot()
    precondition(first < end, "ε_0 = \(excess) is not below the level \(leading * leading - next * next)")
    let p = 2 - 2 / Double(depth)
    // 2 λ_min (σ̂_r/√λ_max)^p, in logarithms, since the powers may leave the range of numbers.
    let unitRate =
      (isSquare ? Double(depth) : 1) * exp(log(2 * smallest) + p * (log(leading) - 0.5 * log(largest)))
    /// 1 − x, without cancellation.
    func complement(_ y: Double) -> Double { s * s / (1 + end) + end / (1 + exp(y)) }
    /// −d(log ε)/dt in units of unitRate.
    func rate(_ y: Double) -> Double {
      let x = end / (1 + exp(-y))
      let shrunk = pow(complement(y), p)
      if isFull { return shrunk }
      let A = (complement(y) * (1 + x)).squareRoot()
      // A − s = (x_max² − x²)/(A + s), and x_max − x = x_max/(1 + e^y).
      return shrunk * 2 * end / (1 + exp(y)) * (end + x) / ((A + s) * (1 + A))
    }
    // d(log ε)/dy = 2 (1 − x/x_max).
    func slowness(_ y: Double) -> Double { 2 / (1 + exp(y)) / rate(y) }
    func logarithm(_ y: Double) -> Double { 2 * (log(end) - log1p(exp(-y))) }
    let gap = (end * end - ratio) / (end + first)
    let start = log(first / gap)
    let (scale, offset) = (log(leading * leading / unit), time)
    var points = [(time: offset, logarithm: log(ratio) + scale)]
    var elapsed = 0.0
    var y = start
    // Down to ε = 1e-14 Σσ̂², where the rate is that of the end to seven digits; one more piece where the start is below that.
    while points.count == 1 || (points[points.count - 1].logarithm > log(1e-14) && points.count < 2000) {
      let step = 0.5
      let piece = Self.nodes.reduce(0) { $0 + $1.weight * slowness(y - step * $1.place) } * step / unitRate
      let slowest = rate(y) * unitRate
      let last = points[points.count - 1].logarithm
      // A rounding outwards covers the quadrature.
      let duration = piece * (1 + 1e-9)
      elapsed += duration
      y -= step
      let reached = min(logarithm(y) + scale, last)
      points.append((offset + elapsed, max(last - slowest * duration, reached)))
      points.append((offset + elapsed, reached))
    }
    bound = DecayCurve(points: points, rate: rate(y) * unitRate)
  }

  /// Gauss–Legendre with five points on [0, 1].
  private static let nodes: [(place: Double, weight: Double)] = {
    let (a, b) = (
      (5 - 2 * (10.0 / 7).squareRoot()).squareRoot() / 3, (5 + 2 * (10.0 / 7).squareRoot()).squareRoot() / 3
    )
    let (u, v) = ((322 + 13 * 70.0.squareRoot()) / 1800, (322 - 13 * 70.0.squareRoot()) / 1800)
    return [
      (0.5, 64.0 / 225), (0.5 - a / 2, u), (0.5 + a / 2, u), (0.5 - b / 2, v), (0.5 + b / 2, v),
    ]
  }()
}

/// D16 as a theorem on a start.
struct LevelRateTheorem: Theorem {
  let reference = Reference.levelRate

  func conditions(in setting: Setting) -> [Condition] {
    Condition.balancedLayers(setting, .levelRate) + Condition.isolatedMinimum(setting, .levelRate)
      + [.belowLevel(setting, .levelRate)]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let r = setting.bottleneck
    let isFull = r == min(setting.inputRank, setting.outputs)
    // With r = ρ < min(dx, dy) there is no σ̂_{r+1} but the tangent space is not everything.
    let excess = setting.excess + setting.excessError
    guard setting.excess > setting.excessError else {
      throw Silence("the start is at the minimum, up to round-off")
    }
    let rate = LevelRate(
      excess: excess, time: setting.time, leading: setting.singularValue(r),
      next: setting.singularValue(r + 1), smallest: setting.smallestEigenvalue,
      largest: setting.largestEigenvalue,
      depth: setting.depth, isFull: isFull, isSquare: setting.isSquare, unit: setting.targetPower)
    guard rate.finalRate.isFinite, rate.finalRate > 0 else { throw Silence("its rate is no positive number") }
    return Conclusion(
      "the loss gap falls, in the end at least like e^(−\(number(rate.finalRate)) t)",
      limit: .globalMinimiser,
      bound: Bound(on: .gap, rate.bound),
      quantities: [
        Quantity("ε_0", "2(L_N − min L_N), in units of the loss", setting.excess),
        Quantity("σ̂_r", "the smallest singular value that is learnt", setting.singularValue(r)),
        Quantity("σ̂_{r+1}/σ̂_r", "spectral gap", ratio(setting)),
        Quantity("λ_min", "smallest eigenvalue of XXᵀ", setting.smallestEigenvalue),
        Quantity("λ_max", "largest eigenvalue of XXᵀ", setting.largestEigenvalue),
      ])
  }

  private func ratio(_ setting: Setting) -> Double {
    let r = setting.bottleneck
    return r > 0 ? setting.singularValue(r + 1) / setting.singularValue(r) : 0
  }
}
