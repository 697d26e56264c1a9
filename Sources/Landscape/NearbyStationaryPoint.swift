import LinearAlgebra
import LinearNetworks

/// A network whose gradient is exactly zero, built from a nearby one: how far the set of stationary networks is at most.
///
/// In the split of `CanonicalChain` the first block is turned so that it multiplies to Ẑ_S, the k singular directions of the labels that W has learnt, and those E_j of the rest are set to zero that are smallest:
/// none where the rest can pass nothing on anyway, one where nothing is left to learn, two where something is (then every ∇_{W_j}L_N has a factor zero), three for a point of which ranks alone say that it is
/// no strict saddle (then M_ij = 0 or C_ij = 0 for every pair of layers); and those that are about as small.
///
/// The distance is an upper bound: other stationary networks may be nearer, where products of the E_j vanish without one of them vanishing.
public struct NearbyStationaryPoint: Sendable {
  /// The stationary network.
  public let network: LinearNetwork
  /// √Σ_j‖W_j − W_j⁰‖².
  public let distance: Double
  /// No eigenvalue of ∇²L_N changes by more on the way there: the distance times a bound on the third derivative.
  public let curvatureChange: Double

  /// Up to here, relative to the weights, what is small in the rest is set to zero without asking whether it has to (tuned).
  private static let closeEnough = 1e-6

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
    let split = CanonicalChain(of: diagonal, loss: problem.spectralLoss, rank: S.count)
    guard split.rank == S.count, let turned = Turned(split, problem.spectralLoss, keeping: S) else {
      return nil
    }
    let isFinished = split.rank >= turned.targetRank || split.open.storage.isEmpty
    // A rest without inputs, outputs or a layer between passes nothing on.
    let isClosed = split.rest.contains { $0.columns == 0 } && (isFinished || kind == .stationary)
    let needed = kind == .withoutEscape && !isFinished ? 3 : isFinished ? 1 : 2
    let sizes = split.chain.indices.map { j in
      (j, (split.rest[j + 1] * split.chain[j] * split.dualRest[j]).frobeniusNorm)
    }
    // With those that are needed go all that are as small: where every layer's rest is on its way to zero, so is the last.
    let limit = 10 * (sizes.map(\.1).sorted().prefix(needed).last ?? 0)
    let smallest = Set(sizes.filter { $0.1 <= limit }.map(\.0))

    func build(_ closed: Set<Int>) -> LinearNetwork {
      problem.fromEigenbasis(turned.network(split, closing: closed, near: diagonal))
    }
    func moved(_ candidate: LinearNetwork) -> Double {
      Matrix.column(zip(candidate.parameters, network.parameters).map { $0 - $1 }).frobeniusNorm
    }
    let found: LinearNetwork
    if isClosed {
      found = build([])
    } else {
      guard smallest.count >= needed else { return nil }
      let closed = build(smallest)
      let near = NearbyStationaryPoint.closeEnough * Matrix.column(network.parameters).frobeniusNorm
      // Products of the rest may also vanish by their directions, which the numbers say; where they vanish by size alone, what is small is better set to zero.
      let open = moved(closed) <= near ? nil : build([])
      found =
        open.flatMap { NearbyStationaryPoint.isExact($0, problem, S.count, kind) ? $0 : nil } ?? closed
    }
    let changes = zip(found.layers, network.layers).map { ($0 - $1).frobeniusNorm }
    self.network = found
    distance = Matrix.column(changes).frobeniusNorm
    curvatureChange =
      distance * NearbyStationaryPoint.thirdDerivative(of: network, changes: changes, problem: problem)
  }

  /// Whether the gradient of a network is round-off, and, if that is asked for, its pairs of layers offer no more curvature than round-off.
  private static func isExact(_ network: LinearNetwork, _ problem: Problem, _ k: Int, _ kind: Kind) -> Bool {
    let roundOff = RoundOff(of: problem, at: network)
    let gradient = NetworkLoss(problem: problem, widths: network.widths).gradient(network.parameters)
    guard Matrix.column(gradient).frobeniusNorm <= roundOff.gradientNorm else { return false }
    guard kind == .withoutEscape else { return true }
    let bounds = CurvatureBounds(of: network, problem: problem, rank: k, roundOff: roundOff)
    return -bounds.lower <= 2 * bounds.rounding
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

/// The first block of a split turned so that it multiplies to the singular directions S of the labels.
private struct Turned {
  /// The singular pairs of S.
  private let U, V: Matrix
  private let σ: [Double]
  /// VᵀV_S and its inverse.
  private let forward, backward: Matrix
  /// The rank of the labels.
  let targetRank: Int

  /// Nil where W has not learnt S, so that there is nothing to turn.
  init?(_ split: CanonicalChain, _ loss: QuadraticLoss, keeping S: [Int]) {
    let svd = loss.reachableLabels.columns(split.excited).singularValueDecomposition
    let groups = SingularValueGroups(svd.singularValues)
    targetRank = groups.positiveCount
    (U, V, σ) = Turned.directions(svd, groups, keeping: S, near: split.core[0])
    // Near an orthogonal matrix where W has learnt these directions.
    let turn = Matrix.product(split.core[0], .transposed, V, .plain).singularValueDecomposition
    guard S.isEmpty || turn.singularValues.last! > 0.5 else { return nil }
    forward = Matrix.product(turn.U.scalingColumns(by: turn.singularValues), .plain, turn.V, .transposed)
    backward = Matrix.product(
      turn.V.scalingColumns(by: turn.singularValues.map { 1 / $0 }), .plain, turn.U, .transposed)
  }

  /// The layers B_jB*_{j−1} with (VᵀV_S)V_Sᵀ in place of Vᵀ at the first and U_SΣ_S(VᵀV_S)⁻¹ in place of UΣ at the last, and N_jE_jN*_{j−1} for those that are not closed.
  func network(_ split: CanonicalChain, closing closed: Set<Int>, near whole: LinearNetwork) -> LinearNetwork
  {
    let N = split.depth
    let target = U.scalingColumns(by: σ)
    let layers = (0..<N).map { j -> Matrix in
      var left = split.core[j + 1]
      if j == N - 1 { left = N == 1 ? target : target * backward } else if j == 0 { left = left * forward }
      var W = Matrix.product(left, .plain, (j == 0 ? V : split.dualCore[j].transpose), .transposed)
      if !closed.contains(j) {
        let out = j == N - 1 ? Turned.project(split.rest[N], off: U) : split.rest[j + 1]
        let into = j == 0 ? Turned.project(split.rest[0], off: V).transpose : split.dualRest[j]
        W += out * split.chain[j] * into
      }
      return W
    }
    // Weighted inputs back to the inputs; what carries no data stays.
    var first = whole.layers[0]
    for (column, input) in split.excited.enumerated() {
      for i in 0..<first.rows { first[i, input] = layers[0][i, column] / split.inputScales[column] }
    }
    return LinearNetwork(layers: [first] + layers.dropFirst())
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
}
