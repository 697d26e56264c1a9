import DataFormats
import Foundation
import Testing

@Suite struct RepeatTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file("Z.csv", "3,0.5,0\n0,1.5,0.2\n")
    try workspace.file("W0.csv", "1,0.5,0.25\n2,1,0.5\n")
    try FileManager.default.createDirectory(
      atPath: workspace.path("elsewhere"), withIntermediateDirectories: true)
  }

  private let arguments = [
    "train", "--target", "Z.csv", "--samples", "10", "--rank", "1", "--start-matrix", "W0.csv", "--depth",
    "4", "--at",
    "0,0.1,1",
  ]

  @Test(arguments: ["auto", "cvode", "erk", "euler"])
  func `a run repeats bit for bit from its run.json`(method: String) throws {
    let options = ["--method", method] + (method == "euler" ? ["--step", "1e-4", "--time", "1"] : [])
    #expect(try workspace.linnet(arguments + options + ["--out", "first", "--json"]).status == 0)
    let again = try workspace.linnet("train", "--repeat", "first/run.json", "--out", "second")
    #expect(again.status == 0, "\(again.errors)")
    // Nothing but the seconds it took may differ.
    let (a, b) = (try workspace.json("first/result.json"), try workspace.json("second/result.json"))
    #expect(a.blanking(["seconds"]) == b.blanking(["seconds"]))
    for file in [
      "trajectory.csv", "trajectory.npz", "network.safetensors", "convergence.vl.json", "run.json",
    ] {
      #expect(try workspace.contents("first/\(file)") == workspace.contents("second/\(file)"), "\(file)")
    }
  }

  @Test func `a run repeats from another folder, and says where its output goes`() throws {
    #expect(try workspace.linnet(arguments + ["--out", "first"]).status == 0)
    let moved = try Workspace()
    let again = try moved.linnet("train", "--repeat", workspace.path("first/run.json"), "--json")
    #expect(again.status == 0, "\(again.errors)")
    #expect(try moved.names().count == 1)
    #expect(try workspace.names() == ["W0.csv", "Z.csv", "elsewhere", "first"])
  }

  @Test func `run.json holds options, seed, version and checksums`() throws {
    #expect(try workspace.linnet(arguments + ["--out", "first", "--seed", "77"]).status == 0)
    let description = try workspace.json("first/run.json")
    #expect(try description.number("seed") == 77)
    #expect(try description.text("version").contains("."))
    #expect(try description.texts("arguments") == Array(arguments.dropFirst()) + ["--seed", "77"])
    #expect(try description.number("options.tolerance") == 1e-10)
    #expect(try description.numbers("options.outputTimes") == [0, 0.1, 1])
    let inputs = try description.list("inputs")
    #expect(try inputs.map { try $0.text("path") } == [workspace.path("Z.csv"), workspace.path("W0.csv")])
    #expect(inputs.allSatisfy { $0["fingerprint"] != nil && $0["fingerprint"] != .null })
  }

  @Test(arguments: ["Z.csv", "W0.csv"])
  func `a changed input is refused`(file: String) throws {
    #expect(try workspace.linnet(arguments + ["--out", "first"]).status == 0)
    let text = try workspace.text(file)
    try workspace.file(file, text.replacing("0.5", with: "0.6"))
    let run = try workspace.linnet("train", "--repeat", "first/run.json", "--out", "second")
    #expect(run.status == 65)
    #expect(run.errors.contains(workspace.path(file)) && run.errors.contains("has changed"))
    #expect(!workspace.exists("second"))
    try workspace.file(file, text)
    #expect(try workspace.linnet("train", "--repeat", "first/run.json", "--out", "second").status == 0)
  }

  @Test func `other options beside --repeat and --resume are refused, not ignored`() throws {
    #expect(try workspace.linnet(arguments + ["--out", "first"]).status == 0)
    let names = try workspace.names()
    for (options, word) in [
      (["--repeat", "first/run.json", "--depth", "9"], "--depth"),
      (["--resume", "first", "--tolerance", "1e-6"], "--tolerance"),
      (["--repeat", "first/run.json", "--resume", "first"], "--repeat or --resume"),
      (["--repeat", "first/run.json", "Z.csv", "--targets", "y"], "data"),
      (["--resume", "first", "--out", "x"], "--out"),
    ] {
      let run = try workspace.linnet(["train"] + options)
      #expect(run.status == 64, "\(options)")
      #expect(run.errors.contains(word), "\(run.errors)")
    }
    #expect(try workspace.names() == names)
  }

  @Test func `what is not a run is refused`() throws {
    try workspace.file("other.json", "{\"a\": 1}")
    for (options, words) in [
      (["--repeat", "missing.json"], "no file “missing.json”"),
      (["--repeat", "other.json"], "other.json is damaged"),
      (["--resume", "missing"], "missing is not the folder of a run"),
      (["--resume", "elsewhere"], "elsewhere is not the folder of a run"),
    ] {
      let run = try workspace.linnet(["train"] + options)
      #expect(run.status == 65)
      #expect(run.errors.contains(words), "\(run.errors)")
    }
  }
}
