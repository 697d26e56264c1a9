import LinearAlgebra

/// Orthonormal bases Q_1, …, Q_{N−1} of the hidden spaces that a network's layers use: Q_j spans the ranges of W_j and of W_{j+1}ᵀ.
///
/// In a balanced network of rank ρ these two coincide, so that one chain of thin products finds all of them: from the narrowest width outwards, Q_{j−1} spans
/// W_jᵀQ_j and Q_{j+1} spans W_{j+1}Q_j. The chain holds for whatever network satisfies W_j = Q_j C_j Q_{j−1}ᵀ, which is verified to the round-off
/// below which directions are dropped anyway. Where that fails, both ranges are taken layer by layer.
///
/// Complexity: O(ρ Σ_j d_j d_{j−1}) for the chain; O(Σ_j d_j² (d_{j−1} + d_{j+1})) layer by layer.
///
/// Source: D2 of Documentation/derived.md.
struct HiddenBases {
  /// Q_1, …, Q_{N−1}: d_j × reduced d_j.
  let bases: [Matrix]

  init(of network: LinearNetwork) {
    let W = network.layers
    bases =
      HiddenBases.chain(network)
      ?? zip(W, W.dropFirst()).map { .orthonormalBasis(spanning: [$0, $1.transpose]) }
  }

  /// Nil if a layer has more than the chain of its neighbours.
  private static func chain(_ network: LinearNetwork) -> [Matrix]? {
    let (W, N, d) = (network.layers, network.depth, network.widths)
    let k = d.indices.min { d[$0] < d[$1] }!
    // Inputs and outputs have coordinates of their own: nil stands for all of them.
    var Q = [Matrix?](repeating: nil, count: N + 1)
    if k > 0, k < N { Q[k] = .orthonormalBasis(spanning: [W[k - 1], W[k].transpose]) }
    for j in stride(from: k - 1, through: 1, by: -1) {
      let rows = Q[j + 1].map { Matrix.product(W[j], .transposed, $0, .plain) } ?? W[j].transpose
      Q[j] = .orthonormalBasis(spanning: [rows])
    }
    for j in stride(from: k + 1, to: N, by: 1) {
      Q[j] = .orthonormalBasis(spanning: [Q[j - 1].map { W[j - 1] * $0 } ?? W[j - 1]])
    }
    for j in 1...N where !holds(W[j - 1], Q[j], Q[j - 1]) { return nil }
    return Q.compactMap(\.self)
  }

  /// Whether ‖W − P Pᵀ W Q Qᵀ‖_F is round-off.
  private static func holds(_ W: Matrix, _ P: Matrix?, _ Q: Matrix?) -> Bool {
    let right = Q.map { W * $0 } ?? W
    let core = P.map { $0 * Matrix.product($0, .transposed, right, .plain) } ?? right
    let kept = Q.map { Matrix.product(core, .plain, $0, .transposed) } ?? core
    return (W - kept).frobeniusNorm <= Matrix.spanTolerance(W.rows, W.columns) * W.frobeniusNorm
  }
}

extension Matrix {
  /// An orthonormal basis of the sum of the column spaces; the identity where that is everything, and one column of it for zero matrices.
  ///
  /// The matrices are scaled to unit norm first, so that the larger does not hide the smaller; directions below round-off are dropped.
  static func orthonormalBasis(spanning matrices: [Matrix]) -> Matrix {
    let dimension = matrices[0].rows
    let stacked = matrices.filter { $0.frobeniusNorm > 0 }.map { (1 / $0.frobeniusNorm) * $0 }
    guard let first = stacked.first else { return Matrix.identity(dimension).columns(0..<1) }
    let all = stacked.dropFirst().reduce(first) { $0.appendingColumns($1) }
    let basis = all.columnSpaceBasis(relativeTolerance: spanTolerance(all.rows, all.columns))
    return basis.columns < dimension ? basis : .identity(dimension)
  }

  /// Directions of a matrix of unit norm below this are round-off.
  static func spanTolerance(_ rows: Int, _ columns: Int) -> Double {
    8 * Double(max(rows, columns)) * .ulpOfOne
  }
}
