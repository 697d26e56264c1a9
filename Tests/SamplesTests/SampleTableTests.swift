import DataFormats
import Landscape
import LinearAlgebra
import LinearNetworks
import Samples
import TestSupport
import Testing

/// 40 samples of a, b, c, y, z, each column of another mean and spread.
private let samples: Matrix = {
  var generator = SeededGenerator(seed: 7)
  let X = Matrix.gaussian(40, 3, using: &generator)
  let Y = X * Matrix(rows: [[1, 0], [2, -1], [0, 3]]) + 0.1 * Matrix.gaussian(40, 2, using: &generator)
  return Matrix(40, 5) { i, j in Double(3 * j) + (j < 3 ? X[i, j] : Y[i, j - 3]) }
}()
private let names = ["a", "b", "c", "y", "z"]

/// C and b of the least squares solution, from the normal equations' singular value decomposition.
private func leastSquares(_ inputs: [Int], _ outputs: [Int]) -> (C: Matrix, b: Matrix) {
  let A = samples.columns(inputs).appendingColumns(Matrix(40, 1) { _, _ in 1 })
  let svd = A.singularValueDecomposition
  let scores = Matrix.product(svd.U, .transposed, samples.columns(outputs), .plain)
  let W = (svd.V * scores.scalingRows(by: svd.singularValues.map { 1 / $0 })).transpose
  return (W.columns(0..<inputs.count), W.columns([inputs.count]))
}

/// The predictor of full rank of a prepared problem.
private func fitted(_ prepared: PreparedProblem) -> AffinePredictor {
  let problem = prepared.problem
  return prepared.predictor(
    of: GlobalMinimum(of: problem, rank: min(problem.inputs, problem.outputs)).minimiser)
}

@Suite struct SampleTableTests {
  let scratch: Scratch
  let file: String

  init() throws {
    scratch = try Scratch()
    file = scratch.path("data.csv")
    try CSVFile.write(samples, columnNames: names, to: file)
  }

  @Test(arguments: [Preparation.center, .standardize, .whiten])
  func `a file, the same rows in memory and two files give least squares in their units`(
    _ preparation: Preparation
  ) throws {
    let exact = leastSquares([0, 1, 2], [3, 4])
    try NPYFile.write(samples.columns(0..<3), to: scratch.path("X.npy"))
    try CSVFile.write(samples.columns(3..<5), columnNames: ["y", "z"], to: scratch.path("Y.csv"))
    let problems = [
      try SampleTable(file).prepared(targets: ["y", "z"], preparation: preparation),
      try SampleTable(rows: samples, columns: names).prepared(
        targets: ["y", "z"], preparation: preparation),
      try SampleTable(inputs: scratch.path("X.npy"), outputs: scratch.path("Y.csv")).compressed()
        .prepared(preparation),
    ]
    for prepared in problems {
      let predictor = fitted(prepared)
      #expect(predictor.outputs == ["y", "z"])
      // A condition of ten of the samples with their ones, and eight digits are left of sixteen at the least.
      #expect((predictor.coefficients - exact.C).frobeniusNorm < 1e-12 * exact.C.frobeniusNorm)
      #expect(
        (Matrix.column(predictor.intercept) - exact.b).frobeniusNorm < 1e-12 * (1 + exact.b.frobeniusNorm))
    }
    #expect(problems[0].inputNames == ["a", "b", "c"])
    #expect(problems[2].inputNames == ["x1", "x2", "x3"])
  }

  @Test func `targets keep the order in which they are named, inputs that of the file`() throws {
    let table = try SampleTable(file).choosing(ColumnChoice(targets: ["z", "b"], drop: ["a"]))
    #expect(table.outputs.map(\.name) == ["z", "b"])
    #expect(table.inputs.map(\.name) == ["c", "y"])
    // Columns that are left out are not in the blocks, and positions are those of the blocks.
    #expect(table.columnCount == 4)
    var rows: [[Double]] = []
    try table.forEachBlock { block, count in
      for i in 0..<count { rows.append((table.inputs + table.outputs).map { block[i * 4 + $0.column] }) }
    }
    #expect(Matrix(rows: rows) == samples.columns([2, 3, 4, 1]))
  }

  @Test func `columns may be chosen before the reading or after it`() throws {
    let choice = try ColumnChoice(targets: ["y"], drop: ["c", "z"])
    let before = fitted(try SampleTable(file).choosing(choice).compressed().prepared(.center))
    let after = fitted(try SampleTable(file).compressed().choosing(choice).prepared(.center))
    #expect(before.inputs == ["a", "b"] && after.inputs == ["a", "b"])
    #expect(
      (before.coefficients - after.coefficients).frobeniusNorm < 1e-13 * before.coefficients.frobeniusNorm)
  }

  @Test func `several files are one table, and progress tells of each`() throws {
    try CSVFile.write(samples.rows(0..<15), columnNames: names, to: scratch.path("1.csv"))
    try CSVFile.write(samples.rows(15..<40), columnNames: names, to: scratch.path("2.csv"))
    let table = try SampleTable(files: [scratch.path("1.csv"), scratch.path("2.csv")])
    var told: [(String, Int, Int?)] = []
    let compressed = try table.compressed { told.append(($0.file, $0.rows, $0.expectedRows)) }
    #expect(compressed.samples.sampleCount == 40)
    #expect(compressed.columns == names)
    #expect(told.map(\.0) == [scratch.path("1.csv"), scratch.path("2.csv")])
    #expect(told.map(\.1) == [15, 25])
    #expect(told.allSatisfy { $0.2 == nil })
  }

  @Test func `a table without names numbers its columns`() throws {
    try CSVFile.write(samples, to: scratch.path("plain.csv"))
    let table = try SampleTable(scratch.path("plain.csv"))
    #expect(!table.isNamed)
    #expect(
      try table.choosing(ColumnChoice(targets: ["column5"])).inputs.map(\.name)
        == (1...4).map { "column\($0)" })
  }

  @Test func `names that no column has, that stand twice or contradict each other are refused`() throws {
    let table = SampleTable(rows: samples, columns: names, name: "it")
    #expect(throws: SampleTableError.unknownColumn(name: "q", use: .target, table: "it", columns: names)) {
      try table.choosing(ColumnChoice(targets: ["q"]))
    }
    #expect(throws: SampleTableError.unknownColumn(name: "Y", use: .dropped, table: "it", columns: names)) {
      try table.choosing(ColumnChoice(targets: ["z"], drop: ["Y"]))
    }
    #expect(throws: SampleTableError.namedTwice(name: "y", use: .target)) {
      try ColumnChoice(targets: ["y", "z", "y"])
    }
    #expect(throws: SampleTableError.emptyName(use: .dropped)) {
      try ColumnChoice(targets: ["y"], drop: [""])
    }
    #expect(throws: SampleTableError.contradiction(name: "y", use: .target, other: .dropped)) {
      try ColumnChoice(targets: ["y"], drop: ["y"])
    }
    #expect(throws: SampleTableError.noInputsLeft(table: "it", targets: names)) {
      try table.choosing(ColumnChoice(targets: names))
    }
  }

  @Test func `rows that do not pair are refused, with both counts`() throws {
    try NPYFile.write(samples.columns(0..<3), to: scratch.path("X.npy"))
    try NPYFile.write(samples.rows(0..<39).columns(3..<5), to: scratch.path("Y.npy"))
    let table = try SampleTable(inputs: scratch.path("X.npy"), outputs: scratch.path("Y.npy"))
    #expect(
      throws: SampleTableError.rowCounts(
        inputs: scratch.path("X.npy"), outputs: scratch.path("Y.npy"), found: 39, expected: 40)
    ) { try table.compressed() }
  }
}
