import DataFormats
import Foundation
import LinearAlgebra
import Testing

/// Linear regression with an intercept, computed from all samples by a singular value decomposition of the centred inputs.
private struct LeastSquares {
  let coefficients: Matrix
  let intercept: [Double]
  /// ½‖Y P_X⊥‖² and σ_i(Y P_X) of the centred data.
  let irreducibleLoss: Double
  let singularValues: [Double]
  let fitted: Matrix
  private let inputs: Matrix

  init(_ file: String, targets: [String]) throws {
    let table = try CSVFile(Workspace.bundled(file))
    let names = table.columnNames!
    let samples = try table.readMatrix()
    let outputs = targets.map { names.firstIndex(of: $0)! }
    let columns = names.indices.filter { !outputs.contains($0) && Set(samples.column($0)).count > 1 }
    inputs = samples.columns(columns)
    func means(_ A: Matrix) -> [Double] { (0..<A.columns).map { A.column($0).reduce(0, +) / Double(A.rows) } }
    func centred(_ A: Matrix) -> Matrix {
      let mean = means(A)
      return Matrix(A.rows, A.columns) { i, j in A[i, j] - mean[j] }
    }
    let Y = centred(samples.columns(outputs))
    let svd = centred(inputs).singularValueDecomposition
    let scores = Matrix.product(svd.U, .transposed, Y, .plain)
    singularValues = scores.singularValues
    irreducibleLoss = 0.5 * (Matrix.inner(Y, Y) - Matrix.inner(scores, scores))
    coefficients = (svd.V * scores.scalingRows(by: svd.singularValues.map { 1 / $0 })).transpose
    let shift = coefficients * .column(means(inputs))
    intercept = zip(means(samples.columns(outputs)), shift.storage).map { $0 - $1 }
    fitted = Y
  }

  /// Predictions on the samples, samples as rows.
  func predictions(_ C: Matrix, _ b: [Double]) -> Matrix {
    let linear = Matrix.product(inputs, .plain, C, .transposed)
    return Matrix(linear.rows, linear.columns) { i, j in linear[i, j] + b[j] }
  }

  func minimum(rank r: Int) -> Double {
    irreducibleLoss + 0.5 * singularValues.dropFirst(r).reduce(0) { $0 + $1 * $1 }
  }
}

struct BundledCase: CustomTestStringConvertible, Sendable {
  let file: String
  let targets: [String]
  var options: [String] = []
  let rank: Int
  var testDescription: String { "\(file) \(options.joined(separator: " "))" }

  static let digits = (0...9).map { "is_\($0)" }
  static let all = [
    BundledCase(file: "diabetes.csv", targets: ["progression"], options: ["--depth", "3"], rank: 1),
    // Half of the square starts cannot reach the minimum (the sign of the determinant is conserved); this one can.
    BundledCase(
      file: "linnerud.csv", targets: ["Weight", "Waist", "Pulse"],
      options: ["--start", "aligned", "--norm", "0.5"],
      rank: 3),
    BundledCase(file: "tobacco.csv", targets: ["burn_rate", "sugar", "nicotine"], rank: 3),
    BundledCase(
      file: "tobacco.csv", targets: ["burn_rate", "sugar", "nicotine"],
      options: ["--rank", "1", "--depth", "2", "--prepare", "standardize"], rank: 1),
    BundledCase(file: "digits.csv", targets: digits, options: ["--depth", "2", "--rank", "4"], rank: 4),
  ]
}

@Suite struct BundledDataTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func train(_ bundled: BundledCase, _ more: [String] = []) throws -> CommandRun {
    try workspace.linnet(
      ["train", Workspace.bundled(bundled.file), "--targets", bundled.targets.joined(separator: ",")]
        + bundled.options + more)
  }

  @Test(arguments: BundledCase.all)
  func `the minimum is the closed form, it is reached, and the predictor is least squares`(
    bundled: BundledCase
  )
    throws
  {
    let run = try train(bundled, ["--out", "run", "--json"])
    #expect(run.status == 0)
    let result = try run.json
    let exact = try LeastSquares(bundled.file, targets: bundled.targets)
    let minimum = exact.minimum(rank: bundled.rank)
    #expect(abs(try result.number("globalMinimum.loss") / minimum - 1) < 1e-11)
    #expect(abs(try result.number("globalMinimum.irreducibleLoss") / exact.irreducibleLoss - 1) < 1e-11)

    #expect(try result.text("termination.kind") == "converged")
    #expect(try result.text("verdict.kind") == "globalMinimiser")
    #expect(try result.number("verdict.rank") == Double(bundled.rank))
    #expect(try result.number("verdict.relativeGradientNorm") <= 1e-9)
    #expect(abs(try result.number("verdict.lossGap")) <= 1e-11 * minimum)
    #expect(abs(try result.number("verdict.loss") / minimum - 1) < 1e-11)

    // In the units of the file: the loss of the predictor is the minimum, and at full rank it is the least-squares one.
    let C = try result.matrix("predictor.coefficients")
    let b = try result.numbers("predictor.intercept")
    #expect(try result.texts("predictor.outputs") == bundled.targets)
    let predicted = exact.predictions(C, b)
    let best = exact.predictions(exact.coefficients, exact.intercept)
    let offset = predicted - best
    // ½‖Y − ŷ‖² = ½‖Y P⊥‖² + ½‖ŷ_best − ŷ‖², by orthogonality.
    let loss = exact.irreducibleLoss + 0.5 * Matrix.inner(offset, offset)
    #expect(abs(loss / minimum - 1) < 1e-9)
    if bundled.rank == min(exact.coefficients.rows, exact.coefficients.columns) {
      #expect(offset.frobeniusNorm <= 1e-6 * best.frobeniusNorm)
      #expect(relativeDifference(C, exact.coefficients) <= 1e-5)
    }
  }

  @Test(arguments: BundledCase.all)
  func `every promised file and key is there, and the trajectory is consistent`(bundled: BundledCase) throws {
    let run = try train(bundled, ["--out", "run", "--json"])
    #expect(run.status == 0)
    // Where the closed form conserves the imbalance to the last bit there is no figure of it.
    let drifts = try run.json.numbers("trajectory.imbalanceDrift").contains { $0 > 0 }
    let figures = (["convergence", "singular-values"] + (drifts ? ["imbalance"] : [])).map { $0 + ".vl.json" }
    #expect(
      try workspace.names(in: "run")
        == (figures + [
          "files.json", "network.safetensors", "report.html", "result.json", "run.json", "start.safetensors",
          "trajectory.csv",
          "trajectory.npz",
        ])
        .sorted()
    )
    #expect(try workspace.text("run/result.json") == run.output)

    let result = try run.json
    for path in promisedKeys { #expect(result[path] != nil, "\(path) is missing") }
    for theorem in try result.list("certificate.theorems") {
      for key in promisedKeysOfTheorems { #expect(theorem[key] != nil, "\(key) is missing") }
      for condition in try theorem.list("conditions") {
        for key in ["quantity", "name", "reference", "value", "relation", "limit", "holds"] {
          #expect(condition[key] != nil)
        }
      }
      for row in try theorem.list("timeToAccuracy") {
        for key in ["accuracy", "bound"] { #expect(row[key] != nil) }
      }
    }
    for observation in try result.list("observations") {
      for key in promisedKeysOfObservations { #expect(observation[key] != nil, "\(key) is missing") }
      for row in try observation.list("timeToAccuracy") {
        for key in ["accuracy", "promised", "observed"] { #expect(row[key] != nil) }
      }
    }
    #expect(result["trajectory.endToEnd"] == nil)

    let times = try result.numbers("trajectory.times")
    #expect(times.first == 0)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
    #expect(try times.last == result.number("termination.time"))
    let (loss, gap) = (try result.numbers("trajectory.loss"), try result.numbers("trajectory.gap"))
    let minimum = try result.number("globalMinimum.loss")
    #expect(zip(loss, gap).allSatisfy { abs($0 - $1 - minimum) <= 1e-12 * $0 })
    #expect(
      zip(loss, loss.dropFirst()).allSatisfy { $1 <= $0 * (1 + 1e-12) }, "a gradient flow only descends")
    let widths = try result.numbers("problem.widths")
    #expect(
      try widths.first == result.number("problem.inputs") && widths.last == result.number("problem.outputs"))
    #expect(try widths.min() == result.number("problem.bottleneck"))
    #expect(widths.count - 1 == Int(try result.number("problem.depth")))
    #expect(try result.boolean("problem.whitened") == !bundled.options.contains("--prepare"))
    // The table holds what the JSON holds.
    let table = try CSVFile(workspace.path("run/trajectory.csv"))
    let columns = try table.readMatrix()
    #expect(columns.column(0) == times)
    #expect(columns.column(table.columnNames!.firstIndex(of: "gap")!) == gap)
  }

  @Test(arguments: [
    ("diabetes.csv", ["progression"], "globalMinimiser"),
    ("tobacco.csv", ["burn_rate", "sugar", "nicotine"], "globalMinimiser"),
    // Ten indicators that sum to one: the target has less rank than the network.
    ("digits.csv", BundledCase.digits, "globalMinimiser"),
    // This start has the wrong sign of the determinant. To end at a saddle is a success of the run.
    ("linnerud.csv", ["Weight", "Waist", "Pulse"], "nonStrictSaddle"),
  ])
  func `with no option at all each data set comes to its limit`(
    file: String, targets: [String], limit: String
  )
    throws
  {
    let run = try workspace.linnet(
      "train", Workspace.bundled(file), "--targets", targets.joined(separator: ","), "--no-files", "--json")
    #expect(run.status == 0)
    #expect(try run.json.text("termination.kind") == "converged")
    #expect(try run.json.text("verdict.kind") == limit)
    #expect(!run.errors.contains("VIOLATED"))
  }

  @Test func `with --json standard output is JSON alone and the prose goes to standard error`() throws {
    let quiet = try train(BundledCase.all[0], ["--out", "quiet", "--json"])
    let loud = try train(BundledCase.all[0], ["--out", "loud"])
    #expect(quiet.output.hasPrefix("{") && quiet.output.hasSuffix("}\n"))
    #expect(quiet.errors.contains("What the theory promises"))
    #expect(quiet.errors.contains("global minimiser"))
    #expect(loud.output.contains("What the theory promises"))
    #expect(loud.output.contains("global minimiser"))
    #expect(loud.errors.isEmpty)
  }

  @Test func `the screen fits into 110 columns`() throws {
    for bundled in BundledCase.all {
      let lines = try train(bundled, ["--no-files"]).output.split(separator: "\n")
      #expect(lines.count > 15)
      for line in lines { #expect(line.count <= 110 && line.last != " ", "\(line)") }
    }
  }

  @Test func `without --out each run gets a folder of its own`() throws {
    for _ in 0..<2 { #expect(try train(BundledCase.all[0]).status == 0) }
    let folders = try workspace.names()
    #expect(folders.count == 2)
    #expect(folders.allSatisfy { $0.hasPrefix("linnet-run-") })
  }

  @Test func `with --no-files nothing is written`() throws {
    let run = try train(BundledCase.all[0], ["--no-files", "--json"])
    #expect(run.status == 0)
    #expect(try run.json.text("verdict.kind") == "globalMinimiser")
    #expect(try workspace.names().isEmpty)
  }

  private let promisedKeys = [
    "problem.samples", "problem.inputs", "problem.outputs", "problem.depth", "problem.widths",
    "problem.bottleneck",
    "problem.whitened", "target.singularValues", "target.spectralGapRatio", "globalMinimum.loss",
    "globalMinimum.irreducibleLoss", "globalMinimum.learnableLoss", "globalMinimum.minimiserNorm",
    "certificate.theorems", "certificate.best", "certificate.conclusion", "observations", "turningTime",
    "method.name", "method.reason", "method.tolerance", "method.evaluations", "trajectory.times",
    "trajectory.loss", "trajectory.gap",
    "trajectory.distanceToTarget", "trajectory.singularValues", "trajectory.imbalance", "termination.kind",
    "termination.time", "verdict.kind", "verdict.rank", "verdict.relativeGradientNorm", "verdict.lossGap",
    "verdict.smallestHessianEigenvalue",
  ]
  private let promisedKeysOfTheorems = [
    "id", "title", "source", "conditions", "applies", "reason", "conclusion", "limit", "kept", "strength",
    "quantities", "on", "from", "timeToAccuracy", "curve", "finalRate", "finalMode", "finalPower",
  ]
  private let promisedKeysOfObservations = [
    "id", "on", "count", "undecided", "tightestMargin", "violations", "timeToAccuracy", "promisedRate",
    "measuredRate",
    "limitReached",
  ]
}
