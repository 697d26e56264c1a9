import Foundation
import Testing

/// `linnet compare`: finished runs side by side.
@Suite struct CompareTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file("Z.csv", "3,0.5,0\n0,1.5,0.2\n")
    for depth in [2, 3] {
      let run = try workspace.linnet([
        "train", "--target", "Z.csv", "--samples", "10", "--rank", "1", "--depth", "\(depth)", "--angle",
        "40",
        "--norm", "0.1", "--out", "d\(depth)",
      ])
      #expect(run.status == 0, "\(run.errors)")
    }
  }

  @Test func `the table has what each run has of its own, its limit and its times`() throws {
    let run = try workspace.linnet(["compare", "d2", "d3", "--out", "c", "--json"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(try workspace.text("c/comparison.json") == run.output)
    #expect(
      run.errors.contains("depth 2") && run.errors.contains("depth 3") && !run.errors.contains("angle 40"))
    let names = try workspace.names(in: "c")
    #expect(names.contains("comparison.vl.json") && names.contains("comparison.json"), "\(names)")
    for (i, folder) in ["d2", "d3"].enumerated() {
      // The first record whose gap is a millionth of the start's, read from the run's own table.
      let rows = try workspace.text("\(folder)/trajectory.csv").split(separator: "\n").map {
        $0.split(separator: ",").map(String.init)
      }
      let (time, gap) = (rows[0].firstIndex(of: "time")!, rows[0].firstIndex(of: "gap")!)
      let first = Double(rows[1][gap])!
      let expected = rows.dropFirst().first { Double($0[gap])! <= 1e-6 * first }!
      #expect(try run.json.list("runs")[i].list("reachedBy")[2].number("") == Double(expected[time])!)
      #expect(try run.json.list("runs")[i].text("limit") == "globalMinimiser")
      #expect(try run.json.list("runs")[i].text("options.depth") == "\(i + 2)")
    }
  }

  @Test func `what cannot be compared is said`() throws {
    let unknown = try workspace.linnet(["compare", "d2", "d3", "--quantity", "gradient", "--no-files"])
    #expect(unknown.status == 64 && unknown.errors.contains("gradient_norm"), "\(unknown.errors)")
    let alone = try workspace.linnet(["compare", "d2"])
    #expect(alone.status == 64 && alone.errors.contains("at least two"), "\(alone.errors)")
    let none = try workspace.linnet(["compare", "d2", "nowhere"])
    #expect(none.status == 65 && none.errors.contains("nowhere"), "\(none.errors)")
    let same = try workspace.linnet(["compare", "d2", "d2"])
    #expect(same.status == 64 && same.errors.contains("twice"), "\(same.errors)")
  }
}
