import Foundation
import LinearAlgebra
import LinearNetworks
import Regression
import Testing

/// A data set of NIST's Statistical Reference Datasets; see `Fixtures/make_nist.py`.
private struct ReferenceData: Decodable {
  let x: [[Double]]
  let y: [Double]
  /// The inputs are the powers of x up to this one; 0 for x itself.
  let degree: Int
  /// Intercept first.
  let certified: [Double]

  static func named(_ name: String) throws -> ReferenceData {
    let path = try #require(Bundle.module.path(forResource: "Fixtures/nist.json", ofType: nil))
    let all = try JSONDecoder().decode(
      [String: ReferenceData].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    return try #require(all[name])
  }

  var inputs: Matrix {
    degree == 0 ? Matrix(rows: x) : Matrix(x.count, degree) { i, k in pow(x[i][0], Double(k + 1)) }
  }
}

private func named(_ columns: Range<Int>) -> [NamedColumn] {
  columns.map { NamedColumn(column: $0, name: "\($0)") }
}

/// The predictor of full rank with an intercept.
private func fitted(_ inputs: Matrix, _ outputs: Matrix) throws -> AffinePredictor {
  var table = SampleCompression(columns: inputs.columns + outputs.columns)
  table.append(inputs.appendingColumns(outputs))
  let factor = try RegressionFactor(
    table, inputs: named(0..<inputs.columns),
    outputs: named(inputs.columns..<inputs.columns + outputs.columns))
  let fit = try ReducedRankRegression(factor)
  return fit.predictor(rank: fit.maximumRank)
}

@Suite struct AccuracyTests {
  /// Digits that agree with the certified coefficients, at least: as measured, less what another BLAS may cost. `Fixtures/numpy_digits.py` finds 10.8, 6.3, 9.6,
  /// 10.4, 9.4, 7.7 and 5.7 for NumPy's `lstsq`.
  @Test(arguments: [
    ("Longley", 12.5), ("Filip", 7.5), ("Wampler1", 9.3), ("Wampler2", 13), ("Wampler3", 9.5),
    ("Wampler4", 8.5), ("Wampler5", 6.5),
  ])
  func `certified coefficients of NIST`(name: String, digits: Double) throws {
    let data = try ReferenceData.named(name)
    let predictor = try fitted(data.inputs, .column(data.y))
    let found = [predictor.intercept[0]] + predictor.coefficients.storage
    #expect(found.count == data.certified.count)
    let agreement = zip(found, data.certified).map {
      -log10(max(($0 - $1).magnitude / $1.magnitude, 1e-16))
    }.min()!
    #expect(agreement >= digits, "\(agreement) digits")
  }

  /// y = 6 k at x = c + 2 k, at c + 6 k, and at both.
  @Test(arguments: [0, 1e6, 1e9, 1e12, 1e15, 9_007_199_254_740_992])
  func `a slope does not suffer from offsets`(offset: Double) throws {
    // Steps of 2 are exact at all of these.
    let k = (0..<200).map(Double.init)
    let (plain, far) = (Matrix.column(k.map { 2 * $0 }), Matrix.column(k.map { offset + 2 * $0 }))
    let (outputs, farOutputs) = (Matrix.column(k.map { 6 * $0 }), Matrix.column(k.map { offset + 6 * $0 }))
    for (x, y) in [(far, outputs), (far, farOutputs), (plain, farOutputs)] {
      let predictor = try fitted(x, y)
      #expect((predictor.coefficients[0, 0] / 3 - 1).magnitude < 1e-12)
    }
  }

  @Test(arguments: [1e6, 1e9, 1e12, 1e15]) func `principal components do not suffer from offsets`(
    offset: Double
  ) throws {
    let values = Matrix(300, 2) { i, j in j == 0 ? 4 * Double(i) : 2 * Double(i * i % 300) }
    func components(_ shift: Double) throws -> PrincipalComponents {
      var table = SampleCompression(columns: 2)
      table.append(Matrix(300, 2) { i, j in shift + values[i, j] })
      return try PrincipalComponents(table, columns: named(0..<2))
    }
    let (far, near) = (try components(offset), try components(0))
    for (a, b) in zip(far.singularValues, near.singularValues) { #expect((a / b - 1).magnitude < 1e-12) }
    #expect((far.components - near.components).frobeniusNorm < 1e-12)
  }

  @Test(arguments: [1e9, 1e12, 1e15])
  func `errors on held-out samples do not suffer from offsets`(offset: Double) throws {
    func error(_ shift: Double) throws -> [Double] {
      var samples = FoldedSamples(columns: 2, folds: 5, seed: 3)
      samples.append(
        Matrix(100, 2) { k, j in shift + (j == 0 ? 2 * Double(k) : 6 * Double(k) + 2 * Double(k * k % 7)) })
      return try CrossValidation(samples, inputs: named(0..<1), outputs: named(1..<2)).error[0]
    }
    for (far, near) in zip(try error(offset), try error(0)) { #expect((far / near - 1).magnitude < 1e-10) }
  }

  @Test func `whole numbers beyond 2^53 vary, and a constant with noise in its last digit does not`() {
    func constants(_ values: [Double]) -> [Int] {
      var table = SampleCompression(columns: 1)
      table.append(.column(values))
      return table.constants(among: [0])
    }
    #expect(constants((0..<50).map { 9_007_199_254_740_992 + 2 * Double($0) }) == [])
    // Beyond the first samples, too.
    #expect(constants((0..<500).map { 1e15 + Double($0 / 200) * 100 }) == [])
    #expect(constants((0..<500).map { _ in 0.1 }) == [0])
    #expect(constants((0..<500).map { $0 % 2 == 0 ? 0.3 : 0.1 + 0.2 }) == [0])
    #expect(constants(Array(repeating: 0, count: 500)) == [0])
    #expect(constants((0..<500).map { $0 == 499 ? 1 : 0 }) == [])
  }

  @Test func `tables with different origins are merged as one`() throws {
    func compressed(_ range: Range<Int>) -> SampleCompression {
      var table = SampleCompression(columns: 2)
      table.append(
        Matrix(range.count, 2) { i, j in
          let k = Double(range.lowerBound + i)
          return j == 0 ? 1e12 + 2 * k : 5e11 - k * k
        })
      return table
    }
    // So that the origins differ by hundreds.
    var merged = compressed(0..<200)
    merged.merge(compressed(200..<450))
    merged.merge(compressed(450..<460))
    let whole = compressed(0..<460)
    #expect(merged.sampleCount == 460)
    let (a, b) = (merged.factor(of: [0, 1], centered: true), whole.factor(of: [0, 1], centered: true))
    // RᵀR is the same whatever the signs of the rows.
    let A = Matrix.product(a, .transposed, a, .plain)
    let B = Matrix.product(b, .transposed, b, .plain)
    #expect((A - B).frobeniusNorm <= 1e-12 * B.frobeniusNorm)
    for (a, b) in zip(merged.means, whole.means) { #expect((a / b - 1).magnitude <= 2 * .ulpOfOne) }
  }
}
