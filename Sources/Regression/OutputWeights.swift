import Foundation
import LinearAlgebra

/// Γ in the loss ½ tr (Y − W X)ᵀ Γ (Y − W X): how much an error in each output counts.
public enum OutputWeights: String, Codable, Sendable, CaseIterable {
  /// Γ = I: squared errors in the units of the outputs.
  case identity
  /// Γ = Σ⁻¹ with Σ = (Y − Ŷ)(Y − Ŷ)ᵀ/m of the least-squares fit of full rank: the maximum-likelihood estimate for normal errors of unknown covariance.
  ///
  /// The singular values of the problem are then those of canonical correlation analysis, σ_i² = m ρ_i²/(1 − ρ_i²), and no unit of an output matters.
  ///
  /// Source: Reinsel, Velu, *Multivariate Reduced-Rank Regression* (1998), Theorem 2.2 and section 2.4; Izenman, J. Multivariate Analysis 5 (1975).
  case residualCovariance = "residual-covariance"
}

/// A root L of the weights, Γ = LᵀL.
struct WeightRoot: Sendable {
  /// R_e with R_eᵀR_e = m Σ, for L = √m R_e⁻ᵀ; nil for L = I.
  private let residual: Matrix?
  private let root: Double
  /// log det Σ; nil for the identity.
  let logDeterminant: Double?

  /// L = I.
  static let identity = WeightRoot(residual: nil, root: 1, logDeterminant: nil)

  private init(residual: Matrix?, root: Double, logDeterminant: Double?) {
    (self.residual, self.root, self.logDeterminant) = (residual, root, logDeterminant)
  }

  /// The root for residuals with the factor R_e, of m samples.
  init(residualFactor R: Matrix, samples m: Int) {
    let dy = Double(R.columns)
    self.init(
      residual: R, root: Double(m).squareRoot(),
      logDeterminant: 2 * (0..<R.columns).reduce(0) { $0 + log(R[$1, $1].magnitude) } - dy * log(Double(m)))
  }

  /// B Lᵀ for a matrix whose columns are outputs.
  func apply(toColumnsOf B: Matrix) -> Matrix {
    residual.map { root * B.dividing(byUpperTriangular: $0) } ?? B
  }

  /// L⁻¹ V for a matrix whose rows are outputs.
  func undo(onRowsOf V: Matrix) -> Matrix {
    residual.map { (1 / root) * Matrix.product($0, .transposed, V, .plain) } ?? V
  }
}
