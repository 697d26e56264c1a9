/// A statement that can be tried: hypotheses, instances, and the quantity that should hold with its sign and its round-off.
///
/// ```swift
/// let claim = Claim(
///   "size-below-start", title: "The size never exceeds its start", formula: "s(t) ≤ max(s_0, s_Z)",
///   source: "D4", instances: RankOneFamily().instance,
///   hypotheses: [], mutants: []
/// ) { instance in
///   instance.states().map {
///     .atMost($0.scale, max(instance.start.scale, instance.sZ), unit: instance.sZ, roundOff: 1e-12, time: $0.time)
///   }
/// }
/// print(VerificationRun([claim]).reports()[0].verdict)
/// ```
public struct Claim: Sendable, Identifiable {
  /// What the claim is called on the command line, such as "theorem-4.4-38a".
  public let id: String
  /// In words.
  public let title: String
  /// In symbols.
  public let formula: String
  /// The paper's number, or the label of Documentation/derived.md.
  public let source: String
  /// Whether it should hold.
  public let expectation: Expectation
  /// What an instance costs.
  public let cost: Cost
  /// The hypotheses in words.
  public let hypotheses: [String]

  let trial: @Sendable (Recipe) -> Trial?
  let dropped: [Variation]
  let mutants: [Variation]
  let exhibit: @Sendable (Recipe) -> Exhibit?
  let profile: @Sendable (Recipe) -> [Comparison]

  /// What is known about a statement.
  public enum Expectation: Codable, Equatable, Sendable {
    /// It should hold.
    case holds
    /// It is known to be wrong; what is right instead.
    case fails(correction: String)
  }

  /// What an instance costs, which decides how many are tried.
  public enum Cost: String, Codable, Sendable {
    /// Microseconds: closed forms and points.
    case light
    /// Milliseconds: integrations and eigenvalues. A tenth as many instances are tried.
    case heavy
  }

  /// - Parameters:
  ///   - id: short, without spaces, of letters, digits, dots and hyphens.
  ///   - title: in words.
  ///   - formula: what should hold, in symbols.
  ///   - source: where it is from.
  ///   - expectation: whether it should hold.
  ///   - cost: what an instance costs.
  ///   - instances: makes an instance from numbers; nil where these numbers make none.
  ///   - hypotheses: what an instance must satisfy; others are drawn again.
  ///   - mutants: wrong variants, which the check must catch.
  ///   - along: the comparisons to draw for one instance; by default those of the statement.
  ///   - comparisons: what the statement says about one instance; none where it says nothing.
  public init<I: Instance>(
    _ id: String, title: String, formula: String, source: String, expectation: Expectation = .holds,
    cost: Cost = .light, instances: @escaping @Sendable (inout Draw) -> I?,
    hypotheses: [Hypothesis<I>] = [], mutants: [Mutant<I>] = [],
    along: (@Sendable (I) -> [Comparison])? = nil,
    comparisons: @escaping @Sendable (I) -> [Comparison]
  ) {
    (self.id, self.title, self.formula, self.source) = (id, title, formula, source)
    (self.expectation, self.cost) = (expectation, cost)
    self.hypotheses = hypotheses.map(\.name)
    trial = { Trial($0, instances, where: { i in hypotheses.allSatisfy { $0.holds(i) } }, comparisons) }
    dropped = hypotheses.enumerated().compactMap { k, hypothesis in
      if let elsewhere = hypothesis.elsewhere { return elsewhere }
      guard let broken = hypothesis.broken else { return nil }
      let conclusion = hypothesis.conclusion ?? comparisons
      // Only this hypothesis fails; the others hold.
      return Variation(name: hypothesis.name, cost: cost, instances: broken) {
        Trial(
          $0, broken,
          where: { i in hypotheses.enumerated().allSatisfy { ($0.offset == k) != $0.element.holds(i) } },
          conclusion)
      }
    }
    self.mutants = mutants.map { mutant in
      Variation(name: mutant.name, cost: cost, instances: instances) {
        Trial(
          $0, instances, where: { i in hypotheses.allSatisfy { $0.holds(i) } }, mutant.comparisons)
      }
    }
    exhibit = {
      var draw = Draw($0)
      return instances(&draw)?.exhibit
    }
    profile = {
      var draw = Draw($0)
      return instances(&draw).map(along ?? comparisons) ?? []
    }
  }
}

extension Claim {
  /// The instance of a finding as a problem and a start.
  public func exhibit(of finding: ClaimReport.Finding) -> Exhibit? { exhibit(finding.recipe) }

  /// The counterexample that a hypothesis was left out for, as a problem and a start.
  public func exhibit(of dropped: ClaimReport.Dropped) -> Exhibit? {
    guard let found = dropped.counterexample else { return nil }
    return self.dropped.first { $0.name == dropped.hypothesis }?.exhibit(found.recipe)
  }

  /// Both sides of the statement along the trajectory of a finding; for a statement about one point without a trajectory, that point.
  public func profile(of finding: ClaimReport.Finding) -> [Comparison] { profile(finding.recipe) }
}

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

/// A named way to try something else on instances.
struct Variation: Sendable {
  let name: String
  let cost: Claim.Cost
  let trial: @Sendable (Recipe) -> Trial?
  let exhibit: @Sendable (Recipe) -> Exhibit?

  init<I: Instance>(
    name: String, cost: Claim.Cost, instances: @escaping @Sendable (inout Draw) -> I?,
    trial: @escaping @Sendable (Recipe) -> Trial?
  ) {
    (self.name, self.cost, self.trial) = (name, cost, trial)
    exhibit = {
      var draw = Draw($0)
      return instances(&draw)?.exhibit
    }
  }
}

/// One statement on one instance.
struct Trial: Sendable {
  let worst: Comparison
  /// Numbers in the instance.
  let size: Int
  /// The reals of which it was made.
  let reals: [Double]

  /// Nil where the recipe makes no instance that satisfies the hypotheses, or the statement says nothing about it.
  init?<I: Instance>(
    _ recipe: Recipe, _ instances: (inout Draw) -> I?, where hypotheses: (I) -> Bool,
    _ comparisons: (I) -> [Comparison]
  ) {
    var draw = Draw(recipe)
    guard let instance = instances(&draw), hypotheses(instance), let worst = comparisons(instance).worst
    else { return nil }
    self.init(worst: worst, size: instance.exhibit.size, reals: draw.reals)
  }

  private init(worst: Comparison, size: Int, reals: [Double]) {
    (self.worst, self.size, self.reals) = (worst, size, reals)
  }

  /// The same without the numbers that the recipe can make again.
  var withoutReals: Trial { Trial(worst: worst, size: size, reals: []) }
}
