import LinearNetworks

/// All that is done to samples until there is a fit of one rank: how they are prepared, dealt to folds and weighed, and how penalty and rank are chosen.
///
/// As a value it can be applied again, to other samples: to those of a bootstrap, say, in which then also the choice is made anew.
public struct FittingRule: Sendable {
  /// How the rank comes about.
  public enum Rank: Sendable, Equatable {
    /// It is given.
    case given(Int)
    /// The samples choose it by a criterion, among those up to a limit.
    case chosen(RankCriterion, upTo: Int)
  }

  /// The columns to predict from.
  public let inputs: [NamedColumn]
  /// The columns to predict.
  public let outputs: [NamedColumn]
  /// What is done to the columns.
  public let preparation: Preparation
  /// Γ.
  public let weights: OutputWeights
  /// λ; of several, folds choose one.
  public let penalties: [Double]
  /// How the rank comes about.
  public let rank: Rank
  /// The folds of a cross-validation; nil if there is none.
  public let folds: Int?
  /// How often the samples are dealt to the folds.
  public let repetitions: Int
  /// Of the order in which samples are dealt.
  public let seed: UInt64

  /// A rule.
  ///
  /// - Parameters:
  ///   - inputs: at least one column.
  ///   - outputs: at least one column, none of them among the inputs.
  ///   - preparation: anything but whitening.
  ///   - weights: Γ.
  ///   - penalties: at least one λ, and only one if there are no folds.
  ///   - rank: given, or by a criterion; one that uses folds needs them.
  ///   - folds: at least two, or nil for no cross-validation.
  ///   - repetitions: how often samples are dealt to the folds, at least once.
  ///   - seed: of the order in which they are dealt.
  public init(
    inputs: [NamedColumn], outputs: [NamedColumn], preparation: Preparation = .center,
    weights: OutputWeights = .identity, penalties: [Double] = [0], rank: Rank, folds: Int?,
    repetitions: Int = 1, seed: UInt64 = 1
  ) {
    precondition(folds.map { $0 >= 2 } ?? (penalties.count == 1), "a choice of penalties needs folds")
    precondition(
      !penalties.isEmpty && repetitions >= 1, "a rule has a penalty, and deals the samples at least once")
    if case .chosen(let criterion, _) = rank {
      precondition(folds != nil || !criterion.usesFolds, "the criterion \(criterion.rawValue) needs folds")
    }
    (self.inputs, self.outputs, self.preparation, self.weights) = (inputs, outputs, preparation, weights)
    (self.penalties, self.rank, self.folds) = (penalties, rank, folds)
    (self.repetitions, self.seed) = (folds == nil ? 1 : repetitions, seed)
  }

  /// Whether the samples choose the rank.
  public var choosesRank: Bool { if case .chosen = rank { true } else { false } }

  /// What samples are to be dealt to before they are fitted, one for each repetition.
  ///
  /// - Parameter columns: of the table.
  public func emptyFolds(columns: Int) -> [FoldedSamples] {
    (0..<repetitions).map { FoldedSamples(columns: columns, folds: folds ?? 1, seed: seed &+ UInt64($0)) }
  }

  /// Applies the rule.
  ///
  /// - Parameters:
  ///   - dealt: the samples, dealt to folds by each repetition.
  ///   - progress: called after each fold with the number of those that are done and of all.
  /// - Throws: ``RegressionError``.
  public func fit(
    _ dealt: [FoldedSamples], progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws(RegressionError) -> RuledFit {
    let factor = try RegressionFactor(
      dealt[0].whole, inputs: inputs, outputs: outputs, preparation: preparation)
    if factor.constantInputs.count == inputs.count { throw .noVaryingInput }
    let validation = folds == nil ? nil : try validation(dealt, progress)
    var (penalty, chosen): (Int, Int?) = (0, nil)
    switch (rank, validation) {
    case (.given(let r), let validation?):
      let errors = validation.error.map { $0[r] }
      (penalty, chosen) = (errors.indices.min { errors[$0] < errors[$1] }!, r)
    case (.given(let r), nil): chosen = r
    case (.chosen(let criterion, let limit), let validation?):
      if let best = validation.choice(by: criterion, upTo: limit) {
        (penalty, chosen) = (best.penalty, best.rank)
      } else {
        penalty = validation.best(upTo: limit).penalty
      }
    case (.chosen, nil): break
    }
    let fit = try ReducedRankRegression(factor, weights: weights, ridge: penalties[penalty])
    let path = RankPath(fit)
    if chosen == nil, case .chosen(let criterion, let limit) = rank {
      // GCV may exist for no rank; then nothing speaks for more than the mean.
      chosen = path.rank(by: criterion, upTo: limit) ?? 0
    }
    return RuledFit(fit: fit, path: path, rank: chosen!, validation: validation)
  }

  private func validation(
    _ dealt: [FoldedSamples], _ progress: (Int, Int) -> Void
  ) throws(RegressionError) -> CrossValidation {
    let all = dealt.reduce(0) { $0 + $1.folds.count }
    var runs: [CrossValidation] = []
    var before = 0
    for samples in dealt {
      runs.append(
        try CrossValidation(
          samples, inputs: inputs, outputs: outputs, preparation: preparation, weights: weights,
          penalties: penalties
        ) { progress(before + $0, all) })
      before += samples.folds.count
    }
    return runs.count == 1 ? runs[0] : CrossValidation(meanOf: runs)
  }
}

/// What a ``FittingRule`` makes of samples.
public struct RuledFit: Sendable {
  /// The fit of every rank, with the penalty that was chosen.
  public let fit: ReducedRankRegression
  /// What each rank reaches.
  public let path: RankPath
  /// The rank.
  public let rank: Int
  /// The held-out errors; nil without folds.
  public let validation: CrossValidation?
}
