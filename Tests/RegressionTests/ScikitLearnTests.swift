import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks
import Regression
import Testing

/// What scikit-learn finds on the bundled tables; Fixtures/README.md tells how the numbers were made.
private struct Reference: Decodable {
  struct Linear: Decodable {
    let coefficients: Matrix
    let intercept: [Double]
  }
  struct Scaled: Decodable { let coefficients: Matrix }
  struct Components: Decodable {
    let explainedVariance: [Double]
    let explainedVarianceRatio: [Double]
    let components: Matrix
  }
  struct Variances: Decodable { let explainedVariance: [Double] }

  let targets: [String]
  let inputs: [String]
  let linear: Linear
  let ridge: Linear
  let standardizedRidge: Scaled
  let pca: Components
  let standardizedPCA: Variances
}

@Suite struct ScikitLearnTests {
  private static let references: [String: Reference] = {
    let url = Bundle.module.url(forResource: "scikit-learn", withExtension: "json", subdirectory: "Fixtures")!
    return try! JSONDecoder().decode([String: Reference].self, from: Data(contentsOf: url))
  }()

  private func table(_ name: String) throws -> (SampleCompression, columns: [NamedColumn]) {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = try CSVFile(folder.appendingPathComponent("Examples/data/\(name).csv").path)
    var compression = SampleCompression(columns: file.columnCount)
    try file.forEachBlock { block, rows in compression.append(rowMajor: block.baseAddress!, rows: rows) }
    return (
      compression, file.columnNames!.enumerated().map { NamedColumn(column: $0.offset, name: $0.element) }
    )
  }

  /// The largest difference, relative to the largest entry.
  private func difference(_ A: Matrix, _ B: Matrix) -> Double {
    (A - B).maximumMagnitude / B.maximumMagnitude
  }

  @Test(arguments: ["diabetes", "linnerud", "tobacco", "digits"])
  func `coefficients, intercepts and components agree to 1e-10`(name: String) throws {
    let expected = try #require(ScikitLearnTests.references[name])
    let (samples, columns) = try table(name)
    let outputs = expected.targets.map { target in columns.first { $0.name == target }! }
    let inputs = columns.filter { !expected.targets.contains($0.name) }

    func fit(_ preparation: Preparation, _ λ: Double) throws -> AffinePredictor {
      let fit = try ReducedRankRegression(
        RegressionFactor(samples, inputs: inputs, outputs: outputs, preparation: preparation), ridge: λ)
      return fit.predictor(rank: fit.maximumRank)
    }
    for (found, wanted) in [(try fit(.center, 0), expected.linear), (try fit(.center, 10), expected.ridge)] {
      #expect(found.inputs == expected.inputs)
      #expect(found.outputs == expected.targets)
      #expect(difference(found.coefficients, wanted.coefficients) <= 1e-10)
      #expect(difference(.column(found.intercept), .column(wanted.intercept)) <= 1e-10)
    }
    #expect(
      difference(try fit(.standardize, 10).coefficients, expected.standardizedRidge.coefficients) <= 1e-10)

    let pca = try PrincipalComponents(samples, columns: inputs)
    #expect(pca.columns.map(\.name) == expected.inputs)
    let count = expected.pca.explainedVariance.count
    #expect(pca.explainedVariance.count == count)
    #expect(difference(.column(pca.explainedVariance), .column(expected.pca.explainedVariance)) <= 1e-10)
    #expect(
      difference(.column(pca.explainedVarianceRatio), .column(expected.pca.explainedVarianceRatio)) <= 1e-10)
    let shown = expected.pca.components.rows
    #expect(difference(pca.components.columns(0..<shown).transpose, expected.pca.components) <= 1e-10)
    let scaled = try PrincipalComponents(samples, columns: inputs, preparation: .standardize)
    #expect(
      difference(.column(scaled.explainedVariance), .column(expected.standardizedPCA.explainedVariance))
        <= 1e-10)
  }
}
