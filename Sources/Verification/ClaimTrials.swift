import Foundation
import LinearAlgebra

/// All trials of one claim.
struct ClaimTrials {
  let claim: Claim
  let effort: Effort
  let isInterrupted: @Sendable () -> Bool
  let progress: @Sendable (VerificationProgress.Stage, _ done: Int, _ total: Int) -> Void

  fileprivate typealias Found = (recipe: Recipe, trial: Trial)

  /// How often an instance is drawn again whose numbers do not satisfy the hypotheses.
  private static let attempts = 200

  func report() -> ClaimReport {
    let begun = Date()
    let total = effort.instances(of: claim)
    let sample = map(total, .sampling) { Self.first($0, name: claim.id, seed: effort.seed, claim.trial) }
    let found = sample.compactMap { $0 ?? nil }
    let searched = search(
      from: starts(found, effort.searchStarts(of: claim)), .searching,
      evaluations: effort.searchEvaluations(of: claim), claim.trial)
    let all = found + searched.found
    let worst = all.min { $0.trial.worst.score < $1.trial.worst.score }
    let violating = all.filter { $0.trial.worst.isViolated }
    let dropped = claim.dropped.map(tryWithout)
    let mutations = claim.mutants.map(tryMutant)
    let sampleMargin = found.min { $0.trial.worst.score < $1.trial.worst.score }?.trial.worst.margin
    return ClaimReport(
      id: claim.id, title: claim.title, formula: claim.formula, source: claim.source,
      expectation: claim.expectation, hypotheses: claim.hypotheses, instances: found.count,
      violations: found.count { $0.trial.worst.isViolated },
      worst: worst.map { .init($0.recipe, $0.trial) },
      counterexample: Self.smallest(of: violating).map { .init($0.recipe, $0.trial) },
      search: searched.evaluations == 0
        ? nil
        : .init(
          starts: searched.found.count, evaluations: searched.evaluations, sampledMargin: sampleMargin ?? 0,
          foundMargin: searched.found.map(\.trial.worst.margin).min() ?? 0),
      dropped: dropped, mutations: mutations, histogram: Histogram(found.map(\.trial.worst)),
      seconds: Date().timeIntervalSince(begun), verdict: verdict(found.isEmpty, violating.isEmpty))
  }

  private func verdict(_ isEmpty: Bool, _ holds: Bool) -> ClaimReport.Verdict {
    if isInterrupted() || isEmpty { return .unfinished }
    return claim.expectation == .holds
      ? (holds ? .holds : .violated) : (holds ? .unexpectedlyHolds : .failsAsExpected)
  }

  /// The instance of fewest numbers; among equals the one that fails most.
  private static func smallest(of found: [Found]) -> Found? {
    found.min { ($0.trial.size, $0.trial.worst.score) < ($1.trial.size, $1.trial.worst.score) }
  }

  /// The first recipe of a counter that makes an instance.
  private static func first(_ index: Int, name: String, seed: UInt64, _ trial: (Recipe) -> Trial?) -> Found? {
    for attempt in 0..<attempts {
      let recipe = Recipe(name: name, seed: seed, index: index, attempt: attempt)
      // The reals are made again from the recipe where they are needed: a million instances should fit into memory.
      if let trial = trial(recipe) { return (recipe, trial.withoutReals) }
    }
    return nil
  }

  /// Half of the starts are the worst of the sample; the others are spread over it, since the worst may all sit at a place of equality.
  private func starts(_ found: [Found], _ count: Int) -> [Found] {
    let ranked = found.indices.sorted {
      (found[$0].trial.worst.score, $0) < (found[$1].trial.worst.score, $1)
    }
    guard ranked.count > count else { return ranked.map { found[$0] } }
    let worst = count - count / 2
    let spread = (0..<count / 2).map { worst + $0 * (ranked.count - worst) / (count / 2) / 2 }
    return (ranked.prefix(worst) + spread.map { ranked[$0] }).map { found[$0] }
  }

  /// Minimises the score of a statement, or of a variant of it, from given instances.
  private func search(
    from starts: [Found], _ stage: VerificationProgress.Stage, evaluations limit: Int,
    _ trial: @escaping @Sendable (Recipe) -> Trial?
  ) -> (found: [Found], evaluations: Int) {
    let results = map(starts.count, stage) { k -> (found: Found, evaluations: Int) in
      let start = starts[k]
      let seed = start.recipe.seed
      guard let reals = trial(start.recipe)?.reals, !reals.isEmpty else { return (start, 0) }
      let count = reals.count
      let best = minimise(from: reals, evaluations: limit, isInterrupted: isInterrupted) { x in
        // Numbers that make no instance are worse than any that do.
        guard let trial = trial(Recipe(seed: seed, reals: x)), trial.reals.count == count else {
          return 1e3
        }
        return trial.worst.score
      }
      let recipe = Recipe(seed: seed, reals: best.point)
      let found = trial(recipe)
      return (found.map { (recipe, $0) } ?? start, best.evaluations)
    }
    let finished = results.compactMap(\.self)
    return (finished.map(\.found), finished.reduce(0) { $0 + $1.evaluations })
  }

  private func tryWithout(_ variation: Variation) -> ClaimReport.Dropped {
    let name = claim.id + " without " + variation.name
    let trials = map(effort.droppedInstances(of: claim, cost: variation.cost), .breaking) {
      Self.first($0, name: name, seed: effort.seed, variation.trial)
    }.compactMap { $0 ?? nil }
    let failed = trials.filter(\.trial.worst.isViolated)
    return .init(
      hypothesis: variation.name, tried: trials.count, failed: failed.count,
      counterexample: Self.smallest(of: failed).map { .init($0.recipe, $0.trial) })
  }

  /// Tries a mutant on instances until one catches it, then by minimising its margin.
  private func tryMutant(_ variation: Variation) -> ClaimReport.Mutation {
    let name = claim.id + " mutant " + variation.name
    let limit = effort.mutantInstances(of: claim)
    var found: [Found] = []
    // In blocks of fixed size, so that the count does not depend on the threads.
    while found.count < limit, !isInterrupted() {
      let first = found.count
      let block = map(min(64, limit - first), .breaking) {
        Self.first(first + $0, name: name, seed: effort.seed, variation.trial)
      }.compactMap { $0 ?? nil }
      found += block
      if let k = block.firstIndex(where: \.trial.worst.isViolated) {
        return .init(change: variation.name, tried: first + k + 1, isCaught: true)
      }
      // Too few instances satisfy the hypotheses of the variant.
      if block.isEmpty { break }
    }
    let searched = search(
      from: starts(found, 16), .breaking, evaluations: claim.cost == .light ? 500 : 100, variation.trial)
    return .init(
      change: variation.name, tried: found.count + searched.evaluations,
      isCaught: searched.found.contains { $0.trial.worst.isViolated })
  }

  private func map<T: Sendable>(
    _ n: Int, _ stage: VerificationProgress.Stage, _ f: @Sendable (Int) -> T
  ) -> [T?] {
    parallelMap(
      n, workers: effort.workers, isInterrupted: isInterrupted, finished: { progress(stage, $0, n) }, f)
  }
}
