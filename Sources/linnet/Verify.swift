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
      verify.json, a page with a picture beside each statement, and the counterexamples that were found, as files that \
      linnet train runs.

      A statement is named by its identifier or a part of it between hyphens: theorem-4.4, 38a, d12. Without names all are tried.

      Exit status: 0 only if everything is as expected.

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
    help: ArgumentHelp("Threads; the results do not depend on them. Default: one a processor.", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp("Folder for the results. Default: linnet-verify-<date>-<time>.", valueName: "folder"))
  var out: String?
  @Flag(help: "Replace the files of an existing folder.") var force = false
  @Flag(help: "Write no files.") var noFiles = false
  @Flag(help: "Print the report as JSON on standard output.") var json = false
  @Flag(help: "List the statements and end.") var list = false
  @Flag(help: "With --list: as the table of Documentation/statements.md.") var markdown = false

  func run() throws {
    let claims = statements.isEmpty ? Claim.all : statements.flatMap(Claim.named)
    var effort = Effort()
    effort.instances = instances
    effort.seed = seed
    if let threads { effort.workers = threads }
    Interruption.listen()
    let line = SharedProgressLine()
    let reports = VerificationRun(claims, effort: effort).reports(
      progress: { line.show($0) }, isInterrupted: { Interruption.isRequested })
    line.clear()
    for r in reports {
      print(r.id, r.verdict, r.instances, r.worst.map { "\($0.margin) ±\($0.comparison.roundOff)" } ?? "-", "viol", r.violations, r.search.map { "search \($0.sampledMargin) -> \($0.foundMargin) in \($0.evaluations)" } ?? "", String(format: "%.2f s", r.seconds))
      for d in r.dropped { print("    without", d.hypothesis, d.failed, "of", d.tried) }
      for d in r.mutations { print("    mutant", d.change, d.isCaught ? "caught" : "NOT CAUGHT", d.tried) }
    }
  }
}

/// One progress line for all threads.
final class SharedProgressLine: Sendable {
  private let line = Mutex(ProgressLine())

  func show(_ progress: VerificationProgress) {
    line.withLock {
      $0.show(
        "\(progress.index + 1) of \(progress.count), \(progress.claim.id): \(progress.stage.rawValue), \(progress.done) of \(progress.total)"
      )
    }
  }

  func clear() { line.withLock { $0.clear() } }
}
