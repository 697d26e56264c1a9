import DataFormats
import Foundation
import LinearAlgebra
import Testing

/// `linnet landscape` on networks whose place is known: Z = diag(3, 2, 1), m = 10.
@Suite struct LandscapeCommandTests {
  let workspace: Workspace
  private let Z = Matrix.diagonal([3, 2, 1], rows: 3, columns: 4)
  private let problem = ["--target", "Z.csv", "--samples", "10"]

  init() throws {
    workspace = try Workspace()
    try CSVFile.write(Z, to: workspace.path("Z.csv"))
  }

  /// √σ e_i (√σ e_i)ᵀ: two layers of one neuron that keep direction i.
  private func keeping(_ i: Int, tilt: Double = 0) -> [Matrix] {
    let root = [3.0, 2, 1][i - 1].squareRoot()
    var (first, last) = (Matrix(zeros: 1, 4), Matrix(zeros: 3, 1))
    (first[0, i - 1], last[i - 1, 0]) = (root, root)
    (first[0, 3], last[0, 0]) = (first[0, 3] + tilt, last[0, 0] + tilt)
    return [first, last]
  }

  private func save(_ layers: [Matrix], _ name: String) throws {
    let arrays = layers.enumerated().map { ("layers.\($0.offset).weight", NDArray($0.element)) }
    if name.hasSuffix(".npz") {
      try NPZArchive.write(arrays, to: workspace.path(name))
    } else {
      try SafetensorsFile.write(arrays, to: workspace.path(name))
    }
  }

  private func landscape(_ network: String, _ options: String...) throws -> JSONTree {
    let run = try workspace.linnet(["landscape", network] + problem + ["--no-files", "--json"] + options)
    #expect(run.status == 0, "\(run.errors)")
    return try run.json
  }

  @Test(arguments: ["n.npz", "n.safetensors"])
  func `a strict saddle is named, with its curvature, its level and its way out`(name: String) throws {
    try save(keeping(2), name)
    let found = try landscape(name)
    #expect(try found.text("landscape.verdict.kind") == "strictSaddle")
    // m σ_2^{1−2/N} (σ_2 − σ_1).
    #expect(abs(try found.number("landscape.verdict.escapeCurvature") + 10) < 1e-11)
    #expect(try found.numbers("landscape.endToEnd.kept") == [2])
    #expect(try found.number("landscape.spectrum.inertia.negative") == 1)
    #expect(try found.number("landscape.spectrum.inertia.zero") == 1)
    #expect(try found.number("landscape.spectrum.symmetries") == 1)
    #expect(try found.text("landscape.firstOrder.outcome") == "stationary")
    let gaps = try found.list("landscape.levels").map { try $0.number("gap") }
    #expect(zip(gaps, [0.0, 25, 40, 45]).allSatisfy { abs($0 - $1) < 1e-12 } && gaps.count == 4)
    #expect(try found.numbers("landscape.escape.gaps").min()! < 25)
    #expect(found["polish"] == nil && found["escapeRun"] == nil)
  }

  @Test func `the three other kinds`() throws {
    try save(keeping(1), "minimum.npz")
    #expect(try landscape("minimum.npz").text("landscape.verdict.kind") == "globalMinimiser")
    try save([Matrix(zeros: 3, 4), Matrix(zeros: 3, 3), Matrix(zeros: 3, 3)], "origin.npz")
    let origin = try landscape("origin.npz")
    #expect(try origin.text("landscape.verdict.kind") == "nonStrictSaddle")
    #expect(abs(try origin.number("landscape.verdict.lossGap") - 70) < 1e-12)
    #expect(origin["landscape.escape"] == nil)
    try save(keeping(2, tilt: 0.1), "moving.npz")
    #expect(try landscape("moving.npz").text("landscape.verdict.kind") == "notStationary")
  }

  @Test func `--polish moves a network onto the saddle nearby and says how far`() throws {
    try save(keeping(2, tilt: 1e-4), "near.npz")
    #expect(try landscape("near.npz").text("landscape.verdict.kind") == "notStationary")
    let found = try landscape("near.npz", "--polish")
    #expect(try found.text("polish.ending") == "stationary")
    #expect(try found.number("polish.distance") < 2e-4)
    #expect(try found.number("polish.gradientAfter") <= found.number("polish.gradientRoundOff"))
    #expect(try found.number("polish.gradientBefore") > 1e-4)
    #expect(try found.text("polish.verdictBefore.kind") == "notStationary")
    #expect(try found.text("landscape.verdict.kind") == "strictSaddle")
  }

  @Test func `--escape flows from the saddle to the minimum, and the files are those that are named`() throws
  {
    try save(keeping(2), "saddle.safetensors")
    let run = try workspace.linnet(
      ["landscape", "saddle.safetensors"] + problem + ["--polish", "--escape", "--out", "out"])
    #expect(run.status == 0, "\(run.errors)")
    let found = try workspace.json("out/landscape.json")
    #expect(try found.text("escapeRun.termination.kind") == "converged")
    #expect(try found.text("escapeRun.verdict.kind") == "globalMinimiser")
    #expect(
      try workspace.names(in: "out") == [
        "escape-direction.safetensors", "escape.vl.json", "escaped.safetensors", "landscape.json",
        "polished.safetensors", "spectrum.vl.json", "trajectory.csv", "trajectory.npz",
      ])
    for name in ["escape-direction.safetensors", "landscape.json", "escape", "spectrum"] {
      #expect(run.output.contains(name))
    }
    for line in run.output.split(separator: "\n") { #expect(line.count <= 110, "\(line)") }

    // The direction that was saved leads down; what it led to is a minimiser.
    let direction = try SafetensorsFile(workspace.path("out/escape-direction.safetensors"))
    let Δ = try direction.names.map { try direction.array($0).matrix! }
    #expect(abs(Matrix.column(Δ.flatMap(\.storage)).frobeniusNorm - 1) < 1e-12)
    let ε = 1e-3
    let moved = zip(keeping(2), Δ).map { $0 + ε * $1 }
    func loss(_ layers: [Matrix]) -> Double {
      let e = (Z - layers[1] * layers[0]).frobeniusNorm
      return 5 * e * e
    }
    #expect(abs(loss(moved) - loss(keeping(2)) + 5 * ε * ε) < 0.05 * 5 * ε * ε)
    #expect(try landscape("out/escaped.safetensors").text("landscape.verdict.kind") == "globalMinimiser")
  }

  @Test
  func `a network that linnet train wrote is a minimiser on its own data, and a notice tells other inputs`()
    throws
  {
    let data = [Workspace.bundled("tobacco.csv"), "--targets", "burn_rate,sugar,nicotine"]
    let run = try workspace.linnet(["train"] + data + ["--rank", "2", "--out", "run"])
    #expect(run.status == 0)
    let verdict = try workspace.linnet(
      ["landscape", "run/network.safetensors"] + data + ["--no-files", "--polish", "--json"])
    #expect(verdict.status == 0, "\(verdict.errors)")
    #expect(try verdict.json.text("landscape.verdict.kind") == "globalMinimiser")
    #expect(try verdict.json.text("landscape.firstOrder.outcome") == "stationary")
    #expect(!verdict.errors.contains("Notice"))
    let other = try workspace.linnet(
      ["landscape", "run/network.safetensors"] + data + ["--prepare", "center", "--no-files", "--json"])
    #expect(other.errors.contains("Notice") && other.errors.contains("whiten"))
  }

  @Test func `--levels lists as many as are asked for`() throws {
    try save(keeping(1), "n.npz")
    #expect(try landscape("n.npz", "--levels", "2").list("landscape.levels").count == 2)
    #expect(try landscape("n.npz", "--levels", "50").list("landscape.levels").count == 4)
  }

  // MARK: What is refused

  private func refuses(_ arguments: [String], status: Int32, _ messages: String...) throws {
    let before = try workspace.names()
    let run = try workspace.linnet(["landscape"] + arguments)
    #expect(run.status == status, "\(run.errors)")
    for message in messages { #expect(run.errors.contains(message), "\(run.errors)") }
    #expect(run.output.isEmpty)
    #expect(try workspace.names() == before)
  }

  @Test func `networks that do not fit, or hold what is no number, are bad data`() throws {
    try save([Matrix(zeros: 1, 5), Matrix(zeros: 3, 1)], "wide.npz")
    try refuses(["wide.npz"] + problem, status: 65, "5 inputs to 3 outputs", "4 inputs and 3 outputs")
    try save([Matrix(zeros: 2, 4), Matrix(zeros: 3, 1)], "torn.npz")
    try refuses(["torn.npz"] + problem, status: 65, "2 outputs", "takes 1 input.")
    var bad = keeping(1)
    bad[1][2, 0] = .nan
    try save(bad, "nan.safetensors")
    try refuses(["nan.safetensors"] + problem, status: 65, "layers.1.weight", "[2, 0]", "nan")
    try save(bad, "nan.npz")
    try refuses(["nan.npz"] + problem, status: 65, "layers.1.weight", "[2, 0]", "nan")
    bad[1][2, 0] = 1e90
    try save(bad, "huge.npz")
    try refuses(["huge.npz"] + problem, status: 65, "layer 2", "overflows")
    try refuses(["missing.npz"] + problem, status: 65, "missing.npz")
    try workspace.file("text.npz", "not an archive")
    try refuses(["text.npz"] + problem, status: 65, "text.npz")
  }

  @Test func `command lines that cannot be meant`() throws {
    try save(keeping(1), "n.npz")
    try refuses([], status: 64, "network")
    try refuses(["n.npz"], status: 64, "No data")
    try refuses(["n.npz"] + problem + ["--levels", "0"], status: 64, "--levels must be at least 1, not 0")
    try refuses(["n.npz"] + problem + ["--gradient-tolerance", "-1"], status: 64, "--gradient-tolerance")
    try refuses(["n.npz"] + problem + ["--max-seconds", "0"], status: 64, "--max-seconds")
    try refuses(["n.npz"] + problem + ["--out", "x", "--no-files"], status: 64, "not both")
    try workspace.file("taken", "")
    try refuses(["n.npz"] + problem + ["--out", "taken"], status: 64, "is a file")
  }

  /// The digits' one-hot targets, centred: of rank nine. Widths 61–10–10–10, 810 weights.
  private func digits(_ command: String..., options: [String]) throws -> JSONTree {
    let run = try workspace.linnet(
      command + [
        Workspace.bundled("digits.csv"), "--targets", BundledCase.digits.joined(separator: ","), "--prepare",
        "center", "--json",
      ] + options)
    #expect(run.status == 0, "\(run.errors)")
    return try run.json
  }

  @Test func `a run's smallest curvature is right where Lanczos' tolerance would hide it`() throws {
    let result = try digits(
      "train", options: ["--depth", "3", "--start", "unbalanced", "--scale", "0.1", "--out", "run"])
    #expect(try result.text("verdict.kind") == "globalMinimiser")
    // -2.3e-6 by NumPy at this network, beside a largest of 2.1e5; Lanczos to 1e-4 of that gave 0.5089.
    let λ = try result.number("verdict.smallestHessianEigenvalue")
    #expect(λ > -1e-5 && λ < 1e-7)
    #expect(try result.number("verdict.smallestHessianEigenvalueError") < 1e-6)
    #expect(try result.text("verdict.hessianArgument") == "allEigenvalues")

    let network = workspace.path("run/network.safetensors")
    let found = try digits("landscape", network, options: ["--no-files"])
    // NumPy: 252 of the 810 eigenvalues of the minimiser are below 1e-6 of the largest, 2.1e5.
    let largest = try found.numbers("landscape.spectrum.highest")[0]
    #expect(abs(largest - 2.1e5) < 0.1e5)
    func count(_ tree: JSONTree) throws -> Double {
      try zip(
        tree.numbers("landscape.spectrum.eigenvalues"), tree.numbers("landscape.spectrum.multiplicities")
      ).reduce(0) { abs($1.0) < 1e-6 * largest ? $0 + $1.1 : $0 }
    }
    #expect(try count(found) == 252)
    #expect(try found.text("landscape.firstOrder.outcome") == "nearlyStationary")
    #expect(try found.number("landscape.spectrum.inertia.tolerance") < 1e-5)
    #expect(try found.number("landscape.nearby.relativeDistance") < 1e-3)
    #expect(try found.number("landscape.spectrum.nearbyInertia.negative") == 0)
    #expect(try found.number("landscape.spectrum.nearbyInertia.zero") <= 252)

    let polished = try digits("landscape", network, options: ["--no-files", "--polish"])
    #expect(try polished.text("polish.ending") == "stationary")
    // From 1e-6 down to round-off, some 2e-9: its last digits are those of the sums.
    #expect(try polished.number("polish.gradientAfter") <= polished.number("polish.gradientRoundOff"))
    #expect(try polished.number("polish.gradientAfter") < 5e-9)
    #expect(try count(polished) == 252)
    #expect(try polished.number("landscape.spectrum.inertia.negative") == 0)
  }

  @Test func `an autoencoder that a run found is a global minimiser whose points (P, Q′) are stationary`()
    throws
  {
    try CSVFile.write(
      CSVFile(Workspace.bundled("linnerud.csv")).readMatrix(), to: workspace.path("X.csv"))
    let data = ["--inputs", workspace.path("X.csv"), "--outputs", workspace.path("X.csv")]
    let trained = try workspace.linnet(["train"] + data + ["--rank", "2", "--depth", "2", "--out", "code"])
    #expect(trained.status == 0, "\(trained.errors)")
    let run = try workspace.linnet(
      ["landscape", workspace.path("code/network.safetensors")] + data + ["--no-files", "--json"])
    #expect(run.status == 0, "\(run.errors)")
    let found = try run.json
    #expect(try found.text("landscape.verdict.kind") == "globalMinimiser")
    for point in ["factors", "reachable"] {
      #expect(try found.text("landscape.correspondingPoints.\(point).firstOrder") != "notStationary")
      #expect(try found.text("landscape.correspondingPoints.\(point).secondOrder.outcome") != "fails")
    }
    #expect(!run.errors.contains("not stationary"))
  }
}
