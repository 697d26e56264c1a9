import Foundation
import LinearAlgebra

/// Standard errors and confidence intervals of the coefficients of a fit of rank r, for independent samples with errors of one covariance Σ.
///
/// With samples X = U S Vᵀ-coordinates in which the inputs are orthonormal, W̃ = L W Bᵀ⁻¹ has errors of covariance Σ̃ ⊗ I, Σ̃ = L Σ Lᵀ, and a coefficient is the
/// product ⟨a bᵀ, W̃⟩ with a row a of L⁻¹ and a row b of the way back to the inputs. At full rank its variance is the classical aᵀΣ̃a·‖b‖². The fit of rank r is to first
/// order the projection of the errors on the tangent space of the matrices of rank r at W̃_r = Q D Pᵀ, so that with a⊥ = a − QQᵀa, b⊥ = b − PPᵀb
///
///     Var⟨a bᵀ, W̃_r⟩ = aᵀΣ̃a ‖b‖² − 2 aᵀΣ̃a⊥ ‖b⊥‖² + a⊥ᵀΣ̃a⊥ ‖b⊥‖².
///
/// Σ is estimated from the residuals of full rank, with divisor m − ρ − 1 (m − ρ without centring). Intervals use Student's t of that many degrees of freedom, exact at full rank and
/// normal errors; at reduced rank they are asymptotic in m. All take the rank for known: where the same samples chose it, they are too short by what the choice could have been, which
/// ``CoefficientBootstrap`` shows.
///
/// Source: Reinsel, Velu, *Multivariate Reduced-Rank Regression* (1998), chapter 2 (for Γ = Σ⁻¹, where the formula is ‖a‖²‖b‖² − ‖a⊥‖²‖b⊥‖²); Anderson, Annals of Statistics 27 (1999), 1141–1154.
public struct CoefficientInference: Codable, Sendable, Equatable {
  /// What the standard errors rest on.
  public enum Method: String, Codable, Sendable {
    /// Exact for normal errors: the fit is least squares of full rank.
    case classical
    /// First order in the errors, at a rank that is taken for known.
    case asymptotic
  }

  /// What the standard errors rest on.
  public let method: Method
  /// The probability with which an interval holds the coefficient.
  public let confidence: Double
  /// m − ρ − 1, or m − ρ without centring.
  public let degreesOfFreedom: Int
  /// outputs × inputs in use, in the units of the data.
  public let standardErrors: Matrix
  /// Of every intercept; nil where there is none.
  public let interceptStandardErrors: [Double]?
  /// t: an interval is the estimate ± t standard errors.
  public let quantile: Double

  /// The errors of a fit; nil where there are none to state: rank zero, a penalty, inputs that depend on each other, or as many inputs as samples.
  ///
  /// - Parameters:
  ///   - fit: without penalty.
  ///   - r: the rank.
  ///   - confidence: between 0 and 1.
  public init?(_ fit: ReducedRankRegression, rank r: Int, confidence: Double = 0.95) {
    let factor = fit.factor
    let used = factor.usedInputPositions
    let isCentred = factor.preparation != .none
    let freedom = factor.sampleCount - fit.inputRank - (isCentred ? 1 : 0)
    let positive = fit.singularValues.prefix { $0 > 100 * .ulpOfOne * fit.singularValues[0] }.count
    let kept = min(r, positive)
    // Least squares, even where some direction of it vanishes.
    let isFull = r >= min(fit.inputRank, factor.outputs.count)
    guard fit.ridge == 0, fit.inputRank == used.count, freedom >= 1, isFull || kept > 0 else { return nil }

    let space = InputSpace(factor.inputFactor, roundOff: factor.inputRoundOff)
    let back = space.coefficients(of: .identity(space.rank))
    let C = factor.crossFactor
    let missed = C - space.basis * Matrix.product(space.basis, .transposed, C, .plain)
    let residual = fit.root.apply(toColumnsOf: missed.appendingRows(factor.residualFactor).triangularFactor)
    let A = fit.root.undo(onRowsOf: .identity(factor.outputs.count))
    let Q = fit.outputDirections.columns(0..<kept)
    let outside =
      isFull ? Matrix(zeros: A.rows, A.columns) : A - Matrix.product(A * Q, .plain, Q, .transposed)
    // Rows of residuals times a and a⊥, scaled so that their products are those with Σ̃.
    let root = 1 / Double(freedom).squareRoot()
    let whole = root * Matrix.product(residual, .plain, A, .transposed)
    let rest = root * Matrix.product(residual, .plain, outside, .transposed)
    let P = Matrix.product(
      space.basis, .transposed, factor.inputFactor * fit.inputDirections.columns(0..<kept), .plain)
    let unit = P.scalingColumns(by: (0..<kept).map { 1 / P.length(ofColumn: $0) })
    // In units of a row of residuals and of b: the product of both squares overflows long before an error does.
    func deviation(_ i: Int, _ row: Matrix) -> Double {
      let (noise, length) = (binade(of: whole.column(i) + rest.column(i)), binade(of: row.storage))
      let b = (1 / length) * row
      let inside = isFull ? b : unit * Matrix.product(unit, .transposed, b, .plain)
      let (all, left) = (pow(b.frobeniusNorm, 2), isFull ? 0 : pow((b - inside).frobeniusNorm, 2))
      let (w, v) = (whole.column(i).map { $0 / noise }, rest.column(i).map { $0 / noise })
      let mixed = zip(w, v).reduce(0) { $0 + $1.0 * $1.1 }
      let square = max(
        0, w.reduce(0) { $0 + $1 * $1 } * all - 2 * mixed * left + v.reduce(0) { $0 + $1 * $1 } * left)
      return square.squareRoot() * length * noise
    }
    let rows = used.map { Matrix.column(back.row($0)) }
    let outputs = factor.outputs.indices
    standardErrors = Matrix(outputs.count, used.count) { i, j in
      deviation(i, rows[j]) * factor.inputScales[used[j]]
    }
    if isCentred {
      var atMean = Matrix(zeros: space.rank, 1)
      for (j, row) in zip(used, rows) {
        atMean = atMean + (factor.inputScales[j] * factor.inputMeans[j]) * row
      }
      interceptStandardErrors = outputs.map { i in
        rootOfSquares([
          rootOfSquares(whole.column(i)) / Double(factor.sampleCount).squareRoot(), deviation(i, atMean),
        ])
      }
    } else {
      interceptStandardErrors = nil
    }
    method = isFull ? .classical : .asymptotic
    self.confidence = confidence
    degreesOfFreedom = freedom
    quantile = StudentDistribution(freedom: Double(freedom)).quantile(within: confidence)
  }
}

/// How far the inputs can be told apart.
public struct Collinearity: Codable, Sendable, Equatable {
  /// 1/(1 − R_j²) of every input in use on the others; nil where inputs depend on each other.
  ///
  /// Source: Marquardt, Technometrics 12 (1970).
  public let varianceInflation: [Double]?
  /// The ratio of the extreme singular values of the inputs in use, prepared and scaled to unit length; nil where they depend on each other.
  ///
  /// Source: Belsley, Kuh, Welsch, *Regression Diagnostics* (1980), chapter 3.
  public let conditionNumber: Double?

  /// Of the inputs of a fit.
  public init(_ factor: RegressionFactor) {
    let used = factor.usedInputPositions
    let space = InputSpace(factor.inputFactor, roundOff: factor.inputRoundOff)
    guard space.rank == used.count, !used.isEmpty else {
      (varianceInflation, conditionNumber) = (nil, nil)
      return
    }
    let back = space.coefficients(of: .identity(space.rank))
    let lengths = used.map { factor.inputFactor.length(ofColumn: $0) }
    varianceInflation = zip(used, lengths).map { j, length in
      let b = Matrix.column(back.row(j)).frobeniusNorm * length
      return b * b
    }
    let σ = factor.inputFactor.columns(used).scalingColumns(by: lengths.map { 1 / $0 }).singularValues
    conditionNumber = σ[0] / σ[used.count - 1]
  }
}
