/// Where an exact rank-one flow ends.
///
/// The largest λ* with a nonzero coordinate wins: λ* = σ_1 gives the target, λ* = σ_i < σ_1 the saddle σ_i u_i v_iᵀ, and
/// λ* ≤ 0 the origin. A start counts as lying on the basin's boundary, p_i = 0, up to the threshold of
/// ``RankOneCoordinates``; saddle and origin are then the limits of that start, and every perturbation leaves them.
///
/// Coded as its description: `target`, `saddle:<i>` or `origin`.
///
/// Source: D5 of Documentation/derived.md.
public enum ExactRankOneLimit: Equatable, Sendable, CustomStringConvertible {
  /// Z_1, the global minimiser.
  case target
  /// σ_i u_i v_iᵀ with i = `pair` ≥ 2, counted from 1: a strict saddle.
  case saddle(pair: Int)
  /// 0. With λ* < 0: s ∝ e^{−N|λ*|x}, in t exponentially for N = 2 and like t^{−N/(N−2)} for N ≥ 3. λ* = 0 (a part outside the
  /// bases, or a pair with σ_i = 0): s ∝ 1/(Nx), so s = ((2N − 2) m t)^{−N/(2N−2)} asymptotically, for N = 2 as well.
  case origin

  public var description: String {
    switch self {
    case .target: "target"
    case .saddle(let i): "saddle:\(i)"
    case .origin: "origin"
    }
  }

  init(_ modes: RankOneModes) {
    self =
      modes.leading <= 0
      ? .origin
      : modes.leadingIndex == 0 ? .target : .saddle(pair: modes.leadingIndex + 1)
  }
}

extension ExactRankOneLimit: Codable {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    switch text {
    case "target": self = .target
    case "origin": self = .origin
    default:
      guard text.hasPrefix("saddle:"), let i = Int(text.dropFirst(7)), i >= 1 else {
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath,
            debugDescription: "\"\(text)\" is none of target, saddle:<i>, origin"))
      }
      self = .saddle(pair: i)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
