import LinearAlgebra
import LinearNetworks

/// How many eigenvalues of ∇²L_N are negative, zero and positive, up to the tolerance that separates them.
///
/// Zero eigenvalues are always there: L_N does not change along W_j → A_j W_j A_{j−1}⁻¹ with invertible A_1, …, A_{N−1} (A_0, A_N identities), so at a stationary point the
/// tangents of these rescalings and rotations of the hidden layers lie in the null space of the Hessian.
public struct Inertia: Codable, Sendable, Equatable {
  /// Whether the counts are all there are, or only what was found.
  public enum Kind: String, Codable, Sendable {
    /// All eigenvalues were counted, computed or not (`SymmetricFactorization`).
    case exact
    /// The network is too large for all eigenvalues: at least so many of each sign.
    case lowerBounds
  }

  /// Whether the counts are exact.
  public let kind: Kind
  /// Eigenvalues below −`tolerance`.
  public let negative: Int
  /// Eigenvalues between.
  public let zero: Int
  /// Eigenvalues above `tolerance`.
  public let positive: Int
  /// What separates them.
  public let tolerance: Double

  /// The counts of a Hessian.
  public init(of hessian: NetworkHessian, tolerance: Double) {
    self.tolerance = tolerance
    if let counts = hessian.counts(tolerance: tolerance) {
      kind = .exact
      (negative, zero, positive) = counts
    } else {
      kind = .lowerBounds
      // A Ritz value bounds an eigenvalue from above at the lower end and from below at the upper one.
      negative = hessian.lowestFew.prefix { $0 < -tolerance }.count
      positive = hessian.largest > tolerance ? 1 : 0
      zero = 0
    }
  }
}

/// The tangents of the symmetries W_j → A_j W_j A_{j−1}⁻¹ at a network: (A_1W_1, A_2W_2 − W_2A_1, …, −W_NA_{N−1}).
public enum FactorisationSymmetry {
  /// Networks with more hidden entries Σ d_j², j = 1 … N−1, or more weights are not looked at (tuned: a second).
  static let largestOrder = 1500

  /// The dimension of the space of tangents, up to round-off; nil where it would take long.
  ///
  /// Complexity: a singular value decomposition of Σ_j d_jd_{j−1} × Σ_j d_j².
  public static func dimension(at network: LinearNetwork) -> Int? {
    let hidden = Array(network.widths.dropFirst().dropLast())
    let unknowns = hidden.reduce(0) { $0 + $1 * $1 }
    if unknowns == 0 { return 0 }
    guard unknowns <= largestOrder, network.parameterCount <= largestOrder else { return nil }
    let shape = NetworkShape(widths: network.widths)
    var tangents = Matrix(zeros: network.parameterCount, unknowns)
    var column = 0
    for (index, d) in hidden.enumerated() {
      let (W, next) = (network.layers[index], network.layers[index + 1])
      // A = e_a e_bᵀ: row b of W goes to row a, and column a of the next layer, negative, to column b.
      for b in 0..<d {
        for a in 0..<d {
          for i in 0..<W.columns { tangents[shape.blocks[index].lowerBound + a + i * d, column] = W[b, i] }
          for i in 0..<next.rows {
            tangents[shape.blocks[index + 1].lowerBound + i + b * next.rows, column] = -next[i, a]
          }
          column += 1
        }
      }
    }
    return tangents.singularValueDecomposition.rank()
  }
}
