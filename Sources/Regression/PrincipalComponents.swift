import Foundation
import LinearAlgebra
import LinearNetworks

/// Principal components: the regression of a table on itself, min ½‖X − W X‖² over rank W ≤ r, W_r = V_r V_rᵀ.
///
/// With the factor R of the prepared table, R = U diag(σ) Vᵀ: the components are the columns of V, their variances σ_i²/(m − 1), and
/// the loss of rank r is ½ Σ_{i>r} σ_i². The squares of σ are never formed before the decomposition.
///
/// *Edge cases*: constant columns have no part in a component; one sample has variances 0.
///
/// *Accuracy*: σ_i to c·n·eps·σ_1.
///
/// Source: Pearson (1901); Eckart, Young (1936); Eftekhari (2020), section 2, with Y = X.
public struct PrincipalComponents: Sendable {
  /// m.
  public let sampleCount: Int
  /// The columns, n of them, without those that are constant.
  public let columns: [NamedColumn]
  /// Names of columns left out because they are constant.
  public let constantColumns: [String]
  /// x̄; zeros if nothing is centred.
  public let means: [Double]
  /// s: the table is x̃ = diag(s) (x − x̄).
  public let scales: [Double]
  /// What was done to the table.
  public let preparation: Preparation
  /// V: n × k, orthonormal columns; of each the entry of largest magnitude is positive.
  public let components: Matrix
  /// σ_1 ≥ σ_2 ≥ … of the prepared table, k = min(n, samples) of them.
  public let singularValues: [Double]

  /// The components of the given columns of a table.
  ///
  /// - Throws: ``RegressionError/noSamples``, ``RegressionError/noVaryingInput``.
  public init(
    _ table: SampleCompression, columns: [NamedColumn], preparation: Preparation = .center
  ) throws(RegressionError) {
    precondition(preparation != .whiten, "whitened data has no principal components")
    guard table.sampleCount > 0 else { throw .noSamples }
    // The constant columns are recognised as in a regression, the outputs of which do not matter here.
    let factor = try RegressionFactor(table, inputs: columns, outputs: [columns[0]], preparation: preparation)
    let used = columns.indices.filter { !factor.constantInputs.contains($0) }
    guard !used.isEmpty else { throw .noVaryingInput }
    let svd = factor.inputFactor.columns(used).singularValueDecomposition
    let k = min(used.count, table.sampleCount, svd.singularValues.count)
    sampleCount = table.sampleCount
    self.columns = used.map { columns[$0] }
    constantColumns = factor.constantInputs.map { columns[$0].name }
    means = used.map { factor.inputMeans[$0] }
    scales = used.map { factor.inputScales[$0] }
    self.preparation = preparation
    singularValues = Array(svd.singularValues.prefix(k))
    components = svd.V.columns(0..<k).scalingColumns(
      by: (0..<k).map { j in
        let column = svd.V.column(j)
        return column.max { $0.magnitude < $1.magnitude }! < 0 ? -1 : 1
      })
  }

  /// σ_i²/(m − 1), in the squared units of the prepared columns; zeros for a single sample.
  public var explainedVariance: [Double] {
    let freedom = Double(preparation == .none ? sampleCount : sampleCount - 1)
    return singularValues.map { freedom > 0 ? $0 * $0 / freedom : 0 }
  }

  /// σ_i²/Σ_j σ_j².
  public var explainedVarianceRatio: [Double] {
    let total = singularValues.reduce(0) { $0 + $1 * $1 }
    return singularValues.map { total > 0 ? $0 * $0 / total : 0 }
  }

  /// ½ Σ_{i>r} σ_i².
  public func loss(rank r: Int) -> Double { 0.5 * singularValues.dropFirst(r).reduce(0) { $0 + $1 * $1 } }

  /// Singular values beyond round-off.
  public var rank: Int {
    singularValues.prefix { $0 > Double(columns.count) * .ulpOfOne * singularValues[0] }.count
  }

  /// The reconstruction x ↦ x̄ + diag(1/s) V_r V_rᵀ diag(s)(x − x̄) as a predictor of the columns from themselves.
  public func predictor(rank r: Int) -> AffinePredictor {
    let V = components.columns(0..<min(r, components.columns))
    let C = Matrix.product(
      V.scalingRows(by: scales.map { 1 / $0 }), .plain, V.scalingRows(by: scales), .transposed)
    let shift = C * .column(means)
    let names = columns.map(\.name)
    return AffinePredictor(
      inputs: names, outputs: names, coefficients: C,
      intercept: means.indices.map { means[$0] - shift[$0, 0] })
  }

  /// V_r V_rᵀ as a balanced network of the given widths on the prepared table.
  public func network(rank r: Int, widths: [Int]) -> LinearNetwork {
    let V = components.columns(0..<min(r, components.columns))
    return .balanced(
      left: V, singularValues: Array(repeating: 1, count: V.columns), right: V, widths: widths)
  }

  /// AIC and BIC of probabilistic principal components for r = 0, …, rank − 1, up to a constant.
  ///
  /// The model is x̃ ~ N(0, V_r (Λ_r − s²) V_rᵀ + s² I) with s² the mean of the n − r smallest variances (divisor m), n the rank of the table:
  /// −2 log-likelihood = m (Σ_{i≤r} log λ_i + (n − r) log s²), with n r − r(r − 1)/2 + 1 parameters. Rank n itself has no noise left to estimate.
  ///
  /// Source: Tipping, Bishop, J. Royal Statistical Society B 61 (1999), equations (7) and (8).
  public var informationCriteria: (aic: [Double], bic: [Double]) {
    let n = rank
    let m = Double(sampleCount)
    let λ = singularValues.prefix(n).map { $0 * $0 / m }
    var (aic, bic) = ([Double](), [Double]())
    for r in 0..<n {
      let noise = λ.dropFirst(r).reduce(0, +) / Double(n - r)
      let deviance = m * (λ.prefix(r).reduce(0) { $0 + log($1) } + Double(n - r) * log(noise))
      let free = Double(n * r) - Double(r * (r - 1)) / 2 + 1
      aic.append(deviance + 2 * free)
      bic.append(deviance + log(m) * free)
    }
    return (aic, bic)
  }
}
