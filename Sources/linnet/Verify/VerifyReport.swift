import Foundation
import Prose
import RunFiles
import Verification

/// What verify.json holds.
struct VerifyReport: Encodable {
  let version = programVersion
  let instances: Int
  let seed: UInt64
  /// Whether every verdict is the expected one, every wrong variant was caught, and nothing was left out.
  let isAsExpected: Bool
  let seconds: Double
  /// Statements that were not, or not completely, tried, since the run was interrupted.
  let unfinished: [String]
  let claims: [ClaimReport]
  /// nil unless all statements were tried.
  let studies: VerifyStudies?

  init(effort: Effort, claims: [ClaimReport], unfinished: [String], studies: VerifyStudies?, seconds: Double)
  {
    (instances, seed) = (effort.instances, effort.seed)
    (self.claims, self.unfinished, self.studies, self.seconds) = (claims, unfinished, studies, seconds)
    isAsExpected = unfinished.isEmpty && claims.allSatisfy(\.isAsExpected)
  }

  /// The end of what the screen shows.
  var summary: [String] {
    func number(of verdict: ClaimReport.Verdict) -> Int { claims.count { $0.verdict == verdict } }
    var lines = [
      "",
      "\(count(claims.count, "statement")): \(number(of: .holds)) hold, \(number(of: .failsAsExpected)) known to be wrong and refuted"
        + ", \(number(of: .violated)) violated, \(number(of: .unexpectedlyHolds)) known to be wrong but not refuted"
        + "; \(duration(seconds))",
    ]
    let blind = claims.flatMap { claim in
      claim.mutations.filter { !$0.isCaught }.map { "\(claim.id) (\($0.change))" }
    }
    if !blind.isEmpty {
      lines.append("Wrong variants that were not caught: \(blind.joined(separator: ", "))")
    }
    if !unfinished.isEmpty {
      lines.append("Interrupted; not finished: \(unfinished.joined(separator: ", "))")
    }
    lines.append(isAsExpected ? "Everything is as expected." : "Not everything is as expected.")
    return lines
  }
}

/// The studies behind the figures about all statements.
struct VerifyStudies: Encodable {
  let tightness: RateTightness
  let stableSet: StableSetShare
  let finalRates: FinalRates

  /// Nil if interrupted.
  init?(effort: Effort, progress: SharedProgressLine) {
    // Tuned: 1000 starts give the median of a point to a few percent, in ten seconds for all curves.
    let starts = min(max(effort.instances / 10, 20), 1000)
    progress.show("figures: how tight the rates of Theorem 4.4 are")
    guard
      let tightness = RateTightness(
        starts: starts, seed: effort.seed, workers: effort.workers,
        isInterrupted: { Interruption.isRequested })
    else { return nil }
    self.tightness = tightness
    progress.show("figures: the stable set inside the exact basin")
    stableSet = StableSetShare(
      starts: max(1000, 10 * effort.instances), seed: effort.seed, workers: effort.workers)
    finalRates = FinalRates(seed: effort.seed)
  }
}
