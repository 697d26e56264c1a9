import DataFormats
import LinearAlgebra
import Testing
import Theory

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

  private let demo = ["--targets", "progression", "--angle", "30", "--norm", "10"]

  @Test func `for a person certify answers three questions before the theorem that they rest on`() throws {
    let run = try workspace.linnet(["certify", Workspace.bundled("diabetes.csv")] + demo)
    #expect(run.status == 0)
    let labels = [
      "Data", "Network", "Target", "Minimum", "Converges", "How fast", "How sure", "Theorem 4.4", "Accuracy",
      "  promised",
    ]
    var rest = Substring("\n" + run.output)
    for label in labels {
      let place = try #require(rest.firstRange(of: "\n\(label)"), "\(label) is missing or too early")
      rest = rest[place.upperBound...]
    }
    // What is left out is counted, and how to see it said.
    #expect(run.output.contains("--verbose"))
    #expect(!run.output.contains("✓ ") && !run.output.contains("✗ "))
    for line in run.output.split(separator: "\n") { #expect(line.count <= 110, "\(line)") }
  }

  @Test func `asked for more, certify says of every theorem what it says or why it is silent`() throws {
    let arguments = [Workspace.bundled("diabetes.csv")] + demo
    let run = try workspace.linnet(["certify"] + arguments + ["--verbose"])
    #expect(run.status == 0)
    for label in [
      "Converges", "Conclusion", "Theorem 4.4", "✓ Theorem 3.8", "✓ D5", "✓ D6", "✓ Theorem 2.7", "✗ D9",
    ] {
      #expect(run.output.contains("\n\(label)"), "\(label)")
    }
    for line in run.output.split(separator: "\n") { #expect(line.count <= 110, "\(line)") }
    // How much is said is no part of what is computed.
    let brief = try workspace.linnet(["train"] + arguments + ["--out", "brief"])
    let full = try workspace.linnet(["train"] + arguments + ["--out", "full", "--verbose"])
    #expect(
      brief.status == 0 && full.status == 0 && full.output.contains("\n✓ D5")
        && !brief.output.contains("\n✓ D5"))
    #expect(try workspace.json("full/run.json")["arguments"] == workspace.json("brief/run.json")["arguments"])
  }

  @Test func `every label in brackets on a screen is a reference of the library`() throws {
    let data = [Workspace.bundled("linnerud.csv"), "--targets", "Weight,Waist,Pulse"]
    let run = try workspace.linnet(["train"] + data + ["--rank", "2", "--spectrum", "20", "--out", "run"])
    let screens = [
      run.output, try workspace.linnet(["certify"] + data + ["--depth", "2", "--rank", "1"]).output,
      try workspace.linnet(["landscape", "run/network.safetensors"] + data).output,
    ]
    let sources = Set(Reference.all.map(\.source.description))
    var labels: Set<String> = []
    for screen in screens {
      for match in screen.matches(of: #/   \[([^\]]+)\]$/#.anchorsMatchLineEndings())
      where !sources.contains(String(match.1)) {
        labels.formUnion(match.1.split(separator: ", ").map(String.init))
      }
    }
    #expect(labels.isSuperset(of: ["(8)", "(10b)", "(12)", "(15)", "(25)", "Definition 2.2", "Theorem 2.7"]))
    for label in labels { #expect(Reference.labelled(label) != nil, "\(label)") }
  }
}
