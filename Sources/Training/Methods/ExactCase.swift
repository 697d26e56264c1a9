import ExactFlows
import LinearAlgebra
import LinearNetworks

/// Which closed form a run has, if any, in the coordinates of its reduction.
enum ExactCase: Sendable {
  case solved(any ExactSolution)
  /// Which hypothesis of each closed form fails, and by how much.
  case unsolved(reason: String)

  /// The simplest closed form that applies: depth one on any data (D9); on whitened data from a balanced start rank one (D4), an aligned start (D8), depth two (D7).
  ///
  /// - Parameter tolerance: how far data may be from whitened and the start from balanced.
  init(_ problem: Problem, start: LinearNetwork, reduction: Reduction, tolerance: Double = 1e-10) {
    if start.depth == 1 {
      // One layer of the right shape always has its solution.
      self = .solved(
        DepthOneSolution(flow: try! ExactDepthOneFlow(problem: problem, start: start), reduction: reduction))
      return
    }
    guard problem.whiteningDefect <= tolerance else {
      self = .unsolved(
        reason: "closed forms need whitened data (XXᵀ/m is \(shortNumber(problem.whiteningDefect)) from I)")
      return
    }
    // The layers are the reduced ones up to orthonormal bases, and so are their imbalances, at a fraction of the cost.
    let reduced = reduction.reduce(start)
    let imbalance = reduced.relativeImbalance
    guard imbalance <= tolerance else {
      self = .unsolved(
        reason: "closed forms need a balanced start (relative imbalance \(shortNumber(imbalance)))")
      return
    }
    let Z = (1 / Double(problem.sampleCount).squareRoot()) * reduction.loss.labels
    let whitened = Problem(target: Z, sampleCount: problem.sampleCount)
    let defect = problem.whiteningDefect + imbalance
    if reduced.widths.dropFirst().dropLast().allSatisfy({ $0 == 1 }),
      let solution = RankOneSolution(
        target: Z, sampleCount: problem.sampleCount, start: reduced, defect: defect)
    {
      self = .solved(solution)
      return
    }
    var alignment = "not aligned with Z"
    do throws(AlignedFailure) {
      let flow = try ExactAlignedFlow(problem: whitened, start: reduced, tolerance: tolerance)
      self = .solved(AlignedSolution(flow: flow, defect: defect))
      return
    } catch {
      if case .notAligned(let part, _) = error {
        alignment = "a part \(shortNumber(part)) of W_0 is not aligned with Z"
      }
    }
    if let flow = try? ExactDepthTwoFlow(
      target: Z, sampleCount: Double(problem.sampleCount), start: reduced, tolerance: tolerance)
    {
      self = .solved(DepthTwoSolution(flow: flow, defect: defect))
      return
    }
    let rank = reduced.widths.dropFirst().dropLast().max() ?? 0
    self = .unsolved(
      reason:
        "no closed form: rank \(rank) and depth \(start.depth) (D4 needs rank one, D7 depth two), and \(alignment) (D8)"
    )
  }
}

/// D9: a single layer on any data.
private struct DepthOneSolution: ExactSolution {
  let flow: ExactDepthOneFlow
  let reduction: Reduction
  var name: String { "one layer follows a linear equation, solved in the eigenvectors of XXᵀ (D9)" }

  func state(at time: Double) -> (endToEnd: Matrix, relativeError: Double) {
    let state = flow.state(at: time)
    return (
      layers(at: time).endToEndMatrix, relative(state.errorEstimate, to: state.endToEndMatrix)
    )
  }

  func layers(at time: Double) -> LinearNetwork { reduction.reduce(flow.state(at: time).network) }
}

/// D4: rank one, whitened, balanced, any depth N ≥ 2.
private struct RankOneSolution: ExactSolution {
  let flow: ExactRankOneFlow
  /// q_1, …, q_{N−1}.
  let hidden: [[Double]]
  let defect: Double
  var name: String { "rank one on whitened data is solved by one quadrature at any depth (D4)" }

  init?(target Z: Matrix, sampleCount m: Int, start: LinearNetwork, defect: Double) {
    guard let chain = RankOneChain(start),
      let flow = try? ExactRankOneFlow(
        target: Z, sampleCount: Double(m), depth: start.depth, scale: chain.scale, left: chain.vectors.last!,
        right: chain.vectors[0])
    else { return nil }
    self.flow = flow
    hidden = chain.hidden
    self.defect = defect
  }

  func state(at time: Double) -> (endToEnd: Matrix, relativeError: Double) {
    let state = flow.state(at: time)
    return (state.matrix, state.errorEstimate + defect)
  }

  func layers(at time: Double) -> LinearNetwork { flow.state(at: time).layers(hidden: hidden) }
}

/// D8: an aligned start.
private struct AlignedSolution: ExactSolution {
  let flow: ExactAlignedFlow
  let defect: Double
  var name: String { "the start is aligned with Z, so the modes decouple and each is solved (D8)" }

  func state(at time: Double) -> (endToEnd: Matrix, relativeError: Double) {
    let state = flow.state(at: time)
    return (state.endToEndMatrix, relative(state.errorEstimate, to: state.endToEndMatrix) + defect)
  }

  func layers(at time: Double) -> LinearNetwork { flow.layers(at: time) }
}

/// D7: depth two.
private struct DepthTwoSolution: ExactSolution {
  let flow: ExactDepthTwoFlow
  let defect: Double
  var name: String { "depth two on whitened data has a closed form at any rank (D7)" }

  func state(at time: Double) -> (endToEnd: Matrix, relativeError: Double) {
    let state = flow.state(at: time)
    return (state.endToEndMatrix, relative(state.errorEstimate, to: state.endToEndMatrix) + defect)
  }

  /// The hidden layer turns along the path, which W does not show.
  func layers(at time: Double) -> LinearNetwork { flow.layers(at: [time], tolerance: 1e-10)[0].network }
}

private func relative(_ error: Double, to W: Matrix) -> Double {
  error / max(W.frobeniusNorm, .leastNormalMagnitude)
}
