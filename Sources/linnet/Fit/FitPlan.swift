import Regression

/// What is fitted and how its rank is chosen: the values behind the options of a fit.
struct FitPlan {
  /// The rank; nil if ``criterion`` chooses one.
  let rank: Int?
  /// Nil if the rank is given.
  let criterion: RankCriterion?
  /// Nil for ten, or fewer if there are fewer samples.
  let folds: Int?
  /// λ, in the order given.
  let penalties: [Double]
  let weights: OutputWeights
  /// N of the network that is written, unless ``hiddenWidths`` are given.
  let depth: Int
  let hiddenWidths: [Int]?
  let seed: UInt64
  /// How often the samples are dealt to the folds.
  let repetitions: Int
  /// Of the coefficients' intervals.
  let confidence: Double
  /// Of the rows, for standard errors and intervals; nil for those of a formula.
  let resamples: Int?
  /// Nil if every sample is fitted.
  let test: Test?

  /// Samples that the fit does not see.
  enum Test {
    /// A share of the table, at random places.
    case share(Double)
    /// Those of another file.
    case file(String)
  }

  /// Whether samples are held out.
  var usesFolds: Bool { folds != nil || criterion?.usesFolds ?? false }

  /// The largest rank that the network lets through.
  func largestRank(_ maximum: Int) -> Int { min(maximum, hiddenWidths?.min() ?? maximum) }

  /// The widths of a network for a fit of this rank.
  func widths(inputs: Int, outputs: Int, rank: Int) -> [Int] {
    [inputs] + (hiddenWidths ?? Array(repeating: max(rank, 1), count: depth - 1)) + [outputs]
  }
}
