import Foundation
import Testing

/// Kills, damage, closed outputs and two processes on one folder: nothing hangs, nothing is lost.
@Suite struct FaultTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file("Z.csv", "3,0.5,0\n0,1.5,0.2\n")
  }

  private static let problem = [
    "train", "--target", "Z.csv", "--samples", "10", "--rank", "1", "--angle", "50",
  ]
  /// Some tenths of a second of Euler steps.
  private static let short = problem + ["--method", "euler", "--step", "2e-6", "--time", "0.5"]
  private static let endless = problem + ["--method", "euler", "--step", "1e-10", "--time", "1000"]

  /// Runs the command in a shell, which can close and fill streams.
  private func shell(_ script: String) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", script.replacing("linnet ", with: "'\(Workspace.command.path)' ")]
    process.currentDirectoryURL = URL(fileURLWithPath: workspace.folder)
    process.environment = ProcessInfo.processInfo.environment.merging(["LINNET_PYTHON": "/nonexistent"]) {
      $1
    }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }

  private static let call = "linnet \(problem.joined(separator: " ")) --out run"

  @Test(arguments: [
    "\(call) >/dev/full 2>err", "\(call) >&- 2>err", "\(call) 2>err | true; exit ${PIPESTATUS[0]}",
    "\(call) --json >/dev/full 2>err",
  ])
  func `an output that cannot be written is an error of one line, and the files are all there`(script: String)
    throws
  {
    // Without waiting for the reader to go, the pipe may take everything.
    let status = try shell(script)
    #expect(status == 1 || (script.contains("| true") && status == 0))
    if status == 1 {
      let lines = try workspace.text("err").split(separator: "\n")
      // What belongs to the screen stands there too, where standard output belongs to the result.
      #expect(script.contains("--json") || lines.count == 1)
      #expect(lines.last?.contains("standard output cannot be written") == true)
    }
    #expect(workspace.exists("run/files.json") && workspace.exists("run/report.html"))
  }

  @Test func `closed streams are not taken for files`() throws {
    #expect(try shell("\(FaultTests.call) <&- >&- 2>&-") == 1)
    #expect(try workspace.json("run/result.json").text("verdict.kind") == "globalMinimiser")
    #expect(workspace.exists("run/files.json"))
  }

  @Test func `a file that may not grow is an error in words`() throws {
    #expect(try shell("ulimit -f 2; \(FaultTests.call) 2>err") == 1)
    #expect(try workspace.text("err").contains("file too large"))
    // Where run.json is too long already, there is no folder.
    #expect(
      !((try? workspace.names(in: "run")) ?? []).contains { $0.hasPrefix(".") || $0.hasSuffix(".part") })
  }

  @Test func `two processes do not share a folder`() throws {
    let first = try workspace.start(FaultTests.endless + ["--out", "run"])
    #expect(first.waits(untilItSays: "What the theory promises"))
    let second = try workspace.linnet(FaultTests.problem + ["--out", "run", "--force"])
    #expect(second.status == 1)
    #expect(second.errors.contains("run is in use by another linnet (process "))
    let resumed = try workspace.linnet("train", "--resume", "run")
    #expect(resumed.status == 1 && resumed.errors.contains("in use"))
    first.send(SIGKILL)
    _ = try first.finish()
    // The lock has gone with the process.
    #expect(try workspace.linnet(FaultTests.problem + ["--out", "run", "--force"]).status == 0)
  }

  @Test func `wherever a run is killed, resuming ends with all files and the same result`() throws {
    let whole = try workspace.linnet(FaultTests.short + ["--out", "whole", "--json"])
    #expect(whole.status == 0)
    let names = try workspace.names(in: "whole")
    let result = try whole.json
    for kill in 1...8 {
      let running = try workspace.start(FaultTests.short + ["--out", "run\(kill)"])
      _ = running.waits(until: { workspace.exists("run\(kill)/run.json") })
      usleep(UInt32(kill * kill * 12_000))
      running.send(SIGKILL)
      _ = try running.finish()
      var status = try workspace.linnet("train", "--resume", "run\(kill)").status
      if status == 65 { status = workspace.exists("run\(kill)/files.json") ? 0 : 65 }
      #expect(status == 0)
      #expect(try workspace.names(in: "run\(kill)") == names)
      let resumed = try workspace.json("run\(kill)/result.json")
      #expect(try resumed.numbers("trajectory.loss") == result.numbers("trajectory.loss"))
      #expect(try resumed.numbers("trajectory.times") == result.numbers("trajectory.times"))
    }
  }

  @Test func `every change of a checkpoint is noticed, and the one before it takes its place`() throws {
    let running = try workspace.start(FaultTests.endless + ["--out", "run"])
    #expect(running.waits(until: { workspace.exists("run/checkpoint-previous.json") }))
    running.send(SIGKILL)
    _ = try running.finish()
    let whole = Array(try workspace.contents("run/checkpoint.json"))
    let digits = whole.indices.filter { (0x30...0x39).contains(whole[$0]) }
    let previous = try workspace.contents("run/checkpoint-previous.json")
    unlink(workspace.path("run/checkpoint-previous.json"))
    for k in 0..<12 {
      var damaged = whole
      let place = digits[k * (digits.count - 1) / 11]
      damaged[place] = damaged[place] == 0x39 ? 0x30 : damaged[place] + 1
      try workspace.file("run/checkpoint.json", damaged)
      let run = try workspace.linnet("train", "--resume", "run")
      #expect(run.status == 65 && run.errors.contains("run/checkpoint.json"), "byte \(place): \(run.errors)")
    }
    try workspace.file("run/checkpoint-previous.json", Array(previous))
    let resumed = try workspace.start(["train", "--resume", "run"])
    #expect(resumed.waits(untilItSays: "Resumed"))
    resumed.send(SIGINT)
    let run = try resumed.finish()
    #expect(run.errors.contains("The checkpoint before it is used"))
  }

  @Test func `a checkpoint of another run is refused`() throws {
    for name in ["a", "b"] {
      let extra = name == "a" ? [] : ["--seed", "2"]
      let run = try workspace.linnet(FaultTests.endless + extra + ["--max-seconds", "0.2", "--out", name])
      #expect(run.status == 1)
    }
    try workspace.file("b/checkpoint.json", Array(try workspace.contents("a/checkpoint.json")))
    unlink(workspace.path("b/checkpoint-previous.json"))
    let run = try workspace.linnet("train", "--resume", "b")
    #expect(run.status == 65 && run.errors.contains("b/checkpoint.json is not a checkpoint of b/run.json"))
  }

  @Test func `a result that was changed is not reported`() throws {
    #expect(try workspace.linnet(FaultTests.problem + ["--out", "run"]).status == 0)
    #expect(try workspace.linnet("report", "run").status == 0)
    #expect(try workspace.linnet("train", "--resume", "run").status == 65)
    let text = try workspace.text("run/result.json")
    try workspace.file("run/result.json", text.replacing("\"time\"", with: "\"times\"", maxReplacements: 1))
    let run = try workspace.linnet("report", "run")
    #expect(run.status == 65 && run.errors.contains("run/result.json is damaged"))
    // Resuming makes again what is missing or damaged.
    #expect(try workspace.linnet("train", "--resume", "run").status == 0)
    #expect(try workspace.linnet("report", "run").status == 0)
  }

  @Test(arguments: ["1", "2", "3"], ["0,0", "0,0\n0,1\n0,-3"])
  func `a table whose inputs are zero stands still at once, at a minimiser`(depth: String, rows: String)
    throws
  {
    try workspace.file("zero.csv", "x,y\n\(rows)\n")
    let problem = ["zero.csv", "--targets", "y", "--prepare", "none", "--depth", depth]
    #expect(try workspace.linnet(["certify"] + problem, timeLimit: 30).status == 0)
    for method in [[], ["--method", "erk"], ["--method", "cvode"], ["--method", "euler", "--step", "0.1"]] {
      let run = try workspace.linnet(
        ["train"] + problem + method + ["--max-seconds", "60", "--no-files", "--json"], timeLimit: 30)
      #expect(run.status == 0, "\(run.errors)")
      // Iterates are looked at after the first step.
      let isStepped = method.contains("euler")
      #expect(try run.json.text("termination.kind") == (isStepped ? "converged" : "stationaryAtStart"))
      #expect(try run.json.number("termination.time") == (isStepped ? 0.1 : 0))
      #expect(try run.json.text("verdict.kind") == "globalMinimiser")
    }
  }

  @Test(arguments: ["1e-320", "1e-160", "1e155", "1e300"], ["x", "y"])
  func `numbers of which no power fits a double are refused by their column`(size: String, column: String)
    throws
  {
    let (x, y) = column == "x" ? (size, "1") : ("1", size)
    try workspace.file("extreme.csv", "x,y\n\(x),\(y)\n-\(x),\(y)\n0,0\n")
    let run = try workspace.linnet(
      "train", "extreme.csv", "--targets", "y", "--no-files", "--max-seconds", "5")
    #expect(run.status == 65, "\(run.errors)")
    #expect(run.errors.contains("“\(column)”"))
  }

  @Test func `a rank beyond all memory is refused`() throws {
    let run = try workspace.linnet(
      "train", "--target", "Z.csv", "--samples", "10", "--rank", "9223372036854775807", "--no-files")
    #expect(run.status == 65 && run.errors.contains("weights"), "\(run.errors)")
  }
}
