import Foundation
import LinearAlgebra

/// What each rank r = 0, …, min(dx, dy) reaches, and what it costs: the table from which a rank is chosen.
///
/// Arrays over the ranks. RSS_r is Σ ‖L(y − ŷ_r)‖² over the samples of the fit, Γ = LᵀL the weights.
public struct RankPath: Codable, Sendable, Equatable {
  /// r.
  public let ranks: [Int]
  /// min over rank ≤ r of ½ RSS + ½ λ‖L W‖².
  public let loss: [Double]
  /// loss_r − loss of full rank = ½ Σ_{i>r} σ_i², without cancellation.
  public let gap: [Double]
  /// Σ_{i≤r} σ_i² / Σ_i σ_i²: the part of what a linear predictor can learn.
  public let learnableFraction: [Double]
  /// 1 − RSS_r/RSS_0: the part of all variation, R² for a single output.
  public let explainedFraction: [Double]
  /// The number of free parameters, see ``degreesOfFreedom(rank:inputRank:outputs:)``.
  public let degreesOfFreedom: [Double]
  /// Generalised cross-validation (RSS_r/(m dy)) / (1 − df_r/(m dy))², with the intercepts in df; nil where that many parameters fit everything.
  ///
  /// Source: Golub, Heath, Wahba, Technometrics 21 (1979); for reduced rank Yuan, Ekici, Lu, Monteiro, J. Royal Statistical Society B 69 (2007).
  public let gcv: [Double?]
  /// −2 log-likelihood + 2 df_r (Akaike, 1974), up to a constant; see ``bic`` for the likelihood.
  public let aic: [Double]
  /// −2 log-likelihood + df_r log m (Schwarz, 1978), up to the same constant.
  ///
  /// The likelihood is the normal one. For identity weights the errors have one unknown variance: −2 log-likelihood = m dy log(RSS_r/(m dy)). For
  /// weights Σ⁻¹ they have an unknown covariance: m log det Σ_r, which without a penalty is m log det Σ + m Σ_{i>r} log(1 + σ_i²/m)
  /// (Reinsel, Velu, 1998, section 2.8).
  public let bic: [Double]
  /// ΔC_r = ‖W_full − W_r‖/‖W_full‖ for inputs in units of their standard deviations and outputs in units of L⁻¹: Izenman's rank trace.
  public let coefficientChange: [Double]
  /// ΔE_r = ‖Σ_r − Σ_full‖/‖Σ_0 − Σ_full‖ of the residual covariances, = √(Σ_{i>r} σ_i⁴/Σ_i σ_i⁴): the other half of the rank trace (Izenman, 1975).
  public let residualCovarianceChange: [Double]

  /// The path of a fit.
  public init(_ fit: ReducedRankRegression) {
    let factor = fit.factor
    let (m, dy) = (Double(factor.sampleCount), Double(factor.outputs.count))
    let all = Array(0...fit.maximumRank)
    let σ = fit.singularValues
    let squared = fit.squaredErrors
    ranks = all
    loss = all.map(fit.loss)
    gap = all.map(fit.gap)
    let learnable = fit.gap(rank: 0)
    learnableFraction = gap.map { learnable > 0 ? 1 - $0 / learnable : 1 }
    explainedFraction = squared.map { squared[0] > 0 ? 1 - $0 / squared[0] : 1 }

    // With a penalty every direction counts for ξ²/(ξ² + λ) of itself on average.
    let ξ = fit.ridge > 0 ? factor.inputFactor.singularValues.prefix(fit.inputRank) : []
    let shrinkage =
      ξ.isEmpty ? 1 : ξ.reduce(0) { $0 + $1 * $1 / ($1 * $1 + fit.ridge) } / Double(max(fit.inputRank, 1))
    let free = all.map {
      shrinkage * RankPath.degreesOfFreedom(rank: $0, inputRank: fit.inputRank, outputs: factor.outputs.count)
    }
    degreesOfFreedom = free
    let intercepts = factor.preparation == .none ? 0 : dy
    gcv = zip(squared, free).map { rss, df in
      let left = 1 - (df + intercepts) / (m * dy)
      return left > 0 ? rss / (m * dy) / (left * left) : nil
    }
    let deviance = RankPath.deviance(fit, squared)
    aic = zip(deviance, free).map { $0 + 2 * $1 }
    bic = zip(deviance, free).map { $0 + log(m) * $1 }

    let fourth = σ.map { pow($0 / max(σ.first ?? 0, .leastNormalMagnitude), 4) }
    let total = fourth.reduce(0, +)
    residualCovarianceChange = all.map {
      total > 0 ? (fourth.dropFirst($0).reduce(0, +) / total).squareRoot() : 0
    }
    coefficientChange = fit.coefficientChange
  }

  /// r (ρ + dy − r), the dimension of the matrices of rank r with ρ × dy entries, ρ = rank X; r counts at most min(ρ, dy).
  ///
  /// Source: Reinsel, Velu (1998), section 2.8. The unbiased number is larger by Σ_{i≤r<j} 2σ_j²/(σ_i² − σ_j²) (Mukherjee, Chen, Wang, Zhu,
  /// Biometrika 102 (2015)), which has no bound where singular values meet.
  public static func degreesOfFreedom(rank r: Int, inputRank ρ: Int, outputs dy: Int) -> Double {
    let r = min(r, ρ, dy)
    return Double(r * (ρ + dy - r))
  }

  /// −2 log-likelihood up to a constant.
  private static func deviance(_ fit: ReducedRankRegression, _ squared: [Double]) -> [Double] {
    let (m, dy) = (Double(fit.factor.sampleCount), Double(fit.factor.outputs.count))
    guard let logDeterminant = fit.root.logDeterminant else {
      // A perfect fit has RSS at round-off, which says nothing about how perfect: all such ranks are alike.
      let roundOff = pow(Double(fit.factor.inputs.count) * .ulpOfOne, 2) * squared[0]
      return squared.map { m * dy * log(max($0, roundOff, .leastNormalMagnitude) / (m * dy)) }
    }
    if fit.ridge == 0 {
      return (0...fit.maximumRank).map { r in
        m * (logDeterminant + fit.singularValues.dropFirst(r).reduce(0) { $0 + log1p($1 * $1 / m) })
      }
    }
    let shrinkage = fit.excessResiduals
    return shrinkage.map { M in m * (logDeterminant + M.singularValues.reduce(0) { $0 + log1p($1 * $1 / m) })
    }
  }
}

extension ReducedRankRegression {
  /// ‖W_full − W_r‖/‖W_full‖ with L W diag(standard deviations) in place of W: Σ_{i>r} of its orthogonal parts q_i (D b_i)ᵀ.
  fileprivate var coefficientChange: [Double] {
    let lengths = factor.inputs.indices.map { factor.inputFactor.length(ofColumn: $0) }
    let parts = scaledDirectionLengths(lengths)
    let total = parts.reduce(0) { $0 + $1 * $1 }
    return (0...maximumRank).map { r in
      total > 0 ? (parts.dropFirst(r).reduce(0) { $0 + $1 * $1 } / total).squareRoot() : 0
    }
  }
}
