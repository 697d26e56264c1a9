import Foundation

/// How much is tried.
public struct Effort: Codable, Equatable, Sendable {
  /// Instances of every light claim; heavy ones get a tenth, at least one.
  public var instances = 10_000
  /// The seed of everything random.
  public var seed: UInt64 = 1
  /// Threads. The results do not depend on them.
  public var workers = ProcessInfo.processInfo.activeProcessorCount

  /// The defaults.
  public init() {}

  /// Random instances of a claim.
  public func instances(of claim: Claim) -> Int {
    claim.cost == .light ? instances : max(1, instances / 10)
  }

  // All of these are tuned: the search costs about half of what the sample does, hypotheses and mutants another tenth each.

  /// Minimisations of the margin, each from another of the worst instances.
  func searchStarts(of claim: Claim) -> Int { claim.cost == .light ? 8 : 4 }

  /// Evaluations in each of them.
  func searchEvaluations(of claim: Claim) -> Int {
    min(max(instances(of: claim) / (2 * searchStarts(of: claim)), 20), 2000)
  }

  /// Instances that violate one hypothesis.
  func droppedInstances(of claim: Claim, cost: Claim.Cost) -> Int {
    let count = instances(of: claim) / 10
    return min(max(cost == claim.cost ? count : count / 10, 20), 1000)
  }

  /// Instances on which a mutant is tried until one catches it. At least as many as catch every mutant, however small the sample.
  func mutantInstances(of claim: Claim) -> Int { claim.cost == .light ? 2000 : 200 }
}

/// Where a run is.
public struct VerificationProgress: Sendable {
  /// What is being tried.
  public let claim: Claim
  /// Its place, from 0, and how many there are.
  public let index, count: Int
  /// Which part of its trials.
  public let stage: Stage
  /// How many of the part's trials are done, and how many there are.
  public let done, total: Int

  /// The parts of a claim's trials.
  public enum Stage: String, Sendable {
    /// Random instances.
    case sampling
    /// Minimisation of the margin.
    case searching
    /// Hypotheses left out, and mutants.
    case breaking
  }
}

/// Statements tried on random and adversarial instances.
public struct VerificationRun: Sendable {
  /// What is tried.
  public let claims: [Claim]
  /// How much.
  public let effort: Effort

  /// A run over some claims.
  public init(_ claims: [Claim], effort: Effort = Effort()) { (self.claims, self.effort) = (claims, effort) }

  /// Tries every claim, in order.
  ///
  /// - Parameters:
  ///   - progress: called from any thread, one call at a time.
  ///   - isInterrupted: looked at between trials; the reports of claims not reached have no instances.
  /// - Returns: a report for every claim. Except for the seconds, equal efforts give equal reports.
  public func reports(
    progress: @escaping @Sendable (VerificationProgress) -> Void = { _ in },
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) -> [ClaimReport] {
    claims.enumerated().map { index, claim in
      ClaimTrials(
        claim: claim, effort: effort, isInterrupted: isInterrupted,
        progress: { stage, done, total in
          progress(
            VerificationProgress(
              claim: claim, index: index, count: claims.count, stage: stage, done: done, total: total))
        }
      ).report()
    }
  }
}
