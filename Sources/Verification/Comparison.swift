/// Two numbers of which a statement says something, with the round-off that the comparison must allow.
public struct Comparison: Codable, Equatable, Sendable {
  /// What is said of the two.
  public enum Relation: String, Codable, Sendable {
    /// left ≤ right.
    case atMost
    /// left = right.
    case equal
  }

  /// What is said of the two.
  public let relation: Relation
  /// The side that is bounded.
  public let left: Double
  /// The bound, or the other side of an identity.
  public let right: Double
  /// The size in which the margin is measured, > 0.
  public let unit: Double
  /// A bound on the rounding and truncation errors of both sides together, relative to `unit`.
  public let roundOff: Double
  /// Where along a trajectory; nil for a statement about one point.
  public let time: Double?

  /// left ≤ right up to `roundOff`·`unit`.
  public static func atMost(
    _ left: Double, _ right: Double, unit: Double, roundOff: Double, time: Double? = nil
  ) -> Comparison {
    Comparison(relation: .atMost, left: left, right: right, unit: unit, roundOff: roundOff, time: time)
  }

  /// left = right up to `roundOff`·`unit`.
  public static func equal(
    _ left: Double, _ right: Double, unit: Double, roundOff: Double, time: Double? = nil
  ) -> Comparison {
    Comparison(relation: .equal, left: left, right: right, unit: unit, roundOff: roundOff, time: time)
  }

  private init(
    relation: Relation, left: Double, right: Double, unit: Double, roundOff: Double, time: Double?
  ) {
    precondition(unit > 0 || unit.isNaN, "a margin needs a positive unit, not \(unit)")
    (self.relation, self.left, self.right) = (relation, left, right)
    (self.unit, self.roundOff, self.time) = (unit, roundOff, time)
  }

  /// (right − left)/unit, or −|left − right|/unit for an identity: negative where the statement fails, or by round-off.
  public var margin: Double {
    switch relation {
    case .atMost: (right - left) / unit
    case .equal: -(left - right).magnitude / unit
    }
  }

  /// What a search makes small; below zero the statement fails by more than round-off, as it does for NaN.
  ///
  /// For an inequality margin + roundOff, for an identity 1 − |left − right|/(unit·roundOff).
  public var score: Double {
    let value = relation == .equal ? 1 + margin / roundOff : margin + roundOff
    return value.isNaN ? -.infinity : value
  }

  /// Whether the statement fails here by more than round-off.
  public var isViolated: Bool { score < 0 }
}

extension [Comparison] {
  /// The comparison of least score; nil if there is none.
  public var worst: Comparison? { self.min { $0.score < $1.score } }
}
