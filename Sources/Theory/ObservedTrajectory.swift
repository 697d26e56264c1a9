import Foundation

/// What a run showed of the quantities that theorems bound, with their errors.
public struct ObservedTrajectory: Sendable {
  /// A squared relative quantity, and by how much it may be wrong.
  public struct Value: Equatable, Sendable {
    public let value: Double
    public let error: Double

    /// A value with its error.
    public init(_ value: Double, error: Double) { (self.value, self.error) = (value, error) }
  }

  /// Increasing.
  public let times: [Double]
  /// 2(L_N − min L_N)/Σ_{i≤r} σ̂_i².
  public let gaps: [Value]
  /// ‖W − W*‖²/‖W*‖².
  public let distances: [Value]
  /// Times at which the distance was located at an accuracy by the integration; the others are interpolated.
  public let located: [Double: Double]
  /// The relative error of W that the values allow for.
  public let accuracy: Double
  /// The word of the limit that the run came to, see ``Limit/word``; nil if it came to none or to one that cannot be told.
  public let limit: String?

  /// - Parameters:
  ///   - accuracy: the relative error of W that the values allow for.
  ///   - times: increasing.
  ///   - gaps: relative loss gaps at these times.
  ///   - distances: squared relative distances at these times.
  ///   - located: the first time of a distance, by accuracy.
  ///   - limit: the word of the limit, if the run came to one.
  public init(
    accuracy: Double = 0, times: [Double], gaps: [Value], distances: [Value], located: [Double: Double] = [:],
    limit: String? = nil
  ) {
    precondition(
      times.count == gaps.count && times.count == distances.count,
      "\(times.count) times, \(gaps.count) gaps and \(distances.count) distances do not belong together")
    precondition(zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "the times must increase")
    self.accuracy = accuracy
    (self.times, self.gaps, self.distances, self.located, self.limit) = (
      times, gaps, distances, located, limit
    )
  }

  /// The values of an observable.
  public func values(_ observable: Observable) -> [Value] {
    switch observable {
    case .gap: gaps
    case .distance: distances
    }
  }

  /// The first time at which an observable is ε or less: as located, else between two records by the line through the logarithms; nil if never, or below the error.
  public func time(_ observable: Observable, to accuracy: Double) -> Double? {
    if observable == .distance, let time = located[accuracy] { return time }
    let values = values(observable)
    guard let i = values.firstIndex(where: { $0.value <= accuracy }), accuracy >= values[i].error else {
      return nil
    }
    guard i > 0 else { return times[0] }
    let (before, after) = (log(values[i - 1].value), log(max(values[i].value, .leastNonzeroMagnitude)))
    return times[i - 1] + (times[i] - times[i - 1]) * (before - log(accuracy)) / (before - after)
  }

  /// The decay rate of an observable at the end: minus the least-squares slope of its logarithm.
  ///
  /// Taken over three decades above the larger of the last value and ten times the error; nil with fewer than four records there, or where the end is above 1e-4, which is
  /// no end, or where the two halves of the range differ by more than a tenth.
  public func finalRate(_ observable: Observable) -> Double? {
    let values = values(observable)
    guard let last = values.last else { return nil }
    let low = max(last.value, 10 * last.error, .leastNormalMagnitude)
    guard low <= 1e-4 else { return nil }
    let end = values.firstIndex { $0.value < low } ?? values.count
    let begin = values[..<end].lastIndex { $0.value > 1e3 * low }.map { $0 + 1 } ?? 0
    guard end - begin >= 4 else { return nil }
    func decay(_ records: Range<Int>) -> Double {
      -slope(Array(times[records]), values[records].map { log($0.value) })
    }
    let (middle, rate) = ((begin + end) / 2, decay(begin..<end))
    // A decay that still changes, as where a slower one is about to show, has no final rate yet.
    guard (decay(begin..<middle + 1) - decay(middle..<end)).magnitude <= 0.1 * rate.magnitude else {
      return nil
    }
    return rate
  }
}

/// The slope of the least-squares line through points.
private func slope(_ x: [Double], _ y: [Double]) -> Double {
  // In units of the span, whose square no double need hold.
  let span = x.last! - x[0]
  let t = x.map { ($0 - x[0]) / span }
  let n = Double(t.count)
  let (meanT, meanY) = (t.reduce(0, +) / n, y.reduce(0, +) / n)
  let variance = t.reduce(0) { $0 + ($1 - meanT) * ($1 - meanT) }
  return zip(t, y).reduce(0) { $0 + ($1.0 - meanT) * ($1.1 - meanY) } / variance / span
}
