/// The rule by which a rank is chosen.
public enum RankCriterion: String, Codable, Sendable, CaseIterable {
  /// The least error in cross-validation.
  case crossValidation = "cv"
  /// The smallest rank within one standard error of that: a simpler model that cannot be told from the best.
  case oneStandardError = "cv-1se"
  /// The least generalised cross-validation.
  case generalizedCrossValidation = "gcv"
  /// The least of Akaike's criterion.
  case akaike = "aic"
  /// The least of Schwarz's criterion, which finds the true rank as m grows.
  case schwarz = "bic"

  /// Whether folds are needed.
  public var usesFolds: Bool { self == .crossValidation || self == .oneStandardError }
}

extension RankPath {
  /// The rank of least GCV, AIC or BIC, the smallest of equal ones; nil for criteria that need folds, and where no rank has a GCV.
  ///
  /// - Parameters:
  ///   - criterion: the rule.
  ///   - limit: the largest rank to consider, by default all.
  public func rank(by criterion: RankCriterion, upTo limit: Int? = nil) -> Int? {
    let values: [Double?]
    switch criterion {
    case .crossValidation, .oneStandardError: return nil
    case .generalizedCrossValidation: values = gcv
    case .akaike: values = aic
    case .schwarz: values = bic
    }
    let defined = values.prefix((limit ?? values.count) + 1).enumerated().compactMap { r, value in
      value.map { (r, $0) }
    }
    guard let least = defined.map(\.1).min() else { return nil }
    return defined.first { $0.1 <= least }!.0
  }
}

extension CrossValidation {
  /// The penalty and the rank by the least error or within one standard error of it; nil for other criteria.
  ///
  /// - Parameters:
  ///   - criterion: the rule.
  ///   - limit: the largest rank to consider, by default all.
  public func choice(by criterion: RankCriterion, upTo limit: Int? = nil) -> (penalty: Int, rank: Int)? {
    switch criterion {
    case .crossValidation: best(upTo: limit)
    case .oneStandardError: withinOneStandardError(upTo: limit)
    default: nil
    }
  }
}
