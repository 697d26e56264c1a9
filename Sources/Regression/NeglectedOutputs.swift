import LinearAlgebra

/// Outputs that a fit of low rank hardly explains although the inputs could, because another output's variance decides what a rank is spent on.
///
/// With identity weights the loss adds squares in the units of the outputs: the first directions serve the output of the largest numbers.
public struct NeglectedOutputs: Codable, Sendable, Equatable {
  /// An output with its R² at the rank of the fit and at full rank.
  public struct Output: Codable, Sendable, Equatable {
    /// What it is called.
    public let name: String
    /// 1 − Σ(y − ŷ)²/Σ(y − ȳ)² at the rank of the fit.
    public let r2: Double
    /// The same at full rank.
    public let fullR2: Double
  }

  /// The output of the largest variance.
  public let deciding: String
  /// Its part of the variances' sum.
  public let share: Double
  /// At least one, in the order of the fit.
  public let neglected: [Output]

  /// Nil where no output is neglected: all lose at most 0.1 of their R² against full rank, or the largest variance is at most half of all (both tuned),
  /// or outputs are weighted.
  ///
  /// - Parameters:
  ///   - fit: the fit.
  ///   - r: its rank.
  public init?(_ fit: ReducedRankRegression, rank r: Int) {
    let (outputs, total) = (fit.factor.outputs, fit.factor.totalSquares)
    let sum = total.reduce(0, +)
    guard fit.weights == .identity, outputs.count > 1, r < fit.maximumRank, sum > 0 else { return nil }
    let (left, least) = (fit.squaredErrorsByOutput(rank: r), fit.squaredErrorsByOutput(rank: fit.maximumRank))
    neglected = outputs.indices.filter { total[$0] > 0 && left[$0] - least[$0] > 0.1 * total[$0] }.map {
      Output(name: outputs[$0].name, r2: 1 - left[$0] / total[$0], fullR2: 1 - least[$0] / total[$0])
    }
    let largest = total.indices.max { total[$0] < total[$1] }!
    (deciding, share) = (outputs[largest].name, total[largest] / sum)
    guard !neglected.isEmpty, share > 0.5 else { return nil }
  }
}
