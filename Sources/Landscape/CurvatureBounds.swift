import LinearAlgebra
import LinearNetworks

/// Bounds of the smallest eigenvalue of ∇²L_N by the layers alone, without a Hessian: −‖K‖ − round-off ≤ λ_min ≤ ∇²L_N[Δ]/‖Δ‖².
///
/// In the blocks of ``CanonicalChain`` let Δ_j = [a_j b_j; c_j d_j], â = Σ a_j, b̂ = Σ b_j E_{j−1}⋯E_1, ĉ = Σ E_N⋯E_{j+1} c_j, d̂ likewise. Then (8) reads
///
///     ∇²L_N[Δ] = ‖Σâ‖² + (‖Σb̂‖² + ‖ĉ‖² − 2⟨S, ĉ b̂⟩) + ‖d̂‖² − 2 Σ_{i>j} tr(C_ij d_i M_ij d_j) + 2 Σ_{i≤j} ⟨G_ij, c_i b_j⟩ − 2⟨mismatch, B⟩,
///
/// with M_ij = E_{i−1}⋯E_{j+1}, C_ij = E_{j−1}⋯E_1 Sᵀ E_N⋯E_{i+1} and G_ij = (E_N⋯E_{i+1})ᵀ S (E_{j−1}⋯E_1)ᵀ, i ≤ j, which vanishes at a stationary point. The bracket is not negative where
/// ‖S‖ ≤ σ_k, that is, where the k directions are leading ones. All the rest is bilinear in the layers' changes, so that ∇²L_N[Δ] ≥ −Σ_ij K_ij ‖Δ_i‖‖Δ_j‖ with norms of products for K_ij.
///
/// At a stationary point with leading directions only the pairs are left, and a pair with M_ij ≠ 0 and C_ij ≠ 0 does give a negative direction: d_j = z wᵀ and d_i = x yᵀ with the leading
/// singular pair (w, x) of C_ij, where z is in the null space of E_N⋯E_{j+1} or y in that of (E_{i−1}⋯E_1)ᵀ. (One of the two exists: else E_N⋯E_1 ≠ 0.) So both bounds vanish together: the rule of ranks.
///
/// Accuracy: the lower bound includes the round-off of the Hessian's terms and, times the condition of the split, of its blocks; the upper one is (8) itself at a direction.
///
/// Complexity: O(N² d³), no product with the Hessian; (8) at about ten directions.
///
/// Source: D20 of Documentation/derived.md, "Strict or not"; Achour, Malgouyres, Gerchinovitz, JMLR (2024).
struct CurvatureBounds {
  /// No eigenvalue of ∇²L_N is smaller.
  let lower: Double
  /// The part of it that an exactly stationary network would not have.
  let defect: Double
  /// The part of it that round-off makes.
  let rounding: Double
  /// The curvature along ``direction``, at least the smallest eigenvalue; nil where the layers give none.
  let upper: Double?
  /// A unit direction of all weights.
  let direction: LinearNetwork?
  /// The pair of layers whose product ‖M‖‖C‖ is largest; nil for one layer.
  let strongest: CanonicalChain.Pair?

  /// The bounds at a network of the problem, with W of rank k.
  init(of network: LinearNetwork, problem: Problem, rank k: Int, roundOff: RoundOff) {
    let diagonal = problem.inEigenbasis(network)
    let split = CanonicalChain(of: diagonal, loss: problem.spectralLoss, rank: k)
    let N = split.depth
    let ξ = split.inputScales.max() ?? 0
    var K = Matrix(zeros: N, N)
    var strongest: (value: Double, pair: CanonicalChain.Pair)?
    func add(_ i: Int, _ j: Int, _ value: Double) {
      // The first layer is weighted by the inputs.
      let value = value * (i == 1 ? ξ : 1) * (j == 1 ? ξ : 1)
      K[i - 1, j - 1] += value
      K[j - 1, i - 1] += value
    }
    for pair in split.pairs {
      let between = (pair.between * split.dualRest[pair.j]).spectralNorm
      // Where nothing lies between, it does not matter what is around; that may have the size of W.
      let around = between > 0 ? (pair.around * split.dualRest[pair.i]).spectralNorm : 0
      add(pair.i, pair.j, around * between)
      let value = around * between * (pair.j == 1 ? ξ : 1)
      if strongest == nil || value > strongest!.value {
        strongest = (value, pair)
      }
    }
    let ofPairs = K.rows > 0 ? SymmetricEigendecomposition(K).eigenvalues.last! : 0
    CurvatureBounds.addDefects(of: split, add)
    let all = SymmetricEigendecomposition(K).eigenvalues.last!
    // What the blocks' own rounding makes, by how far the split is from orthogonal ones.
    let condition = split.dualRest[1..<N].reduce(1) { max($0, $1.spectralNorm) }
    rounding = roundOff.hessian * condition * condition
    lower = -(all + rounding)
    defect = all - ofPairs
    self.strongest = strongest?.pair

    let form = CurvatureForm(of: network, problem: problem)
    var candidates = CurvatureBounds.symmetry(network)
    if let pair = strongest?.pair {
      candidates += EscapeThroughRest(split, pair).directions.map { $0.map { problem.fromEigenbasis($0) } }
    }
    candidates += EscapeByExchange(split, problem).directions.map { $0.map { problem.fromEigenbasis($0) } }
    let best = candidates.compactMap(form.steepest).min { $0.curvature < $1.curvature }
    (upper, direction) = (best?.curvature, best?.direction)
  }

  /// The bounds at a network that was measured.
  init(of network: LinearNetwork, _ m: VerdictMeasures) {
    self.init(of: network, problem: m.problem, rank: m.rank, roundOff: m.roundOff)
  }

  /// Whether both bounds are so close that they say what the smallest eigenvalue is, up to a tolerance.
  func isTight(_ tolerance: Double) -> Bool {
    upper.map { $0 - lower <= allowance(tolerance) } ?? false
  }

  /// What may be between the bounds for the eigenvalue to be known: twice a tolerance, or twice round-off.
  func allowance(_ tolerance: Double) -> Double { 2 * max(tolerance, rounding) }

  /// What is not zero because the network is not stationary, or S not smaller than what is kept.
  private static func addDefects(of split: CanonicalChain, _ add: (Int, Int, Double) -> Void) {
    let N = split.depth
    for i in 1...N {
      for j in 1..<i {
        // W_{j−1}⋯W_1 (Ẑ − Ŵ − S)ᵀ W_N⋯W_{i+1}.
        let above = split.layers[i...].reversed().reduce(split.mismatch.transpose) { $0 * $1 }
        let corner = split.layers[..<(j - 1)].reduce(above) { $1 * $0 }
        add(i, j, corner.frobeniusNorm * split.norms[j..<i - 1].reduce(1, *))
      }
    }
    guard split.rank > 0 else { return }
    for i in 1...N {
      for j in i...N {
        let behind =
          j == 1 ? split.open : Matrix.product(split.open, .plain, split.chain(1, j - 1), .transposed)
        let G = i == N ? behind : Matrix.product(split.chain(i + 1, N), .transposed, behind, .plain)
        let outer = Matrix.product(
          split.dualRest[i], .transposed, Matrix.product(G, .plain, split.rest[j - 1], .transposed), .plain)
        // For i = j `add` counts ‖Δ_j‖² twice, which the factor 2 of the term asks for.
        let through = FactoredMatrix(left: split.core[i - 1], right: split.dualCore[j].transpose)
        add(
          i, j,
          outer.frobeniusNorm
            * (through.singularValueDecomposition(ofRank: split.rank).singularValues.first ?? 0))
      }
    }
    guard split.openBound > split.kept.last! else { return }
    let excess = split.open.spectralNorm - split.kept.last!
    guard excess > 0 else { return }
    let p = (1...N).map { i in
      (i == N ? 1 : split.chain(i + 1, N, times: split.dualRest[i]).spectralNorm)
        * split.core[i - 1].spectralNorm
    }
    let q = (1...N).map { j in
      split.dualCore[j].spectralNorm * (j == 1 ? 1 : split.chain(1, j - 1).spectralNorm)
    }
    for i in 1...N {
      for j in 1...N {
        // p_i q_j + q_i p_j once for each unordered pair; `add` doubles the diagonal.
        if i < j { add(i, j, excess * (p[i - 1] * q[j - 1] + q[i - 1] * p[j - 1])) }
        if i == j { add(i, i, excess * p[i - 1] * q[i - 1]) }
      }
    }
  }

  /// (W_1, −W_2, 0, …), a tangent of the symmetries of the factorisation, along which the curvature of a stationary point is zero; where both layers are zero, one weight.
  private static func symmetry(_ network: LinearNetwork) -> [[LinearNetwork]] {
    guard network.depth >= 2 else { return [] }
    var layers = network.layers.enumerated().map { j, W in
      j == 0 ? W : j == 1 ? -W : Matrix(zeros: W.rows, W.columns)
    }
    if layers.allSatisfy({ $0.maximumMagnitude == 0 }) { layers[0][0, 0] = 1 }
    return [[LinearNetwork(layers: layers)]]
  }
}

/// The second derivative (8) over the span of one or two directions.
struct CurvatureForm {
  private let loss: NetworkLoss
  private let network: LinearNetwork

  init(of network: LinearNetwork, problem: Problem) {
    self.network = network
    loss = NetworkLoss(problem: problem, widths: network.widths)
  }

  /// The lowest curvature in the span of directions that belong to different layers, so that they are orthogonal; nil if there is none.
  func steepest(_ span: [LinearNetwork]) -> (curvature: Double, direction: LinearNetwork)? {
    let units = span.compactMap { Δ -> LinearNetwork? in
      let norm = Matrix.column(Δ.parameters).frobeniusNorm
      guard norm > 0, norm.isFinite else { return nil }
      return LinearNetwork(layers: Δ.layers.map { (1 / norm) * $0 })
    }
    func form(_ Δ: LinearNetwork) -> Double { loss.hessianForm(at: network, along: Δ) }
    guard let first = units.first else { return nil }
    let aa = form(first)
    guard units.count == 2 else { return (aa, first) }
    let second = units[1]
    let bb = form(second)
    let ab = (form(first.moved(by: 1, along: second)) - aa - bb) / 2
    let turned = SymmetricEigendecomposition(Matrix(rows: [[aa, ab], [ab, bb]])).eigenvectors.column(0)
    let Δ = LinearNetwork(
      layers: zip(first.layers, second.layers).map { turned[0] * $0 + turned[1] * $1 })
    return (form(Δ), Δ)
  }
}
