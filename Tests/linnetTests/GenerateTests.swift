import DataFormats
import LinearAlgebra
import Testing

@Suite struct GenerateTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  static let kinds = [
    ["whitened", "--samples", "40", "--inputs", "5", "--outputs", "2"],
    ["spectrum", "--singular-values", "2,0.5", "--samples", "40", "--inputs", "5", "--outputs", "3"],
    ["spiked", "--spikes", "10,5", "--samples", "40", "--inputs", "5"],
    ["teacher", "--rank", "2", "--noise", "0", "--samples", "40", "--inputs", "5", "--outputs", "3"],
  ]

  private func generate(_ arguments: [String]) throws -> CommandRun {
    try workspace.linnet(["generate"] + arguments)
  }

  /// Samples as rows.
  private func npy(_ name: String) throws -> (X: Matrix, Y: Matrix) {
    (
      try NPYFile(workspace.path("\(name)-inputs.npy")).readMatrix(),
      try NPYFile(workspace.path("\(name)-outputs.npy")).readMatrix()
    )
  }

  @Test(arguments: kinds)
  func `CSV and NPY hold the same numbers, which repeat with the seed and change without`(kind: [String])
    throws
  {
    for (name, seed) in [("a", "3"), ("b", "3"), ("c", "4")] {
      #expect(try generate(kind + ["--seed", seed, "--format", "npy", "--out", name]).status == 0)
    }
    // The matrix of a teacher stands beside both.
    let run = try generate(kind + ["--seed", "3", "--out", "a", "--json", "--force"])
    #expect(run.status == 0)
    let (X, Y) = try npy("a")
    #expect(try npy("b") == (X, Y))
    #expect(try npy("c").X != X)
    let table = try CSVFile(workspace.path("a.csv"))
    #expect(table.columnNames == (1...X.columns).map { "x\($0)" } + (1...Y.columns).map { "y\($0)" })
    #expect(try table.readMatrix() == X.appendingColumns(Y))
    let summary = try run.json
    #expect(try summary.number("samples") == 40 && summary.number("seed") == 3)
    #expect(try summary.text("kind") == kind[0])
    #expect(try summary.texts("files") == ["a.csv"] + (kind[0] == "teacher" ? ["a-teacher.csv"] : []))
  }

  @Test(arguments: kinds)
  func `each kind has the property it is named after`(kind: [String]) throws {
    #expect(try generate(kind + ["--format", "npy", "--out", "d"]).status == 0)
    let (X, Y) = try npy("d")
    let covariance = (1 / 40.0) * Matrix.product(X, .transposed, X, .plain)
    switch kind[0] {
    case "whitened": #expect((covariance - .identity(5)).frobeniusNorm < 1e-13)
    case "spectrum":
      #expect((covariance - .identity(5)).frobeniusNorm < 1e-13)
      let σ = ((1 / 40.0) * Matrix.product(Y, .transposed, X, .plain)).singularValues
      #expect(zip(σ, [2, 0.5, 0]).allSatisfy { abs($0 - $1) < 1e-13 })
    case "spiked":
      #expect(Y == X)
      // Two directions of variance 11 and 6 above the noise at 1.
      let λ = covariance.singularValues
      #expect(λ[1] > 2.5 * λ[2])
    default: #expect(Y.singularValueDecomposition.rank(tolerance: 1e-12) == 2)
    }
  }

  @Test func `a generated table trains to the singular values that were chosen`() throws {
    #expect(try generate(GenerateTests.kinds[1] + ["--out", "gap"]).status == 0)
    let run = try workspace.linnet(
      "train", "gap.csv", "--targets", "y1,y2,y3", "--prepare", "none", "--no-files", "--json", "--rank", "1")
    #expect(run.status == 0)
    let result = try run.json
    #expect(try result.boolean("problem.whitened"))
    #expect(abs(try result.number("target.spectralGapRatio") - 0.25) < 1e-12)
    let last = try result.list("trajectory.singularValues").last
    guard case .list(let values) = last, case .number(let s) = values[0] else {
      throw JSONTree.Unexpected(path: "σ", found: last)
    }
    #expect(abs(s - 2) < 1e-8)
  }

  @Test func `an existing file is refused and kept, unless forced`() throws {
    try workspace.file("a.csv", "precious\n")
    let refused = try generate(GenerateTests.kinds[0] + ["--out", "a"])
    #expect(refused.status == 64)
    #expect(refused.errors.contains("a.csv exists already"))
    #expect(try workspace.text("a.csv") == "precious\n")
    #expect(try generate(GenerateTests.kinds[0] + ["--out", "a", "--force"]).status == 0)
    #expect(try workspace.text("a.csv").hasPrefix("x1,x2"))
  }

  @Test(arguments: [
    (["whitened", "--samples", "3", "--inputs", "5"], "3 < 5"),
    (["spectrum", "--samples", "9", "--inputs", "5"], "needs --singular-values"),
    (
      ["spectrum", "--samples", "9", "--inputs", "5", "--singular-values", "2,-1", "--outputs", "2"],
      "none negative"
    ),
    (
      ["spectrum", "--samples", "9", "--inputs", "5", "--singular-values", "2,1"],
      "at most min(inputs, outputs) = 1"
    ),
    (["spiked", "--samples", "9", "--inputs", "5", "--spikes", "1,b"], "\"b\" is not a number"),
    (
      ["spiked", "--samples", "9", "--inputs", "5", "--spikes", "1", "--outputs", "2"], "leave out --outputs"
    ),
    (["teacher", "--samples", "9", "--inputs", "5", "--rank", "2"], "between 1 and 1, not 2"),
    (["teacher", "--samples", "9", "--inputs", "5", "--noise", "-1"], "must not be negative"),
    (["teacher", "--samples", "0", "--inputs", "5"], "at least 1"),
  ])
  func `numbers that make no data are bad usage`(arguments: [String], message: String) throws {
    let run = try generate(arguments + ["--out", "x"])
    #expect(run.status == 64)
    #expect(run.errors.contains(message), "\(run.errors)")
    #expect(try workspace.names().isEmpty)
  }

  @Test func `a folder that is not there is an error about writing`() throws {
    let run = try generate(GenerateTests.kinds[0] + ["--out", "nowhere/a"])
    #expect(run.status == 1)
    #expect(run.errors.contains("nowhere/a.csv"))
  }
}
