import DataFormats
import LinearAlgebra
import Testing

/// `linnet train --spectrum` and the levels that a run passes.
@Suite struct SpectrumCommandTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try CSVFile.write(.diagonal([3, 2, 1], rows: 3, columns: 4), to: workspace.path("Z.csv"))
  }

  private func train(_ options: String...) throws -> CommandRun {
    let run = try workspace.linnet(["train", "--target", "Z.csv", "--samples", "10", "--json"] + options)
    #expect(run.status == 0, "\(run.errors)")
    return run
  }

  @Test func `from a small start the saddles that are passed are named with directions and rank`() throws {
    let result = try train("--depth", "2", "--norm", "1e-12", "--no-files").json
    let plateaus = try result.list("plateaus")
    #expect(plateaus.count == 3)
    for (k, plateau) in plateaus.enumerated() {
      #expect(try plateau.numbers("level.kept") == (0..<k).map { Double($0 + 1) })
      #expect(try plateau.number("level.rank") == Double(k))
      // m/2 times the squares that are missing.
      let gap = [70.0, 25, 5][k]
      #expect(abs(try plateau.number("level.gap") - gap) < 1e-12)
      #expect(abs(try plateau.number("gap") - gap) < 0.02 * gap)
    }
  }

  @Test func `curvatures along the run end at those of the minimum, in result, table and figure`() throws {
    let run = try train("--depth", "2", "--time", "2", "--spectrum", "10", "--out", "run")
    let spectrum = try run.json
    let times = try spectrum.numbers("spectrum.times")
    let largest = try spectrum.numbers("spectrum.largestHessianEigenvalue")
    #expect(times.first == 0 && times.last == 2)
    #expect(times.count > 30 && times.count < 60)
    for key in ["smallestHessianEigenvalue", "largestKernelEigenvalue", "smallestKernelEigenvalue"] {
      #expect(try spectrum.numbers("spectrum.\(key)").count == times.count)
    }
    // At the balanced minimiser of two layers λ_max = 2 m σ_1, of Hessian and kernel alike.
    #expect(abs(largest.last! - 60) < 1e-6)
    #expect(abs(try spectrum.numbers("spectrum.largestKernelEigenvalue").last! - 60) < 1e-6)
    #expect(run.errors.contains("Sharpness"))
    #expect(workspace.exists("run/sharpness.vl.json"))
    let header = try workspace.text("run/trajectory.csv").split(separator: "\n")[0]
    #expect(header.hasSuffix("hessian_largest,hessian_smallest,kernel_largest,kernel_smallest"))
    let column = try NPZArchive(workspace.path("run/trajectory.npz")).names
    #expect(column.contains("hessian_largest"))
  }

  @Test func `2/η is told beside the sharpness of gradient descent`() throws {
    let run = try train(
      "--depth", "2", "--time", "1", "--method", "euler", "--step", "0.01", "--spectrum", "all", "--out",
      "run")
    #expect(run.errors.contains("2/η = 200"))
    #expect(try workspace.text("run/sharpness.vl.json").contains("2/η"))
    let all = try run.json.numbers("spectrum.times")
    #expect(all == (try run.json.numbers("trajectory.times")))
  }

  @Test func `without --spectrum there is none, and a wrong one is bad usage`() throws {
    #expect(try train("--time", "1", "--no-files").json["spectrum"] == .null)
    for wrong in ["0", "-1", "some"] {
      let run = try workspace.linnet(
        "train", "--target", "Z.csv", "--samples", "10", "--spectrum", wrong, "--no-files")
      #expect(run.status == 64)
      #expect(run.errors.contains("--spectrum: \"\(wrong)\""))
    }
  }
}
