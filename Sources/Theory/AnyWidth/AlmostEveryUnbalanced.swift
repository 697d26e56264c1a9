import LinearAlgebra
import LinearNetworks
import Prose

/// D20: almost every unbalanced start, by the inertia of the conserved imbalances.
///
/// D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ is conserved, W_{j+1}ᵀW_{j+1} ⪰ D_j and W_jW_jᵀ ⪰ −D_j, so that for all times and in the limit
/// rank W_l ≥ ρ_l = max(n_+(D_{l−1}), n_−(D_l)), and by Sylvester's inequality rank(W_b⋯W_a) ≥ Σ_{l=a}^b ρ_l − Σ_{l=a}^{b−1} d_l. A critical point that is no strict saddle and no
/// global minimiser has a rank k < min(r, ρ) and is tight: for every pair of layers i > j
///
///     rank(W_{i−1}⋯W_{j+1}) = k   or   rank(W_{j−1}⋯W_1 XYᵀ W_N⋯W_{i+1}) = k
///
/// (Achour, Malgouyres, Gerchinovitz, 2024). If for one pair both lower bounds are at least min(r, ρ), there is none, and almost every start with these inertias goes to a
/// global minimiser.
///
/// Source: D20 of Documentation/derived.md.
public struct InertiaFloor: Equatable, Sendable {
  /// The largest min(first, second) over all pairs, or the lower bound on rank W if that is larger: no limit that is not strict has a smaller rank.
  public let rank: Int
  /// The pair (i, j), i > j, from 1, that gives it; nil where the bound on rank W does.
  public let pair: (i: Int, j: Int)?
  /// ρ_1, …, ρ_N.
  public let layerRanks: [Int]

  /// The floor of a network.
  ///
  /// - Parameters:
  ///   - network: layers on the range of X.
  ///   - imbalances: their eigenvalues.
  ///   - targetRank: ρ, the rank of XYᵀ.
  ///
  /// *Accuracy*: eigenvalues of D_j within their round-off of zero count as zero, so that all ranks are lower bounds (Weyl).
  ///
  /// *Complexity*: O(Σ_j d_j³ + N²).
  init(_ network: LinearNetwork, imbalances: ImbalanceSpectrum, targetRank: Int) {
    let (N, widths) = (network.depth, network.widths)
    var (positive, negative) = ([0], [Int]())
    for (λ, error) in zip(imbalances.values, imbalances.errors) {
      positive.append(λ.filter { $0 > error }.count)
      negative.append(λ.filter { $0 < -error }.count)
    }
    negative.append(0)
    let ρ = (0..<N).map { max(positive[$0], negative[$0]) }
    layerRanks = ρ
    // Sums over the first l layers.
    let ranks = ρ.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let sizes = widths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    /// Σ_{l=a}^b ρ_l − Σ_{l=a}^{b−1} d_l, layers from 1; not cut at zero, since it is a summand of further bounds.
    func floor(_ a: Int, _ b: Int) -> Int { ranks[b] - ranks[a - 1] - (sizes[b] - sizes[a]) }
    var best: (rank: Int, pair: (Int, Int)?) = (max(0, floor(1, N)), nil)
    if N >= 2 {
      for i in 2...N {
        for j in 1..<i {
          let first = i == j + 1 ? widths[j] : max(0, floor(j + 1, i - 1))
          let below = j > 1 ? floor(1, j - 1) - widths[0] : 0
          let above = i < N ? floor(i + 1, N) - widths[N] : 0
          let rank = min(first, max(0, targetRank + below + above))
          if rank > best.rank { best = (rank, (i, j)) }
        }
      }
    }
    rank = best.rank
    pair = best.pair.map { (i: $0.0, j: $0.1) }
  }

  public static func == (a: InertiaFloor, b: InertiaFloor) -> Bool {
    a.rank == b.rank && a.layerRanks == b.layerRanks && a.pair?.i == b.pair?.i && a.pair?.j == b.pair?.j
  }
}

/// D20 as a theorem on a start.
struct AlmostEveryUnbalanced: Theorem {
  let reference = Reference.almostEveryUnbalanced

  func conditions(in setting: Setting) -> [Condition] {
    [
      Condition("depth", "N", .almostEveryUnbalanced, setting.depth, .atLeast, 2),
      Condition(
        "imbalance", "‖D_j‖/‖W_j‖²", .balance, setting.relativeImbalance, .above, Setting.defectTolerance),
      Condition("rank of the target", "rank(Y P_X)", .almostEveryUnbalanced, setting.targetRank, .atLeast, 1),
      Condition(
        "live hidden units", "live width", .reach, setting.liveWidth, .atLeast,
        min(setting.bottleneck, setting.targetRank)),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let floor = setting.inertiaFloor
    let goal = min(setting.bottleneck, setting.targetRank)
    guard floor.rank > 0 else {
      throw Silence(
        "the imbalances keep no rank: almost every such start goes to the best of some rank up to \(goal)")
    }
    guard floor.rank >= goal else {
      // No limit that is not strict has a smaller rank.
      return Conclusion(
        "the imbalances keep rank \(floor.rank) of \(goal): almost every such start goes to the best predictor of rank \(ranges(Array(floor.rank...goal)))",
        quantities: [
          Quantity("rank floor", "no limit but strict saddles has a smaller rank", Double(floor.rank))
        ])
    }
    let pair = floor.pair.map {
      "the imbalances keep the layers beside the pair (\($0.i), \($0.j)) of rank \(floor.rank)"
    }
    return Conclusion(
      "\(pair ?? "the imbalances keep rank W(t) ≥ \(floor.rank)"): almost every such start goes to a global minimiser",
      limit: .globalMinimiser, strength: .almostEvery,
      quantities: [
        Quantity("rank floor", "no limit but strict saddles has a smaller rank", Double(floor.rank))
      ])
  }
}
