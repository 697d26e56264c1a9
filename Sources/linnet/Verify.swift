import ArgumentParser
import Foundation
import Synchronization
import Verification

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Try the theory: every statement on random and adversarial instances.",
    discussion: """
      Each statement is tried on random instances that satisfy its hypotheses, then on instances that make its margin as small \
      as a search can; then with one hypothesis left out at a time, and in wrong variants that the check must catch. Writes \
      verify.json, index.html with a picture beside each statement, the figures, and counterexamples as files that \
      linnet train runs.

      A statement is named by its identifier or a part of it between hyphens: theorem-4.4, 38a, d12. Without names all are \
      tried, and the figures about them all are drawn.

      Exit status: 0 if everything is as expected; 1 if a statement fails that should hold, holds that is known to fail, a wrong \
      variant is not caught, or the run was interrupted.

      Examples:
        linnet verify
        linnet verify theorem-4.4 lemma-4.2 --instances 100000
        linnet verify --list
      """)

  @Argument(help: ArgumentHelp("Statements to try. Default: all.", valueName: "statement"))
  var statements: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Random instances of each statement; those that need integration or eigenvalues get a tenth.",
      valueName: "n"))
  var instances = 10_000

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of everything random.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Threads; the results do not depend on them. Default: one a processor.", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp("Folder for the results. Default: linnet-verify-<date>-<time>.", valueName: "folder"))
  var out: String?
  @Flag(help: "Replace the files of an existing folder.") var force = false
  @Flag(help: "Write no files.") var noFiles = false
  @Flag(help: "Print the report as JSON on standard output.") var json = false
  @Flag(help: "List the statements, and try nothing.") var list = false
  @Flag(help: "With --list: as the tables of Documentation/statements.md.") var markdown = false

  func validate() throws {
    // A trial takes a hundred bytes.
    if instances < 1 || instances > 10_000_000 {
      throw ValidationError("--instances must be at least 1 and at most 10000000, not \(instances).")
    }
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1, not \(threads).") }
    if markdown, !list { throw ValidationError("--markdown goes with --list.") }
    if noFiles, out != nil { throw ValidationError("--no-files writes nothing; leave out --out.") }
    _ = try claims()
  }

  /// The statements named, in the order of the theory.
  private func claims() throws -> [Claim] {
    if statements.isEmpty { return Claim.all }
    var wanted: Set<String> = []
    for name in statements {
      let found = Claim.named(name)
      if found.isEmpty {
        throw ValidationError(
          "There is no statement \"\(name)\". Names are parts between hyphens of: "
            + Claim.all.map(\.id).joined(separator: ", ") + ".")
      }
      wanted.formUnion(found.map(\.id))
    }
    return Claim.all.filter { wanted.contains($0.id) }
  }

  func run() throws {
    if list { return printList() }
    let claims = try claims()
    var effort = Effort()
    effort.instances = instances
    effort.seed = seed
    if let threads { effort.workers = threads }
    let folder = noFiles ? nil : try OutputFolder.create(out, stem: "linnet-verify", force: force)

    Interruption.listen()
    let table = VerifyTable()
    let line = SharedProgressLine()
    if !json { Screen.standardOutput(table.heading) }
    let begun = Date()
    var reports: [ClaimReport] = []
    let quiet = json
    for (index, claim) in claims.enumerated() where !Interruption.isRequested {
      let report = VerificationRun([claim], effort: effort).reports(
        progress: { line.show($0, place: index, of: claims.count, since: begun) },
        isInterrupted: { Interruption.isRequested })[0]
      line.clear()
      if !quiet { Screen.standardOutput(table.lines(report).joined(separator: "\n")) }
      reports.append(report)
    }
    let studies =
      statements.isEmpty && !Interruption.isRequested ? VerifyStudies(effort: effort, progress: line) : nil
    line.clear()
    let report = VerifyReport(
      effort: effort, claims: reports, unfinished: Self.unfinished(reports, of: claims), studies: studies,
      seconds: Date().timeIntervalSince(begun))
    if let folder {
      try VerifyFolder(folder: folder).write(report, of: claims, progress: line)
      line.clear()
    }
    if json {
      FileHandle.standardOutput.write(try JSON.encode(report))
    } else {
      Screen.standardOutput(report.summary.joined(separator: "\n"))
    }
    if !report.isAsExpected { throw ExitCode.failure }
  }

  private static func unfinished(_ reports: [ClaimReport], of claims: [Claim]) -> [String] {
    let finished = Set(reports.filter { $0.verdict != .unfinished }.map(\.id))
    return claims.map(\.id).filter { !finished.contains($0) }
  }

  private func printList() {
    if markdown { return FileHandle.standardOutput.write(Data(Claim.markdownTable.utf8)) }
    let width = Claim.all.map(\.id.count).max() ?? 0
    for section in Claim.sections {
      Screen.standardOutput(section.title)
      for claim in section.claims {
        Screen.standardOutput("  \(VerifyTable.padded(claim.id, width))  \(claim.title)   [\(claim.source)]")
      }
    }
  }
}

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
    func count(_ verdict: ClaimReport.Verdict) -> Int { claims.count { $0.verdict == verdict } }
    var lines = [
      "",
      "\(Screen.count(claims.count, "statement")): \(count(.holds)) hold, \(count(.failsAsExpected)) known to be wrong and refuted"
        + ", \(count(.violated)) violated, \(count(.unexpectedlyHolds)) known to be wrong but not refuted"
        + "; \(Screen.duration(seconds))",
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

/// One progress line for all threads.
final class SharedProgressLine: Sendable {
  private let line = Mutex(ProgressLine())

  func show(_ text: String) { line.withLock { $0.show(text) } }

  func show(_ progress: VerificationProgress, place: Int, of count: Int, since begun: Date) {
    line.withLock {
      $0.show(
        "\(place + 1) of \(count), \(progress.claim.id): \(progress.stage.rawValue), \(progress.done) of \(progress.total); "
          + Screen.duration(Date().timeIntervalSince(begun))
      )
    }
  }

  func clear() { line.withLock { $0.clear() } }
}
