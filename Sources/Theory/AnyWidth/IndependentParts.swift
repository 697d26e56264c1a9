import LinearAlgebra
import LinearNetworks

/// The parts into which exact zeros split a network and its target: parts that share no weight and no entry of Ẑ never meet.
///
/// Inputs (in the eigenbasis of XXᵀ), hidden units and outputs are joined wherever a layer or Ẑ has an entry that is not zero. Every gradient ∇_{W_j}L_N = W_{>j}ᵀ G W_{<j}ᵀ has the same
/// pattern, so the flow keeps it exactly, at any balance: each part is a linear network of its own with a target of its own.
///
/// A part with one input, one output and one hidden unit a layer is a chain of numbers w_1, …, w_N with target z, and is solved: with μ the multiplicity of min|w_j|, it
/// learns z if w_1⋯w_N z > 0, or if μ = 1, since then the smallest weight alone changes its sign (or leaves zero); else it goes to, or stays at, zero. Where the smallest
/// differs from another by no more than rounding, it is open which of the two was meant.
struct IndependentParts {
  /// What becomes of a part.
  enum Fate: Equatable {
    /// All of its target is learnt.
    case learns
    /// It ends at zero, or stays there.
    case vanishes
    /// Its structure alone does not tell.
    case open
  }

  /// One part.
  struct Part {
    /// The largest rank that its layers can have, now and for ever.
    let capacity: Int
    /// Its directions among σ̂_1 ≥ σ̂_2 ≥ … > 0, counted from 1.
    let directions: [Int]
    let fate: Fate
  }

  /// Those that have a target.
  let parts: [Part]
  /// Whether two σ̂_i of different parts, or of one, agree to round-off, so that counting them is arbitrary.
  let hasTies: Bool

  /// - Parameters:
  ///   - network: layers on the range of X, in the eigenbasis of XXᵀ.
  ///   - target: Ẑ.
  ///   - singularValues: of Ẑ.
  ///   - roundOff: of a singular value of Ẑ.
  ///   - weightRoundOff: of a weight, relative to it.
  init(
    _ network: LinearNetwork, target: Matrix, singularValues: [Double], roundOff: Double,
    weightRoundOff: Double
  ) {
    let widths = network.widths
    let first = widths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    var sets = DisjointSets(count: first[widths.count])
    for (j, W) in network.layers.enumerated() {
      for b in 0..<W.columns {
        for a in 0..<W.rows where W[a, b] != 0 { sets.join(first[j] + b, first[j + 1] + a) }
      }
    }
    let N = network.depth
    for b in 0..<target.columns {
      for a in 0..<target.rows where target[a, b] != 0 { sets.join(b, first[N] + a) }
    }

    var members: [Int: [[Int]]] = [:]
    for (j, width) in widths.enumerated() {
      for i in 0..<width {
        members[sets.root(first[j] + i), default: Array(repeating: [], count: N + 1)][j].append(i)
      }
    }
    var found: [(units: [[Int]], values: [Double])] = []
    for units in members.values where !units[0].isEmpty && !units[N].isEmpty {
      let isWhole = units[N].count == target.rows && units[0].count == target.columns
      let values =
        isWhole
        ? singularValues
        : Matrix(units[N].count, units[0].count) { target[units[N][$0], units[0][$1]] }.singularValues
      found.append((units, values.filter { $0 > roundOff }))
    }
    // The largest first, so that the order does not depend on that of a dictionary.
    found.sort { ($0.values.first ?? 0, $1.units[0][0]) > ($1.values.first ?? 0, $0.units[0][0]) }
    let all = found.indices.flatMap { k in found[k].values.map { (value: $0, part: k) } }.sorted {
      ($0.value, $1.part) > ($1.value, $0.part)
    }
    hasTies = SingularValueGroups(all.map(\.value)).ranges.contains { $0.count > 1 }
    parts = found.indices.filter { !found[$0].values.isEmpty }.map { k in
      let units = found[k].units
      let capacity = units.map(\.count).min()!
      return Part(
        capacity: capacity, directions: all.indices.filter { all[$0].part == k }.map { $0 + 1 },
        fate: capacity == 0 ? .vanishes : Self.fate(network, units, target, roundOff: weightRoundOff))
    }
  }

  private static func fate(
    _ network: LinearNetwork, _ units: [[Int]], _ target: Matrix, roundOff: Double
  ) -> Fate {
    guard units.allSatisfy({ $0.count == 1 }) else { return .open }
    let N = network.depth
    let weights = (0..<N).map { network.layers[$0][units[$0 + 1][0], units[$0][0]] }
    let z = target[units[N][0], units[0][0]]
    let smallest = weights.map(\.magnitude).min()!
    let sign = weights.reduce(z.sign == .minus ? -1 : 1) { $0 * ($1 > 0 ? 1 : $1 < 0 ? -1 : 0) }
    if sign > 0 { return .learns }
    let equal = weights.filter { $0.magnitude == smallest }.count
    if equal > 1 { return .vanishes }
    let near = weights.filter { $0.magnitude <= smallest * (1 + roundOff) }.count
    return near > 1 ? .open : .learns
  }
}
