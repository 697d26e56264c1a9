import Foundation
import Testing

/// `linnet complete`: its folder, and going on in it.
@Suite struct CompleteCommandTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file("Z.csv", "1,1,2\n2,,4\n3,3,\n")
  }

  /// Explicit steps to a time that nobody waits for.
  private static let endless = [
    "complete", "Z.csv", "--method", "erk", "--depth", "2", "--time", "1e9", "--no-nuclear-norm",
  ]

  private func startEndless() throws -> RunningCommand {
    let running = try workspace.start(Self.endless + ["--out", "run"])
    #expect(running.waits(until: { workspace.exists("run/run.json") }))
    return running
  }

  @Test func `a folder has everything, and a finished completion is not resumed`() throws {
    let run = try workspace.linnet("complete", "Z.csv", "--out", "run", "--json")
    #expect(run.status == 0, "\(run.errors)")
    #expect(try workspace.text("run/completion.json") == run.output)
    for file in ["run.json", "completed.csv", "network.safetensors", "files.json", "errors.vl.json"] {
      #expect(workspace.exists("run/\(file)"), "\(file)")
    }
    #expect(!workspace.exists("run/checkpoint.json"))
    #expect(try run.json.numbers("termination.resumedAt").isEmpty)
    let again = try workspace.linnet("complete", "--resume", "run")
    #expect(again.status == 65)
    #expect(again.errors.contains("run holds a finished run: there is nothing to resume"))
    #expect(again.errors.contains("completion.json"))
  }

  @Test func `after Ctrl-C, and again after a sudden death, it goes on to where an uninterrupted one ends`()
    throws
  {
    let running = try startEndless()
    usleep(300_000)
    running.send(SIGINT)
    let first = try running.finish()
    #expect(first.status == 1)
    #expect(first.errors.contains("Interrupted. Go on with: linnet complete --resume run"))
    let half = try workspace.json("run/completion.json")
    #expect(try half.text("termination.kind") == "interrupted")
    let saved = try workspace.json("run/checkpoint.json").number("checkpoint.time")
    #expect(saved > 0 && saved < 1e9)

    let second = try workspace.start("complete", "--resume", "run")
    #expect(second.waits(untilItSays: "Resumed"))
    let begun = try workspace.contents("run/checkpoint.json")
    #expect(second.waits(until: { (try? workspace.contents("run/checkpoint.json")) != begun }))
    second.send(SIGKILL)
    #expect(try second.finish().status == -SIGKILL)
    let later = try workspace.json("run/checkpoint.json").number("checkpoint.time")
    #expect(later > saved)

    let third = try workspace.start("complete", "--resume", "run", "--json")
    usleep(300_000)
    third.send(SIGTERM)
    let last = try third.finish()
    #expect(last.status == 1)
    let result = try last.json
    #expect(try result.numbers("termination.resumedAt") == [saved, later])
    let end = try result.number("termination.time")
    #expect(end >= later)
    let times = try result.list("trajectory").map { try $0.number("time") }
    #expect(times.first == 0 && times.last == end && zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
    // The entries are fitted long before; where the flow then stands depends on nothing but the start.
    let whole = try workspace.linnet(
      "complete", "Z.csv", "--method", "erk", "--depth", "2", "--no-nuclear-norm", "--no-files", "--json")
    let (a, b) = try (result.numbers("final.singularValues"), whole.json.numbers("final.singularValues"))
    #expect(a.count == b.count)
    for (x, y) in zip(a, b) { #expect((x - y).magnitude <= 1e-6 * b[0]) }
  }

  @Test func `killed before its first checkpoint it begins again`() throws {
    let running = try startEndless()
    running.send(SIGKILL)
    _ = try running.finish()
    unlink(workspace.path("run/checkpoint.json"))
    let second = try workspace.start("complete", "--resume", "run")
    #expect(second.waits(untilItSays: "at t = 0, since there was no checkpoint yet"))
    second.send(SIGINT)
    #expect(try second.finish().status == 1)
  }

  @Test func `what cannot be resumed is refused`() throws {
    let running = try startEndless()
    usleep(200_000)
    running.send(SIGINT)
    _ = try running.finish()
    let more = try workspace.linnet("complete", "--resume", "run", "--depth", "3")
    #expect(more.status == 64 && more.errors.contains("leave out --depth"), "\(more.errors)")
    let file = try workspace.linnet("complete", "Z.csv", "--resume", "run")
    #expect(file.status == 64 && file.errors.contains("leave out the file"))
    #expect(try workspace.linnet("complete").errors.contains("Name the file"))
    let train = try workspace.linnet("train", "--resume", "run")
    #expect(train.status == 65)
    #expect(train.errors.contains("run/run.json describes a run of “complete”, not of “train”"))
    let none = try workspace.linnet("complete", "--resume", "nowhere")
    #expect(none.status == 65 && none.errors.contains("no run.json"), "\(none.errors)")

    let checkpoint = try workspace.text("run/checkpoint.json")
    try workspace.file("run/checkpoint.json", String(checkpoint.prefix(checkpoint.count / 2)))
    unlink(workspace.path("run/checkpoint-previous.json"))
    let damaged = try workspace.linnet("complete", "--resume", "run")
    #expect(damaged.status == 65 && damaged.errors.contains("run/checkpoint.json is damaged"))
    try workspace.file("Z.csv", "1,1,2\n2,,4\n3,,\n")
    let changed = try workspace.linnet("complete", "--resume", "run")
    #expect(changed.status == 65 && changed.errors.contains("has changed"))

    try workspace.file("T.csv", "3,0.5\n0,1.5\n")
    _ = try workspace.linnet("train", "--target", "T.csv", "--samples", "2", "--out", "trained")
    let trained = try workspace.linnet("complete", "--resume", "trained")
    #expect(trained.status == 65)
    #expect(trained.errors.contains("describes a run of “train”, not of “complete”"))
  }
}
