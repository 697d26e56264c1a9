import DataFormats
import Foundation
import LinearAlgebra
import Testing

/// `linnet train --descent`.
@Suite struct DescentCommandTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file("Z.csv", "3,0.5,0\n0,1.5,0.2\n")
  }

  private static let problem = ["--target", "Z.csv", "--samples", "2", "--depth", "3"]

  @Test func `descent runs beside the flow, and says what a step may do before it`() throws {
    let run = try workspace.linnet(
      ["train"] + Self.problem + ["--descent", "auto", "--modified", "--out", "run", "--json"])
    #expect(run.status == 0, "\(run.errors)")
    let result = try run.json
    let step = try result.number("descent.promise.step")
    #expect(step <= 0.5 * (try result.number("descent.promise.stability.limit")) * (1 + 1e-12))
    #expect(try result.number("method.step") == step)
    #expect(try result.text("method.name") == "euler")
    let distances = try result.numbers("descent.flow.distances")
    let modified = try result.numbers("descent.flow.modifiedDistances")
    #expect(distances.count == modified.count && distances[0] == 0)
    #expect(try result.number("method.estimatedError.relativeError") == distances.max())
    #expect(try result.numbers("descent.sharpness.values").count == result.numbers("descent.iterates").count)
    for words in ["stability limit", "of descent in steps of", "Flow  ", "Sharpness", "time in steps"] {
      #expect(run.errors.contains(words), "\(words)")
    }
    #expect(workspace.exists("run/descent.vl.json") && workspace.exists("run/sharpness.vl.json"))
    #expect(workspace.exists("run/report.html"))
    // The same by its other name, and again.
    let euler = try workspace.linnet(
      ["train"] + Self.problem + ["--method", "euler", "--step", "\(step)", "--no-files", "--json"])
    #expect(try euler.json.number("termination.time") == result.number("termination.time"))
    let again = try workspace.linnet("train", "--repeat", "run/run.json", "--out", "again", "--json")
    #expect(try again.json.numbers("descent.flow.distances") == distances)
  }

  @Test func `a step above the stability limit is warned of, and runs`() throws {
    let run = try workspace.linnet(
      ["train"] + Self.problem + ["--descent", "0.5", "--steps", "2000", "--no-files", "--json"])
    #expect(run.errors.contains("Warning") && run.errors.contains("times the stability limit"))
    #expect(try ["oscillating", "diverged", "reachedFinalTime"].contains(run.json.text("termination.kind")))
    let safe = try workspace.linnet(
      ["train"] + Self.problem + ["--descent", "0.01", "--steps", "20", "--no-files"])
    #expect(!safe.errors.contains("Warning") && !safe.output.contains("Warning"))
  }

  @Test func `batches come from the samples, with a band of ten`() throws {
    var lines = ["a,b,y"]
    for i in 0..<40 {
      lines.append("\(sin(Double(i))),\(cos(Double(i * i))),\(sin(Double(i)) + 0.1 * cos(Double(3 * i)))")
    }
    try workspace.file("t.csv", lines.joined(separator: "\n"))
    let options = [
      "train", "t.csv", "--targets", "y", "--descent", "auto", "--steps", "50", "--no-files", "--json",
    ]
    let run = try workspace.linnet(options + ["--batch", "8"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(try run.json.numbers("descent.band.seeds").count == 10)
    #expect(try run.json.numbers("descent.band.least").last! <= run.json.numbers("trajectory.gap").last!)
    #expect(try run.json.numbers("descent.band.largest").last! >= run.json.numbers("trajectory.gap").last!)
    // All samples at once are no batch at all.
    let whole = try workspace.linnet(options + ["--batch", "40", "--repetitions", "1"])
    let plain = try workspace.linnet(options)
    for (a, b) in zip(try whole.json.numbers("trajectory.gap"), try plain.json.numbers("trajectory.gap")) {
      #expect((a - b).magnitude <= 1e-9 * max(1, b))
    }
  }

  @Test(arguments: [
    (["--descent", "0"], "a learning rate is positive, which 0 is not"),
    (["--descent", "-0.1"], "a learning rate is positive, which -0.1 is not"),
    (["--descent", "fast"], "neither a number nor auto"), (["--descent", "inf"], "positive"),
    (["--descent", "0.1,0.1,0"], "a learning rate is positive, which 0.0 is not"),
    (["--descent", "0.1,x,0.1"], "is not a number"),
    (["--descent", "0.1,0.2,0.3", "--flow", "induced"], "leave out --flow induced"),
    (["--descent", "0.1", "--step", "0.1"], "not both"),
    (["--descent", "0.1", "--method", "cvode"], "leave out --method cvode"),
    (["--momentum", "0.5"], "belongs to gradient descent"),
    (["--descent", "0.1", "--momentum", "1"], "below 1"),
    (["--descent", "0.1", "--batch", "3"], "do not come to rest"),
    (["--descent", "0.1", "--batch", "0", "--steps", "3"], "at least 1"),
    (["--descent", "0.1", "--steps", "0"], "at least 1"),
    (["--descent", "0.1", "--schedule", "none.txt"], "no readable file"),
    (["--best-step", "2"], "between 0 and 1"), (["--best-step", "0.1", "--descent", "1"], "leave out"),
    (["--descent", "0.1", "--modified", "--momentum", "0.5"], "plain steps"),
  ]) func `what makes no sense is refused before anything runs`(option: [String], words: String) throws {
    let run = try workspace.linnet(["train"] + Self.problem + option)
    #expect(run.status == 64)
    #expect(run.errors.contains(words), "\(run.errors)")
  }

  @Test func `a step for every layer moves the saved layers by it`() throws {
    let options = [
      "train", "--target", "Z.csv", "--samples", "2", "--depth", "2", "--start", "unbalanced", "--steps", "1",
      "--json",
    ]
    func move(_ descent: String, _ out: String) throws -> [Matrix] {
      let run = try workspace.linnet(options + ["--descent", descent, "--out", out])
      #expect(run.status == 0, "\(run.errors)")
      let (a, b) = try (
        SafetensorsFile(workspace.path("\(out)/start.safetensors")),
        SafetensorsFile(workspace.path("\(out)/network.safetensors"))
      )
      return try b.names.sorted().map { try .column(b.array($0).values) - .column(a.array($0).values) }
    }
    let (one, two) = (try move("0.001", "one"), try move("0.001,0.004", "two"))
    // Layers of order one, moved by thousandths: thirteen digits of them.
    #expect((two[0] - one[0]).frobeniusNorm <= 1e-12 * one[0].frobeniusNorm)
    #expect((two[1] - 4 * one[1]).frobeniusNorm <= 1e-12 * two[1].frobeniusNorm)
    let result = try workspace.json("two/result.json")
    #expect(try result.numbers("descent.layerSteps") == [0.001, 0.004])
    #expect((try result.number("descent.promise.step") - 0.002).magnitude <= 1e-17)
    let wrong = try workspace.linnet(options + ["--descent", "0.1,0.1,0.1", "--no-files"])
    #expect(wrong.status == 65 && wrong.errors.contains("3 steps for 2 layers"), "\(wrong.errors)")
  }

  @Test func `a target has no samples to draw batches from`() throws {
    let run = try workspace.linnet(
      ["train"] + Self.problem + ["--descent", "0.1", "--batch", "1", "--steps", "3"])
    #expect(run.status != 0 && run.errors.contains("a target has no samples"))
  }

  @Test func `a schedule is read from a file, and a line that is no factor is named`() throws {
    try workspace.file("factors.txt", "1\n0.5\n0.25\n")
    let run = try workspace.linnet(
      ["train"] + Self.problem
        + ["--descent", "0.02", "--schedule", "factors.txt", "--steps", "5", "--no-files", "--json"])
    #expect(run.status == 0, "\(run.errors)")
    // 1 + 1/2 + 3·1/4 steps.
    #expect((try run.json.number("termination.time") - 0.02 * 2.25).magnitude <= 1e-14)
    #expect(try run.json.text("descent.schedule") == "listed")
    try workspace.file("bad.txt", "1\n-2\n")
    let bad = try workspace.linnet(["train"] + Self.problem + ["--descent", "0.02", "--schedule", "bad.txt"])
    #expect(bad.status == 64 && bad.errors.contains("line 2"))
  }
}
