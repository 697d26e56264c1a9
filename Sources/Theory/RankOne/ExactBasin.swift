import ExactFlows
import LinearAlgebra
import Prose

/// Where a balanced rank-one flow on whitened data ends, exactly: W(t) → Z_1 if and only if p_1 ≠ 0.
///
/// With p_i = u_0ᵀu_i + v_0ᵀv_i, in the time x with dx/dt = m s^(1−2/N) the vector [v; u] moves by the power flow of
/// [[0, Zᵀ], [Z, 0]], so p_i ∝ e^(σ_i x): the first pair with p_i ≠ 0 and σ_i > 0 wins. If all of them vanish, uᵀZv has
/// a limit ≤ 0 and s → 0: the origin, approached exponentially for N = 2 if that limit is negative, else
/// algebraically. For N = 2 the origin is a strict saddle, for N ≥ 3 a non-strict one.
///
/// *Repeated singular values*: σ_i = σ_j share one coordinate, the norm of the sum of u_0 and v_0 projected on their
/// singular spaces. *Signs*: p_i changes sign with the pair (u_0, v_0); only p_i ≠ 0 matters.
///
/// Source: D5 (derived); stages of the limit: Chen, Lin, Zhang, ICML 2022.
public struct ExactBasin: Equatable, Sendable {
  /// p_1; its absolute value if σ_1 is repeated.
  public let coordinate: Double
  /// Where W(t) goes.
  public let limit: ExactRankOneLimit
  /// What |p_1| must exceed to count as nonzero: the round-off of the singular vectors.
  public let threshold: Double
  /// Whether every p_i before the one that decides is zero exactly, not only up to round-off: products of coordinates of which none is rounded.
  ///
  /// Only then is a limit other than Z_1 certain; a coordinate below ``threshold`` may be zero or not.
  public let isExact: Bool
  /// What a reader should know: a coordinate near zero, an unstable limit.
  public let note: String?

  /// The limit from W_0 = s_0 u_0 v_0ᵀ, s_0 > 0, Z ≠ 0.
  public init(spectrum: TargetSpectrum, start: RankOneState, depth: Int) {
    let excitation = Excitation(spectrum: spectrum, start: start)
    let pairs = spectrum.groups.map {
      (first: $0[0], p: excitation.growing($0), zero: excitation.threshold($0))
    }
    coordinate = pairs.first?.p ?? 0
    threshold = pairs.first?.zero ?? 0
    let winner = pairs.firstIndex { $0.p.magnitude > $0.zero }
    isExact = excitation.isExactlyZero(before: winner ?? pairs.count)
    limit = winner.map { $0 == 0 ? .target : .saddle(pair: pairs[$0].first + 1) } ?? .origin
    switch winner {
    case nil:
      note =
        depth == 2
        ? "p_i = 0 for every σ_i > 0: s → 0, and for N = 2 the origin is a strict saddle"
        : "p_i = 0 for every σ_i > 0: s → 0 algebraically, and for N ≥ 3 the origin is a non-strict saddle"
    case 0? where !spectrum.hasGap:
      note = "σ_1 is repeated, so the best rank-one approximation reached is one of many"
    case 0? where excitation.isSlow(p: pairs[0].p, depth: depth):
      note = "p_1 is small: expect a plateau near another stationary point first"
    case 0?:
      note = nil
    default:
      note = "p_1 = 0 up to round-off: a perturbation, even of rounding, leads away from this strict saddle"
    }
  }
}

/// The coordinates of [v_0; u_0] in the eigenvectors of [[0, Zᵀ], [Z, 0]].
struct Excitation {
  let spectrum: TargetSpectrum
  let start: RankOneState

  /// p_i = u_0ᵀu_i + v_0ᵀv_i, growing like e^(σ_i x); the norm over a group of equal singular values.
  func growing(_ group: [Int]) -> Double { component(group, sign: 1) }

  /// q_i = u_0ᵀu_i − v_0ᵀv_i, decaying like e^(−σ_i x).
  func decaying(_ group: [Int]) -> Double { component(group, sign: -1) }

  /// The norm of all components that stand still in x: null parts of u_0 and v_0, and pairs with σ_i = 0.
  var resting: Double {
    func outside(_ w: [Double], _ basis: [[Double]]) -> Double {
      var rest = w
      for z in basis.prefix(spectrum.rank) {
        let a = dot(rest, z)
        for i in rest.indices { rest[i] -= a * z[i] }
      }
      return dot(rest, rest)
    }
    return (outside(start.left, spectrum.leftVectors) + outside(start.right, spectrum.rightVectors))
      .squareRoot()
  }

  /// The round-off in p_i: c·eps·√(dx+dy)·(1 + s_Z/gap_i) with c = 8, where the second part is how far the computed
  /// singular pair may be turned (Davis and Kahan).
  func threshold(_ group: [Int]) -> Double {
    let turn = 1 + spectrum.leadingValue / spectrum.separation(ofGroup: group)
    return 8 * .ulpOfOne * Double(start.left.count + start.right.count).squareRoot() * turn
  }

  /// Whether the coordinates p_i of all groups before one vanish without any rounding: the vectors are, up to sign, unit vectors of the same axes or have no axis in common.
  func isExactlyZero(before group: Int) -> Bool {
    spectrum.groups.prefix(group).allSatisfy { indices in
      indices.allSatisfy { i in
        let terms =
          zip(start.left, spectrum.leftVectors[i]).map { ($0, $1) }
          + zip(start.right, spectrum.rightVectors[i]).map { ($0, $1) }
        let products = terms.filter { $0.0 != 0 && $0.1 != 0 }
        // ±1·±1 is exact, and so is the sum of such.
        return products.allSatisfy { $0.0.magnitude == 1 && $0.1.magnitude == 1 }
          && products.reduce(0) { $0 + $1.0 * $1.1 } == 0
      }
    }
  }

  /// Whether a plateau of some decades in time comes first.
  ///
  /// Near a saddle p_1 has to grow from |p_1|, in the time x logarithmically; a start that opposes the target shrinks
  /// like e^(−Nσ_1x) meanwhile and waits near the origin for t ~ (2/|p_1|)^(N−2). The limits 1e-5 and 1e5 are tuned.
  func isSlow(p: Double, depth: Int) -> Bool {
    let opposed = dot(start.left, spectrum.leftVectors[0]) * dot(start.right, spectrum.rightVectors[0]) < 0
    return p.magnitude < 1e-5 || (opposed && power(2 / p.magnitude, Double(depth - 2)) > 1e5)
  }

  private func component(_ group: [Int], sign: Double) -> Double {
    let parts = group.map {
      dot(start.left, spectrum.leftVectors[$0]) + sign * dot(start.right, spectrum.rightVectors[$0])
    }
    return parts.count == 1 ? parts[0] : dot(parts, parts).squareRoot()
  }
}

/// D5: where a balanced rank-one start goes, exactly.
struct ExactBasinTheorem: Theorem {
  let reference = Reference.exactBasin

  func conditions(in setting: Setting) -> [Condition] { RankOneAssumption.conditions(setting) }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    guard let state = setting.rankOneState else { throw Silence("W_0 = 0 has no direction") }
    let basin = ExactBasin(spectrum: setting.spectrum, start: state, depth: setting.depth)
    let quantities = [
      Quantity("p_1", "u_0ᵀu_Z + v_0ᵀv_Z", basin.coordinate),
      Quantity("round-off of p_1", "what |p_1| must exceed to count as nonzero", basin.threshold),
    ]
    let note = basin.note.map { " (\($0))" } ?? ""
    let imbalance = setting.isBalancedToRoundOff ? 0 : setting.relativeImbalance
    switch basin.limit {
    case .target:
      guard basin.coordinate.magnitude > basin.threshold + imbalance else {
        throw Silence(unbalanced(setting, "p_1 = \(number(basin.coordinate))"))
      }
      return Conclusion(
        "W(t) → Z_1, as p_1 = \(number(basin.coordinate)) ≠ 0\(note)", limit: .globalMinimiser,
        quantities: quantities)
    case .saddle(let i):
      guard basin.isExact else { throw Silence(roundOff(basin)) }
      guard imbalance == 0 else { throw Silence(unbalanced(setting, "p_1 = 0")) }
      return Conclusion(
        "W(t) → the saddle σ_\(i)u_\(i)v_\(i)ᵀ, as p_i = 0 exactly for all i < \(i)",
        limit: .saddle(kept: [i]),
        quantities: quantities)
    case .origin:
      guard basin.isExact else { throw Silence(roundOff(basin)) }
      guard imbalance == 0 else { throw Silence(unbalanced(setting, "p_1 = 0")) }
      return Conclusion(
        "W(t) → 0, as p_i = 0 exactly for all σ_i > 0", limit: .origin, quantities: quantities)
    }
  }

  private func unbalanced(_ setting: Setting, _ coordinate: String) -> String {
    "\(coordinate) decides for balanced layers only, and ‖D_j‖/‖W_j‖² = \(number(setting.relativeImbalance, digits: 2)) is not below it: where this start goes cannot be told"
  }

  private func roundOff(_ basin: ExactBasin) -> String {
    "p_1 = \(number(basin.coordinate)) is zero up to its round-off \(number(basin.threshold)): this start lies on the basin's boundary or within round-off of it, and which cannot be told"
  }
}
