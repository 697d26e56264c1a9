import Foundation
import LinearAlgebra
import Testing
import Verification

struct ClaimTests {
  /// The verification itself, small: `linnet verify` tries a hundred times as many instances.
  @Test(arguments: Claim.all.map(\.id))
  func `each statement is as expected, and its mutants are caught`(id: String) throws {
    setBLASThreads(1)
    let claim = try #require(Claim.all.first { $0.id == id })
    var effort = Effort()
    effort.instances = 100
    effort.seed = 11
    effort.workers = 1
    let report = VerificationRun([claim], effort: effort).reports()[0]
    #expect(
      report.isAsExpected, "\(report.verdict), worst \(String(describing: report.worst)), \(report.mutations)"
    )
    #expect(report.instances >= (claim.cost == .light ? 100 : 10))
    // A check that cannot fail is none; what is known to fail is its own proof.
    #expect(claim.expectation != .holds || !report.mutations.isEmpty)
  }

  @Test func `Lemma 4.2 fails as printed, and its homogeneous form does not`() throws {
    var effort = Effort()
    effort.instances = 500
    let reports = VerificationRun(Claim.named("lemma-4.2-printed") + Claim.named("d11"), effort: effort)
      .reports()
    let printed = try #require(reports.first { $0.id == "lemma-4.2-printed" })
    #expect(printed.violations > 25, "\(printed.violations) of 500")
    #expect(printed.counterexample != nil)
    for other in reports where other.id != printed.id { #expect(other.verdict == .holds) }
  }

  @Test func `names are unique, and parts of them select`() {
    #expect(Set(Claim.all.map(\.id)).count == Claim.all.count)
    #expect(Claim.named("theorem-4.4").map(\.id) == ["theorem-4.4-38a", "theorem-4.4-38b"])
    #expect(Claim.named("38A").map(\.id) == ["theorem-4.4-38a"])
    #expect(Claim.named("d12").count == 3)
    #expect(Claim.named("theorem-4").isEmpty)
    for label in [
      "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11", "d12", "d21", "d21b", "d22", "d23",
      "d24", "d25", "d26",
    ] {
      #expect(!Claim.named(label).isEmpty, "\(label)")
    }
    for number in [
      "10a", "10b", "11", "12", "lemma-2.4", "lemma-2.5", "lemma-2.6", "theorem-2.7", "theorem-2.8",
      "lemma-3.1",
      "lemma-3.3", "lemma-3.4", "15", "17", "18", "19", "lemma-3.7", "theorem-3.8", "lemma-4.1", "33",
      "lemma-4.2",
      "lemma-4.3", "38a", "38b", "39", "figure-1",
    ] {
      #expect(!Claim.named(number).isEmpty, "\(number)")
    }
  }

  @Test func `the table in the documentation is that of the code`() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Documentation/statements.md")
    let written = try String(contentsOf: file, encoding: .utf8)
    #expect(
      written == Claim.markdownTable,
      "write it again: .build/release/linnet verify --list --markdown > Documentation/statements.md")
  }

  @Test func `a counterexample can be made again from its recipe`() throws {
    let claim = try #require(Claim.named("lemma-4.2-printed").first)
    var effort = Effort()
    effort.instances = 200
    let report = VerificationRun([claim], effort: effort).reports()[0]
    let found = try #require(report.counterexample)
    let (one, two) = (try #require(claim.exhibit(of: found)), try #require(claim.exhibit(of: found)))
    #expect(one.start == two.start)
    #expect(one.size == found.size)
    #expect(one.start.isBalanced(tolerance: 1e-12))
    #expect(one.problem.isWhitened(tolerance: 1e-12))
  }
}
