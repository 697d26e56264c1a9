/// When a run ends.
///
/// Rules compose: a run is given several, and the first that is met ends it. "Stopped" and "converged" are different words: a rule says which of them its ending is.
public protocol StopRule {
  /// Whether its ending says that the run has come to its limit, and not only that someone wanted no more of it.
  var meansConvergence: Bool { get }

  /// The flow time at which it ends the run at the latest, where the last step lands; nil if it does not know beforehand.
  var finalTime: Double? { get }

  /// Why the run ends at this moment, the end of a step; nil to go on.
  mutating func ending(at moment: RunMoment) -> TrainingOutcome.Ending?

  /// What the rule has noted so far, so that a resumed run ends as the uninterrupted one; empty if nothing.
  var memory: [Double] { get set }

  /// How far the run is from this ending: numbers, each falling to zero there, from which the time left is estimated. Empty if there is none.
  ///
  /// Several are ways to measure one distance; the one that falls most steadily is used.
  func distances(at moment: RunMoment) -> [Double]
}

extension StopRule {
  public var meansConvergence: Bool { false }
  public var finalTime: Double? { nil }
  public func distances(at moment: RunMoment) -> [Double] { [] }
  public var memory: [Double] {
    get { [] }
    set {}
  }
}

/// Ends a run by the first of several rules that is met, in their order.
struct FirstOf: StopRule {
  private(set) var rules: [any StopRule]

  init(_ rules: [any StopRule]) { self.rules = rules }

  var meansConvergence: Bool { rules.allSatisfy(\.meansConvergence) }
  var finalTime: Double? { rules.compactMap(\.finalTime).min() }

  /// Of each rule in turn. A run that goes on with other rules of its caller's keeps those of its own, which come first.
  var memories: [[Double]] {
    get { rules.map(\.memory) }
    set {
      for (i, memory) in zip(rules.indices, newValue) { rules[i].memory = memory }
    }
  }

  mutating func ending(at moment: RunMoment) -> TrainingOutcome.Ending? {
    for i in rules.indices {
      guard let ending = rules[i].ending(at: moment) else { continue }
      precondition(
        !ending.meansConvergence || rules[i].meansConvergence,
        "\(type(of: rules[i])) calls convergence what it does not say to mean it")
      return ending
    }
    return nil
  }
}
