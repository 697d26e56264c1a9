import DataFormats
import LinearAlgebra
import Testing

/// Tables, pairs of matrices, several files, and preparations: equal data give equal problems.
@Suite struct DataOptionsTests {
  let workspace: Workspace
  let names = ["height", "width", "depth of cut", "load", "wear"]
  let samples: Matrix

  init() throws {
    workspace = try Workspace()
    var generator = SeededGenerator(seed: 11)
    let X = Matrix.gaussian(30, 3, using: &generator)
    let Y =
      X * Matrix(rows: [[1, 2], [0, -1], [3, 0.5]]) + 0.3 * Matrix.gaussian(30, 2, using: &generator)
    // Means and scales that a preparation has to undo.
    samples = Matrix(30, 5) { i, j in j < 3 ? 10 * Double(j + 1) + X[i, j] * [1, 5, 0.2][j] : 7 + Y[i, j - 3]
    }
    try CSVFile.write(samples, columnNames: names, to: workspace.path("data.csv"))
  }

  private let predicting = ["--targets", "load,wear", "--seed", "2", "--no-files", "--json"]

  private func train(_ arguments: [String]) throws -> JSONTree {
    let run = try workspace.linnet(["train"] + arguments)
    #expect(run.status == 0, "\(run.errors)")
    return try run.json
  }

  /// The parts of a result that do not depend on how long it took.
  private func essence(_ result: JSONTree) -> JSONTree { result.blanking(["seconds"]) }

  private func leastSquares() -> Matrix {
    let A = Matrix(30, 4) { i, j in j < 3 ? samples[i, j] : 1 }
    let svd = A.singularValueDecomposition
    let scores = Matrix.product(svd.U, .transposed, samples.columns(3..<5), .plain)
    return (svd.V * scores.scalingRows(by: svd.singularValues.map { 1 / $0 })).transpose
  }

  @Test(arguments: ["center", "standardize", "whiten"])
  func `every preparation is undone in the predictor: least squares with named columns`(preparation: String)
    throws
  {
    let result = try train(["data.csv", "--prepare", preparation] + predicting)
    #expect(try result.texts("predictor.inputs") == Array(names[0..<3]))
    #expect(try result.texts("predictor.outputs") == Array(names[3...]))
    let exact = leastSquares()
    #expect(relativeDifference(try result.matrix("predictor.coefficients"), exact.columns(0..<3)) < 1e-6)
    #expect(
      relativeDifference(.column(try result.numbers("predictor.intercept")), exact.columns([3])) < 1e-6)
    #expect(try result.boolean("problem.whitened") == (preparation == "whiten"))
  }

  @Test func `--prepare none fits without an intercept`() throws {
    let result = try train(["data.csv", "--prepare", "none", "--depth", "1"] + predicting)
    #expect(try result.numbers("predictor.intercept") == [0, 0])
    let svd = samples.columns(0..<3).singularValueDecomposition
    let scores = Matrix.product(svd.U, .transposed, samples.columns(3..<5), .plain)
    let exact = (svd.V * scores.scalingRows(by: svd.singularValues.map { 1 / $0 })).transpose
    #expect(relativeDifference(try result.matrix("predictor.coefficients"), exact) < 1e-5)
  }

  @Test func `a table is whitened by default, and says so`() throws {
    #expect(
      try essence(train(["data.csv"] + predicting))
        == essence(train(["data.csv", "--prepare", "whiten"] + predicting)))
    let run = try workspace.linnet("train", "data.csv", "--targets", "wear", "--no-files")
    #expect(run.output.contains("30 samples, 4 inputs, 1 output; centred and whitened"))
  }

  @Test func `several files equal one, and a TSV its CSV`() throws {
    let whole = try essence(train(["data.csv"] + predicting))
    try CSVFile.write(samples.rows(0..<12), columnNames: names, to: workspace.path("a.csv"))
    try CSVFile.write(samples.rows(12..<30), columnNames: names, to: workspace.path("b.csv"))
    let parts = try essence(train(["a.csv", "b.csv"] + predicting))
    #expect(try parts.number("problem.samples") == 30)
    // The same factor but for the rounding of its blocks.
    #expect(abs(try parts.number("globalMinimum.loss") / whole.number("globalMinimum.loss") - 1) < 1e-12)
    #expect(
      relativeDifference(
        try parts.matrix("predictor.coefficients"), try whole.matrix("predictor.coefficients")) < 1e-7)

    try workspace.file("data.tsv", try workspace.text("data.csv").replacing(",", with: "\t"))
    #expect(try essence(train(["data.tsv"] + predicting)) == whole)
  }

  @Test func `inputs and outputs in two files are the table's columns`() throws {
    let whole = try train(["data.csv"] + predicting)
    try NPYFile.write(samples.columns(0..<3), to: workspace.path("X.npy"))
    try CSVFile.write(samples.columns(3..<5), columnNames: ["load", "wear"], to: workspace.path("Y.csv"))
    let pair = try train(
      [
        "--inputs", "X.npy", "--outputs", "Y.csv", "--prepare", "whiten", "--seed", "2", "--no-files",
        "--json",
      ])
    #expect(pair["globalMinimum"] == whole["globalMinimum"])
    #expect(pair["trajectory"] == whole["trajectory"])
    #expect(try pair.texts("predictor.inputs") == ["x1", "x2", "x3"])
    #expect(try pair.texts("predictor.outputs") == ["load", "wear"])
    #expect(pair["predictor.coefficients"] == whole["predictor.coefficients"])
    // Matrices are taken as they are by default.
    let plain = try train(["--inputs", "X.npy", "--outputs", "Y.csv", "--depth", "1", "--no-files", "--json"])
    #expect(try plain.numbers("predictor.intercept") == [0, 0])
  }

  @Test func `a dropped column is as good as absent`() throws {
    try CSVFile.write(
      samples.columns([0, 2, 3, 4]), columnNames: [0, 2, 3, 4].map { names[$0] },
      to: workspace.path("narrow.csv"))
    let dropped = try train(["data.csv", "--drop", "width"] + predicting)
    let narrow = try train(["narrow.csv"] + predicting)
    #expect(try dropped.texts("predictor.inputs") == ["height", "depth of cut"])
    // The same factor but for the rounding of the column that is gone.
    #expect(abs(try dropped.number("globalMinimum.loss") / narrow.number("globalMinimum.loss") - 1) < 1e-12)
    #expect(
      relativeDifference(
        try dropped.matrix("predictor.coefficients"), try narrow.matrix("predictor.coefficients")) < 1e-7)
  }

  @Test func `constant columns are left out with a notice and the fit stays`() throws {
    let wide = samples.appendingColumns(Matrix(30, 1) { _, _ in 3.3 })
    try CSVFile.write(wide, columnNames: names + ["batch"], to: workspace.path("wide.csv"))
    let run = try workspace.linnet(["train", "wide.csv"] + predicting)
    #expect(run.status == 0)
    #expect(run.errors.contains("constant columns left out: batch"))
    #expect(
      relativeDifference(try run.json.matrix("predictor.coefficients"), leastSquares().columns(0..<3)) < 1e-6)
  }

  @Test func `--whiten-rank k is regression on the k principal components`() throws {
    let result = try train(["data.csv", "--whiten-rank", "2", "--depth", "1"] + predicting)
    #expect(try result.number("problem.inputs") == 2)
    #expect(try result.boolean("problem.whitened"))
    func centred(_ A: Matrix) -> Matrix {
      let means = (0..<A.columns).map { A.column($0).reduce(0, +) / 30 }
      return Matrix(A.rows, A.columns) { i, j in A[i, j] - means[j] }
    }
    let svd = centred(samples.columns(0..<3)).singularValueDecomposition
    let (U, V) = (svd.U.columns(0..<2), svd.V.columns(0..<2))
    let scores = Matrix.product(U, .transposed, centred(samples.columns(3..<5)), .plain)
    let exact = (V * scores.scalingRows(by: svd.singularValues.prefix(2).map { 1 / $0 })).transpose
    #expect(relativeDifference(try result.matrix("predictor.coefficients"), exact) < 1e-6)
    #expect(try result.texts("predictor.inputs") == Array(names[0..<3]))
  }

  @Test func `an NPY table and a CSV without header have numbered columns`() throws {
    try NPYFile.write(samples, to: workspace.path("data.npy"))
    try CSVFile.write(samples, to: workspace.path("bare.csv"))
    let options = ["--targets", "column4,column5", "--no-files", "--json"]
    let (npy, csv) = (try train(["data.npy"] + options), try train(["bare.csv"] + options))
    #expect(try npy.texts("predictor.inputs") == ["column1", "column2", "column3"])
    #expect(essence(npy) == essence(csv))
  }
}
