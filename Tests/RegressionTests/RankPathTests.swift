import Foundation
import LinearAlgebra
import LinearNetworks
import Regression
import TestSupport
import Testing

@Suite struct RankPathTests {
  private let data = RegressionCase.random(inputs: 5, outputs: 4, samples: 70, seed: 71)

  @Test func `fractions run from nothing to everything learnable, losses and gaps fall`() throws {
    let path = try RankPath(ReducedRankRegression(data.factor(.center)))
    #expect(path.ranks == [0, 1, 2, 3, 4])
    #expect(path.learnableFraction.first == 0 && path.learnableFraction.last == 1)
    #expect(path.explainedFraction.first == 0 && path.explainedFraction.last! < 1)
    #expect(path.gap.last == 0)
    for values in [path.loss, path.gap, path.coefficientChange, path.residualCovarianceChange] {
      #expect(zip(values, values.dropFirst()).allSatisfy { $0 > $1 })
    }
    for values in [path.coefficientChange, path.residualCovarianceChange] {
      #expect((values.first! - 1).magnitude < 1e-14 && values.last == 0)
    }
    #expect(path.degreesOfFreedom == [0, 8, 14, 18, 20])
  }

  @Test func `criteria are the textbook's on the samples themselves`() throws {
    let m = 70.0
    for weights in OutputWeights.allCases {
      for λ in [0, 4.0] {
        let fit = try ReducedRankRegression(data.factor(.center), weights: weights, ridge: λ)
        let path = RankPath(fit)
        let (X, Y) = data.prepared(fit.factor)
        let scales = SymmetricEigendecomposition(Matrix.product(X, .plain, X, .transposed)).eigenvalues
        let shrinkage = scales.reduce(0) { $0 + $1 / ($1 + λ) } / 5
        var aic: [Double] = []
        for r in 0...4 {
          let df = Double(r * (9 - r)) * shrinkage
          #expect((path.degreesOfFreedom[r] - df).magnitude <= 1e-12)
          let E = Y - fit.coefficients(rank: r) * X
          let S = (1 / m) * Matrix.product(E, .plain, E, .transposed)
          let deviance =
            weights == .identity
            ? m * 4 * log(Matrix.inner(E, E) / (m * 4))
            : m * SymmetricEigendecomposition(S).eigenvalues.reduce(0) { $0 + log($1) }
          aic.append(deviance + 2 * df)
          #expect((path.aic[r] - aic[r]).magnitude <= 1e-9)
          #expect((path.bic[r] - deviance - log(m) * df).magnitude <= 1e-9)
          if weights == .identity {
            let left = 1 - (df + 4) / (m * 4)
            #expect((path.gcv[r]! - Matrix.inner(E, E) / (m * 4) / (left * left)).magnitude <= 1e-11)
          }
        }
        #expect(path.rank(by: .akaike) == aic.indices.min { aic[$0] < aic[$1] })
      }
    }
  }

  @Test func `the rank trace is Izenman's: changes of coefficients and residual covariance`() throws {
    let fit = try ReducedRankRegression(data.factor(.center))
    let path = RankPath(fit)
    let (X, Y) = data.prepared(fit.factor)
    func residualCovariance(_ r: Int) -> Matrix {
      let E = Y - fit.coefficients(rank: r) * X
      return Matrix.product(E, .plain, E, .transposed)
    }
    let deviations = (0..<5).map { Matrix.column(X.row($0)).frobeniusNorm }
    func scaled(_ r: Int) -> Matrix { fit.coefficients(rank: r).scalingColumns(by: deviations) }
    let (C, S) = (scaled(4), residualCovariance(4))
    for r in 0...4 {
      let change = (C - scaled(r)).frobeniusNorm / C.frobeniusNorm
      #expect((path.coefficientChange[r] - change).magnitude <= 1e-12)
      let excess = (residualCovariance(r) - S).frobeniusNorm / (residualCovariance(0) - S).frobeniusNorm
      #expect((path.residualCovarianceChange[r] - excess).magnitude <= 1e-11)
    }
  }

  @Test
  func
    `more parameters than numbers have no GCV, and a perfect fit no finite preference among ranks above it`()
    throws
  {
    let few = RegressionCase.random(inputs: 6, outputs: 3, samples: 5, seed: 72)
    let path = try RankPath(ReducedRankRegression(few.factor(.center)))
    #expect(path.gcv.last! == nil)
    #expect(path.aic.allSatisfy { $0.isFinite })
    var generator = SeededGenerator(seed: 73)
    let X = Matrix.gaussian(4, 30, using: &generator)
    let exact = RegressionCase(
      "exact", inputs: X,
      outputs: Matrix.gaussian(3, 2, using: &generator) * Matrix.gaussian(2, 4, using: &generator) * X)
    let perfect = try RankPath(ReducedRankRegression(exact.factor(.none)))
    for criterion in [RankCriterion.akaike, .schwarz] { #expect(perfect.rank(by: criterion) == 2) }
  }
}
