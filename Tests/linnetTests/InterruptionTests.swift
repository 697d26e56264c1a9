import DataFormats
import Foundation
import LinearAlgebra
import Testing

/// Budgets, Ctrl-C and sudden death.
@Suite struct InterruptionTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file("Z.csv", "3,0.5,0\n0,1.5,0.2\n")
  }

  private static let problem = ["--target", "Z.csv", "--samples", "10", "--rank", "1", "--angle", "50"]
  /// Two million Euler steps: seconds on any machine.
  private static let long = problem + ["--method", "euler", "--step", "5e-7", "--time", "1", "--at", "1"]
  /// More than anybody waits for.
  private static let endless = problem + ["--method", "euler", "--step", "1e-10", "--time", "1000"]

  private func start(_ arguments: [String], _ out: String) throws -> RunningCommand {
    let running = try workspace.start(["train"] + arguments + ["--no-error-estimate", "--out", out])
    #expect(running.waits(untilItSays: "What the theory promises"))
    return running
  }

  @Test(arguments: [
    (["--max-time", "1e-3"], "flow time of 0.001"), (["--max-seconds", "0.001"], "wall clock of 0.001 s"),
  ])
  func `a budget that runs out is said to have run out, never to have converged`(
    budget: [String], words: String
  )
    throws
  {
    let run = try workspace.linnet(
      ["train"] + InterruptionTests.problem + budget + ["--out", "run", "--json"])
    #expect(run.status == 1)
    let result = try run.json
    #expect(try result.text("termination.kind") == "budgetRanOut")
    #expect(try result.text("verdict.kind") == "notStationary")
    #expect(run.errors.contains("Not converged: the budget ran out: \(words)"))
    #expect(!run.errors.contains("Run            converged"))
    #expect(try workspace.text("run/result.json") == run.output)
    for file in ["trajectory.csv", "trajectory.npz", "network.safetensors", "convergence.vl.json"] {
      #expect(workspace.exists("run/\(file)"))
    }
  }

  @Test func `the wall clock limits the run and its accuracy estimate together`() throws {
    let begun = Date()
    let run = try workspace.linnet(
      ["train"] + InterruptionTests.endless + ["--max-seconds", "0.5", "--out", "run"])
    #expect(run.status == 1)
    // Half a second and the start of a program, however loaded the machine; the estimate alone would take another half.
    #expect(Date().timeIntervalSince(begun) < 30)
    #expect(run.output.contains("wall clock of 0.5 s"))
    #expect(run.errors.contains("linnet train --resume run"))
    let before = try workspace.json("run/result.json").number("termination.time")
    // The same budget again, from where it was.
    #expect(try workspace.linnet("train", "--resume", "run").status == 1)
    #expect(try workspace.json("run/result.json").number("termination.time") > before)
  }

  @Test func `Ctrl-C keeps what was computed, and --resume ends as if there had been none`() throws {
    let running = try start(InterruptionTests.long, "run")
    running.send(SIGINT)
    let interrupted = try running.finish()
    #expect(interrupted.status == 1)
    #expect(interrupted.errors.contains("Interrupted. Go on with: linnet train --resume run"))
    #expect(workspace.exists("run/checkpoint.json"))
    let half = try workspace.json("run/result.json")
    #expect(try half.text("termination.kind") == "interrupted")
    #expect(try half.number("termination.time") < 1)
    #expect(try half.text("verdict.kind") == "notStationary")

    let resumed = try workspace.linnet("train", "--resume", "run", "--json")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try workspace.text("run/result.json") == resumed.output)
    #expect(!workspace.exists("run/checkpoint.json"))
    let whole = try workspace.linnet(
      ["train"] + InterruptionTests.long + ["--no-error-estimate", "--no-files", "--json"])
    let (a, b) = (try resumed.json, try whole.json)
    let W = try a.matrices("trajectory.endToEnd")
    #expect(W.count == 1)
    // Steps of one size go on to the last bit.
    #expect(W == (try b.matrices("trajectory.endToEnd")))
    #expect(try a.numbers("method.resumedAt").count == 1)
    #expect(try a.number("method.steps") >= b.number("method.steps"))

    let again = try workspace.linnet("train", "--resume", "run")
    #expect(again.status == 65)
    #expect(again.errors.contains("run holds a finished run: there is nothing to resume"))
  }

  @Test(arguments: [("cvode", "10", "3"), ("erk", "4", "1")])
  func `an adaptive run that was interrupted ends where an uninterrupted one does`(
    method: String, rank: String, time: String
  ) throws {
    let arguments = [
      Workspace.bundled("digits.csv"), "--targets", BundledCase.digits.joined(separator: ","), "--depth", "2",
      "--rank", rank, "--prepare", "center", "--method", method, "--tolerance", "1e-9", "--time", time,
      "--at", time,
    ]
    let running = try start(arguments, "run")
    running.send(SIGINT)
    #expect(try running.finish().status == 1)
    let resumed = try workspace.linnet("train", "--resume", "run", "--json")
    #expect(resumed.status == 0, "\(resumed.errors)")
    let whole = try workspace.linnet(["train"] + arguments + ["--no-error-estimate", "--no-files", "--json"])
    let difference = relativeDifference(
      try resumed.json.matrices("trajectory.endToEnd")[0], try whole.json.matrices("trajectory.endToEnd")[0])
    #expect(difference <= 1e-9)
  }

  @Test func `a second Ctrl-C ends the program at once`() throws {
    let running = try start(InterruptionTests.endless, "run")
    // Stopped, it cannot act on the first before the second has come.
    running.send(SIGSTOP)
    running.send(SIGINT)
    running.send(SIGTERM)
    running.send(SIGCONT)
    let run = try running.finish(timeLimit: 20)
    #expect([128 + SIGINT, 128 + SIGTERM].contains(run.status))
  }

  @Test func `one request that comes twice, as from timeout, is one request`() throws {
    let running = try start(InterruptionTests.endless, "run")
    running.send(SIGINT)
    usleep(1000)
    running.send(SIGINT)
    #expect(try running.finish().status == 1)
    #expect(workspace.exists("run/checkpoint.json"))
  }

  @Test func `a killed run goes on from its last checkpoint, which is whole`() throws {
    let running = try start(InterruptionTests.endless, "run")
    let begun = Date()
    #expect(running.waits(until: { workspace.exists("run/checkpoint.json") }))
    #expect(Date().timeIntervalSince(begun) < 30, "a checkpoint after one second")
    running.send(SIGKILL)
    #expect(try running.finish().status == -SIGKILL)
    #expect(!workspace.exists("run/result.json"))
    let saved = try workspace.json("run/checkpoint.json").number("checkpoint.time")
    #expect(saved > 0)

    let second = try workspace.start(["train", "--resume", "run"])
    #expect(second.waits(untilItSays: "Resumed"))
    usleep(300_000)
    second.send(SIGINT)
    #expect(try second.finish().status == 1)
    let result = try workspace.json("run/result.json")
    let end = try result.number("termination.time")
    #expect(end > saved)
    let times = try result.numbers("trajectory.times")
    #expect(times.first == 0 && times.last == end && zip(times, times.dropFirst()).allSatisfy { $0 < $1 })

    // Nothing was skipped: the accurate flow comes to the same place, up to Euler's error.
    let flow = try workspace.linnet(
      ["train"] + InterruptionTests.problem + ["--time", "\(end)", "--no-files", "--json"])
    let losses = try (result.numbers("trajectory.loss"), flow.json.numbers("trajectory.loss"))
    #expect(losses.0[0] == losses.1[0])
    let descent = losses.1[0] - losses.1.last!
    #expect(descent > 0)
    #expect(abs(losses.0.last! - losses.1.last!) <= 1e-5 * descent)
  }

  @Test func `a run that was killed before its first checkpoint begins again`() throws {
    let running = try start(InterruptionTests.problem, "run")
    running.send(SIGKILL)
    _ = try running.finish()
    for left in ["checkpoint.json", "files.json"] { unlink(workspace.path("run/\(left)")) }
    let run = try workspace.linnet("train", "--resume", "run")
    #expect(run.status == 0)
    #expect(run.output.contains("at t = 0, since there was no checkpoint yet"))
    #expect(workspace.exists("run/files.json"))
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `a signal ends a run with its checkpoint first`(signal: Int32) throws {
    let running = try start(InterruptionTests.endless, "run")
    running.send(signal)
    let run = try running.finish()
    #expect(run.status == 1)
    #expect(run.errors.contains("Go on with: linnet train --resume run"))
    #expect(workspace.exists("run/checkpoint.json"))
  }

  @Test func `a damaged checkpoint is refused and the folder left as it is`() throws {
    let running = try start(InterruptionTests.endless, "run")
    running.send(SIGINT)
    #expect(try running.finish().status == 1)
    for name in ["checkpoint.json", "checkpoint-previous.json"] where workspace.exists("run/\(name)") {
      let checkpoint = try workspace.text("run/\(name)")
      try workspace.file("run/\(name)", String(checkpoint.prefix(checkpoint.count / 2)))
    }
    let names = try workspace.names(in: "run")
    let run = try workspace.linnet("train", "--resume", "run")
    #expect(run.status == 65)
    #expect(run.errors.contains("run/checkpoint.json is damaged"))
    #expect(try workspace.names(in: "run") == names)
  }
}
