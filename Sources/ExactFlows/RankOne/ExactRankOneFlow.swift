import LinearAlgebra
import LinearNetworks

/// The gradient flow of a balanced rank-one network of any depth N ≥ 2 on whitened data, W(t) = s u vᵀ, without time stepping.
///
/// In the time x with dx/dt = m s^{1−2/N} the directions move by a linear flow and 1/s solves a linear equation; t(x) is a
/// quadrature, inverted for the state at a given time. The cost depends neither on the times before, nor on stiffness, nor
/// on N.
///
/// *Range*: s_0 from 1e-300 to 1e300, any finite Z of any rank and shape, N up to 10,000 and beyond, all t ≥ 0.
///
/// *Complexity*: one SVD of Z, then some ten to fifty panels of 20 points, O(min(dx, dy)) a point and a state, whatever N;
/// a start far above the target takes one more panel for each factor of 2.5.
///
/// *Accuracy*: relative 1e-12 in W, u, v unless the flow itself amplifies rounding (``ExactRankOneState/errorEstimate``).
///
/// Source: D4 of Documentation/derived.md.
public struct ExactRankOneFlow: ExactSolution {
  public let depth: Int
  /// m.
  public let sampleCount: Double
  public let coordinates: RankOneCoordinates
  /// q_1, …, q_{N−1}, the unit vectors of the hidden layers, which do not move: [1] where the flow was not made from a network.
  public let hidden: [[Double]]
  let modes: RankOneModes

  /// - Parameters:
  ///   - Z: Y Xᵀ/m, dy × dx.
  ///   - m: the number of samples, positive.
  ///   - N: the depth, at least 2.
  ///   - scale: s_0, the size of the start.
  ///   - left: u_0; W_0 = s_0 u_0 v_0ᵀ, and lengths of u_0 and v_0 other than 1 count towards the size.
  ///   - right: v_0.
  ///   - basinThreshold: see ``RankOneCoordinates``.
  /// - Throws: ``ExactRankOneError`` naming the argument that does not make sense.
  public init(
    target Z: Matrix, sampleCount m: Double, depth N: Int, scale: Double, left: [Double], right: [Double],
    basinThreshold: Double? = nil
  ) throws(ExactRankOneError) {
    try self.init(
      coordinates: RankOneCoordinates(
        target: Z, scale: scale, left: left, right: right, basinThreshold: basinThreshold),
      sampleCount: m, depth: N)
  }

  /// The flow from coordinates already at hand, for instance for several depths.
  public init(coordinates: RankOneCoordinates, sampleCount m: Double, depth N: Int) throws(ExactRankOneError)
  {
    try self.init(
      coordinates: coordinates, sampleCount: m, depth: N, hidden: Array(repeating: [1], count: max(N - 1, 0)))
  }

  init(coordinates: RankOneCoordinates, sampleCount m: Double, depth N: Int, hidden: [[Double]])
    throws(ExactRankOneError)
  {
    guard N >= 2 else { throw .depth(N) }
    guard m > 0, m.isFinite else { throw .sampleCount(m) }
    (self.coordinates, sampleCount, depth, self.hidden) = (coordinates, m, N, hidden)
    modes = RankOneModes(coordinates)
  }

  /// Where the flow ends.
  public var limit: ExactRankOneLimit { ExactRankOneLimit(modes) }

  /// The solution on 0 ≤ t ≤ `finalTime`, ready to be evaluated; at depth two there is nothing to prepare.
  public func trajectory(until finalTime: Double) -> ExactRankOneTrajectory {
    precondition(finalTime >= 0, "t = \(finalTime) is before the start")
    return ExactRankOneTrajectory(self, finalTime: finalTime)
  }

  /// W(t) for one t ≥ 0.
  public func state(at t: Double) -> ExactRankOneState { trajectory(until: t).state(at: t) }

  public var summary: String { "rank one on whitened data is solved by one quadrature at any depth (D4)" }

  public func network(at t: Double) -> LinearNetwork { state(at: t).layers(hidden: hidden) }

  /// Keeps the trajectory, and lengthens it where a later time is asked for.
  public func evaluator() -> (Double) -> any ExactState {
    var trajectory = trajectory(until: 0)
    return { t in
      trajectory.extend(until: t)
      return trajectory.state(at: t)
    }
  }
}
