import LinearAlgebra
import LinearNetworks
import Regression
import TestSupport
import Testing

/// A handful of samples of very many inputs: everything happens in the samples' span.
struct FewSamplesTests {
  private static let data = RegressionCase.random(inputs: 10_000, outputs: 2, samples: 5, seed: 901)

  /// Y_c (X_cᵀX_c + λ)⁺ X_cᵀ by the 5 × 5 Gram matrix, whose eigenvalue zero belongs to centring.
  private func witness(_ X: Matrix, _ Y: Matrix, λ: Double) -> Matrix {
    let eigen = SymmetricEigendecomposition(Matrix.product(X, .transposed, X, .plain))
    let largest = eigen.eigenvalues.last!
    let inverse = Matrix.product(
      eigen.eigenvectors.scalingColumns(
        by: eigen.eigenvalues.map { $0 > 1e-10 * largest ? 1 / ($0 + λ) : 0 }), .plain, eigen.eigenvectors,
      .transposed)
    return Matrix.product(Y * inverse, .plain, X, .transposed)
  }

  @Test(arguments: [0, 300.0], [Preparation.none, .center, .standardize])
  func `the fit is that of the Gram matrix of the samples`(λ: Double, preparation: Preparation) throws {
    let factor = try Self.data.factor(preparation)
    // Nothing of the size 10,000 × 10,000, which would take 800 MB.
    #expect(factor.inputFactor.rows <= 5)
    let fit = try ReducedRankRegression(factor, ridge: λ)
    #expect(fit.inputRank == (preparation == .none ? 5 : 4))
    let (X, Y) = Self.data.prepared(factor)
    let expected = witness(X, Y, λ: λ)
    let found = fit.coefficients(rank: 2)
    // Random columns are nearly orthogonal: the Gram matrix is well conditioned.
    #expect((found - expected).frobeniusNorm <= 1e-11 * expected.frobeniusNorm)
    // Negative control: another penalty is seen.
    #expect((found - witness(X, Y, λ: λ + 30)).frobeniusNorm > 1e-4 * expected.frobeniusNorm)
  }

  @Test func `principal components are those of the Gram matrix`() throws {
    let data = Self.data
    var samples = SampleCompression(columns: data.table.columns)
    samples.append(data.table)
    let found = try PrincipalComponents(samples, columns: data.inputColumns)
    let (X, _) = data.prepared(try data.factor(.center))
    let λ = SymmetricEigendecomposition(Matrix.product(X, .transposed, X, .plain)).eigenvalues.reversed()
    for (σ, λ) in zip(found.singularValues, λ.prefix(4)) {
      #expect((σ * σ - λ).magnitude <= 1e-12 * σ * σ)
    }
    #expect(found.components.rows == 10_000 && found.rank == 4)
  }

  @Test func `folds of single samples leave the errors of the fits without them`() throws {
    let data = Self.data
    var folded = FoldedSamples(columns: data.table.columns, folds: 5, seed: 3)
    folded.append(data.table)
    let found = try CrossValidation(folded, inputs: data.inputColumns, outputs: data.outputColumns)
    var sum = 0.0
    for left in 0..<5 {
      let kept = (0..<5).filter { $0 != left }
      let rest = RegressionCase(
        "without one", inputs: data.inputs.columns(kept), outputs: data.outputs.columns(kept))
      let (X, Y) = rest.prepared(try rest.factor(.center))
      let means = (0..<10_000).map { i in rest.inputs.row(i).reduce(0, +) / 4 }
      let x = Matrix.column(zip(data.inputs.column(left), means).map { $0 - $1 })
      let y = (0..<2).map { data.outputs[$0, left] - rest.outputs.row($0).reduce(0, +) / 4 }
      let e = Matrix.column(y) - witness(X, Y, λ: 0) * x
      sum += e.frobeniusNorm * e.frobeniusNorm
    }
    #expect((found.error[0][2] - sum / 5).magnitude <= 1e-10 * sum)
  }
}
