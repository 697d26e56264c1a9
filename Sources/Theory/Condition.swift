import Prose

/// One condition of a theorem: a measured quantity and the limit that it is held against.
public struct Condition: Codable, Equatable, Sendable {
  /// How the quantity must stand to the limit.
  public enum Relation: String, Codable, Sendable {
    case equal = "="
    case atLeast = "≥"
    case above = ">"
    case atMost = "≤"
    case below = "<"

    /// Whether `value` stands so to `limit`; false for NaN.
    func holds(_ value: Double, _ limit: Double) -> Bool {
      switch self {
      case .equal: value == limit
      case .atLeast: value >= limit
      case .above: value > limit
      case .atMost: value <= limit
      case .below: value < limit
      }
    }
  }

  /// The measured quantity in the notation of the theory, such as `r` or `‖D_j‖/‖W_j‖²`.
  public let quantity: String
  /// What it is, in words.
  public let name: String
  /// Where the condition is stated: the label of a ``Reference``.
  public let reference: String
  /// The measured value; nil if it does not exist (γ_Z of Z = 0).
  @ExplicitNull public private(set) var value: Double?
  /// How the value must stand to ``limit``.
  public let relation: Relation
  /// What the value is held against.
  public let limit: Double
  /// Whether the condition holds; nil where round-off could turn the answer.
  @ExplicitNull public private(set) var holds: Bool?

  /// A condition on a measured value, decided by its error.
  ///
  /// - Parameters:
  ///   - name: the quantity in words.
  ///   - quantity: its symbol.
  ///   - reference: where the condition is stated.
  ///   - value: as measured; nil if it does not exist.
  ///   - relation: how it must stand to the limit.
  ///   - limit: what it is held against.
  ///   - error: by how much the value may be wrong; a difference no larger than this is “cannot tell”. 0 for whole numbers and for limits that are themselves
  ///     tolerances.
  public init(
    _ name: String, _ quantity: String, _ reference: Reference, _ value: Double?, _ relation: Relation,
    _ limit: Double,
    error: Double = 0
  ) {
    self.quantity = quantity
    self.name = name
    self.reference = reference.label
    self.value = value?.finiteOrNil
    self.relation = relation
    self.limit = limit
    // Written so that NaN does not hold.
    let isDecided = value.map { error == 0 || !(($0 - limit).magnitude <= error) } ?? true
    holds = isDecided ? value.map { relation.holds($0, limit) } ?? false : nil
  }

  /// The same for a count.
  public init(
    _ name: String, _ quantity: String, _ reference: Reference, _ value: Int, _ relation: Relation,
    _ limit: Int
  ) {
    self.init(name, quantity, reference, Double(value), relation, Double(limit))
  }

  /// "N ≥ 2".
  public var requirement: String { "\(quantity) \(relation.rawValue) \(number(limit))" }

  /// "needs r = 1: it is 3".
  var failure: String {
    let measured =
      value.map { "it is \(number($0, digits: relation.digits($0, limit)))" } ?? "it does not exist"
    return holds == nil
      ? "cannot tell whether \(requirement): \(measured), within round-off"
      : "needs \(requirement): \(measured)"
  }
}

extension Condition.Relation {
  /// As many digits as it takes to see on which side of the limit a value is.
  fileprivate func digits(_ value: Double, _ limit: Double) -> Int {
    (3...17).first { number(value, digits: $0) != number(limit, digits: $0) } ?? 17
  }
}
