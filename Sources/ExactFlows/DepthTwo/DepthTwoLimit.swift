import LinearAlgebra
import LinearNetworks

/// Where the flow of depth two ends.
///
/// As t → ∞ the range of e^{mFt}Q_0 turns into eigenvectors of F, those with the largest eigenvalues that the start's coordinates allow. W(∞) is Z
/// restricted to them: Σ σ_i u_i v_iᵀ over the learned directions, rotated within equal σ_i. The rest of the start, which grows in no direction of positive
/// eigenvalue, decays to zero, exponentially or, in directions orthogonal to Z, like 1/t.
public struct DepthTwoLimit: Sendable {
  /// W(∞), dy × dx.
  public let endToEndMatrix: Matrix
  /// The σ_i that are learned, in decreasing order.
  public let learned: [Double]
  /// The σ_i > 0 that a network of the same hidden width would learn at its global minimum.
  public let learnable: [Double]
  /// Rank of the start less that of the limit. Positive, for instance, if W_0 is square and invertible and det W_0 has the other sign than det Z.
  public let lostRank: Int
  /// A first-order bound on ‖error‖_F.
  public let errorEstimate: Double

  /// Whether the limit minimises the loss among all networks of these widths; otherwise it is a saddle.
  public var isGlobalMinimum: Bool { learned == learnable }
}

extension ExactDepthTwoFlow {
  /// lim W(t) as t → ∞, from the growing part of the start.
  public var limit: DepthTwoLimit {
    let σ = targetSingularValues
    let learnable = Array(σ.filter { $0 > 0 }.prefix(start.widths[1]))
    guard rank > 0 else {
      return DepthTwoLimit(
        endToEndMatrix: Matrix(zeros: target.rows, target.columns), learned: [], learnable: learnable,
        lostRank: 0,
        errorEstimate: 0)
    }
    // Weights that differ between eigenvalues by more than any number: the lexicographic order that time produces.
    let gap = 1e6
    let last = Double((clusters.max() ?? 0) + 1)
    let exponents = clusters.map { $0 > 0 ? gap * (last + 1 - Double($0)) : $0 == 0 ? gap : 0 }
    let zeros = [Double](repeating: 0, count: clusters.count)
    let weights = DepthTwoElimination.Weights(
      factors: eigenvalues.map { $0 == 0 ? 1 : (0.5 / $0.magnitude).squareRoot() }, exponents: exponents,
      ratios: eigenvalues.map { $0 > 0 ? (2 * $0).squareRoot() : 0 }, exponentErrors: zeros,
      ratioErrors: zeros,
      clusters: clusters)
    let elimination = elimination(for: weights)
    let found = DepthTwoFactor(elimination, weights)
    let state = DepthTwoState(self, time: .infinity, factor: found.factor, factorError: found.error)
    let learned = elimination.pivots.map { eigenvalues[$0] }.filter { $0 > 0 }.sorted(by: >)
    return DepthTwoLimit(
      endToEndMatrix: state.endToEndMatrix, learned: learned, learnable: learnable,
      lostRank: rank - learned.count,
      errorEstimate: state.errorEstimate)
  }
}
