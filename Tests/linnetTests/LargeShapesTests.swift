import DataFormats
import Foundation
import LinearAlgebra
import Testing

/// Shapes that would fill the memory if somebody formed all that can be formed.
@Suite struct LargeShapesTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file("Z.csv", "3,0.5,0\n0,1.5,0.2\n")
  }

  /// Five samples of 10,000 inputs; the output is three times the first of them.
  private func wide() throws {
    var state: UInt64 = 1
    var text = (0..<10_000).map { "x\($0)" }.joined(separator: ",") + ",y\n"
    for _ in 0..<5 {
      let row = (0..<10_000).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 40) / Double(1 << 24) - 0.5
      }
      text += row.map { "\($0)" }.joined(separator: ",") + ",\(3 * row[0])\n"
    }
    try workspace.file("wide.csv", text)
  }

  @Test func `five samples of ten thousand inputs are fitted and trained in their span`() throws {
    try wide()
    let fitted = try workspace.linnet(
      "fit", "wide.csv", "--targets", "y", "--rank", "1", "--no-files", "--json"
    ).json
    #expect(try fitted.number("problem.inputRank") == 4)
    let loss = try fitted.number("minimum.loss")
    let total = try fitted.numbers("path.loss")[0]
    #expect(loss <= 1e-24 * total)
    let run = try workspace.linnet(
      "train", "wide.csv", "--targets", "y", "--prepare", "center", "--depth", "2", "--no-files", "--json",
      "--max-seconds", "60")
    #expect(run.status == 0, "\(run.errors)")
    #expect(try run.json.text("verdict.kind") == "globalMinimiser")
    #expect(try #require(run.json.numbers("trajectory.gap").last) <= 1e-8 * total)
    #expect(try run.json.number("method.unknowns") <= 20)
  }

  @Test func `a rank that no matrix of the shape has is refused at once`() throws {
    for command in ["certify", "train"] {
      let run = try workspace.linnet(command, "--target", "Z.csv", "--samples", "10", "--rank", "5000")
      #expect(run.status == 65 && run.errors.contains("rank 5000 is larger than possible"), "\(run.errors)")
      #expect(run.errors.contains("--rank 2"))
    }
  }

  @Test func `hidden layers whose imbalances fill the memory are refused, from a file, too`() throws {
    let data = ["--target", "Z.csv", "--samples", "10"]
    let asked = try workspace.linnet(["certify"] + data + ["--widths", "20000"])
    #expect(asked.status == 65 && asked.errors.contains("20000"), "\(asked.errors)")
    try SafetensorsFile.write(
      [
        ("layers.0.weight", NDArray(Matrix(20_000, 3) { i, j in i == j ? 1 : 0 })),
        ("layers.1.weight", NDArray(Matrix(2, 20_000) { i, j in i == j ? 1 : 0 })),
      ], to: workspace.folder + "/wide.safetensors")
    let read = try workspace.linnet(["certify"] + data + ["--network", "wide.safetensors"])
    #expect(read.status == 65 && read.errors.contains("20000"), "\(read.errors)")
    let looked = try workspace.linnet(["landscape", "wide.safetensors"] + data + ["--no-files"])
    #expect(looked.status == 65 && looked.errors.contains("20000"), "\(looked.errors)")
  }

  @Test func `large matrices at times asked for are left to the archive, and the JSON says where`() throws {
    let n = 110
    let rows = (0..<n).map { i in
      (0..<n).map { j in i == j ? "\(1 + Double(i % 7))" : "0" }.joined(separator: ",")
    }
    try workspace.file("large.csv", rows.joined(separator: "\n") + "\n")
    let times = (0..<20).map { "\(Double($0) * 0.01)" }.joined(separator: ",")
    let options = [
      "train", "--target", "large.csv", "--samples", "10", "--depth", "2", "--rank", "1", "--at", times,
      "--time", "0.2", "--json",
    ]
    let written = try workspace.linnet(options + ["--out", "run"])
    #expect(written.status == 0, "\(written.errors)")
    let text = try workspace.text("run/result.json")
    let json = try JSONTree(text: text)
    #expect(try json.text("trajectory.endToEndFile") == "trajectory.npz")
    #expect(json["trajectory.endToEnd"] == nil && text.utf8.count < 2_000_000)
    #expect(try NPZArchive(workspace.folder + "/run/trajectory.npz").array("end_to_end").shape == [20, n, n])
    // Where no file has them they stand in the JSON.
    let printed = try workspace.linnet(options + ["--no-files"]).json
    #expect(try printed.list("trajectory.endToEnd").count == 20 && printed["trajectory.endToEndFile"] == nil)
  }
}
