import LinearAlgebra
import LinearNetworks

/// What the layers say about a stationary point above the minimum, by ranks of their products and without a Hessian: strict saddle or not.
///
/// A point whose learnt directions are not the leading ones is strict. One that is the best of its rank k is not strict if for every pair of layers i > j
/// W_{i−1}⋯W_{j+1} or W_{j−1}⋯W_1 X Yᵀ W_N⋯W_{i+1} has rank k, and strict otherwise. Ranks of a computed network are a judgement; here they are none: both sides are proved by numbers at the network itself,
/// a direction of curvature clearly below zero, or a bound below which no curvature is (`CurvatureBounds`).
///
/// Source: Achour, Malgouyres, Gerchinovitz, JMLR (2024); D20 of Documentation/derived.md, "Strict or not".
public struct SaddleAlgebra: Codable, Sendable, Equatable {
  /// What the algebra says.
  public enum Answer: String, Codable, Sendable {
    /// A direction has curvature below −tolerance.
    case strict
    /// No direction has curvature below −tolerance/2 but for round-off, and the loss is at the lowest stationary value of its rank.
    case notStrict
    /// Neither is certain.
    case undecided
  }

  /// Two layers i > j whose changes together lower the loss most.
  public struct Pair: Codable, Sendable, Equatable {
    /// i and j, from 1.
    public let layers: [Int]
    /// ‖M‖: the part of W_{i−1}⋯W_{j+1} beyond the k directions that were learnt; zero if the rank of that product is k.
    public let between: Double
    /// ‖C‖: the part of W_{j−1}⋯W_1 X Yᵀ W_N⋯W_{i+1} beyond them.
    public let around: Double
  }

  /// What follows.
  public let answer: Answer
  /// Whether the directions that were learnt are leading ones.
  public let isLeading: Bool
  /// The pair with the largest ‖M‖‖C‖; null for one layer.
  public let pair: Pair?
  /// No eigenvalue of ∇²L_N at the network is smaller.
  public let lowerBound: Double
  /// The part of `lowerBound` that is due to the network's distance from stationary ones.
  public let defect: Double
  /// The part of `lowerBound` that is due to round-off.
  public let rounding: Double
  /// The curvature along a direction that the layers give: no smaller than the smallest eigenvalue. Null where they give none.
  public let upperBound: Double?
  /// Curvatures above −tolerance cannot be told from zero.
  public let tolerance: Double
  /// An exactly stationary network of the kind that is named is at most so far away (√Σ‖ΔW_j‖²); null where none was built.
  public let distance: Double?

  /// The bound by round-off allows for every rounding at its worst, so that its hundredfold is still no curvature (tuned); beyond that the layers are too ill-conditioned to be told apart.
  private static let largestRounding = 100.0

  init(_ bounds: CurvatureBounds, isLeading: Bool, tolerance: Double, distance: @autoclosure () -> Double?) {
    self.isLeading = isLeading
    self.tolerance = tolerance
    (lowerBound, upperBound) = (bounds.lower, bounds.upper)
    (defect, rounding) = (bounds.defect, bounds.rounding)
    pair = bounds.strongest.map {
      Pair(layers: [$0.i, $0.j], between: $0.between.spectralNorm, around: $0.around.spectralNorm)
    }
    if let upper = bounds.upper, upper < -tolerance {
      answer = .strict
      self.distance = nil
    } else if isLeading, -bounds.lower - bounds.rounding <= tolerance / 2,
      bounds.rounding <= SaddleAlgebra.largestRounding * tolerance
    {
      answer = .notStrict
      self.distance = distance()
    } else {
      answer = .undecided
      self.distance = nil
    }
  }

  /// What lies too close to what where the answer is `undecided`.
  var closeCall: Verdict.CloseCall {
    .init(
      quantity: "smallest eigenvalue of ∇²L_N, which by the layers is at least this", value: lowerBound,
      tolerance: max(tolerance, -lowerBound))
  }
}
