import LinearAlgebra
import LinearNetworks

/// A network whose gradient is exactly zero, built from a nearby one: how far the set of stationary networks is at most.
///
/// In the split of ``CanonicalChain`` the first block is turned so that it multiplies to Ẑ_S, the k singular directions of the labels that W has learnt, and those E_j of the rest are set to zero that are smallest:
/// none where the rest can pass nothing on anyway, one where nothing is left to learn, two where something is (then every ∇_{W_j}L_N has a factor zero), three for a point of which ranks alone say that it is
/// no strict saddle (then M_ij = 0 or C_ij = 0 for every pair of layers).
///
/// The distance is an upper bound: other stationary networks may be nearer, where products of the E_j vanish without one of them vanishing.
public struct NearbyStationaryPoint: Sendable {
  /// The stationary network.
  public let network: LinearNetwork
  /// √Σ_j‖W_j − W_j⁰‖².
  public let distance: Double
  /// No eigenvalue of ∇²L_N changes by more on the way there: the distance times a bound on the third derivative.
  public let curvatureChange: Double

  /// What the stationary network is to be.
  enum Kind {
    /// Any stationary point.
    case stationary
    /// One without curvature below zero, by ranks.
    case withoutEscape
  }

  /// The point of a network that has learnt the directions S, from 1.
  init?(near network: LinearNetwork, problem: Problem, keeping S: [Int], kind: Kind) {
    let diagonal = problem.inEigenbasis(network)
    let loss = problem.spectralLoss
    let split = CanonicalChain(of: diagonal, loss: loss, rank: S.count)
    let N = split.depth
    guard split.rank == S.count, N >= 1 else { return nil }
    let svd = loss.reachableLabels.columns(split.excited).singularValueDecomposition
    let groups = SingularValueGroups(svd.singularValues)
    let (U, V, σ) = NearbyStationaryPoint.directions(svd, groups, keeping: S, near: split.core[0])
    let target = U.scalingColumns(by: σ)
    // VᵀV_S, near an orthogonal matrix where W has learnt these directions.
    let turn = Matrix.product(split.core[0], .transposed, V, .plain).singularValueDecomposition
    guard S.isEmpty || turn.singularValues.last! > 0.5 else { return nil }
    let forward = turn.U.scalingColumns(by: turn.singularValues) * turn.V.transpose
    let backward = turn.V.scalingColumns(by: turn.singularValues.map { 1 / $0 }) * turn.U.transpose

    let isFinished = split.rank >= groups.positiveCount || split.open.storage.isEmpty
    let needed = kind == .withoutEscape && !isFinished ? 3 : isFinished ? 1 : 2
    let sizes = split.chain.indices.map { j in
      (j, (split.rest[j + 1] * split.chain[j] * split.dualRest[j]).frobeniusNorm)
    }
    // A rest without inputs, outputs or a layer between passes nothing on.
    let isClosed = split.rest.contains { $0.columns == 0 } && (isFinished || kind == .stationary)
    let closed =
      isClosed ? [] : Set(sizes.sorted { $0.1 < $1.1 }.prefix(needed).map(\.0))
    guard isClosed || closed.count == needed else { return nil }

    var layers: [Matrix] = []
    for j in 0..<N {
      // B_{j+1}B*_j, with (VᵀV_S)V_Sᵀ in place of Vᵀ at the first and U_SΣ_S(VᵀV_S)⁻¹ in place of UΣ at the last.
      var left = split.core[j + 1]
      var right = split.dualCore[j]
      if j == 0 { (left, right) = (N == 1 ? target : left * forward, V.transpose) }
      if j == N - 1, N > 1 { left = target * backward }
      var W = left * right
      if !closed.contains(j) {
        let out = j == N - 1 ? NearbyStationaryPoint.project(split.rest[N], off: U) : split.rest[j + 1]
        let into =
          j == 0
          ? NearbyStationaryPoint.project(split.rest[0], off: V).transpose : split.dualRest[j]
        W += out * split.chain[j] * into
      }
      layers.append(W)
    }
    // Weighted inputs back to the inputs; what carries no data stays.
    var first = diagonal.layers[0]
    for (column, input) in split.excited.enumerated() {
      for i in 0..<first.rows { first[i, input] = layers[0][i, column] / split.inputScales[column] }
    }
    let found = problem.fromEigenbasis(LinearNetwork(layers: [first] + layers.dropFirst()))
    let changes = zip(found.layers, network.layers).map { ($0 - $1).frobeniusNorm }
    self.network = found
    distance = Matrix.column(changes).frobeniusNorm
    curvatureChange =
      distance * NearbyStationaryPoint.thirdDerivative(of: network, changes: changes, problem: problem)
  }

  /// Singular pairs of the labels for S. Of a group of equal singular values that is not kept whole, those nearest to the span of B.
  private static func directions(
    _ svd: SingularValueDecomposition, _ groups: SingularValueGroups, keeping S: [Int], near B: Matrix
  ) -> (U: Matrix, V: Matrix, σ: [Double]) {
    var (U, V) = (Matrix(zeros: svd.U.rows, 0), Matrix(zeros: svd.V.rows, 0))
    var σ: [Double] = []
    for group in groups.ranges {
      let count = S.filter { group.contains($0 - 1) }.count
      guard count > 0 else { continue }
      let (u, v) = (svd.U.columns(group), svd.V.columns(group))
      let chosen =
        count == group.count
        ? Matrix.identity(count)
        : Matrix.product(v, .transposed, B, .plain).singularValueDecomposition.U.columns(0..<count)
      U = U.appendingColumns(u * chosen)
      V = V.appendingColumns(v * chosen)
      σ += Array(svd.singularValues[group].prefix(count))
    }
    return (U, V, σ)
  }

  /// A − Q Qᵀ A for orthonormal columns Q.
  private static func project(_ A: Matrix, off Q: Matrix) -> Matrix {
    A - Q * Matrix.product(Q, .transposed, A, .plain)
  }

  /// A bound on the third derivative of L_N between two networks: 6 e_1 e_2 ‖X‖² + 6 e_3 ‖W X Xᵀ − Y Xᵀ‖, e_k the sum of the products of the layers' norms that omit k of them.
  private static func thirdDerivative(
    of network: LinearNetwork, changes: [Double], problem: Problem
  ) -> Double {
    var (e0, e1, e2, e3) = (1.0, 0.0, 0.0, 0.0)
    for (W, change) in zip(network.layers, changes) {
      let w = W.spectralNorm + change
      (e0, e1, e2, e3) = (e0 * w, e1 * w + e0, e2 * w + e1, e3 * w + e2)
    }
    let ξ = problem.inputScales.max() ?? 0
    let moved = zip(network.layers, changes).reduce(1.0) { $0 * ($1.0.spectralNorm + $1.1) }
    let force =
      problem.gradient(network.endToEndMatrix).frobeniusNorm
      + (moved - network.layers.reduce(1.0) { $0 * $1.spectralNorm }) * ξ * ξ
    return 6 * e1 * e2 * ξ * ξ + 6 * e3 * force
  }
}
