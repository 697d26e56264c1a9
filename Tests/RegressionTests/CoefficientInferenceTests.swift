import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks
import Regression
import Testing

/// What statsmodels and simulations say; see `Fixtures/make_inference.py`.
private struct Expected: Decodable {
  struct Table: Decodable {
    let targets: [String]
    let degreesOfFreedom: Int
    let standardErrors: Matrix
    let interceptStandardErrors: [Double]
    let lower: Matrix
    let withoutIntercept: Matrix
    let varianceInflation: [Double]
  }
  struct Quantile: Decodable { let freedom, confidence, t: Double }
  struct Simulated: Decodable {
    let inputs, outputs, identity, residualCovariance: Matrix
    enum CodingKeys: String, CodingKey {
      case inputs, outputs, identity
      case residualCovariance = "residual-covariance"
    }
  }
  let diabetes, tobacco: Table
  let quantiles: [Quantile]
  let simulated: Simulated

  static let all: Expected = {
    let url = Bundle.module.url(forResource: "inference", withExtension: "json", subdirectory: "Fixtures")!
    return try! JSONDecoder().decode(Expected.self, from: Data(contentsOf: url))
  }()
}

private func columns(_ range: Range<Int>) -> [NamedColumn] {
  range.map { NamedColumn(column: $0, name: "\($0)") }
}

private func factor(
  _ X: Matrix, _ Y: Matrix, _ preparation: Preparation = .center
) throws -> RegressionFactor {
  var table = SampleCompression(columns: X.columns + Y.columns)
  table.append(X.appendingColumns(Y))
  return try RegressionFactor(
    table, inputs: columns(0..<X.columns), outputs: columns(X.columns..<X.columns + Y.columns),
    preparation: preparation)
}

private func difference(_ A: Matrix, _ B: Matrix) -> Double {
  zip(A.storage, B.storage).map { ($0 / $1 - 1).magnitude }.max()!
}

@Suite struct CoefficientInferenceTests {
  private func bundled(_ name: String, _ expected: Expected.Table) throws -> (X: Matrix, Y: Matrix) {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = try CSVFile(folder.appendingPathComponent("Examples/data/\(name).csv").path)
    let (names, table) = (file.columnNames!, try file.readMatrix())
    let outputs = expected.targets.map { names.firstIndex(of: $0)! }
    return (table.columns(names.indices.filter { !outputs.contains($0) }), table.columns(outputs))
  }

  @Test(arguments: ["diabetes", "tobacco"])
  func `at full rank standard errors, intervals and variance inflation are those of statsmodels`(name: String)
    throws
  {
    let expected = name == "diabetes" ? Expected.all.diabetes : Expected.all.tobacco
    let (X, Y) = try bundled(name, expected)
    for preparation in [Preparation.center, .standardize] {
      let fit = try ReducedRankRegression(factor(X, Y, preparation))
      let found = try #require(CoefficientInference(fit, rank: fit.maximumRank, confidence: 0.9))
      #expect(found.method == .classical && found.degreesOfFreedom == expected.degreesOfFreedom)
      #expect(difference(found.standardErrors, expected.standardErrors) < 1e-9)
      let intercepts = Matrix.column(try #require(found.interceptStandardErrors))
      #expect(difference(intercepts, .column(expected.interceptStandardErrors)) < 1e-9)
      let lower = fit.predictor(rank: fit.maximumRank).coefficients - found.quantile * found.standardErrors
      #expect((lower - expected.lower).maximumMagnitude < 1e-9 * expected.lower.maximumMagnitude)
      let factors = try #require(Collinearity(fit.factor).varianceInflation)
      #expect(difference(.column(factors), .column(expected.varianceInflation)) < 1e-9)
    }
    let plain = try ReducedRankRegression(factor(X, Y, .none))
    let found = try #require(CoefficientInference(plain, rank: plain.maximumRank))
    #expect(found.interceptStandardErrors == nil)
    #expect(difference(found.standardErrors, expected.withoutIntercept) < 1e-9)
  }

  @Test func `quantiles of Student's t are those of SciPy`() throws {
    let data = Expected.all
    let base = Matrix(4, 1) { i, _ in Double(i * i) }
    for q in data.quantiles where q.freedom <= 10_000 {
      // A line through so many points that as many residuals are free.
      let m = Int(q.freedom) + 2
      let X = Matrix(m, 1) { i, _ in Double(i) }
      let fit = try ReducedRankRegression(
        factor(X, Matrix(m, 1) { i, _ in Double(i) + base[i % 4, 0] }))
      let found = try #require(CoefficientInference(fit, rank: 1, confidence: q.confidence))
      // Bisection of a probability that is known to 1e-14 or so: relative to its slope far out in the tails.
      #expect((found.quantile / q.t - 1).magnitude < 1e-9, "\(q)")
    }
  }

  @Test(arguments: [OutputWeights.identity, .residualCovariance])
  func `at reduced rank standard errors are the scatter of simulated fits`(_ weights: OutputWeights) throws {
    let data = Expected.all.simulated
    let fit = try ReducedRankRegression(factor(data.inputs, data.outputs), weights: weights)
    let found = try #require(CoefficientInference(fit, rank: 1))
    #expect(found.method == .asymptotic)
    let scatter = weights == .identity ? data.identity : data.residualCovariance
    // Of 20,000 draws to half a percent, and the asymptotics to a few at 120 samples.
    #expect(difference(found.standardErrors, scatter) < 0.04)
    // Negative control: those of full rank are larger than that.
    let full = try #require(CoefficientInference(fit, rank: fit.maximumRank))
    #expect(difference(full.standardErrors, scatter) > 0.3)
  }

  @Test func `nothing is stated where there is nothing to state`() throws {
    let X = Matrix(12, 2) { i, j in Double((i * (j + 2)) % 5) }
    let Y = Matrix(12, 1) { i, _ in Double(i * i % 7) }
    let fit = try ReducedRankRegression(factor(X, Y))
    #expect(CoefficientInference(fit, rank: 0) == nil)
    #expect(CoefficientInference(fit, rank: 1) != nil)
    let penalized = try ReducedRankRegression(factor(X, Y), ridge: 1)
    #expect(CoefficientInference(penalized, rank: 1) == nil)
    let twice = try ReducedRankRegression(factor(X.appendingColumns(2 * X.columns(0..<1)), Y))
    #expect(CoefficientInference(twice, rank: 1) == nil)
    #expect(Collinearity(twice.factor) == Collinearity(twice.factor))
    #expect(Collinearity(twice.factor).conditionNumber == nil)
    let few = try ReducedRankRegression(factor(X.rows(0..<3), Y.rows(0..<3)))
    #expect(CoefficientInference(few, rank: 1) == nil)
  }
}

@Suite struct NeglectedOutputsTests {
  @Test func `an output of large numbers that decides the rank is named, and weights end that`() throws {
    let X = Matrix(60, 3) { i, j in Double((i * (7 * j + 3)) % (11 + 2 * j)) }
    let Y = Matrix(60, 2) { i, j in
      j == 0 ? 100 * X[i, 0] + Double(i % 3) : X[i, 1] - X[i, 2] + 0.1 * Double(i % 4)
    }
    let fit = try ReducedRankRegression(factor(X, Y))
    let found = try #require(NeglectedOutputs(fit, rank: 1))
    #expect(found.deciding == "3" && found.share > 0.99)
    #expect(found.neglected.map(\.name) == ["4"])
    #expect(found.neglected[0].r2 < 0.2 && found.neglected[0].fullR2 > 0.99)
    #expect(NeglectedOutputs(fit, rank: 2) == nil)
    let weighted = try ReducedRankRegression(factor(X, Y), weights: .residualCovariance)
    #expect(NeglectedOutputs(weighted, rank: 1) == nil)
  }
}

@Suite struct RandomSplitTests {
  @Test(arguments: [0.01, 0.2, 1.0 / 3, 0.5, 0.7, 0.95])
  func `a share of the samples is held out, the same for the same seed`(share: Double) {
    func drawn(_ seed: UInt64, _ m: Int) -> [Bool] {
      var split = RandomSplit(fraction: share, seed: seed)
      return (0..<m).map { _ in split.isHeldOut() }
    }
    let found = drawn(1, 1000)
    #expect((Double(found.count { $0 }) - 1000 * share).magnitude <= 1)
    #expect(found == drawn(1, 1000) && found != drawn(2, 1000))
    #expect(Array(found.prefix(300)) == drawn(1, 300))
    // Everywhere: each fifth of a sorted table has its part.
    for k in 0..<5 {
      let part = found[200 * k..<200 * (k + 1)].count { $0 }
      #expect((Double(part) - 200 * share).magnitude <= 2)
    }
  }
}

@Suite struct RepeatedValidationTests {
  @Test func `repetitions are averaged`() throws {
    let table = Matrix(50, 4) { i, j in Double((i * i * (j + 3)) % (17 + j)) }
    let runs = try (0..<3).map { seed -> CrossValidation in
      var samples = FoldedSamples(columns: 4, folds: 5, seed: UInt64(seed))
      samples.append(table)
      return try CrossValidation(samples, inputs: columns(0..<2), outputs: columns(2..<4))
    }
    let mean = CrossValidation(meanOf: runs)
    #expect(mean.repetitions == 3 && mean.folds == 5)
    for r in 0...2 {
      let errors = runs.map { $0.error[0][r] }
      #expect((mean.error[0][r] / (errors.reduce(0, +) / 3) - 1).magnitude < 1e-14)
      #expect(mean.error[0][r] > errors.min()! && mean.error[0][r] < errors.max()!)
      let squares = runs.map { $0.standardError[0][r] * $0.standardError[0][r] }
      #expect((mean.standardError[0][r] / (squares.reduce(0, +) / 3).squareRoot() - 1).magnitude < 1e-14)
    }
  }
}
