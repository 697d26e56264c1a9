import Foundation
import LinearAlgebra
import LinearNetworks
import Regression
import TestSupport
import Testing

/// A fit in other units is the same fit: powers of two round nothing.
struct UnitsTests {
  private static let data = RegressionCase.random(inputs: 4, outputs: 3, samples: 40, seed: 911)

  private func scaled(_ x: Int, _ y: Int) -> RegressionCase {
    func times(_ A: Matrix, _ exponent: Int) -> Matrix {
      Matrix(rows: A.rows, columns: A.columns, storage: A.storage.map { scalbn($0, exponent) })
    }
    return RegressionCase("scaled", inputs: times(Self.data.inputs, x), outputs: times(Self.data.outputs, y))
  }

  private func agree(_ found: [Double], _ expected: [Double], exponent: Int) -> Bool {
    // Norms scale by factors that are no powers of two at the ends of the range: some units of round-off.
    found.count == expected.count
      && zip(found, expected).allSatisfy {
        let x = scalbn($0, -exponent)
        return x == $1 || (x - $1).magnitude <= 1e-12 * $1.magnitude
      }
  }

  @Test(arguments: [
    (0, 400), (0, -400), (400, 0), (-400, 0), (400, 400), (-400, -400), (400, -400), (-400, 400), (0, 60),
  ])
  func `every quantity of a fit scales`(x: Int, y: Int) throws {
    let (data, other) = (Self.data, scaled(x, y))
    for weights in [OutputWeights.identity, .residualCovariance] {
      let fit = try ReducedRankRegression(data.factor(.center), weights: weights)
      let found = try ReducedRankRegression(other.factor(.center), weights: weights)
      let unit = weights == .identity ? y : 0
      #expect(agree(found.singularValues, fit.singularValues, exponent: unit))
      for r in 0...3 {
        #expect(agree([found.loss(rank: r)], [fit.loss(rank: r)], exponent: 2 * unit), "rank \(r)")
        #expect(
          agree(found.coefficients(rank: r).storage, fit.coefficients(rank: r).storage, exponent: y - x))
        guard r > 0 else { continue }
        let (a, b) = try (
          #require(CoefficientInference(fit, rank: r)), #require(CoefficientInference(found, rank: r))
        )
        #expect(agree(b.standardErrors.storage, a.standardErrors.storage, exponent: y - x), "rank \(r)")
        #expect(agree(b.interceptStandardErrors!, a.interceptStandardErrors!, exponent: y), "rank \(r)")
      }
      #expect(agree(RankPath(found).explainedFraction, RankPath(fit).explainedFraction, exponent: 0))
    }
    let validated = try [data, other].map { data in
      var folded = FoldedSamples(columns: data.table.columns, folds: 5, seed: 7)
      folded.append(data.table)
      return try CrossValidation(folded, inputs: data.inputColumns, outputs: data.outputColumns)
    }
    #expect(agree(validated[1].error[0], validated[0].error[0], exponent: 2 * y))
    #expect(agree(validated[1].standardError[0], validated[0].standardError[0], exponent: 2 * y))
  }

  @Test(arguments: [600, -600]) func `outputs whose squares are no doubles are refused by name`(_ y: Int)
    throws
  {
    let error = #expect(throws: RegressionError.self) { try scaled(0, y).factor(.center) }
    guard case .extremeScale(let column, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(["y1", "y2", "y3"].contains(column))
  }
}
