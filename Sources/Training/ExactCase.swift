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
    let imbalance = start.relativeImbalance
    guard imbalance <= tolerance else {
      self = .unsolved(
        reason: "closed forms need a balanced start (relative imbalance \(shortNumber(imbalance)))")
      return
    }
    let Z = (1 / Double(problem.sampleCount).squareRoot()) * reduction.loss.labels
    let whitened = Problem(target: Z, sampleCount: problem.sampleCount)
    let reduced = reduction.reduce(start)
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

  func state(at time: Double) -> (network: LinearNetwork, relativeError: Double) {
    let state = flow.state(at: time)
    return (reduction.reduce(state.network), relative(state.errorEstimate, to: state.endToEndMatrix))
  }
}

/// D4: rank one, whitened, balanced, any depth N ≥ 2.
private struct RankOneSolution: ExactSolution {
  let flow: ExactRankOneFlow
  /// q_1, …, q_{N−1}.
  let hidden: [[Double]]
  let defect: Double
  var name: String { "rank one on whitened data is solved by one quadrature at any depth (D4)" }

  init?(target Z: Matrix, sampleCount m: Int, start: LinearNetwork, defect: Double) {
    // W_j = s^{1/N} q_j q_{j−1}ᵀ: each q_j is the image of the one before.
    var chain = [start.layers[0].row(0)]
    var size = 1.0
    for W in start.layers {
      let image = (W * .column(chain.last!))
      let length = Matrix.column(chain.last!).frobeniusNorm
      let norm = image.frobeniusNorm
      guard norm > 0 else { return nil }
      size *= norm / length
      chain.append(((1 / norm) * image).storage)
    }
    guard
      let flow = try? ExactRankOneFlow(
        target: Z, sampleCount: Double(m), depth: start.depth, scale: size, left: chain.last!,
        right: ((1 / Matrix.column(chain[0]).frobeniusNorm) * Matrix.column(chain[0])).storage)
    else { return nil }
    self.flow = flow
    hidden = Array(chain.dropFirst().dropLast())
    self.defect = defect
  }

  func state(at time: Double) -> (network: LinearNetwork, relativeError: Double) {
    let state = flow.state(at: time)
    return (state.layers(hidden: hidden), state.errorEstimate + defect)
  }
}

/// D8: an aligned start.
private struct AlignedSolution: ExactSolution {
  let flow: ExactAlignedFlow
  let defect: Double
  var name: String { "the start is aligned with Z, so the modes decouple and each is solved (D8)" }

  func state(at time: Double) -> (network: LinearNetwork, relativeError: Double) {
    let state = flow.state(at: time)
    return (flow.layers(at: time), relative(state.errorEstimate, to: state.endToEndMatrix) + defect)
  }
}

/// D7: depth two.
private struct DepthTwoSolution: ExactSolution {
  let flow: ExactDepthTwoFlow
  let defect: Double
  var name: String { "depth two on whitened data has a closed form at any rank (D7)" }

  func state(at time: Double) -> (network: LinearNetwork, relativeError: Double) {
    let state = flow.state(at: time)
    return (
      LinearNetwork(layers: [state.inputFactor, state.outputFactor]),
      relative(state.errorEstimate, to: state.endToEndMatrix) + defect
    )
  }

  /// The hidden layer turns along the path; the factors above are the layers up to that rotation.
  func layers(at time: Double) -> LinearNetwork { flow.layers(at: [time], tolerance: 1e-10)[0].network }
}

private func relative(_ error: Double, to W: Matrix) -> Double {
  error / max(W.frobeniusNorm, .leastNormalMagnitude)
}
