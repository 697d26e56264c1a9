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
