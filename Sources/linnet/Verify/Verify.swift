import ArgumentParser
import Foundation
import RunFiles
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

  @OptionGroup(title: "Results") var results: ResultOptions

  @Flag(help: "List the statements, and try nothing.") var list = false
  @Flag(help: "With --list: as the tables of Documentation/statements.md.") var markdown = false

  func validate() throws {
    // A trial takes a hundred bytes.
    if instances < 1 || instances > 10_000_000 {
      throw ValidationError("--instances must be at least 1 and at most 10000000, not \(instances).")
    }
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1, not \(threads).") }
    if markdown, !list { throw ValidationError("--markdown goes with --list.") }
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
    let folder = try results.destination.folder(stem: "linnet-verify")

    Interruption.listen()
    let table = VerifyTable()
    let line = SharedProgressLine()
    if !results.json { Screen.standardOutput(table.heading) }
    let begun = Date()
    var reports: [ClaimReport] = []
    let quiet = results.json
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
    if results.json {
      Screen.standardOutput(try CanonicalJSON.encode(report))
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
    if markdown { return Screen.standardOutput(Data(Claim.markdownTable.utf8)) }
    let width = Claim.all.map(\.id.count).max() ?? 0
    for section in Claim.sections {
      Screen.standardOutput(section.title)
      for claim in section.claims {
        Screen.standardOutput("  \(VerifyTable.padded(claim.id, width))  \(claim.title)   [\(claim.source)]")
      }
    }
  }
}
