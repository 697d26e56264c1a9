import LinearAlgebra
import LinearNetworks

/// A value of L_N at which a network can be stationary: ½‖Y P_X⊥‖² + ½ Σ_{i∉S} σ_i(Y P_X)².
public struct CriticalLevel: Codable, Sendable, Equatable {
  /// What the stationary points at a level are.
  public enum Nature: String, Codable, Sendable {
    /// The lowest level: global minimisers only.
    case globalMinimum
    /// S is leading, S = {1, …, k}, but k < r: strict saddles for N = 2; for N ≥ 3 strict or not, depending on the layers.
    case leading
    /// S leaves out a direction larger than one that it keeps: strict saddles only.
    case strictSaddles
  }

  /// L_N at this level.
  public let loss: Double
  /// L_N − min L_N.
  public let gap: Double
  /// S, counted from 1 in the order of decreasing σ_i. Of equal singular values the first stand for all; of several sets with
  /// one value a leading one, if there is one.
  public let kept: [Int]
  /// Which kinds of stationary points are there.
  public let nature: Nature
  /// |S|, the rank of W X there.
  public let rank: Int

  init(loss: Double, gap: Double, kept: [Int], nature: Nature) {
    (self.loss, self.gap, self.kept, self.nature, rank) = (loss, gap, kept, nature, kept.count)
  }
}

/// The stationary values of L_N (6) for all networks of bottleneck r, from the lowest up.
///
/// At a stationary point W X = Π Y P_X with an orthogonal projection Π (onto the range of W_{>1}) that commutes with Y P_X Yᵀ, so that the loss is
/// ½‖Y P_X⊥‖² + ½ Σ_{i∉S} σ_i² for a set S of at most r singular directions; and every such S is attained by its balanced factorisation. (From ∇_{W_1}L_N = 0:
/// W X = Π Y P_X. From ∇_{W_N}L_N Wᵀ_N = 0: Y Xᵀ Wᵀ = Π Y P_X Yᵀ is symmetric.) The levels are a discrete set, whatever the data.
///
/// There are up to 2ⁿ sets; they are visited lazily, best first: from the largest r directions each set is reached by exchanging a direction for the next
/// smaller one, or dropping the smallest, and those not visited yet wait in order. Equal singular values are exchanged for each other at no cost and count once.
///
/// Accuracy: the levels are exact functions of the σ_i; σ_i and levels closer than the resolution of `SingularValueGroups` are merged.
///
/// Complexity: O(k r (r + k)) for the k lowest, beside the singular values: each visit adds up to r sets to those that wait.
///
/// Source: Baldi, Hornik (1989) for N = 2; Achour, Malgouyres, Gerchinovitz, "The loss landscape of deep linear neural networks: a second-order
/// analysis", JMLR (2024), for every depth.
public struct CriticalLevels: Sequence, Sendable {
  /// Distinct σ above round-off, decreasing, with the number of times each occurs.
  private let clusters: [(value: Double, count: Int)]
  private let minimum: Double
  private let rank: Int
  /// Values of ½ Σσ² that differ by less are one.
  private let resolution: Double

  /// The levels of a minimum's problem and bottleneck.
  public init(of minimum: GlobalMinimum) {
    self.minimum = minimum.loss
    rank = minimum.rank
    let σ1 = minimum.singularValues.first ?? 0
    clusters = minimum.groups.ranges.map { (minimum.singularValues[$0.lowerBound], $0.count) }
    resolution = 2 * minimum.groups.resolution * σ1
  }

  /// The k lowest levels, fewer if there are fewer.
  public func lowest(_ k: Int) -> [CriticalLevel] { Array(prefix(k)) }

  /// The k lowest levels up to a gap, fewer where there are fewer, or where more than 20,000 choices of directions would have to be looked at: of repeated singular values, or of whole numbers,
  /// exponentially many choices have one level.
  package func lowest(_ k: Int, upTo gap: Double) -> [CriticalLevel] {
    var iterator = makeIterator()
    var found: [CriticalLevel] = []
    while found.count < k, iterator.choices < 20_000, let level = iterator.next(), level.gap <= gap {
      found.append(level)
    }
    return found
  }

  /// L_N − min L_N of the lowest level above the minimum; nil if there is only one level.
  public var spacing: Double? { lowest(2).dropFirst().first?.gap }

  /// The level of the networks that keep the given directions, from 1, at most r of them.
  public func level(keeping kept: [Int]) -> CriticalLevel {
    var left = kept.sorted()[...]
    var end = 0
    let counts = clusters.map { cluster in
      end += cluster.count
      let inside = left.prefix { $0 <= end }.count
      left = left.dropFirst(inside)
      return inside
    }
    return level(counts)
  }

  /// The most directions that can be kept, cluster by cluster from the largest.
  private var best: [Int] {
    var left = rank
    return clusters.map { cluster in
      defer { left -= Swift.min(left, cluster.count) }
      return Swift.min(left, cluster.count)
    }
  }

  /// ½ Σ_c (best_c − n_c) σ_c².
  private func gap(_ counts: [Int], _ best: [Int]) -> Double {
    counts.indices.reduce(0) { sum, c in
      sum + 0.5 * Double(best[c] - counts[c]) * clusters[c].value * clusters[c].value
    }
  }

  private func level(_ counts: [Int]) -> CriticalLevel {
    let best = best
    var kept: [Int] = []
    var position = 1
    for (cluster, count) in zip(clusters, counts) {
      kept += position..<position + count
      position += cluster.count
    }
    // Leading: nothing is kept of a cluster after one that is not kept whole.
    let firstGap = zip(clusters, counts).enumerated().first { $1.1 < $1.0.count }?.offset
    let isLeading = firstGap.map { first in counts.dropFirst(first + 1).allSatisfy { $0 == 0 } } ?? true
    let gap = gap(counts, best)
    return CriticalLevel(
      loss: minimum + gap, gap: gap, kept: kept,
      nature: counts == best ? .globalMinimum : isLeading ? .leading : .strictSaddles)
  }

  public func makeIterator() -> Iterator { Iterator(self) }

  /// Visits the levels in increasing order.
  public struct Iterator: IteratorProtocol {
    private let levels: CriticalLevels
    private let best: [Int]
    /// By decreasing gap: the next one is the last.
    private var waiting: [Candidate]
    private var seen: Set<[Int]>

    /// How many directions of each cluster are kept, and Σ σ² that this loses against the best choice, halved.
    private struct Candidate {
      let counts: [Int]
      let gap: Double
    }

    fileprivate init(_ levels: CriticalLevels) {
      self.levels = levels
      best = levels.best
      waiting = [Candidate(counts: best, gap: 0)]
      seen = [best]
    }

    /// Choices of directions that were looked at.
    fileprivate var choices: Int { seen.count }

    public mutating func next() -> CriticalLevel? {
      guard let first = waiting.popLast() else { return nil }
      expand(first)
      var level = levels.level(first.counts)
      // Sums may agree by chance, as 3² + 4² = 5²: a leading set tells more, since only there saddles may be non-strict.
      while let other = waiting.last, other.gap - first.gap <= levels.resolution {
        waiting.removeLast()
        expand(other)
        if level.nature == .strictSaddles {
          let alternative = levels.level(other.counts)
          if alternative.nature == .leading { level = alternative }
        }
      }
      return level
    }

    /// The sets one exchange away: a direction of a cluster for one of the next, or one of the last for none.
    private mutating func expand(_ candidate: Candidate) {
      let σ = levels.clusters
      for c in σ.indices where candidate.counts[c] > 0 {
        var counts = candidate.counts
        counts[c] -= 1
        if c + 1 < σ.count {
          guard counts[c + 1] < σ[c + 1].count else { continue }
          counts[c + 1] += 1
        }
        guard seen.insert(counts).inserted else { continue }
        let gap = levels.gap(counts, best)
        let place = waiting.partitioningIndex { $0.gap <= gap }
        waiting.insert(Candidate(counts: counts, gap: gap), at: place)
      }
    }
  }
}
