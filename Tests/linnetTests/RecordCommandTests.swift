import DataFormats
import Foundation
import LinearAlgebra
import RunFiles
import Testing

/// `linnet train --record`, `--events`, `--test`, `--at FILE`, `--records` and `--no-figures`.
@Suite struct RecordCommandTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file("Z.csv", "3,0,0,0\n0,2,0,0\n0,0,1,0\n")
    try workspace.file("times.txt", "0\n0.25\n0.1\n")
  }

  private let target = ["train", "--target", "Z.csv", "--samples", "10"]

  private func train(_ options: [String]) throws -> CommandRun {
    let run = try workspace.linnet(options)
    #expect(run.status == 0, "\(run.errors)")
    return run
  }

  @Test func `observables stand in table, archive, result and figures, and are the same numbers`() throws {
    let run = try train(
      target + ["--record", "modes, stable-rank", "--depth", "2", "--out", "run", "--json"])
    let recorded = try run.json.list("recorded")
    #expect(try recorded.map { try $0.text("observable") } == ["modes", "stable-rank"])
    let mode = try recorded[0].list("columns")[1]
    #expect(try mode.text("name") == "mode_2")
    #expect(abs(try mode.number("goal") - 2) < 1e-12)
    let values = try mode.numbers("values")
    #expect(values.count == (try run.json.numbers("trajectory.times")).count)
    #expect(abs(values.last! - 2) < 1e-4)
    #expect(try NPZArchive(workspace.path("run/trajectory.npz")).array("mode_2").values == values)
    let header = try workspace.text("run/trajectory.csv").split(separator: "\n")[0]
    #expect(header.hasSuffix("sigma_3,mode_1,mode_2,mode_3,stable_rank"))
    #expect(workspace.exists("run/modes.vl.json") && workspace.exists("run/stable-rank.vl.json"))
    #expect(try workspace.text("run/report.html").contains("Stable rank"))
  }

  @Test(arguments: [["--depth", "2"], ["--depth", "3"], ["--depth", "2", "--start", "pytorch"]])
  func `the layers at the times of a file multiply to W, and the first are those of the start`(
    start: [String]
  ) throws {
    _ = try train(target + start + ["--at", "times.txt", "--time", "0.5", "--no-figures", "--out", "run"])
    let arrays = try NPZArchive(workspace.path("run/trajectory.npz"))
    #expect(try arrays.array("end_to_end_times").values == [0, 0.1, 0.25])
    let W = try arrays.array("end_to_end").values
    let depth = start[1] == "3" ? 3 : 2
    let layers = try (1...depth).map { try arrays.array("layer_\($0)") }
    for k in 0..<3 {
      let product = layers.reduce(Matrix.identity(4)) { product, layer in
        let size = layer.shape[1] * layer.shape[2]
        let slice = NDArray(
          shape: Array(layer.shape.dropFirst()), values: Array(layer.values[k * size..<(k + 1) * size]))
        return slice.matrix! * product
      }
      let found = NDArray(shape: [3, 4], values: Array(W[k * 12..<(k + 1) * 12])).matrix!
      #expect((product - found).frobeniusNorm < 1e-12)
    }
    let first = try SafetensorsFile(workspace.path("run/start.safetensors")).array("layers.0.weight").values
    #expect(zip(first, layers[0].values).allSatisfy { abs($0 - $1) < 1e-14 })
    // A run from the file of the start is the same run.
    _ = try train(
      target + [
        "--network", "run/start.safetensors", "--at", "times.txt", "--time", "0.5", "--no-figures", "--out",
        "again",
      ])
    let again = try NPZArchive(workspace.path("again/trajectory.npz")).array("end_to_end").values
    #expect(zip(again, W).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  @Test func `a run with a file of times repeats from elsewhere, and refuses another file`() throws {
    _ = try train(target + ["--at", "times.txt", "--no-figures", "--out", "run"])
    let moved = try Workspace()
    let again = try moved.linnet("train", "--repeat", workspace.path("run/run.json"), "--out", "again")
    #expect(again.status == 0, "\(again.errors)")
    #expect(try moved.contents("again/trajectory.npz") == workspace.contents("run/trajectory.npz"))
    try workspace.file("times.txt", "0\n0.3\n")
    #expect(try moved.linnet("train", "--repeat", workspace.path("run/run.json")).status != 0)
  }

  @Test func `without figures there are none, nor those of an earlier run`() throws {
    _ = try train(target + ["--record", "modes", "--out", "run"])
    #expect(workspace.exists("run/modes.vl.json"))
    _ = try train(target + ["--no-figures", "--out", "run", "--force"])
    #expect(try workspace.names(in: "run").allSatisfy { !$0.hasSuffix(".vl.json") })
    #expect(workspace.exists("run/report.html"))
    #expect(try RunManifest(of: workspace.path("run")) == RunManifest(in: workspace.path("run")))
  }

  @Test func `the loss of held-out rows is that of the predictor on them`() throws {
    // Two files whose rows follow one line each, so that the means differ.
    try workspace.file("train.csv", "a,b,y\n" + (1...9).map { "\($0),\($0 * $0),\(3 * $0 + 1)\n" }.joined())
    let rows: [[Double]] = [[-1, 7, 6], [0, 14, 9], [1, 21, 14], [2, 28, 21]]
    var text = "y,extra,b,a\n"
    for row in rows { text += "\(row[2]),hello,\(row[1]),\(row[0])\n" }
    try workspace.file("new.csv", text)
    for preparation in ["none", "center", "standardize", "whiten"] {
      let result = try train([
        "train", "train.csv", "--targets", "y", "--prepare", preparation, "--depth", "2", "--test", "new.csv",
        "--time", "0.01", "--json", "--no-files",
      ]).json
      let C = try result.matrix("predictor.coefficients")
      let b = try result.numbers("predictor.intercept")[0]
      var loss = 0.0
      for row in rows {
        let prediction: Double = C[0, 0] * row[0] + C[0, 1] * row[1] + b
        loss += 0.5 * (row[2] - prediction) * (row[2] - prediction)
      }
      #expect(abs(try result.number("heldOut.finalLoss") / loss - 1) < 1e-10, "\(preparation)")
      #expect(try result.number("heldOut.rows") == 4)
    }
  }

  @Test func `a share of the rows is held out, and not trained on`() throws {
    let data = Workspace.bundled("diabetes.csv")
    let result = try train([
      "train", data, "--targets", "progression", "--depth", "1", "--test", "0.25", "--json", "--no-files",
    ]).json
    let held = try result.number("heldOut.rows")
    #expect(abs(held - 442.0 / 4) <= 1)
    #expect(try result.number("problem.samples") == 442 - held)
  }

  @Test(arguments: [
    (["--record", "mode"], "“modes”"), (["--record", "mode"], "subspace-angles"),
    (["--record", "test-loss"], "--test"), (["--events", "escape"], "“escapes”"),
    (["--events", "sigm_1=1"], "“sigma_1”"), (["--test", "0.2"], "no rows"),
    (["--test", "1.5"], "between 0 and 1"),
    (["--at", "nowhere.txt"], "nowhere.txt"), (["--at", "0,x"], "is not a time"),
    (["--records", "1"], "at least 2"),
    (["--records", "5", "--every", "2"], "not both"), (["--represent", "Z.csv", "--depth", "1"], "hidden"),
  ])
  func `what cannot be recorded is refused in words that help`(options: [String], words: String) throws {
    let run = try workspace.linnet(target + options + ["--no-files"])
    #expect(run.status == 64 || run.status == 65, "\(options): \(run.status)")
    #expect(run.errors.contains(words), "\(options): \(run.errors)")
  }

  @Test func `a time of a file after the end is refused with the file's name`() throws {
    let run = try workspace.linnet(target + ["--at", "times.txt", "--time", "0.2", "--no-files"])
    #expect(run.status == 65)
    #expect(run.errors.contains("times.txt") && run.errors.contains("0.25"))
  }

  @Test func `events of no run are null, and said so`() throws {
    let run = try train(target + ["--events", "sigma_1=4,sigma_1=2", "--depth", "2", "--json", "--no-files"])
    let events = try run.json.list("events")
    #expect(events[0]["time"] == .null && events[0]["value"] == .null)
    #expect(try events[1].number("value") > 1.999)
    #expect(run.errors.contains("sigma_1=4: not in this run"))
  }

  @Test func `hidden representations of samples are written with their cosines`() throws {
    try workspace.file("samples.csv", "1,0,0,0\n0,1,0,0\n1,1,0,0\n")
    _ = try train(
      target + [
        "--represent", "samples.csv", "--depth", "2", "--at", "0,0.3", "--no-figures", "--out", "run",
      ])
    let arrays = try NPZArchive(workspace.path("run/trajectory.npz"))
    #expect(try arrays.array("representation_1").shape == [2, 3, 3])
    #expect(try arrays.array("similarity_1").shape == [2, 3, 3])
    #expect(arrays.names.contains("similarity_1_2"))
  }

  @Test func `samples are called by a column of words, by the one asked for, or numbered`() throws {
    try workspace.file("table.csv", "a,b,y\n1,0,2\n0,1,1\n1,1,3\n0,0,1\n2,1,0\n")
    func columns(_ file: String, _ arguments: String...) throws -> [String] {
      let run = try train(
        ["train", "table.csv", "--targets", "y", "--prepare", "center", "--depth", "2", "--time", "0.1"]
          + ["--represent", file, "--json", "--no-files"] + arguments)
      let recorded = try run.json.list("recorded")[0]
      #expect(try recorded.list("samples").count == 3)
      return try recorded.list("columns").map { try $0.text("name") }
    }
    try workspace.file("named.csv", "b,what,a,n\n0,red one,1,7\n1,blue,0,8\n1,blue,1,9\n")
    #expect(
      try columns("named.csv")
        == ["similarity_red_one_blue_2", "similarity_red_one_blue_3", "similarity_blue_2_blue_3"])
    #expect(
      try columns("named.csv", "--represent-names", "n") == [
        "similarity_7_8", "similarity_7_9", "similarity_8_9",
      ]
    )
    try workspace.file("numbers.csv", "1,0\n0,1\n1,1\n")
    #expect(try columns("numbers.csv") == ["similarity_1_2", "similarity_1_3", "similarity_2_3"])
    try workspace.file("named-target.csv", "red,1,0,0,0\nblue,0,1,0,0\n")
    let run = try train(
      target + ["--represent", "named-target.csv", "--header", "no", "--depth", "2", "--json", "--no-files"])
    let recorded = try run.json.list("recorded")[0]
    #expect(try recorded.list("samples") == [.text("red"), .text("blue")])
    let wrong = try workspace.linnet(
      ["train", "table.csv", "--targets", "y", "--depth", "2", "--represent", "named.csv"]
        + ["--represent-names", "wat"])
    #expect(wrong.status == 65 && wrong.errors.contains("did you mean “what”?"), "\(wrong.errors)")
  }
}
