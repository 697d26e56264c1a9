import Prose

/// Why a regression cannot be computed as asked, with the way to mend it.
public enum RegressionError: MendableError, Equatable {
  /// There is no sample to learn from.
  case noSamples
  /// Every input is constant, so that nothing can be predicted from it.
  case noVaryingInput
  /// The rank is not between 0 and min(dx, dy).
  case rankTooLarge(rank: Int, inputs: Int, outputs: Int)
  /// Some folds would have no sample to be held out.
  case moreFoldsThanSamples(folds: Int, samples: Int)
  /// Γ = Σ⁻¹ does not exist: the residuals of these outputs vanish, or are combinations of those of the others.
  case singularResidualCovariance(outputs: [String], samples: Int, inputRank: Int)

  /// The numbers of the largest output are of a size whose squares a double cannot hold.
  case extremeScale(column: String, size: Double)

  /// Lengths of the largest output, about its mean where it is centred, whose squares are far from overflow and underflow.
  static let lengths = 1e-145...1e150

  public var problem: String {
    switch self {
    case .noSamples: "there are no samples to fit."
    case .noVaryingInput: "every input column is constant, so there is nothing to predict from."
    case .rankTooLarge(let rank, let dx, let dy):
      "rank \(rank) is larger than possible: a matrix with \(dy) rows (outputs) and \(dx) columns (inputs) has rank "
        + "\(min(dx, dy)) at most."
    case .extremeScale(let column, let size):
      "the numbers of “\(column)” are of the size \(number(size, digits: 3)), and the loss is the sum of their squares, which a double cannot hold; "
        + "give the column in another unit."
    case .moreFoldsThanSamples(let folds, let samples):
      "cross-validation with \(folds) folds needs at least \(folds) samples, but there \(samples == 1 ? "is" : "are") only \(samples)."
    case .singularResidualCovariance(let names, let m, let rank):
      "the residual covariance is singular: with \(m) samples and inputs of rank \(rank) the residuals of \(names.joined(separator: ", "))"
        + " vanish or depend linearly on those of the other outputs, so they have no inverse covariance to be weighted by."
    }
  }

  public var remedies: [Remedy] {
    switch self {
    case .noSamples, .noVaryingInput, .extremeScale: []
    case .rankTooLarge(_, let dx, let dy): [.rankAtMost(min(dx, dy))]
    case .moreFoldsThanSamples(_, let samples): [samples >= 2 ? .folds(atMost: samples) : .givenRank]
    case .singularResidualCovariance:
      [.fewerTargets, .moreSamples, .weights(OutputWeights.identity.rawValue)]
    }
  }
}
