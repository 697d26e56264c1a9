import LinearAlgebra
import LinearNetworks
import Prose

/// Which closed form a flow has, if any, in the coordinates of its reduction.
package enum ExactCase: Sendable {
  /// The closed form, and what the data and the start lack of its hypotheses, relative to W.
  case solved(any ExactSolution, defect: Double)
  /// Which hypothesis of each closed form fails, and by how much.
  case unsolved(reason: String)

  /// The simplest closed form that applies: depth one on any data (D9); where XXᵀ = c·I, from a balanced start, rank one (D4), an aligned start (D8), depth two (D7).
  ///
  /// - Parameter tolerance: how far data may be from whitened and the start from balanced.
  package init(
    _ problem: Problem, start: LinearNetwork, reduction: Reduction, tolerance: Double = .hypothesisTolerance
  ) {
    if start.depth == 1 {
      // One layer of the right shape always has its solution.
      let reduced = reduction.reduce(start).layers[0]
      self = .solved(try! ExactDepthOneFlow(problem: reduction.problem, start: reduced), defect: 0)
      return
    }
    guard let c = problem.whiteningFactor else {
      self = .unsolved(
        reason:
          "closed forms need whitened data, XXᵀ = c·I (XXᵀ/m is \(number(problem.whiteningDefect, digits: 3)) from I)"
      )
      return
    }
    // The layers are the reduced ones up to orthonormal bases, and so are their imbalances, at a fraction of the cost.
    let reduced = reduction.reduce(start)
    let imbalance = reduced.relativeImbalance
    guard imbalance <= tolerance else {
      self = .unsolved(
        reason: "closed forms need a balanced start (relative imbalance \(number(imbalance, digits: 3)))")
      return
    }
    let (unit, labels) = (1 / c.squareRoot(), reduction.problem.spectralLoss)
    let Z = unit * labels.labels
    let decomposition = unit * labels.reachableDecomposition
    let defect = problem.inputScales.reduce(0) { max($0, ($1 * $1 / c - 1).magnitude) } + imbalance
    if reduced.widths.dropFirst().dropLast().allSatisfy({ $0 == 1 }),
      let flow = try? ExactRankOneFlow(
        target: Z, decomposition: decomposition, sampleCount: c, start: reduced, tolerance: tolerance)
    {
      self = .solved(flow, defect: defect)
      return
    }
    var alignment = "not aligned with Z"
    do throws(AlignedFailure) {
      let flow = try ExactAlignedFlow(
        target: Z, decomposition: decomposition, sampleCount: c, start: reduced, tolerance: tolerance)
      self = .solved(flow, defect: defect)
      return
    } catch {
      if case .notAligned(let part, _) = error {
        alignment = "a part \(number(part, digits: 3)) of W_0 is not aligned with Z"
      }
    }
    do throws(DepthTwoFailure) {
      let flow = try ExactDepthTwoFlow(
        target: Z, decomposition: decomposition, sampleCount: c, start: reduced, tolerance: tolerance)
      self = .solved(flow, defect: defect)
      return
    } catch {
      if case .rank(let found, let largest) = error {
        self = .unsolved(
          reason:
            "no closed form: rank \(found) (D7 is accurate up to rank \(largest)), and \(alignment) (D8)"
        )
        return
      }
    }
    let rank = reduced.widths.dropFirst().dropLast().max() ?? 0
    self = .unsolved(
      reason:
        "no closed form: rank \(rank) and depth \(start.depth) (D4 needs rank one, D7 depth two), and \(alignment) (D8)"
    )
  }
}
