import Foundation
import Testing

/// Ends that a user asks for.
@Suite struct StopCommandTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file("Z.csv", "3,0.5,0\n0,1.5,0.2\n")
  }

  private static let problem = ["--target", "Z.csv", "--samples", "10", "--depth", "3", "--norm", "0.1"]

  @Test(arguments: [
    ("--stop-gap", "1e-5", "reachedLossGap", "loss gap"),
    ("--stop-gradient", "1e-2", "reachedGradient", "gradient"),
  ]) func `an end that was asked for is recorded as such, succeeds, and is not called converged`(
    option: String, value: String, kind: String, words: String
  ) throws {
    let run = try workspace.linnet(
      ["train"] + StopCommandTests.problem + [option, value, "--out", "run", "--json"])
    #expect(run.status == 0, "\(run.errors)")
    let result = try run.json
    #expect(try result.text("termination.kind") == kind)
    #expect(try result.number("termination.threshold") == Double(value))
    #expect(try result.text("verdict.kind") == "notStationary")
    #expect(run.errors.contains("reached the \(words) that was asked for"))
    #expect(!run.errors.contains("Run            converged"))
    // Nothing to go on with.
    #expect(!workspace.exists("run/checkpoint.json"))
    #expect(
      try workspace.json("run/run.json").number(
        "options.\(option == "--stop-gap" ? "stopGap" : "stopGradient")") == Double(value))
    // And it is repeated.
    let again = try workspace.linnet("train", "--repeat", "run/run.json", "--out", "again", "--json")
    #expect(try again.json.number("termination.time") == result.number("termination.time"))
  }

  @Test(arguments: [
    (["--stop-gap", "2"], "between 0 and 1"), (["--stop-gap", "0"], "between 0 and 1"),
    (["--stop-gradient", "-1"], "positive"), (["--stop-gradient", "inf"], "positive"),
  ]) func `an end that cannot be is refused`(option: [String], words: String) throws {
    let run = try workspace.linnet(["train"] + StopCommandTests.problem + option)
    #expect(run.status == 64)
    #expect(run.errors.contains(words))
  }
}
