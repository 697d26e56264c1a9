import LinearAlgebra
import LinearNetworks
import Prose

/// Which closed form a flow has, if any, in the coordinates of its reduction.
package enum ExactCase: Sendable {
  /// The closed form, and what the data and the start lack of its hypotheses, relative to W.
  case solved(any ExactSolution, defect: Double)
  /// Which hypothesis of each closed form fails, and by how much.
  case unsolved(reason: String)

  /// The simplest closed form that applies: depth one on any data (D9); where XXᵀ = c·I, from a balanced start, rank one (D4), an aligned start (D8), depth two (D7);
  /// from two layers with W_2ᵀW_2 − W_1W_1ᵀ = λI D7b.
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
    let (unit, labels) = (1 / c.squareRoot(), reduction.problem.spectralLoss)
    let Z = unit * labels.labels
    let decomposition = unit * labels.reachableDecomposition
    let whitening = problem.inputScales.reduce(0) { max($0, ($1 * $1 / c - 1).magnitude) }
    guard imbalance <= tolerance else {
      self.init(
        unbalanced: reduced, target: Z, decomposition, sampleCount: c, whitening: whitening,
        imbalance: imbalance, tolerance: tolerance)
      return
    }
    let defect = whitening + imbalance
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
  /// Up to which round-off a start of layers of very different sizes may have in D7b, relative to W: above it integration is more accurate (chosen: ten times the default tolerance of steps).
  static let largestStartError = 1e-9

  /// The hidden width up to which D7b is used: the running bounds of the elimination grow by up to two a direction and stay below 1e-7 of W up to here, on Gaussian targets with |λ| from 0.1 to 20. The error itself
  /// is 1e-12 up to ``ExactDepthTwoFlow/largestRank``, but that is measured, and not known of the run at hand.
  static let largestLambdaWidth = 10

  /// D7b, for two layers.
  private init(
    unbalanced start: LinearNetwork, target Z: Matrix, _ decomposition: SingularValueDecomposition,
    sampleCount c: Double, whitening: Double, imbalance: Double, tolerance: Double
  ) {
    let balance = "closed forms need a balanced start (relative imbalance \(number(imbalance, digits: 3)))"
    guard start.depth == 2 else {
      self = .unsolved(reason: balance)
      return
    }
    do throws(DepthTwoFailure) {
      let flow = try ExactLambdaBalancedFlow(
        target: Z, decomposition: decomposition, sampleCount: c, start: start, tolerance: tolerance)
      guard start.widths[1] <= Self.largestLambdaWidth else {
        throw .rank(found: start.widths[1], largest: Self.largestLambdaWidth)
      }
      let error = flow.startError
      guard error <= Self.largestStartError else {
        self = .unsolved(
          reason:
            "W_2ᵀW_2 − W_1W_1ᵀ = λI has a closed form (D7b), but \(error < 1 ? "W_0 is so small beside its layers that their round-off may be \(number(error, digits: 2)) of it" : "W_0 vanishes beside the round-off of its layers")"
        )
        return
      }
      self = .solved(flow, defect: whitening + flow.imbalanceDefect)
    } catch {
      self =
        switch error {
        case .notLambdaBalanced(let defect, _):
          .unsolved(
            reason:
              "\(balance) or, of two layers, W_2ᵀW_2 − W_1W_1ᵀ = λI (it is \(number(defect, digits: 3)) away from that)"
          )
        case .rank(let found, _):
          .unsolved(
            reason:
              "W_2ᵀW_2 − W_1W_1ᵀ = λI has a closed form (D7b), but above \(Self.largestLambdaWidth) hidden neurons, here \(found), its bound of round-off says too little"
          )
        case .depth, .shape, .notWhitened, .notBalanced, .notFinite: .unsolved(reason: balance)
        }
    }
  }
}
