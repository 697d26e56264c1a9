import LinearNetworks

/// The error of every rank and every penalty on samples that the fit has not seen, by k-fold cross-validation.
///
/// CV(r, λ) = (1/m) Σ_folds Σ_{samples in it} ‖L(y − ŷ)‖², where ŷ, and the weights Γ = LᵀL, come from the other folds. Each held-out sum is
/// exact: it is a norm of the held-out fold's triangular factor, and the fit comes from the merged factors of the others.
///
/// Source: Stone, J. Royal Statistical Society B 36 (1974); Breiman, Friedman, Olshen, Stone, *Classification and Regression Trees* (1984), section 3.4.3, for
/// the rule of one standard error; Hastie, Tibshirani, Friedman, *The Elements of Statistical Learning*, section 7.10.
public struct CrossValidation: Codable, Sendable, Equatable {
  /// k, the folds that hold samples.
  public let folds: Int
  /// How often the samples were dealt anew.
  public let repetitions: Int
  /// λ, in the order given.
  public let penalties: [Double]
  /// CV(r, λ): for each penalty the mean squared error of a held-out sample for r = 0, 1, …, min(dx, dy).
  public let error: [[Double]]
  /// The standard deviation of the folds' mean errors, divided by √k; of several repetitions the root of the mean of their squares, since they share all samples.
  public let standardError: [[Double]]

  /// The mean of several cross-validations of the same samples, dealt anew for each.
  ///
  /// - Parameter runs: at least one, with the same folds, penalties and ranks.
  public init(meanOf runs: [CrossValidation]) {
    precondition(!runs.isEmpty, "a mean needs at least one cross-validation")
    func mean(_ value: (CrossValidation) -> [[Double]], _ map: ([Double]) -> Double) -> [[Double]] {
      runs[0].error.indices.map { p in
        runs[0].error[p].indices.map { r in
          map(runs.map { value($0)[p][r] })
        }
      }
    }
    let root = Double(runs.count).squareRoot()
    (folds, penalties, repetitions) = (runs[0].folds, runs[0].penalties, runs.count)
    error = mean(\.error) { $0.reduce(0, +) / Double($0.count) }
    standardError = mean(\.standardError) { rootOfSquares($0) / root }
  }

  /// Cross-validates all ranks for each of the penalties.
  ///
  /// - Parameters:
  ///   - samples: in two folds or more, each with samples.
  ///   - inputs: columns to predict from.
  ///   - outputs: columns to predict.
  ///   - preparation: what is done to the columns, anew without each fold.
  ///   - weights: Γ, from the samples outside the fold.
  ///   - penalties: λ to try.
  ///   - progress: called after each fold with the number of those that are done.
  /// - Throws: ``RegressionError/moreFoldsThanSamples(folds:samples:)`` if a fold is empty or there is only one, and
  ///   ``RegressionError/singularResidualCovariance(outputs:samples:inputRank:)`` of a fit without some fold.
  public init(
    _ samples: FoldedSamples, inputs: [NamedColumn], outputs: [NamedColumn],
    preparation: Preparation = .center,
    weights: OutputWeights = .identity, penalties: [Double] = [0], progress: (Int) -> Void = { _ in }
  ) throws(RegressionError) {
    let k = samples.folds.count
    guard k >= 2, samples.folds.allSatisfy({ $0.sampleCount > 0 }) else {
      throw .moreFoldsThanSamples(folds: max(k, 2), samples: samples.sampleCount)
    }
    let ranks = min(inputs.count, outputs.count) + 1
    // Sums of squared errors: penalty, rank, fold.
    var sums = penalties.map { _ in Array(repeating: [Double](), count: ranks) }
    for (i, complement) in samples.complements.enumerated() {
      let factor = try RegressionFactor(
        complement, inputs: inputs, outputs: outputs, preparation: preparation)
      for (p, λ) in penalties.enumerated() {
        let fit = try ReducedRankRegression(factor, weights: weights, ridge: λ)
        for (r, sum) in fit.squaredErrors(on: samples.folds[i]).enumerated() { sums[p][r].append(sum) }
      }
      progress(i + 1)
    }
    let counts = samples.folds.map { Double($0.sampleCount) }
    let m = Double(samples.sampleCount)
    folds = k
    repetitions = 1
    self.penalties = penalties
    error = sums.map { $0.map { $0.reduce(0, +) / m } }
    standardError = sums.map { byRank in
      byRank.map { sums in
        let means = zip(sums, counts).map { $0 / $1 }
        let center = means.reduce(0, +) / Double(k)
        return rootOfSquares(means.map { $0 - center }) / Double(k * (k - 1)).squareRoot()
      }
    }
  }

  /// The penalty and the rank of least error; of equal ones the first penalty and the smallest rank.
  ///
  /// - Parameter limit: the largest rank to consider, by default all.
  public func best(upTo limit: Int? = nil) -> (penalty: Int, rank: Int) {
    var best = (penalty: 0, rank: 0)
    for p in error.indices {
      for (r, e) in error[p].prefix((limit ?? error[p].count) + 1).enumerated()
      where e < error[best.penalty][best.rank] { best = (p, r) }
    }
    return best
  }

  /// The smallest rank whose error is within one standard error of the least, at the penalty of the least.
  ///
  /// - Parameter limit: the largest rank to consider, by default all.
  public func withinOneStandardError(upTo limit: Int? = nil) -> (penalty: Int, rank: Int) {
    let (p, r) = best(upTo: limit)
    let bound = error[p][r] + standardError[p][r]
    return (p, error[p].firstIndex { $0 <= bound }!)
  }
}
