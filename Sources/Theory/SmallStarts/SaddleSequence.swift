import ExactFlows
import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Prose

/// The saddles that a small start passes on its way, and when it goes from each to the next.
///
/// From W_0 ≈ 0 the flow learns one direction after the other; in between it passes stationary points of the levels L_S = ½‖Y P_X⊥‖² + ½ Σ_{i∉S} σ̂_i², S from ∅ on. A step from S to S′
/// is timed by the moment at which the loss passes the middle between L_S and L_{S′}, which needs no threshold: the loss only falls.
///
/// - *By closed form* (D4, D7, D8): levels and times are those of the exact flow. A level counts that the loss comes within a twentieth of its gap of, on a grid of times that grow by a tenth.
/// - *Estimated* otherwise: ∅, {1}, {1, 2}, …, as a generic start does. With g_k^{(i)} the i-th singular value of ∇L_1 at the best matrix of rank k, the layers' part λ along the next direction obeys λ′ = gλ^{N−1}
///   until it is no longer small, so that the times follow from
///   Σ_{j≤k} (t_{j+1} − t_j) g_j^{(k−j+1)} = log(λ*/λ), for N ≥ 3 (λ^{2−N} − λ*^{2−N})/(N−2). Balanced starts, and two layers: for unbalanced deeper ones the levels are
///   told, but no times.
///
/// *Complexity*: some hundred evaluations of the closed form.
///
/// Source: “Small starts: the order of the saddles” in Documentation/derived.md; Saxe, McClelland, Ganguli (2014) for aligned starts; Li, Luo, Lyu (2021) for the greedy order.
public struct SaddleSequence: Codable, Equatable, Sendable {
  /// How the times were found.
  public enum Basis: String, Codable, Sendable {
    /// From the exact flow: to 1e-9 of the time.
    case closedForm
    /// From the growth of the linearised flow at each level.
    case estimate
  }

  /// A level that the flow comes to.
  public struct Step: Codable, Equatable, Sendable {
    /// The directions of Y P_X that are learnt then, counted from 1.
    public let kept: [Int]
    /// L_S − min L_N.
    public let gap: Double
    /// When the loss passes the middle between the level before and this one; nil where no estimate is known.
    @ExplicitNull public private(set) var time: Double?

    init(kept: [Int], gap: Double, time: Double?) {
      (self.kept, self.gap, self.time) = (kept, gap, time)
    }
  }

  /// How the times were found.
  public let basis: Basis
  /// L_∅ − min L_N, near which the start is.
  public let startGap: Double
  /// The levels after that, in order.
  public let steps: [Step]

  /// The loss gap whose passage times step k, from 0.
  public func middle(_ k: Int) -> Double { 0.5 * ((k == 0 ? startGap : steps[k - 1].gap) + steps[k].gap) }

  /// When a recorded run passed the middles: between records as if the logarithm of the gap were linear in t; nil for those that it did not reach.
  ///
  /// - Parameters:
  ///   - times: of the records, increasing.
  ///   - gaps: L_N − min L_N there.
  public func passages(times: [Double], gaps: [Double]) -> [Double?] {
    steps.indices.map { k in
      let middle = middle(k)
      guard let i = gaps.firstIndex(where: { $0 <= middle }) else { return nil }
      guard i > 0, gaps[i - 1] > gaps[i], gaps[i] > 0 else { return times[i] }
      let share = log(gaps[i - 1] / middle) / log(gaps[i - 1] / gaps[i])
      return times[i - 1] + share * (times[i] - times[i - 1])
    }
  }

  /// How near to a level the loss counts as being there, in units of the level's gap (a convention, as for the plateaus of a run).
  public static let nearness = 0.05

  /// nil where the start is not near the level of W = 0, or there is nothing to learn.
  ///
  /// - Parameter setting: the problem and the start.
  public init?(_ setting: Setting) {
    let goal = min(setting.bottleneck, setting.targetRank)
    guard setting.depth >= 2, goal > 0 else { return nil }
    let origin = setting.levels.level(keeping: [])
    guard (0.5 * setting.excess - origin.gap).magnitude <= Self.nearness * origin.gap else { return nil }
    startGap = origin.gap
    if let exact = ExactPassage(setting) {
      (basis, steps) = (.closedForm, exact.steps)
    } else {
      // A determinant of the wrong sign keeps the last direction out of reach (D10).
      let isMirrored =
        goal == setting.outputs && setting.keepsOppositeSign
      (basis, steps) = (.estimate, Self.estimated(setting, goal: isMirrored ? goal - 1 : goal))
    }
    guard !steps.isEmpty else { return nil }
  }

  // MARK: In words

  /// In lines for a screen, beside the times at which a run passed, if there was one.
  ///
  /// - Parameter passed: of each step; nil where the run did not come there.
  public func lines(passed: [Double?]? = nil) -> [String] {
    let shown = 6
    guard steps.contains(where: { $0.time != nil }) else {
      let names = steps.prefix(shown).map { ranges($0.kept) }.joined(separator: ", ")
      return labelledLines(
        "Small start",
        "near the saddle W = 0; a generic one goes on to the saddles that have learnt \(names)\(steps.count > shown ? ", …" : ""); when is not known for unbalanced layers of this depth"
      )
    }
    let parts = steps.prefix(shown).enumerated().map { k, step in
      let directions = step.kept.isEmpty ? "none" : ranges(step.kept)
      let time = step.time.map { "t\u{a0}=\u{a0}\(number($0))" } ?? "a time that is not known"
      let seen = passed.map { times in " (seen: \(times[k].map { number($0) } ?? "not in this run"))" } ?? ""
      return "\(directions) at \(time)\(seen)"
    }
    let more = steps.count > shown ? ", and \(steps.count - shown) more" : ""
    let how =
      basis == .closedForm
      ? "by the closed form"
      : "estimated from the growth at each saddle, for three layers and more to its order only"
    return labelledLines(
      "Small start",
      "near the saddle W = 0; passes half-way to learning \(parts.joined(separator: ", "))\(more); \(how)")
  }

  // MARK: Estimate

  private static func estimated(_ setting: Setting, goal: Int) -> [Step] {
    guard goal > 0 else { return [] }
    let (N, ξ) = (setting.depth, setting.inputScales)
    let Z = setting.targetDecomposition
    // ∇L_1 at the best matrix of rank k, in the scaled coordinates: what is left of Ẑ, times (XXᵀ)^{1/2}.
    let forces = (0..<goal).map { k -> SingularValueDecomposition in
      let kept = Matrix.product(
        Z.U.columns(0..<k).scalingColumns(by: Array(Z.singularValues.prefix(k))), .plain, Z.V.columns(0..<k),
        .transposed)
      return (setting.target - kept).scalingColumns(by: ξ).singularValueDecomposition
    }
    var times: [Double?] = []
    for k in 0..<goal {
      let (u, v) = (forces[k].U.columns(0..<1), forces[k].V.columns(0..<1))
      guard let λ = part(setting, u, v), λ > 0, times.allSatisfy({ $0 != nil }) else {
        times.append(nil)
        continue
      }
      // The size at which the loss is half-way, with the slowing down before it: s/(σ − s) = √2 − 1.
      let row = Matrix.column(Z.V.column(k)).scalingRows(by: ξ.map { 1 / $0 }).frobeniusNorm
      let goalSize = pow((2.0.squareRoot() - 1) * Z.singularValues[k] * row, 1 / Double(N))
      let budget =
        N == 2 ? log(goalSize / λ) : (pow(λ, 2 - Double(N)) - pow(goalSize, 2 - Double(N))) / Double(N - 2)
      // Growth on the levels before.
      var (spent, last) = (0.0, 0.0)
      for j in 0..<k {
        let t = times[j] ?? 0
        spent += (t - last) * forces[j].singularValues[k - j]
        last = t
      }
      times.append(max(last, last + (budget - spent) / forces[k].singularValues[0]))
    }
    return (1...goal).map { k in
      let kept = Array(1..<k + 1)
      return Step(
        kept: kept, gap: setting.levels.level(keeping: kept).gap, time: times[k - 1].flatMap(\.finiteOrNil))
    }
  }

  /// λ: half of what the layers have in the direction u vᵀ that grows; nil where it is not known.
  private static func part(_ setting: Setting, _ u: Matrix, _ v: Matrix) -> Double? {
    if setting.isBalanced {
      let W = setting.startDecomposition
      let roots = W.singularValues.map { pow($0, 1 / Double(setting.depth)) }
      let left = Matrix.product(u, .transposed, W.U.scalingColumns(by: roots), .plain)
      let right = Matrix.product(v, .transposed, W.V.scalingColumns(by: roots), .plain)
      return 0.5 * (left + right).frobeniusNorm
    }
    guard setting.depth == 2 else { return nil }
    let layers = setting.restricted.layers
    let left = Matrix.product(u, .transposed, layers[1], .plain)
    let right = Matrix.product(v, .transposed, layers[0], .transposed)
    return 0.5 * (left + right).frobeniusNorm
  }
}

/// The levels that an exact flow passes.
private struct ExactPassage {
  let steps: [SaddleSequence.Step]

  /// Matrices of more entries are left to the estimate: each of a thousand evaluations forms one.
  private static let largestMatrix = 2500

  /// nil where there is no closed form, or too large a matrix.
  init?(_ setting: Setting) {
    let reduction = Reduction(of: setting.problem, from: setting.start)
    guard reduction.problem.outputs * reduction.problem.inputs <= Self.largestMatrix,
      case .solved(let solution, _) = ExactCase(setting.problem, start: setting.start, reduction: reduction)
    else { return nil }
    let evaluate = solution.evaluator()
    let loss = reduction.problem.spectralLoss
    let (levels, minimum) = (setting.levels, setting.minimum)
    let Z = loss.labels.singularValueDecomposition
    let groups = minimum.groups
    let rest = minimum.singularValues.dropFirst(minimum.rank).reduce(0) { $0 + $1 * $1 }
    /// The gap at t, and the directions that are at least half learnt: in each group of equal σ̂_i the first stand for all.
    func look(_ t: Double) -> (gap: Double, kept: [Int]) {
      let W = evaluate(t).endToEndMatrix
      let scaled = W.scalingColumns(by: loss.inputScales)
      let kept = groups.ranges.flatMap { range -> [Int] in
        let block = Matrix.product(
          Z.U.columns(range), .transposed, scaled * Z.V.columns(range), .plain)
        let values = SymmetricEigendecomposition(0.5 * (block + block.transpose)).eigenvalues
        let count = values.filter { $0 > 0.5 * minimum.singularValues[range.lowerBound] }.count
        return (0..<count).map { range.lowerBound + 1 + $0 }
      }
      // ½(‖Ŵ − Ẑ‖² − Σ_{i>r} σ̂_i²): what no linear predictor reaches stays out of the difference.
      let residual = (scaled - loss.labels).frobeniusNorm
      return (max(0, 0.5 * (residual * residual - rest)), kept)
    }
    let σ = setting.singularValue(1) / setting.inputPower.squareRoot()
    let unit = 1 / (setting.inputPower * pow(σ, setting.exponent))
    guard unit.isFinite, unit > 0 else { return nil }
    let finished = 0.25 * (levels.spacing ?? 0)
    var (visited, path): ([[Int]], [(time: Double, gap: Double)]) = ([[]], [])
    var t = 0.01 * unit
    for _ in 0..<1200 where t < .greatestFiniteMagnitude {
      let (gap, kept) = look(t)
      path.append((t, gap))
      let level = levels.level(keeping: kept)
      let isNear = (gap - level.gap).magnitude <= SaddleSequence.nearness * level.gap
      if kept != visited.last, isNear || gap < finished { visited.append(kept) }
      if gap < finished { break }
      t *= 1.1
    }
    var before = levels.level(keeping: []).gap
    var steps: [SaddleSequence.Step] = []
    for kept in visited.dropFirst() {
      let gap = levels.level(keeping: kept).gap
      let middle = 0.5 * (before + gap)
      guard gap < before, let i = path.firstIndex(where: { $0.gap <= middle }) else { continue }
      var (low, high) = (i > 0 ? path[i - 1].time : 0, path[i].time)
      while high - low > 1e-10 * high {
        let t = 0.5 * (low + high)
        if look(t).gap <= middle { high = t } else { low = t }
      }
      steps.append(SaddleSequence.Step(kept: kept, gap: gap, time: high))
      before = gap
    }
    self.steps = steps
  }
}
