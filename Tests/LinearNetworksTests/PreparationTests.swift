import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

/// A table of named columns.
private struct Table {
  var columns: [(name: String, values: [Double])]

  var matrix: Matrix { Matrix(columns[0].values.count, columns.count) { i, j in columns[j].values[i] } }

  func named(_ names: [String]) -> [NamedColumn] {
    names.map { name in NamedColumn(column: columns.firstIndex { $0.name == name }!, name: name) }
  }

  func prepared(
    _ inputs: [String], _ outputs: [String], _ preparation: Preparation, whitenRank: Int? = nil
  ) throws(PreparationError) -> PreparedProblem {
    var compression = SampleCompression(columns: columns.count)
    compression.append(matrix)
    return try PreparedProblem(
      compression, inputs: named(inputs), outputs: named(outputs), preparation: preparation,
      whitenRank: whitenRank)
  }

  /// The raw samples of some columns, one sample a column.
  func samples(_ names: [String]) -> Matrix { matrix.columns(named(names).map(\.column)).transpose }

  /// a, b, c, d with different means and spreads, and y, z that depend on them.
  static func mixed(samples m: Int = 120) -> Table {
    var generator = SeededGenerator(seed: 151)
    func column(_ mean: Double, _ spread: Double) -> [Double] {
      (0..<m).map { _ in mean + spread * generator.normal() }
    }
    let (a, b, c, d) = (column(0, 1), column(5, 2), column(-3, 0.5), column(40, 10))
    let y = (0..<m).map { 2 + a[$0] - 0.5 * b[$0] + 0.1 * d[$0] + 0.3 * generator.normal() }
    let z = (0..<m).map { -1 + c[$0] * 4 + generator.normal() }
    return Table(columns: [("a", a), ("y", y), ("b", b), ("c", c), ("z", z), ("d", d)])
  }
}

struct PreparationTests {
  private let inputs = ["a", "b", "c", "d"]
  private let outputs = ["y", "z"]

  @Test(arguments: [1, 1e3, 1e6, 1e9]) func `whitening leaves a defect of round-off, whatever the units`(
    unit: Double
  ) throws {
    var table = Table.mixed()
    table.columns[0].values = table.columns[0].values.map { $0 * unit }
    table.columns[5].values = table.columns[5].values.map { $0 / unit }
    let prepared = try table.prepared(inputs, outputs, .whiten)
    #expect(prepared.problem.whiteningDefect <= 1e3 * .ulpOfOne)
    #expect(prepared.problem.isWhitened())
    let T = prepared.inputTransform
    #expect((T - T.transpose).maximumMagnitude <= 1e3 * .ulpOfOne * T.maximumMagnitude)
    // On the raw samples: the transformed, centred inputs have covariance I.
    let X = table.samples(inputs)
    let centred = X - Matrix.column(prepared.inputMeans) * Matrix(1, 120) { _, _ in 1 }
    let white = prepared.inputTransform * centred
    let covariance = (1.0 / 120) * (white * white.transpose)
    #expect((covariance - .identity(4)).maximumMagnitude <= 1e4 * .ulpOfOne)
  }

  @Test func `the whitening transform is the symmetric root (X Xᵀ/m)^(−1/2)`() throws {
    let table = Table.mixed()
    let prepared = try table.prepared(inputs, outputs, .whiten)
    let T = prepared.inputTransform
    #expect((T - T.transpose).maximumMagnitude <= 1e3 * .ulpOfOne * T.maximumMagnitude)
    let X = table.samples(inputs) - Matrix.column(prepared.inputMeans) * Matrix(1, 120) { _, _ in 1 }
    let eigen = SymmetricEigendecomposition((1.0 / 120) * (X * X.transpose))
    let root = Matrix.product(
      eigen.eigenvectors.scalingColumns(by: eigen.eigenvalues.map { 1 / $0.squareRoot() }), .plain,
      eigen.eigenvectors, .transposed)
    // The reference squares the condition number, here 20² = 400.
    #expect((T - root).maximumMagnitude <= 1e5 * .ulpOfOne * T.maximumMagnitude)
    #expect(
      (prepared.inputConditionNumber - (eigen.eigenvalues.last! / eigen.eigenvalues[0]).squareRoot())
        .magnitude <= 1e-10 * prepared.inputConditionNumber)
  }

  @Test(arguments: [1, 2, 3, 4]) func `a whitening rank keeps that many principal directions`(rank: Int)
    throws
  {
    let prepared = try Table.mixed().prepared(inputs, outputs, .whiten, whitenRank: rank)
    #expect(prepared.problem.inputs == rank)
    #expect(prepared.inputTransform.rows == rank && prepared.inputTransform.columns == 4)
    #expect(prepared.problem.whiteningDefect <= 1e3 * .ulpOfOne)
  }

  @Test func `standardised inputs have mean 0 and standard deviation 1`() throws {
    let table = Table.mixed()
    let prepared = try table.prepared(inputs, outputs, .standardize)
    let X =
      prepared.inputTransform
      * (table.samples(inputs) - Matrix.column(prepared.inputMeans) * Matrix(1, 120) { _, _ in 1 })
    for i in 0..<4 {
      #expect((X.row(i).reduce(0, +) / 120).magnitude <= 1e3 * .ulpOfOne)
      #expect((Matrix.column(X.row(i)).frobeniusNorm / 120.0.squareRoot() - 1).magnitude <= 1e3 * .ulpOfOne)
      for j in 0..<4 where j != i { #expect(prepared.inputTransform[i, j] == 0) }
    }
  }

  @Test(arguments: [
    (Preparation.none, Int?.none), (.center, nil), (.standardize, nil), (.whiten, nil), (.whiten, 2),
  ]) func `the loss of W is that of its predictor on the raw rows`(preparation: Preparation, whitenRank: Int?)
    throws
  {
    let table = Table.mixed()
    let prepared = try table.prepared(inputs, outputs, preparation, whitenRank: whitenRank)
    #expect(prepared.inputNames == inputs)
    #expect(prepared.outputNames == outputs)
    let (X, Y) = (table.samples(inputs), table.samples(outputs))
    var generator = SeededGenerator(seed: 152)
    for _ in 0..<5 {
      let W = Matrix.gaussian(2, prepared.problem.inputs, using: &generator)
      let predictor = prepared.predictor(of: W)
      let predictions =
        predictor.coefficients * X + Matrix.column(predictor.intercept) * Matrix(1, 120) { _, _ in 1 }
      let residual = (Y - predictions).frobeniusNorm
      let size = Y.frobeniusNorm + W.frobeniusNorm * (prepared.inputTransform * X).frobeniusNorm
      #expect(
        (prepared.problem.loss(W) - 0.5 * residual * residual).magnitude <= 1e3 * .ulpOfOne * size * size)
      // And as the definition has it: W T (x − x̄) + ȳ.
      let shifted = X - Matrix.column(prepared.inputMeans) * Matrix(1, 120) { _, _ in 1 }
      let direct =
        W * prepared.inputTransform * shifted + Matrix.column(prepared.outputMeans)
        * Matrix(1, 120) { _, _ in 1 }
      #expect((direct - predictions).maximumMagnitude <= 1e4 * .ulpOfOne * size)
    }
    if preparation == .none { #expect(prepared.predictor(of: Matrix(zeros: 2, 4)).intercept == [0, 0]) }
  }

  @Test func `means are those of the columns`() throws {
    let table = Table.mixed()
    let prepared = try table.prepared(inputs, outputs, .center)
    for (name, mean) in zip(inputs + outputs, prepared.inputMeans + prepared.outputMeans) {
      let values = table.columns.first { $0.name == name }!.values
      #expect(
        (mean - values.reduce(0, +) / 120).magnitude <= 100 * .ulpOfOne * values.map(\.magnitude).max()!)
    }
  }

  @Test(arguments: [Preparation.center, .standardize, .whiten], [0, 1, 0.1, -1e9, 1e-30])
  func `constant columns are dropped by name`(preparation: Preparation, value: Double) throws {
    var table = Table.mixed()
    let constant = Array(repeating: value, count: 120)
    table.columns += [("k", constant), ("l", constant.map { 3 * $0 })]
    let prepared = try table.prepared(["k"] + inputs + ["l"], outputs, preparation)
    #expect(prepared.droppedConstants == ["k", "l"])
    #expect(prepared.inputNames == inputs)
    #expect(prepared.problem.inputs == 4)
    let plain = try Table.mixed().prepared(inputs, outputs, preparation)
    let W = Matrix(2, 4) { i, j in Double(i + 2 * j) / 8 }
    let (a, b) = (prepared.problem.loss(W), plain.problem.loss(W))
    #expect((a - b).magnitude <= 1e4 * .ulpOfOne * b)
  }

  @Test func `a column that hardly varies is not constant`() throws {
    var table = Table.mixed()
    table.columns.append(("k", (0..<120).map { 1 + 1e-9 * Double($0 % 7) }))
    #expect(try table.prepared(["a", "k"], outputs, .whiten).droppedConstants.isEmpty)
    // Without preparation nothing is dropped.
    table.columns.append(("one", Array(repeating: 1, count: 120)))
    #expect(try table.prepared(["a", "one"], outputs, .none).inputNames == ["a", "one"])
  }

  @Test func `inputs that are all constant are refused`() {
    var table = Table.mixed()
    table.columns += [("k", Array(repeating: 7, count: 120)), ("l", Array(repeating: 0, count: 120))]
    #expect(throws: PreparationError.noVaryingInput) { try table.prepared(["k", "l"], outputs, .whiten) }
  }

  @Test(arguments: [
    // A sum, a difference of shifted columns, a duplicate, and the same in other units.
    "sum", "shifted difference", "duplicate", "duplicate in other units", "sum in other units", "years",
    "seconds since 1970",
  ]) func `dependent columns are named, and without them whitening works`(kind: String) throws {
    var table = Table.mixed()
    let (a, b) = (table.columns[0].values, table.columns[2].values)
    func add(_ name: String, _ value: (Int) -> Double) { table.columns.append((name, (0..<120).map(value))) }
    var names = ["a", "b", "c"]
    switch kind {
    case "sum": add("e") { a[$0] + b[$0] }
    case "shifted difference": add("e") { 100 + a[$0] - 2 * b[$0] }
    case "duplicate": add("e") { b[$0] }
    case "duplicate in other units": add("e") { 1e6 * b[$0] }
    case "sum in other units": add("e") { 1e6 * a[$0] + 1e-6 * b[$0] }
    case "seconds since 1970":
      // Means of 17,000 spreads.
      add("start") { 1.7e9 + (1e5 * a[$0]).rounded() }
      add("end") { 1.7e9 + (1e5 * a[$0]).rounded() + (3600 * b[$0]).rounded() }
      add("e") { (3600 * b[$0]).rounded() }
      names = ["start", "end", "c"]
    default:
      // Start and end of something in years, and how long it took.
      add("start") { Double(1990 + Int(8 * a[$0].magnitude)) }
      add("end") { Double(1990 + Int(8 * a[$0].magnitude) + Int(b[$0].magnitude)) }
      add("e") { Double(Int(b[$0].magnitude)) }
      names = ["start", "end", "c"]
    }
    let all = names + ["e"]
    let error = #expect(throws: PreparationError.self) { try table.prepared(all, outputs, .whiten) }
    guard case .dependentInputs(let dependent, let rank, let count)? = error else {
      Issue.record("\(kind): \(String(describing: error)) instead of the dependent columns")
      return
    }
    #expect(rank == 3 && count == 4 && dependent.count == 1)
    #expect(dependent[0] != "c", "c does not depend on the others")
    #expect(
      error!.remedies == [.drop(dependent), .whitenRank(atMost: 3)])
    // Both ways out that the text offers lead out.
    let dropped = try table.prepared(all.filter { !dependent.contains($0) }, outputs, .whiten)
    #expect(dropped.problem.isWhitened())
    #expect(try table.prepared(all, outputs, .whiten, whitenRank: 3).problem.isWhitened())
  }

  @Test func `a column that nearly depends on others is kept`() throws {
    var generator = SeededGenerator(seed: 153)
    var table = Table.mixed()
    let (a, b) = (table.columns[0].values, table.columns[2].values)
    table.columns.append(("e", (0..<120).map { a[$0] + b[$0] + 1e-6 * generator.normal() }))
    let prepared = try table.prepared(["a", "b", "e"], outputs, .whiten)
    #expect(prepared.problem.inputs == 3)
    // Its direction is known to eps·κ, κ ≈ 3·10⁶ here, and no transform whitens it better.
    #expect(prepared.problem.whiteningDefect <= 1e8 * .ulpOfOne)
  }

  @Test func `fewer samples than inputs are too few to whiten`() throws {
    let table = Table.mixed(samples: 4)
    #expect(throws: PreparationError.tooFewSamples(samples: 4, inputs: 4)) {
      try table.prepared(inputs, outputs, .whiten)
    }
    // A one-hot table is white as it is, up to a factor.
    var oneHot = SampleCompression(columns: 5)
    oneHot.append(Matrix(4, 5) { i, j in i == j ? 2 : j == 4 ? Double(i) : 0 })
    let columns = (0..<5).map { NamedColumn(column: $0, name: "c\($0)") }
    let white = PreparationError.tooFewSamples(samples: 4, inputs: 4, isWhite: true)
    #expect(throws: white) {
      try PreparedProblem(
        oneHot, inputs: Array(columns[..<4]), outputs: [columns[4]], preparation: .whiten)
    }
    #expect(white.remedies == [.preparation("none")])
    let text = PreparationError.tooFewSamples(samples: 4, inputs: 4).description
    #expect(text.contains("at least 5") && text.contains("at most 3 principal directions"))
    #expect(try table.prepared(inputs, outputs, .whiten, whitenRank: 3).problem.isWhitened())
    #expect(try table.prepared(inputs, outputs, .standardize).problem.inputs == 4)
    #expect(try Table.mixed(samples: 5).prepared(inputs, outputs, .whiten).problem.isWhitened())
  }

  @Test(arguments: [0, 5, -1]) func `a whitening rank outside 1…rank is refused with the rank`(rank: Int) {
    #expect(throws: PreparationError.whitenRank(requested: rank, rank: 4)) {
      try Table.mixed().prepared(inputs, outputs, .whiten, whitenRank: rank)
    }
    #expect(PreparationError.whitenRank(requested: rank, rank: 4).remedies == [.whitenRank(atMost: 4)])
  }
}
