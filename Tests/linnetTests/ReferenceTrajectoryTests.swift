import DataFormats
import LinearAlgebra
import TestSupport
import Testing

@Suite struct ReferenceTrajectoryTests {
  @Test(arguments: ReferenceTrajectory.all.map(\.name), ["cvode", "erk", "auto"])
  func `through the command W(t) agrees with the reference to 1e-8`(name: String, method: String) throws {
    let reference = ReferenceTrajectory.named(name)
    let workspace = try Workspace()
    try CSVFile.write(reference.target, to: workspace.path("Z.csv"))
    try CSVFile.write(reference.start, to: workspace.path("W0.csv"))
    let run = try workspace.linnet(
      "train", "--target", "Z.csv", "--samples", "\(Int(reference.sampleCount))", "--start-matrix", "W0.csv",
      "--depth", "\(reference.depth)", "--rank", "1", "--at",
      reference.states.map { "\($0.time)" }.joined(separator: ","), "--method", method, "--no-files", "--json"
    )
    #expect(run.status == 0)
    let result = try run.json
    #expect(try result.numbers("trajectory.times") == reference.states.map(\.time))
    let found = try result.matrices("trajectory.endToEnd")
    #expect(found.count == reference.states.count)
    for (W, state) in zip(found, reference.states) {
      #expect(relativeDifference(W, state.endToEndMatrix) <= 1e-8, "at time \(state.time)")
    }
    #expect(try result.text("verdict.kind") == "globalMinimiser")
    if method != "auto" { #expect(try result.text("method.name") == method) }
  }
}
