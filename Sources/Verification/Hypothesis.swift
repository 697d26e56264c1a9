/// A condition on instances that a statement needs, and instances that break it alone.
public struct Hypothesis<I: Instance>: Sendable {
  /// Such as "γ_Z < 1".
  public let name: String
  /// Whether an instance satisfies it.
  public let holds: @Sendable (I) -> Bool
  let broken: (@Sendable (inout Draw) -> I?)?
  let elsewhere: Variation?
  let conclusion: (@Sendable (I) -> [Comparison])?

  /// - Parameters:
  ///   - name: in symbols.
  ///   - broken: makes instances that violate this hypothesis and no other; nil where the statement has no meaning without it.
  ///   - conclusion: what is then compared; by default what the statement compares.
  ///   - holds: whether an instance satisfies the hypothesis.
  public init(
    _ name: String, broken: (@Sendable (inout Draw) -> I?)? = nil,
    conclusion: (@Sendable (I) -> [Comparison])? = nil, holds: @escaping @Sendable (I) -> Bool
  ) {
    (self.name, self.holds, self.broken, self.conclusion) = (name, holds, broken, conclusion)
    elsewhere = nil
  }

  /// A hypothesis that every instance of the claim satisfies by its kind, and another kind of instance that does not.
  ///
  /// - Parameters:
  ///   - name: in symbols.
  ///   - cost: what an instance of the other kind costs.
  ///   - instances: makes instances that violate this hypothesis and no other.
  ///   - conclusion: the statement's conclusion for them.
  public init<J: Instance>(
    _ name: String, cost: Claim.Cost, without instances: @escaping @Sendable (inout Draw) -> J?,
    conclusion: @escaping @Sendable (J) -> [Comparison]
  ) {
    self.name = name
    elsewhere = Variation(name: name, cost: cost, instances: instances) {
      Trial($0, instances, where: { _ in true }, conclusion)
    }
    (broken, self.conclusion, holds) = (nil, nil, { _ in true })
  }
}

/// A statement that is wrong on purpose: a sign, an exponent, a constant.
public struct Mutant<I: Instance>: Sendable {
  /// What was changed.
  public let name: String
  /// What the wrong statement compares.
  public let comparisons: @Sendable (I) -> [Comparison]

  /// A wrong statement and what was changed in it.
  public init(_ name: String, comparisons: @escaping @Sendable (I) -> [Comparison]) {
    (self.name, self.comparisons) = (name, comparisons)
  }
}
