import DataFormats
import Foundation
import LinearAlgebra
import Testing

@Suite struct Figure1Tests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test func `the curves of each depth are written, Euler beside the flow`() throws {
    let run = try workspace.linnet(
      "figure1", "--depths", "1,2,3", "--steps", "20000", "--out", "figure", "--json")
    #expect(run.status == 0)
    #expect(try workspace.names(in: "figure") == ["figure1.csv", "figure1.vl.json"])
    let table = try CSVFile(workspace.path("figure/figure1.csv"))
    #expect(
      table.columnNames == ["time", "flow_N1", "euler_N1", "flow_N2", "euler_N2", "flow_N3", "euler_N3"])
    let curves = try table.readMatrix()
    let result = try run.json
    #expect(try result.numbers("times") == curves.column(0))
    #expect(curves.column(0).last == 20_000 * 1e-6)
    // Depth one is linear: ‖W − Z‖ = e^{−mt} ‖W_0 − Z‖. And ‖W_0 − Z‖² = ‖Z‖² (100 − 20 cos 30° + 1).
    let Z = try result.number("targetNorm")
    let start = Z * (101 - 20 * cos(Double.pi / 6)).squareRoot()
    for i in stride(from: 0, to: curves.rows, by: 50) {
      let exact = start * exp(-50 * curves[i, 0])
      #expect(abs(curves[i, 1] - exact) <= 1e-9 * exact)
      // Each Euler step multiplies by 1 − mh instead of e^{−mh}.
      let steps = (curves[i, 0] / 1e-6).rounded()
      let euler = start * pow(1 - 50e-6, steps)
      #expect(abs(curves[i, 2] - euler) <= 1e-9 * euler)
    }
    // Deeper is nonlinear; Euler is off by a first-order amount, never by nothing.
    for j in [3, 5] {
      let difference = (0..<curves.rows).map { abs(curves[$0, j] - curves[$0, j + 1]) }.max()!
      #expect(difference > 1e-9 && difference < 1e-2 * Z)
      #expect(abs(curves[0, j] - start) <= 1e-9 * start)
    }
    // From ten times as far, depth helps at first.
    #expect(curves[100, 5] < curves[100, 3] && curves[100, 3] < curves[100, 1])
  }

  @Test func `equal seeds give equal curves and other seeds others`() throws {
    func curves(_ seed: String) throws -> JSONTree? {
      try workspace.linnet(
        "figure1", "--depths", "2", "--steps", "100", "--seed", seed, "--json", "--out", UUID().uuidString
      ).json["curves"]?.blanking(["seconds"])
    }
    #expect(try curves("7") == curves("7"))
    #expect(try curves("7") != curves("8"))
  }

  @Test func `Ctrl-C ends it within a depth`() throws {
    let running = try workspace.start(
      "figure1", "--depths", "1,3", "--steps", "2000000000", "--out", "figure")
    #expect(running.waits(until: { workspace.exists("figure") }))
    usleep(200_000)
    running.send(SIGINT)
    let run = try running.finish(timeLimit: 20)
    #expect(run.status == 1)
    #expect(run.errors.contains("Interrupted after 0 of 2 depths"))
  }

  @Test(arguments: [
    (["--depths", "1,x"], "\"x\" is not a depth"), (["--depths", "0"], "\"0\" is not a depth"),
    (["--samples", "3"], "--samples ≥ --inputs"), (["--step", "-1"], "must be positive"),
    (["--inputs", "1"], "no direction to turn"),
  ])
  func `numbers that make no figure are bad usage`(arguments: [String], message: String) throws {
    let run = try workspace.linnet(["figure1"] + arguments)
    #expect(run.status == 64)
    #expect(run.errors.contains(message), "\(run.errors)")
    #expect(try workspace.names().isEmpty)
  }
}
