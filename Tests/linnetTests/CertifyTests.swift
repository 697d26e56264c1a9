import DataFormats
import LinearAlgebra
import Testing

@Suite struct CertifyTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// What only a run can know.
  private let observed: Set = ["observed", "tauObserved", "observation"]

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
    #expect(before["certificate"] == after["certificate"]?.blanking(observed))
    #expect(try workspace.names().isEmpty)
  }

  @Test func `a run fills in the observations that certify leaves open, and keeps the bounds`() throws {
    let data = [
      Workspace.bundled("diabetes.csv"), "--targets", "progression", "--angle", "30", "--norm", "10",
      "--json",
    ]
    let before = try workspace.linnet(["certify"] + data).json
    let after = try workspace.linnet(["train", "--no-files"] + data).json
    #expect(try before.boolean("certificate.rate.applies"))
    for row in try before.list("certificate.rate.timeToAccuracy") { #expect(row["observed"] == .null) }
    for row in try after.list("certificate.rate.timeToAccuracy") {
      #expect(try row.number("observed") <= row.number("bound"))
    }
    #expect(try after.number("certificate.rate.tauObserved") <= after.number("certificate.rate.tauBound"))
    let predicted = try after.number("certificate.finalRate")
    #expect(abs(try after.number("certificate.observation.finalRate") / predicted - 1) < 1e-3)
  }

  @Test
  func `for a person certify prints data, network, target, minimum and the statements within 110 columns`()
    throws
  {
    let run = try workspace.linnet(
      "certify", Workspace.bundled("diabetes.csv"), "--targets", "progression", "--angle", "30")
    #expect(run.status == 0)
    for label in [
      "Data", "Network", "Target", "Minimum", "Hypotheses", "Conclusion", "Stable set", "Rate", "Basin",
    ] {
      #expect(run.output.contains("\n\(label)") || run.output.hasPrefix(label), "\(label)")
    }
    for line in run.output.split(separator: "\n") { #expect(line.count <= 110, "\(line)") }
  }
}
