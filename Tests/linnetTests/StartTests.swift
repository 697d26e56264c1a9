import DataFormats
import Foundation
import LinearAlgebra
import Testing

/// Where runs start, by which method and until when, on one whitened problem given by its target.
@Suite struct StartTests {
  let workspace: Workspace
  let Z = Matrix(rows: [[3, 0.5, 0, 0], [0, 1.5, 0.2, 0], [0.1, 0, 0.8, 0]])

  init() throws {
    workspace = try Workspace()
    try CSVFile.write(Z, to: workspace.path("Z.csv"))
  }

  private func train(_ options: String...) throws -> JSONTree {
    let run = try workspace.linnet(
      ["train", "--target", "Z.csv", "--samples", "10", "--no-files", "--json"] + options)
    #expect(run.status == 0, "\(run.errors)")
    return try run.json
  }

  private func startMatrix(_ options: String...) throws -> Matrix {
    let run = try workspace.linnet(
      [
        "train", "--target", "Z.csv", "--samples", "10", "--no-files", "--json", "--at", "0", "--time",
        "0.001",
      ]
        + options)
    #expect(run.status == 0, "\(run.errors)")
    return try run.json.matrices("trajectory.endToEnd")[0]
  }

  @Test func `--angle and --norm turn and scale the target`() throws {
    let target = Z.singularValueDecomposition.truncated(to: 1)
    let W = try startMatrix("--rank", "1", "--angle", "40", "--norm", "2.5")
    #expect(abs(W.frobeniusNorm / target.frobeniusNorm - 2.5) < 1e-13)
    let cosine = Matrix.inner(W, target) / W.frobeniusNorm / target.frobeniusNorm
    #expect(abs(cosine - cos(40 * Double.pi / 180)) < 1e-13)
  }

  @Test func `--start aligned has the target's singular vectors`() throws {
    let W = try startMatrix("--start", "aligned", "--norm", "0.1")
    let svd = Z.singularValueDecomposition
    let rotated = Matrix.product(svd.U, .transposed, W, .plain) * svd.V
    let s = rotated[0, 0]
    #expect((rotated - s * .identity(3)).frobeniusNorm < 1e-13)
    #expect(abs(W.frobeniusNorm / Z.frobeniusNorm - 0.1) < 1e-13)
  }

  @Test func `random starts repeat with the seed and are balanced`() throws {
    #expect(try startMatrix("--seed", "5") == startMatrix("--seed", "5"))
    #expect(try startMatrix("--seed", "5") != startMatrix("--seed", "6"))
    let result = try train("--time", "0.1", "--seed", "5")
    #expect(try result.numbers("trajectory.imbalance").allSatisfy { $0 < 1e-9 })
  }

  @Test func `an unbalanced start keeps its imbalance and is told so by the certificate`() throws {
    let result = try train("--start", "unbalanced", "--widths", "5,1,4", "--scale", "0.7")
    #expect(try result.numbers("problem.widths") == [4, 5, 1, 4, 3])
    let imbalance = try result.numbers("trajectory.imbalance")
    #expect(imbalance[0] > 0.01)
    #expect(try result.numbers("trajectory.imbalanceDrift").allSatisfy { $0 < 1e-9 })
    let rank = try result.theorem("Lemma 3.3")
    let balanced = try rank.list("conditions").first { try $0.text("name").contains("balanced") }
    #expect(try balanced?.boolean("holds") == false)
    #expect(try balanced?.text("reference") == "(14)")
    #expect(try rank.text("reason").hasPrefix("needs ‖D_j‖/‖W_j‖² ≤ 1e-10: it is "))
  }

  @Test(arguments: ["1", "2", "10"])
  func `a start matrix is where the run begins, at every depth, and Z_1 where it ends`(depth: String) throws {
    let W0 = Matrix.column([1, 0.3, -0.2]) * Matrix.column([2, 1, 0.5, -0.1]).transpose
    try CSVFile.write(W0, to: workspace.path("W0.csv"))
    let result = try train(
      "--start-matrix", "W0.csv", "--depth", depth, "--rank", "1", "--at", "0,100", "--until", "converged")
    let W = try result.matrices("trajectory.endToEnd")
    #expect(relativeDifference(W[0], W0) < 1e-14)
    #expect(relativeDifference(W[1], depth == "1" ? Z : Z.singularValueDecomposition.truncated(to: 1)) < 1e-9)
    #expect(try result.text("verdict.kind") == "globalMinimiser")
    #expect(try result.text("termination.kind") == "converged")
  }

  @Test func `a network that was written is read back as the same start`() throws {
    let first = try workspace.linnet(
      "train", "--target", "Z.csv", "--samples", "10", "--widths", "8,3,8", "--time", "0.02", "--at", "0.02",
      "--out", "first", "--json")
    #expect(first.status == 0)
    let end = try first.json.matrices("trajectory.endToEnd")[0]
    let file = try SafetensorsFile(workspace.path("first/network.safetensors"))
    let layers = try file.names.map { try file.array($0).matrix! }
    #expect(layers.map(\.rows) == [8, 3, 8, 3] && layers.map(\.columns) == [4, 8, 3, 8])
    #expect(relativeDifference(layers.dropFirst().reduce(layers[0]) { $1 * $0 }, end) < 1e-13)

    let second = try train("--network", "first/network.safetensors", "--at", "0")
    #expect(relativeDifference(try second.matrices("trajectory.endToEnd")[0], end) < 1e-13)
    #expect(try second.numbers("problem.widths") == [4, 8, 3, 8, 3])
    #expect(try second.text("verdict.kind") == "globalMinimiser")
  }

  @Test func `--time ends there, on a grid that is linear and logarithmic`() throws {
    let result = try train("--time", "0.5", "--rank", "2")
    let times = try result.numbers("trajectory.times")
    #expect(times.first == 0 && times.last == 0.5)
    #expect((0...200).allSatisfy { times.contains(0.5 * Double($0) / 200) })
    #expect(times.filter { $0 > 0 && $0 < 5e-4 }.count > 100)
    #expect(try result.text("termination.kind") == "reachedFinalTime")
    #expect(result["trajectory.endToEnd"] == nil)
  }

  @Test(arguments: ["layers", "induced"])
  func `Euler is of first order on both flows`(flow: String) throws {
    let common = ["--rank", "1", "--angle", "30", "--time", "0.05", "--at", "0.05", "--no-error-estimate"]
    func end(_ options: [String]) throws -> Matrix {
      let run = try workspace.linnet(
        ["train", "--target", "Z.csv", "--samples", "10", "--no-files", "--json"] + common + options)
      #expect(run.status == 0, "\(run.errors)")
      return try run.json.matrices("trajectory.endToEnd")[0]
    }
    let exact = try end([])
    let errors = try ["1e-4", "5e-5"].map { step in
      relativeDifference(try end(["--method", "euler", "--flow", flow, "--step", step]), exact)
    }
    #expect(errors[0] < 1e-2)
    // 2 up to the next order of the step.
    #expect(abs(errors[0] / errors[1] - 2) < 0.02, "\(errors)")
  }

  @Test func `gradient descent drifts from balance and the induced flow cannot`() throws {
    func drift(_ flow: String) throws -> Double {
      try train(
        "--rank", "1", "--angle", "30", "--time", "0.1", "--method", "euler", "--step", "1e-3", "--flow", flow
      ).numbers("trajectory.imbalanceDrift").max()!
    }
    #expect(try drift("layers") > 1e-6)
    #expect(try drift("induced") < 1e-13)
  }

  @Test func `a step that is too long is reported as a failure, with its files and without a crash`() throws {
    for depth in ["1", "2", "3", "10"] {
      let run = try workspace.linnet(
        "train", "--target", "Z.csv", "--samples", "10", "--depth", depth, "--method", "euler", "--step", "1",
        "--out", "run\(depth)", "--json")
      #expect(run.status == 1, "depth \(depth): \(run.errors)")
      #expect(try run.json.text("termination.kind") == "diverged")
      #expect(try run.json.text("verdict.kind") == "notStationary")
      #expect(run.errors.contains("a smaller step"))
      #expect(
        !run.errors.contains("VIOLATED"), "the bounds are about the flow, not about a diverging iteration")
      #expect(workspace.exists("run\(depth)/trajectory.csv"))
    }
  }
}
