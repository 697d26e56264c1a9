import LinearAlgebra
import LinearNetworks

/// A network split, layer by layer, into what carries the k directions that W has learnt and the rest: W_j = B_j B*_{j−1} + N_j E_j N*_{j−1}.
///
/// Let Ŵ = W (X Xᵀ)^{1/2} = U Σ Vᵀ + … with the k largest singular values in Σ. In the space of layer j the range of B_j = Ŵ_{≤j}V (Ŵ_{≤j} the product of the first j layers) and the null space of
/// UᵀW_{>j}, with orthonormal basis N_j, are complements of each other, since UᵀW_{>j}B_j = Σ; every layer maps the one into the one and the other into the other. So the split is exact at every
/// network, stationary or not: layers are block diagonal, with identities in the first block and the chain E_1, …, E_N in the second. The residual Ẑ − Ŵ has the block S = N_Nᵀ(Ẑ − Ŵ)N_0 there, and others
/// that vanish at a stationary point.
///
/// Everything is in the coordinates of the weighted inputs: the first layer is W_1 E diag(ξ) on the inputs that carry data.
///
/// Source: D20 of Documentation/derived.md, "Strict or not".
struct CanonicalChain {
  /// N.
  let depth: Int
  /// k.
  let rank: Int
  /// Ŵ_1, W_2, …, W_N.
  let layers: [Matrix]
  /// ‖W_j‖, spectral.
  let norms: [Double]
  /// σ_1 ≥ … ≥ σ_k of Ŵ.
  let kept: [Double]
  /// N_0, …, N_N and the duals N*_j, which vanish on B_j.
  let rest, dualRest: [Matrix]
  /// B_0, …, B_N and the duals B*_j = Σ⁻¹UᵀW_{>j}.
  let core, dualCore: [Matrix]
  /// E_1, …, E_N.
  let chain: [Matrix]
  /// S.
  let open: Matrix
  /// No less than ‖S‖, spectral: σ_{k+1} of the labels, what their k leading directions have beside those that are kept, and σ_{k+1} of Ŵ.
  let openBound: Double
  /// Ẑ − Ŵ without S: what a stationary point has not.
  let mismatch: Matrix
  /// The inputs that carry data, and their ξ.
  let excited: [Int]
  let inputScales: [Double]
  /// Columns of the first layer.
  let inputs: Int

  /// The split of a network of the problem's ``Problem/diagonal`` coordinates at rank k.
  init(of network: LinearNetwork, loss: QuadraticLoss, rank k: Int) {
    let N = network.depth
    excited = loss.excitedInputs
    let ξ = excited.map { loss.inputScales[$0] }
    let layers =
      [network.layers[0].columns(excited).scalingColumns(by: ξ)] + network.layers.dropFirst()
    let factors = LinearNetwork(layers: layers).factoredEndToEnd
    let svd = factors.singularValueDecomposition(ofRank: layers.reduce(excited.count) { min($0, $1.rows) })
    let k = min(k, svd.singularValues.count)
    let (U, V) = (svd.U.columns(0..<k), svd.V.columns(0..<k))
    let σ = Array(svd.singularValues.prefix(k))

    // UᵀW_{>j}, from the last layer down.
    var above = [U.transpose]
    for W in layers.reversed() { above.append(above.last! * W) }
    above.reverse()
    var core = [V]
    for W in layers { core.append(W * core.last!) }
    let inverse = σ.map { 1 / $0 }
    let dualCore = above.map { $0.scalingRows(by: inverse) }
    let rest = (0...N).map { j in
      switch j {
      case 0: V.orthogonalComplement
      case N: U.orthogonalComplement
      default: above[j].transpose.orthogonalComplement
      }
    }
    let dualRest = (0...N).map { j in
      // Inputs and outputs split into orthogonal parts.
      if j == 0 || j == N { return rest[j].transpose }
      let overlap = Matrix.product(rest[j], .transposed, core[j], .plain)
      return rest[j].transpose - overlap * dualCore[j]
    }
    chain = layers.enumerated().map { j, W in
      Matrix.product(rest[j + 1], .transposed, W * rest[j], .plain)
    }
    let residual = loss.reachableLabels.columns(excited) - factors.matrix
    open = Matrix.product(rest[N], .transposed, residual * rest[0], .plain)
    // N_N S N_0ᵀ = (I − UUᵀ)(Ẑ − Ŵ)(I − VVᵀ).
    let (ofU, ofV) = (Matrix.product(U, .transposed, residual, .plain), residual * V)
    mismatch =
      U * ofU + Matrix.product(ofV - U * Matrix.product(U, .transposed, ofV, .plain), .plain, V, .transposed)
    let labels = loss.reachableDecomposition
    let leading = min(k, labels.singularValues.count)
    let roots = labels.singularValues.prefix(leading).map { $0.squareRoot() }
    func beside(_ kept: Matrix, _ Q: Matrix) -> Double {
      let directions = Q.scalingColumns(by: roots)
      return (directions - kept * Matrix.product(kept, .transposed, directions, .plain)).frobeniusNorm
    }
    openBound =
      (labels.singularValues.dropFirst(leading).first ?? 0)
      + beside(U, labels.U.columns(0..<leading)) * beside(V, labels.V.columns(0..<leading).rows(excited))
      + (svd.singularValues.dropFirst(k).first ?? 0)
    (depth, rank, kept, inputScales, inputs) = (N, k, σ, ξ, network.layers[0].columns)
    (self.layers, self.rest, self.dualRest, self.core, self.dualCore) = (
      layers, rest, dualRest, core, dualCore
    )
    norms = layers.map(\.spectralNorm)
  }

  /// E_b ⋯ E_a, from 1; the identity of the rest of layer a − 1 where a > b.
  func chain(_ a: Int, _ b: Int) -> Matrix {
    guard a <= b else { return .identity(rest[a - 1].columns) }
    return chain[a..<b].reduce(chain[a - 1]) { $1 * $0 }
  }

  /// E_b ⋯ E_a A, from 1; A where a > b.
  func chain(_ a: Int, _ b: Int, times A: Matrix) -> Matrix {
    a > b ? A : chain[a - 1..<b].reduce(A) { $1 * $0 }
  }

  /// A E_b ⋯ E_a, from 1; A where a > b.
  func product(of A: Matrix, _ a: Int, _ b: Int) -> Matrix {
    a > b ? A : chain[a - 1..<b].reversed().reduce(A) { $0 * $1 }
  }

  /// The change of one layer, from 1, given in the weighted coordinates, as one of all weights of the network.
  func change(ofLayer j: Int, by Δ: Matrix) -> LinearNetwork {
    LinearNetwork(
      layers: layers.indices.map { l in
        if l == j - 1 { return l == 0 ? unweighted(Δ) : Δ }
        return Matrix(zeros: layers[l].rows, l == 0 ? inputs : layers[l].columns)
      })
  }

  /// A change of the weighted first layer as one of the layer itself: Δ̂_1 diag(ξ)⁻¹ on the inputs that carry data.
  func unweighted(_ Δ: Matrix) -> Matrix {
    var whole = Matrix(zeros: Δ.rows, inputs)
    for (column, input) in excited.enumerated() {
      for i in 0..<Δ.rows { whole[i, input] = Δ[i, column] / inputScales[column] }
    }
    return whole
  }

  /// Two layers i > j through which the rest could escape: M = E_{i−1}⋯E_{j+1} and C = E_{j−1}⋯E_1 Sᵀ E_N⋯E_{i+1}.
  struct Pair {
    let i, j: Int
    let between, around: Matrix
  }

  /// The pair of layers i > j.
  func pair(_ i: Int, _ j: Int) -> Pair {
    Pair(
      i: i, j: j, between: chain(j + 1, i - 1),
      around: chain(1, j - 1, times: product(of: open.transpose, i + 1, depth)))
  }

  /// Every pair, i > j.
  var pairs: [Pair] {
    (1...depth).flatMap { i in (1..<i).map { j in pair(i, j) } }
  }
}
