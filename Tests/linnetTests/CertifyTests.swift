import DataFormats
import LinearAlgebra
import Testing

@Suite struct CertifyTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test(arguments: [
    ["--depth", "3", "--angle", "30", "--norm", "10"], ["--depth", "2", "--angle", "120"], ["--depth", "1"],
    ["--rank", "1", "--depth", "5", "--start", "aligned", "--norm", "0.1"],
    ["--start", "unbalanced", "--widths", "4,2"],
  ])
  func `certify says what train promises before its run`(options: [String]) throws {
    let data = [Workspace.bundled("diabetes.csv"), "--targets", "progression"] + options + ["--json"]
    let promise = try workspace.linnet(["certify"] + data)
    #expect(promise.status == 0)
    let run = try workspace.linnet(["train"] + data + ["--no-files"])
    #expect(run.status == 0)
    let (before, after) = (try promise.json, try run.json)
    for part in ["problem", "target", "globalMinimum"] { #expect(before[part] == after[part]) }
    #expect(before["certificate"] != nil && before["certificate"] == after["certificate"])
    for key in ["observations", "turningTime"] { #expect(before[key] == nil && after[key] != nil) }
    #expect(try workspace.names().isEmpty)
  }

  @Test func `a run puts its observations beside what certify promises, and keeps the bounds`() throws {
    let data = [
      Workspace.bundled("diabetes.csv"), "--targets", "progression", "--angle", "30", "--norm", "10",
      "--json",
    ]
    let before = try workspace.linnet(["certify"] + data).json
    let after = try workspace.linnet(["train", "--no-files"] + data).json
    let (promise, observed) = try (before.theorem("Theorem 4.4"), after.observation("Theorem 4.4"))
    #expect(try promise.boolean("applies"))
    for (row, seen) in zip(try promise.list("timeToAccuracy"), try observed.list("timeToAccuracy")) {
      #expect(try row.number("bound") == seen.number("promised"))
      #expect(try seen.number("observed") <= row.number("bound"))
    }
    #expect(try observed.list("violations").isEmpty && observed.number("tightestMargin") >= 0)
    #expect(try observed.boolean("limitReached"))
    let tau = try promise.list("quantities").first { $0["symbol"] == .text("τ") }
    #expect(try after.number("turningTime") <= tau?.number("value") ?? 0)
    let predicted = try before.theorem("D6").number("finalRate")
    let rate = try after.observation("D6")
    #expect(try rate.number("promisedRate") == predicted)
    #expect(abs(try rate.number("measuredRate") / predicted - 1) < 1e-3)
  }

  @Test
  func `for a person certify prints data, network, target, minimum and the statements within 110 columns`()
    throws
  {
    let run = try workspace.linnet(
      "certify", Workspace.bundled("diabetes.csv"), "--targets", "progression", "--angle", "30")
    #expect(run.status == 0)
    for label in [
      "Data", "Network", "Target", "Minimum", "Conclusion", "Theorem 4.4", "Accuracy", "  promised",
      "✓ Theorem 3.8", "✓ D5", "✓ D6", "✓ Theorem 2.7", "✗ (39)",
    ] {
      #expect(run.output.contains("\n\(label)") || run.output.hasPrefix(label), "\(label)")
    }
    for line in run.output.split(separator: "\n") { #expect(line.count <= 110, "\(line)") }
  }
}
