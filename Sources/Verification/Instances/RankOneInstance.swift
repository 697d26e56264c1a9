import ExactFlows
import Foundation
import LinearAlgebra
import LinearNetworks
import Theory

/// A problem and a start of Assumption 3.6: whitened data with target Z, depth N ≥ 2, W_0 = s_0 u_0 v_0ᵀ balanced.
///
/// α and β stand for the free constants of the theorems that have some.
public struct RankOneInstance: Instance {
  /// N, m and Z.
  public let flow: RankOneFlow
  /// W_0.
  public let start: RankOneState
  /// α between γ_Z and min(c_0, γ_Z + s_0/s_Z, 1), both excluded, if there is room; otherwise between γ_Z and 1.
  public let alpha: Double
  /// β > max(1, s_0/s_Z).
  public let beta: Double

  /// An instance from its parts.
  public init(flow: RankOneFlow, start: RankOneState, alpha: Double, beta: Double) {
    (self.flow, self.start, self.alpha, self.beta) = (flow, start, alpha, beta)
  }

  /// N.
  public var depth: Int { flow.depth }
  /// s_Z.
  public var sZ: Double { flow.target.leadingValue }
  /// γ_Z.
  public var gamma: Double { flow.target.gapRatio ?? 0 }
  /// c_0 = u_0ᵀZ_1v_0/s_Z.
  public var c0: Double { flow.coordinate(of: start) }
  /// m s_Z^p, the unit of rates.
  public var rateUnit: Double { flow.sampleCount * pow(sZ, flow.exponent) }
  /// e_far and e_near of Theorem 4.4 at α and β.
  public var farExponent: Double {
    NonLocalRate.farExponent(alpha: alpha, beta: beta, gapRatio: gamma, depth: depth)
  }
  /// e_near.
  public var nearExponent: Double {
    NonLocalRate.nearExponent(alpha: alpha, beta: beta, gapRatio: gamma, depth: depth)
  }

  public var exhibit: Exhibit {
    let root = pow(start.scale, 1 / Double(depth))
    let hidden = (2..<depth).map { _ in Matrix(1, 1) { _, _ in root } }
    return Exhibit(
      data: .target(flow.target.matrix, sampleCount: Int(flow.sampleCount)),
      start: LinearNetwork(
        layers: [root * .outer([1], start.right)] + hidden + [root * .outer(start.left, [1])]))
  }

  /// The same problem from another state.
  func starting(at state: RankOneState) -> RankOneInstance {
    RankOneInstance(flow: flow, start: state, alpha: alpha, beta: beta)
  }

  /// The exact solution; nil for a start whose size or reciprocal is not a number.
  public var exactFlow: ExactRankOneFlow? {
    try? ExactRankOneFlow(
      target: flow.target.matrix, sampleCount: flow.sampleCount, depth: depth, scale: start.scale,
      left: start.left, right: start.right)
  }

  /// Zero, then logarithmic times from a tenth of the fastest to twenty times the slowest time scale of the flow.
  public func times(count: Int = 40) -> [Double] {
    let N = Double(depth)
    let fast = 1 / (N * flow.sampleCount * pow(max(start.scale, sZ), flow.exponent))
    // A small start needs 1/(m s_Z s_0^{1−2/N}) to get away from the origin.
    let slow =
      1 / (rateUnit * max(1 - gamma, 1e-3)) + 1 / (flow.sampleCount * sZ * pow(start.scale, 1 - 2 / N))
    let (first, last) = (0.1 * fast, 20 * slow)
    return [0] + (0..<count).map { first * pow(last / first, Double($0) / Double(count - 1)) }
  }

  /// The exact states at increasing times; none where there is no exact solution.
  public func states(at times: [Double]? = nil) -> [ExactRankOneState] {
    let times = times ?? self.times()
    guard let last = times.last, last.isFinite else { return [] }
    return exactFlow.map { Array($0.trajectory(until: last).states(at: times)) } ?? []
  }

  /// What a statement about a state says along the exact flow.
  func along(_ comparisons: (RankOneInstance) -> [Comparison]) -> [Comparison] {
    states().flatMap { state in
      comparisons(starting(at: RankOneState(scale: state.scale, left: state.left, right: state.right))).map {
        Comparison(moving: $0, to: state.time)
      }
    }
  }
}

extension Comparison {
  /// The comparison at a time.
  init(moving other: Comparison, to time: Double) {
    self =
      other.relation == .atMost
      ? .atMost(other.left, other.right, unit: other.unit, roundOff: other.roundOff, time: time)
      : .equal(other.left, other.right, unit: other.unit, roundOff: other.roundOff, time: time)
  }
}

extension ExactRankOneState {
  /// c = uᵀZ_1v/s_Z.
  public var coordinate: Double { 1 - misalignment }

  /// A bound on the error of ‖Z_1 − W‖.
  public var distanceError: Double {
    (errorEstimate + 4 * eps) * scale + 4 * eps * distanceToTarget
  }
}
