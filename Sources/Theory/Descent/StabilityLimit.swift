import Landscape
import LinearAlgebra
import LinearNetworks
import Prose

/// The step above which gradient descent cannot settle: η λ_max(∇²L_N) = 2, with momentum 2(1 + β).
///
/// Near a minimiser descent multiplies what is left along an eigenvector by 1 − ηλ, which is below one in size iff 0 < ηλ < 2; heavy-ball descent by the roots of z² − (1 + β − ηλ)z + β, which are inside the unit circle
/// iff 0 < ηλ < 2(1 + β) (Polyak 1964). A balanced start ends at a balanced minimiser up to the drift of its imbalances (D26), so its limit is known before the run; others end elsewhere.
public struct StabilityLimit: Codable, Equatable, Sendable {
  /// λ_max(∇²L_N) at the start.
  public let sharpnessAtStart: Double
  /// λ_max(∇²L_N) at the balanced global minimiser; nil where there is none to be had.
  @ExplicitNull public private(set) var sharpnessAtMinimiser: Double?
  /// 2(1 + β)/λ_max at the balanced minimiser: the stability limit; nil with it, or where nothing is curved there.
  @ExplicitNull public private(set) var limit: Double?
  /// 2(1 + β)/λ_max at the start, above which the loss may rise at first; nil where nothing is curved upwards there.
  @ExplicitNull public private(set) var limitAtStart: Double?

  /// - Parameters:
  ///   - problem: what is trained on.
  ///   - start: where descent starts.
  ///   - momentum: β.
  public init(problem: Problem, start: LinearNetwork, momentum: Double = 0) {
    let least = GlobalMinimum(of: problem, rank: min(start.bottleneckWidth, max(problem.inputRank, 1)))
    let (atStart, atMinimiser) = (
      Sharpness.value(of: problem, at: start),
      Self.sharpnessAtMinimiser(problem, least, widths: start.widths)
    )
    func limit(_ λ: Double) -> Double? { λ > 0 ? (2 * (1 + momentum) / λ).finiteOrNil : nil }
    (sharpnessAtStart, sharpnessAtMinimiser) = (atStart, atMinimiser)
    self.limit = atMinimiser.flatMap(limit)
    limitAtStart = limit(atStart)
  }

  /// Half of the smaller limit: what `--descent auto` takes; nil where there is none.
  public var safeStep: Double? { [limit, limitAtStart].compactMap(\.self).min().map { $0 / 2 } }

  /// λ_max(∇²L_N) at the balanced factorisation of the minimiser; nil where it has none.
  static func sharpnessAtMinimiser(_ problem: Problem, _ minimum: GlobalMinimum, widths: [Int]) -> Double? {
    guard let network = try? LinearNetwork.balanced(factoring: minimum.minimiser, widths: widths) else {
      return nil
    }
    return Sharpness.value(of: problem, at: network).finiteOrNil
  }
}

/// D25: stability of the balanced minimiser under steps of one size.
///
/// It is about where descent can settle, not whether it gets there; and above the limit only exceptional starts come to the minimiser at all, since nothing but directions on which ηλ < 2 are attracted.
///
/// Source: Polyak (1964); D25 of Documentation/derived.md.
struct StabilityTheorem: Theorem {
  let reference = Reference.stability
  let dynamics = Dynamics.descent

  func conditions(in setting: Setting) -> [Condition] {
    let sharpness = setting.sharpnessAtMinimiser
    return [
      Condition(
        "sharpness of the balanced minimiser in units of 1/η", "ηλ_max(W*)", .stability,
        sharpness.map { $0 * setting.step! }, .below, 2,
        error: 2 * (sharpness ?? 0) * setting.step! * Sharpness.tolerance)
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    guard let λ = setting.sharpnessAtMinimiser, λ > 0 else { throw Silence("nothing is curved there") }
    var quantities = [
      Quantity("λ_max(W*)", "largest eigenvalue of ∇²L_N at the balanced minimiser", λ),
      Quantity("2/λ_max(W*)", "largest stable step", 2 / λ),
    ]
    var words = "steps up to \(number(2 / λ)) can settle at the balanced minimiser"
    if setting.depth >= 1, let final = BalancedFinalRate(setting),
      case .exponential(let rate, _) = final.decay
    {
      let η = setting.step!
      let factor = max((1 - η * rate / 2).magnitude, (1 - η * λ).magnitude)
      quantities.append(
        Quantity("ρ²", "factor of the loss gap a step near the balanced minimiser", factor * factor))
      words += ", near which the gap falls by the factor \(number(factor * factor)) a step"
    }
    return Conclusion(words, quantities: quantities)
  }
}
