import Foundation

/// What a run recorded about a rank-one flow on its way to Z_1.
public struct ObservedTrajectory: Sendable {
  /// Increasing.
  public let times: [Double]
  /// ‖Z_1 − W(t)‖_F².
  public let distancesSquared: [Double]
  /// s(t), the largest singular value of W(t).
  public let scales: [Double]
  /// c(t) = uᵀZ_1v / s_Z.
  public let coordinates: [Double]
  /// The relative error of W(t) that the integration is trusted to keep.
  public let accuracy: Double

  /// - Parameters:
  ///   - times: increasing.
  ///   - distancesSquared: ‖Z_1 − W(t)‖_F² at these times.
  ///   - scales: s(t).
  ///   - coordinates: c(t).
  ///   - accuracy: relative to max(s_Z, s); the default 1e-8 is what the integrators reach at their default
  ///     tolerance on the reference trajectories.
  public init(
    times: [Double], distancesSquared: [Double], scales: [Double], coordinates: [Double],
    accuracy: Double = 1e-8
  ) {
    precondition(
      times.count == distancesSquared.count && times.count == scales.count
        && times.count == coordinates.count,
      "\(times.count) times, \(distancesSquared.count) distances, \(scales.count) scales and \(coordinates.count) "
        + "coordinates do not belong together")
    precondition(zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "the times must increase")
    precondition(accuracy >= 0, "the accuracy \(accuracy) is negative")
    self.times = times
    self.distancesSquared = distancesSquared
    self.scales = scales
    self.coordinates = coordinates
    self.accuracy = accuracy
  }

  /// The first time ‖Z_1−W‖² ≤ `threshold`, between two records by the line through the logarithms; nil if never.
  public func time(distanceSquaredAtMost threshold: Double) -> Double? {
    crossing(of: distancesSquared, below: threshold)
  }

  /// The first time s ≤ `threshold`, likewise.
  public func time(scaleAtMost threshold: Double) -> Double? { crossing(of: scales, below: threshold) }

  private func crossing(of values: [Double], below threshold: Double) -> Double? {
    guard let i = values.firstIndex(where: { $0 <= threshold }) else { return nil }
    guard i > 0 else { return times[0] }
    let (before, after) = (log(values[i - 1]), log(max(values[i], .leastNonzeroMagnitude)))
    return times[i - 1] + (times[i] - times[i - 1]) * (before - log(threshold)) / (before - after)
  }

  /// The decay rate of ‖Z_1−W‖² at the end: minus the least-squares slope of its logarithm.
  ///
  /// Taken over `decades` decades above the larger of the last value and ten times the accuracy floor; nil with fewer
  /// than four records there.
  ///
  /// - Parameters:
  ///   - targetScale: s_Z, which with `accuracy` sets the floor.
  ///   - decades: how far above the floor the fit reaches.
  public func finalRate(targetScale: Double, decades: Double = 3) -> Double? {
    guard let last = distancesSquared.last else { return nil }
    let floor = 10 * accuracy * accuracy * targetScale * targetScale
    let low = max(last, floor, .leastNormalMagnitude)
    let end = distancesSquared.firstIndex { $0 < low } ?? distancesSquared.count
    let begin = distancesSquared[..<end].lastIndex { $0 > low * pow(10, decades) }.map { $0 + 1 } ?? 0
    guard end - begin >= 4 else { return nil }
    let (t, y) = (Array(times[begin..<end]), distancesSquared[begin..<end].map { log($0) })
    let n = Double(t.count)
    let (meanT, meanY) = (t.reduce(0, +) / n, y.reduce(0, +) / n)
    let variance = t.reduce(0) { $0 + ($1 - meanT) * ($1 - meanT) }
    return -zip(t, y).reduce(0) { $0 + ($1.0 - meanT) * ($1.1 - meanY) } / variance
  }
}
