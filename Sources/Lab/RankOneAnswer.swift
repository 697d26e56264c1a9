import ExactFlows
import Foundation
import LinearAlgebra
import LinearNetworks
import Theory
import Training

/// The answer for a balanced rank-one start on whitened data, from the closed form (D4) alone: what `result.json` holds of promise and trajectory, without a run.
///
/// No state is visited on the way to another and no matrix is formed but W_0, so that a slider can be followed.
///
/// - Complexity: three or four singular value decompositions of Z, then O(min(dx, dy)) for each of some 300 times.
///
/// Source: D4, D5, D6 of Documentation/derived.md.
struct RankOneAnswer: Encodable, Sendable {
  let problem: TrainingReport.ProblemSummary
  let target: TrainingReport.Target
  let globalMinimum: TrainingReport.Minimum
  let certificate: Certificate
  let observations: [Observation]
  /// τ, the first time with s ≤ √6 s_Z.
  let turningTime: Double?
  let method: Method
  let trajectory: Trajectory
  let plateaus: [Plateau]
  let termination: Termination
  let predictor: AffinePredictor?

  struct Method: Encodable, Sendable {
    let name = "exact"
    let flow = "layers"
    let reason: String
    let weights: Int
    let seconds: Double
    let estimatedError: Accuracy
  }

  struct Accuracy: Encodable, Sendable {
    /// A bound on ‖W − W̃‖/‖W‖ over the recorded times.
    let relativeError: Double
    let comparisons = 0
    let time: Double
  }

  /// Parallel arrays over `times`, with the keys of `result.json`.
  struct Trajectory: Encodable, Sendable {
    let times, loss, gap, distanceToTarget, alignment, imbalance, imbalanceDrift: [Double]
    let singularValues: [[Double]]
  }

  struct Termination: Encodable, Sendable {
    let kind = "reachedFinalTime"
    let time: Double
    let description: String
  }

  /// Whether the closed form speaks: whitened data, a balanced start, rank one, N ≥ 2.
  static func applies(_ problem: Problem, _ start: LinearNetwork, _ options: TrainingOptions) -> Bool {
    start.depth >= 2 && start.bottleneckWidth == 1 && problem.isWhitened() && start.isBalanced()
      && (options.method == .auto || options.method == .exact)
  }

  /// - Throws: `ExactRankOneError` where the start is no direction (W_0 = 0).
  init(_ posed: PosedProblem, _ start: LinearNetwork, _ options: TrainingOptions) throws {
    let begun = ContinuousClock.now
    let problem = posed.problem
    let first = RankOneState(leadingPartOf: start.endToEndMatrix)
    let flow = try ExactRankOneFlow(
      target: problem.crossCovariance, sampleCount: Double(problem.sampleCount), depth: start.depth,
      scale: first.scale, left: first.left, right: first.right)
    let minimum = TrainingReport.Minimum(problem, rank: 1)
    let sZ = flow.coordinates.leadingValue

    let accurate = flow.distanceSquared(relativeToTargetAtMost: 1e-14)
    let T = options.finalTime ?? accurate.map { 1.02 * $0.time } ?? Self.settlingTime(of: flow)
    let states = flow.trajectory(until: T).states(at: Self.times(until: T))
    let times = states.map(\.time)
    let scales = states.map(\.scale)
    let distances = states.map(\.distanceToTarget)
    let alignments = states.map { 1 - $0.misalignment }
    let gaps = states.map(\.lossGap)
    let errors = states.map(\.errorEstimate)
    let worst = errors.indices.max { errors[$0] < errors[$1] } ?? 0

    var located: [Double: Double] = [:]
    if sZ > 0 {
      for ε in Bound.accuracies {
        guard let state = flow.distanceSquared(relativeToTargetAtMost: ε), state.time <= T else { break }
        located[ε] = state.time
      }
    }
    certificate = Certificate(problem: problem, start: start)
    let unit = sZ > 0 ? sZ * sZ : 1
    let m = Double(problem.sampleCount)
    observations = certificate.observations(
      along: ObservedTrajectory(
        times: times,
        gaps: states.map { state in
          // ε = m(‖W − Z‖² − …): its error is that of W, times what is left.
          let δ = max(state.errorEstimate, 1e-13) * state.scale
          return .init(
            2 * state.lossGap / m / unit, error: (2 * (state.distanceToTarget + sZ) * δ + δ * δ) / unit)
        },
        distances: states.map { state in
          let δ = max(state.errorEstimate, 1e-13) * max(state.scale, sZ)
          let d = state.distanceToTarget
          return .init(d * d / unit, error: (2 * d * δ + δ * δ) / unit)
        }, located: located))
    turningTime = zip(times, scales).first { $1 <= 6.0.squareRoot() * sZ }?.0
    let imbalance = start.relativeImbalance
    self.problem = TrainingReport.ProblemSummary(problem, widths: start.widths)
    target = TrainingReport.Target(problem)
    globalMinimum = minimum
    trajectory = Trajectory(
      times: times, loss: gaps.map { minimum.loss + $0 }, gap: gaps, distanceToTarget: distances,
      alignment: alignments, imbalance: times.map { _ in imbalance }, imbalanceDrift: times.map { _ in 0 },
      singularValues: scales.map { [$0] })
    plateaus = []
    termination = Termination(
      time: T,
      description: options.finalTime == nil
        ? "the limit is reached within seven digits, or approached: \(flow.limit)"
        : "reached the final time that was asked for")
    predictor = nil
    method = Method(
      reason: "rank one on whitened data is solved by one quadrature at any depth (D4)",
      weights: start.parameterCount,
      seconds: (ContinuousClock.now - begun) / .seconds(1),
      estimatedError: Accuracy(relativeError: errors[worst], time: times[worst]))
  }

  /// 140 equal intervals and 20 times a decade over the seven decades below T: a picture on either axis.
  static func times(until T: Double) -> [Double] {
    // Not beyond T by a rounding.
    let linear = (0...140).map { min(T * Double($0) / 140, T) }
    let logarithmic = (0..<140).map { T * pow(10, Double($0) / 20 - 7) }
    // Where both grids have a time it may differ by a rounding.
    return (linear + logarithmic).sorted().reduce(into: []) { times, t in
      if times.last.map({ t > $0 * (1 + 1e-12) }) ?? true { times.append(t) }
    }
  }

  /// A time after which the flow hardly moves: doubled until W changes by less than a thousandth of s_Z, or (algebraically to the origin) s is below a thousandth of s_0.
  private static func settlingTime(of flow: ExactRankOneFlow) -> Double {
    let sZ = max(flow.coordinates.leadingValue, .leastNormalMagnitude)
    let s0 = flow.coordinates.scale
    let p = 2 - 2 / Double(flow.depth)
    var T = min(max(1 / (flow.sampleCount * pow(max(sZ, s0), p)), 1e-250), 1e250)
    var last = flow.state(at: T)
    for _ in 0..<80 {
      let next = flow.state(at: 2 * T)
      let moved = hypot(
        next.scale - last.scale, max(next.scale, last.scale) * (next.misalignment - last.misalignment))
      if moved < 1e-3 * sZ, next.pathLength * sZ > 20 || next.scale < 1e-3 * min(s0, sZ) { return 2 * T }
      (T, last) = (2 * T, next)
      if T > 1e280 { break }
    }
    return T
  }
}
