import Prose
import RunFiles
import Theory

/// `sweep.json`: the counts, shares and fits of a sweep.
package struct SweepSummary: Encodable {
  /// A theorem, and how many of the runs it speaks of.
  package struct TheoremShare: Encodable {
    package let theorem: String
    package let title: String
    /// Runs of whose start it says something.
    package let speaks: Int
    /// Runs for whose start exactly it names the limit.
    package let namesTheLimit: Int
    /// Runs of which it is the strongest promise about the limit.
    package let isBest: Int
  }

  /// A reason, and how many runs failed by it.
  package struct Failures: Encodable {
    package let reason: String
    package let runs: Int
  }

  package let program: String
  package let version: String
  package let grid: SweepGrid
  /// Points of the grid.
  package let points: Int
  /// Points that have a line.
  package let finished: Int
  package let failed: Int
  package let failures: [Failures]
  package let endings: [String: Int]
  package let limits: [String: Int]
  package let verdicts: [String: Int]
  package let theorems: [TheoremShare]
  /// Runs with a broken promise.
  package let violations: Int
  /// Seconds of the runs, added up.
  package let seconds: Double
  package let fits: [SweepFit]
  /// The words behind the numbers of `sweep.npz`.
  package let words: [String: [String]]

  /// The summary of the runs that are there.
  package init(_ table: SweepTable, fits: [SweepFit]) {
    (program, version) = ("linnet", programVersion)
    (grid, points, self.fits, words) = (table.grid, table.grid.count, fits, table.words)
    let runs = table.records.compactMap(\.run)
    finished = table.records.count
    let reasons = table.records.compactMap(\.failure)
    failed = reasons.count
    failures = Self.counts(reasons).sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
      Failures(reason: $0.key, runs: $0.value)
    }
    endings = Self.counts(runs.map(\.ending))
    limits = Self.counts(runs.map { $0.limit ?? "none" })
    verdicts = Self.counts(runs.map(\.verdict))
    theorems = Catalogue.all.map(\.reference).compactMap { reference in
      let speaks = runs.count { $0.theorems.contains(reference.label) }
      return speaks == 0
        ? nil
        : TheoremShare(
          theorem: reference.label, title: reference.title, speaks: speaks,
          namesTheLimit: runs.count { $0.naming.contains(reference.label) },
          isBest: runs.count { $0.best == reference.label })
    }
    violations = runs.count { $0.violations > 0 }
    seconds = runs.reduce(0) { $0 + $1.seconds }
  }

  private static func counts(_ words: [String]) -> [String: Int] {
    words.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  /// What a person reads of it.
  package var lines: [String] {
    func shares(_ counts: [String: Int]) -> String {
      counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }.joined(
        separator: ", ")
    }
    var lines = labelledLines(
      "Sweep",
      grid.parameters.map { "\($0.name)=\($0.specification) (\($0.values.count))" }.joined(separator: ", "))
    lines += labelledLines(
      "Runs",
      "\(finished) of \(points)\(failed > 0 ? ", \(failed) of them failed" : ""); \(duration(seconds)) in runs"
    )
    for failure in failures.prefix(3) {
      lines += labelledLines("Failed", "\(failure.runs): \(failure.reason)")
    }
    if !endings.isEmpty {
      lines += labelledLines("Endings", shares(endings))
      lines += labelledLines("Limits", shares(limits))
    }
    if violations > 0 { lines += labelledLines("VIOLATED", "promises of \(count(violations, "run"))") }
    let named = theorems.filter { $0.namesTheLimit > 0 || $0.isBest > 0 }
    for (i, share) in named.enumerated() {
      lines += labelledLines(
        i == 0 ? "Theorems" : "",
        "\(share.theorem): speaks of \(share.speaks), names the limit of \(share.namesTheLimit), strongest for \(share.isBest)"
      )
    }
    for fit in fits { lines += labelledLines("Fit", fit.words) }
    return lines
  }
}
