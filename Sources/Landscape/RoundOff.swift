import LinearAlgebra
import LinearNetworks

/// What rounding alone can make of a derivative that is zero: k·u·(size of the terms that cancel), u = 2⁻⁵³.
///
/// The gradient ∇_{W_j}L_N = W_{>j}ᵀ (W X − Y) Xᵀ W_{<j}ᵀ is a sum of two products, of norms at most
/// Π_{i≠j}‖W_i‖ · ‖W X Xᵀ‖ and Π_{i≠j}‖W_i‖ · ‖Y Xᵀ‖; the Hessian (8) one of (Σ_j Π_{i≠j}‖W_i‖)² ‖X‖² and
/// 2 Σ_{i>j} Π_{l≠i,j}‖W_l‖ · (‖W X Xᵀ‖ + ‖Y Xᵀ‖). A chain of products over inner dimensions d_0, …, d_N, in which X is met twice and the
/// layers at most twice, rounds to first order at most k = 2 Σ_i d_i + 2 times in every entry.
///
/// Derivatives above these bounds are not zero; below them nobody can tell.
///
/// Accuracy: a rigorous bound to first order in u for the evaluation; the factorization of the data adds an error of the same kind, about
/// (dx + dy)·u relative to ‖X‖ and ‖Y‖, which the second layer's pass of k allows for.
///
/// Source: Higham, "Accuracy and Stability of Numerical Algorithms", SIAM (2002), section 3.5.
public struct RoundOff: Sendable {
  /// A bound for each layer on the norm of a gradient that is exactly zero.
  public let gradient: [Double]
  /// A bound on the spectral norm of the error of ∇²L_N.
  public let hessian: Double

  /// The same for all layers together.
  public var gradientNorm: Double { Matrix.column(gradient).frobeniusNorm }

  /// The bounds for a problem at a network.
  ///
  /// Complexity: O(r·dx·dy) and one pass over the layers.
  public init(of problem: Problem, at network: LinearNetwork) {
    let norms = network.layers.map(\.frobeniusNorm)
    let forces = RoundOff.forces(of: problem, at: network)
    let k = Double(2 * network.widths.reduce(0, +) + 2)
    let u = 0.5 * Double.ulpOfOne
    gradient = RoundOff.productsOmittingOne(norms).map { k * u * $0 * forces }
    // e_0 = Π‖W_i‖, e_1 and e_2 the sums of the products that omit one and two layers.
    var (e0, e1, e2) = (1.0, 0.0, 0.0)
    for w in norms { (e0, e1, e2) = (e0 * w, e1 * w + e0, e2 * w + e1) }
    let ξ = problem.inputScales.max() ?? 0
    hessian = k * u * (e1 * ξ * (e1 * ξ) + 2 * e2 * forces)
  }

  /// ‖W X Xᵀ‖ + ‖Y Xᵀ‖.
  private static func forces(of problem: Problem, at network: LinearNetwork) -> Double {
    let ξ = problem.inputScales
    return problem.inEigenbasis(network.endToEndMatrix).scalingColumns(by: ξ.map { $0 * $0 }).frobeniusNorm
      + problem.spectralLoss.labels.scalingColumns(by: ξ).frobeniusNorm
  }

  /// Σ_j Π_{i≠j}‖W_i‖ (‖W X Xᵀ‖ + ‖Y Xᵀ‖): the size of the terms that cancel in the whole gradient.
  static func gradientTerms(of problem: Problem, at network: LinearNetwork) -> Double {
    productsOmittingOne(network.layers.map(\.frobeniusNorm)).reduce(0, +) * forces(of: problem, at: network)
  }

  /// Π_{i≠j} a_i for each j, without division.
  private static func productsOmittingOne(_ a: [Double]) -> [Double] {
    var after = [Double](repeating: 1, count: a.count)
    for j in a.indices.dropLast().reversed() { after[j] = after[j + 1] * a[j + 1] }
    var before = 1.0
    return a.indices.map { j in
      defer { before *= a[j] }
      return before * after[j]
    }
  }
}
