import LinearAlgebra
import LinearNetworks

/// Directions Δ_j = N_j z wᵀN*_{j−1}, Δ_i = N_i x yᵀN*_{i−1} through which the rest of a network escapes: pairs of them, in the eigenvectors of X Xᵀ.
///
/// The curvature in their plane is that of [[a_j, −q], [−q, a_i]] with q = ‖C‖ yᵀM z, a_j = ‖E_N⋯E_{j+1} z‖²‖wᵀE_{j−1}⋯E_1‖² and a_i likewise, one of which can be made zero.
struct EscapeThroughRest {
  let directions: [[LinearNetwork]]

  init(_ split: CanonicalChain, _ pair: CanonicalChain.Pair) {
    let (i, j, N) = (pair.i, pair.j, split.depth)
    guard pair.between.storage.count > 0, pair.around.maximumMagnitude > 0 else {
      directions = []
      return
    }
    let C = pair.around.singularValueDecomposition
    let (w, x) = (C.U.columns([0]), C.V.columns([0]))
    let M = pair.between
    // Kernels by thresholds from round-off up to everything, relative to what the chain could pass on; the curvature itself says which served best.
    let through = split.chain(j + 1, N)
    let into = split.chain(1, i - 1)
    func size(_ layers: Range<Int>) -> Double { layers.reduce(1) { $0 * split.chain[$1].spectralNorm } }
    var planes: [(z: Matrix, y: Matrix)] = []
    for threshold in [1e-12, 1e-8, 1e-4, Double.infinity] {
      let z = EscapeThroughRest.kernel(of: through, below: threshold * size(j..<N))
      if let z = EscapeThroughRest.strongest(M * z).map({ z * $0 }) {
        planes.append((z, M * z))
      }
      let y = EscapeThroughRest.kernel(of: into.transpose, below: threshold * size(0..<i - 1))
      if let y = EscapeThroughRest.strongest(Matrix.product(M, .transposed, y, .plain)).map({ y * $0 }) {
        planes.append((Matrix.product(M, .transposed, y, .plain), y))
      }
    }
    func change(_ layer: Int, _ out: Matrix, _ into: Matrix) -> LinearNetwork {
      split.change(
        ofLayer: layer,
        by: Matrix.product(split.rest[layer] * out, .plain, into, .transposed) * split.dualRest[layer - 1])
    }
    directions = planes.map { [change(j, $0.z, w), change(i, x, $0.y)] }
  }

  /// Right singular vectors with σ up to a threshold, and those beyond the number of rows.
  private static func kernel(of A: Matrix, below threshold: Double) -> Matrix {
    if A.rows == 0 || A.columns == 0 || threshold == .infinity { return .identity(A.columns) }
    let svd = A.singularValueDecomposition
    return svd.V.columns(0..<svd.rank(tolerance: threshold)).orthogonalComplement
  }

  /// The leading right singular vector; nil for zero.
  private static func strongest(_ A: Matrix) -> Matrix? {
    guard A.rows > 0, A.columns > 0 else { return nil }
    let svd = A.singularValueDecomposition
    return (svd.singularValues.first ?? 0) > 0 ? svd.V.columns([0]) : nil
  }
}

/// The direction Δ_N = û_b(û_aᵀW_N), Δ_1 = (Ŵ_1v̂_a)v̂_bᵀ that exchanges a direction a that is kept for a larger one b that is not, in the eigenvectors of X Xᵀ.
///
/// At the saddle the curvature is σ̂_a²(α² + β²) − 2αβσ̂_aσ̂_b along (αΔ_N, βΔ_1), negative for α = β where σ̂_b > σ̂_a.
struct EscapeByExchange {
  let directions: [[LinearNetwork]]

  init(_ split: CanonicalChain, _ problem: Problem) {
    let N = split.depth
    guard N >= 2, split.rank > 0, split.openBound > split.kept.last!,
      case let S = split.open.singularValueDecomposition, let larger = S.singularValues.first,
      larger > split.kept.last!
    else {
      directions = []
      return
    }
    // û_b, v̂_b lead what is open; û_a, v̂_a are the weakest of what is kept.
    let (left, right) = (split.rest[N] * S.U.columns([0]), split.rest[0] * S.V.columns([0]))
    let last = split.rank - 1
    let Δ_N = (split.kept[last] * left) * split.dualCore[N - 1].rows([last])
    let Δ_1 = split.core[1].columns([last]) * right.transpose
    directions = [[split.change(ofLayer: 1, by: Δ_1), split.change(ofLayer: N, by: Δ_N)]]
  }
}
