import Landscape
import LinearAlgebra
import LinearNetworks
import Regression
import TestSupport
import Testing

/// The closed form against the landscape's global minimum and against brute force on the samples themselves.
@Suite struct FittedLossTests {
  static let shapes: [RegressionCase] =
    RegressionCase.zoo + [
      .dependent("dependent inputs", inputs: 6, rank: 3, outputs: 4, samples: 40, seed: 41),
      .dependent("dependent inputs, few samples", inputs: 9, rank: 2, outputs: 3, samples: 5, seed: 42),
      .random("two samples", inputs: 2, outputs: 3, samples: 2, seed: 43),
      .random("many outputs, few samples", inputs: 4, outputs: 12, samples: 8, seed: 44),
    ]

  @Test(arguments: shapes)
  func `the loss of every rank is the global minimum and that of the fitted coefficients`(
    _ data: RegressionCase
  ) throws {
    for preparation in [Preparation.none, .center, .standardize] {
      let fit = try ReducedRankRegression(data.factor(preparation))
      let (X, Y) = data.prepared(fit.factor)
      let problem = Problem(inputs: X, outputs: Y)
      let scale = 0.5 * Matrix.inner(Y, Y)
      // Factors with errors of c·n·eps in their columns change a loss by twice that, and by more where centring enlarges it.
      let tolerance = 1e-12 * scale + 1e-300
      for r in 0...fit.maximumRank {
        let W = fit.coefficients(rank: r)
        let E = Y - W * X
        #expect((0.5 * Matrix.inner(E, E) - fit.loss(rank: r)).magnitude <= tolerance, "\(preparation) \(r)")
        let minimum = GlobalMinimum(of: problem, rank: r)
        #expect((minimum.loss - fit.loss(rank: r)).magnitude <= tolerance, "\(preparation) \(r)")
        #expect(W.singularValueDecomposition.rank(tolerance: 1e-9 * W.spectralNorm) <= r)
        let byOutput = fit.squaredErrorsByOutput(rank: r).reduce(0, +)
        #expect((0.5 * byOutput - fit.loss(rank: r)).magnitude <= tolerance)
      }
      #expect(fit.gap(rank: fit.maximumRank) == 0)
    }
  }

  @Test(arguments: shapes)
  func `no matrix of that rank does better, and rank r + 1 does where there is more to learn`(
    _ data: RegressionCase
  ) throws {
    let fit = try ReducedRankRegression(data.factor(.none))
    let (X, Y) = data.prepared(fit.factor)
    var generator = SeededGenerator(seed: 45)
    func loss(_ W: Matrix) -> Double {
      let E = Y - W * X
      return 0.5 * Matrix.inner(E, E)
    }
    for r in 1...fit.maximumRank {
      let (A, B) = fit.factors(rank: r)
      // Near the minimiser as well as far from it.
      for size in [1e-3, 1e-1, 1.0] {
        let P = A + size * A.frobeniusNorm * .gaussian(A.rows, A.columns, using: &generator)
        let Q = B + size * B.frobeniusNorm * .gaussian(B.rows, B.columns, using: &generator)
        #expect(loss(P * Q) >= fit.loss(rank: r) * (1 - 1e-12))
      }
      if fit.singularValues[r - 1] > 1e-6 * fit.singularValues[0] {
        #expect(fit.loss(rank: r) < fit.loss(rank: r - 1))
      }
    }
  }

  @Test(arguments: [(5, 3, 60), (3, 5, 60), (4, 4, 200), (1, 3, 30), (3, 1, 30)])
  func `weights and penalty are the closed form of the problem written out`(
    _ shape: (dx: Int, dy: Int, m: Int)
  )
    throws
  {
    let data = RegressionCase.random(inputs: shape.dx, outputs: shape.dy, samples: shape.m, seed: 46)
    for weights in OutputWeights.allCases {
      for λ in [0, 0.3, 50] {
        let fit = try ReducedRankRegression(data.factor(.center), weights: weights, ridge: λ)
        let (X, Y) = data.prepared(fit.factor)
        // Γ^{1/2} by an eigendecomposition of the residual covariance of ordinary least squares, which the fit does not use.
        let residuals = Y - data.leastSquares(X, Y) * X
        let covariance =
          weights == .identity
          ? Matrix.identity(shape.dy)
          : (1 / Double(shape.m)) * Matrix.product(residuals, .plain, residuals, .transposed)
        let eigen = SymmetricEigendecomposition(covariance)
        let root = Matrix.product(
          eigen.eigenvectors.scalingColumns(by: eigen.eigenvalues.map { 1 / $0.squareRoot() }), .plain,
          eigen.eigenvectors, .transposed)
        let Xa = X.appendingColumns(λ.squareRoot() * .identity(shape.dx))
        let Ya = (root * Y).appendingColumns(Matrix(zeros: shape.dy, shape.dx))
        let problem = Problem(inputs: Xa, outputs: Ya)
        for r in 0...fit.maximumRank {
          let minimum = GlobalMinimum(of: problem, rank: r)
          #expect((fit.loss(rank: r) / minimum.loss - 1).magnitude <= 1e-12)
          let V = minimum.minimiser
          let difference = (root * fit.coefficients(rank: r) - V).frobeniusNorm
          #expect(difference <= 1e-9 * (V.frobeniusNorm + 1e-300), "\(weights) \(λ) \(r)")
          let E = root * (Y - fit.coefficients(rank: r) * X)
          #expect((fit.squaredErrors[r] - Matrix.inner(E, E)).magnitude <= 1e-11 * Matrix.inner(E, E))
        }
      }
    }
  }

  @Test
  func `weighting by the residual covariance does not depend on the units of the outputs, equal weights do`()
    throws
  {
    let data = RegressionCase.random(inputs: 4, outputs: 3, samples: 80, seed: 47)
    let other = RegressionCase(
      "other units", inputs: data.inputs, outputs: data.outputs.scalingRows(by: [1, 1e3, 1e-4]))
    for weights in OutputWeights.allCases {
      let W = try ReducedRankRegression(data.factor(.center), weights: weights).coefficients(rank: 1)
      let V = try ReducedRankRegression(other.factor(.center), weights: weights).coefficients(rank: 1)
      let difference = (V.scalingRows(by: [1, 1e-3, 1e4]) - W).frobeniusNorm / W.frobeniusNorm
      #expect(weights == .residualCovariance ? difference < 1e-11 : difference > 1e-2)
    }
  }

  @Test func `canonical correlations are the singular values of the whitened cross-covariance`() throws {
    let data = RegressionCase.random(inputs: 4, outputs: 3, samples: 50, seed: 48)
    let fit = try ReducedRankRegression(data.factor(.center), weights: .residualCovariance)
    let (X, Y) = data.prepared(fit.factor)
    let cosines = Matrix.product(
      X.transpose.orthonormalFactor, .transposed, Y.transpose.orthonormalFactor, .plain)
    let found = try #require(fit.canonicalCorrelations)
    #expect(found.count == 3)
    for (a, b) in zip(found, cosines.singularValues) { #expect((a - b).magnitude <= 1e-13) }
  }

  @Test func `a singular residual covariance is refused with the names of the outputs`() throws {
    let data = RegressionCase.random(inputs: 3, outputs: 2, samples: 30, seed: 49)
    // y3 = y1 + y2, and y4 fitted exactly.
    let extra = Matrix(2, 30) { i, t in
      i == 0 ? data.outputs[0, t] + data.outputs[1, t] : 2 * data.inputs[1, t] - 1
    }
    let all = RegressionCase("singular", inputs: data.inputs, outputs: data.outputs.appendingRows(extra))
    let factor = try all.factor(.center)
    #expect {
      try ReducedRankRegression(factor, weights: .residualCovariance)
    } throws: { error in
      guard case RegressionError.singularResidualCovariance(let names, 30, 3) = error else { return false }
      return names.contains("y4") && names.count == 2
    }
    #expect(throws: Never.self) { try ReducedRankRegression(factor) }
    #expect(throws: Never.self) {
      try ReducedRankRegression(data.factor(.center), weights: .residualCovariance)
    }
  }

  @Test func `dependent inputs give the solution of least norm`() throws {
    let data = RegressionCase.dependent(inputs: 6, rank: 3, outputs: 2, samples: 30, seed: 50)
    let fit = try ReducedRankRegression(data.factor(.center))
    #expect(fit.inputRank == 3)
    let (X, Y) = data.prepared(fit.factor)
    let W = fit.coefficients(rank: 2)
    let svd = X.singularValueDecomposition
    let kept = 0..<3
    let pseudo = Y * svd.V.columns(kept).scalingColumns(by: svd.singularValues.prefix(3).map { 1 / $0 })
    let expected = Matrix.product(pseudo, .plain, svd.U.columns(kept), .transposed)
    #expect((W - expected).frobeniusNorm <= 1e-12 * expected.frobeniusNorm)
  }

  @Test func `constant columns get the coefficient zero and the mean`() throws {
    let data = RegressionCase.random(inputs: 3, outputs: 2, samples: 25, seed: 51)
    let inputs = Matrix(3, 25) { i, t in i == 1 ? 0.1 : data.inputs[i, t] }
    let outputs = Matrix(2, 25) { j, t in j == 0 ? 7.3 : data.outputs[j, t] }
    let fit = try ReducedRankRegression(
      RegressionCase("constant", inputs: inputs, outputs: outputs).factor(.center))
    #expect(fit.factor.constantInputs == [1])
    #expect(fit.coefficients(rank: 2).column(1) == [0, 0])
    #expect(fit.coefficients(rank: 2).row(0).allSatisfy { $0.magnitude < 1e-15 })
    let predictor = fit.predictor(rank: 2)
    #expect(predictor.inputs == ["x1", "x3"])
    #expect((predictor.intercept[0] - 7.3).magnitude < 1e-14)
    #expect(fit.network(rank: 1, widths: [2, 1, 1, 2]).widths == [2, 1, 1, 2])
  }

  @Test(arguments: [1, 2, 3, 5]) func `the network is balanced, has the rank and is the coefficients`(
    depth: Int
  ) throws {
    for data in [FittedLossTests.shapes[0], FittedLossTests.shapes[5]] {
      let fit = try ReducedRankRegression(data.factor(.standardize))
      for r in 1...fit.maximumRank {
        let widths =
          [data.inputs.rows] + Array(repeating: r + depth % 2, count: depth - 1) + [data.outputs.rows]
        let network = fit.network(rank: r, widths: widths)
        #expect(network.widths == widths)
        #expect(network.relativeImbalance <= 1e-14)
        let W = fit.coefficients(rank: r)
        #expect((network.endToEndMatrix - W).frobeniusNorm <= 1e-13 * W.frobeniusNorm)
      }
    }
  }
}
