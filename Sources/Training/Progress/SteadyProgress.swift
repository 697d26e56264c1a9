/// When a distance that falls to zero will be there, if it goes on as it does: a range of seconds, or nothing where there is no ground for one.
///
/// Honest rather than ready: a forecast needs a recent stretch in which the distance fell steadily (its thirds at rates within a factor of two), and looks no further ahead than
/// that stretch is long. On a plateau, in a tail that slows down and after a change of pace there is none. A forecast that turns out wrong (its time has passed, or a later one
/// lies beyond it) is withdrawn with all that it was based on; after the second wrong one there is none for the rest of the run.
public struct SteadyProgress: Sendable {
  /// Seconds from the last observation; nil: unknown.
  public private(set) var secondsLeft: ClosedRange<Double>?
  /// Forecasts that turned out wrong, at most two.
  public private(set) var refutations = 0

  private var samples: [(seconds: Double, distance: Double)] = []
  /// By when the run should have ended, by the most daring forecast that still stands.
  private var promised = Double.infinity

  /// Thirds of a steady stretch have rates within this factor (tuned).
  static let steadiness = 2.0
  /// Observations that a stretch has at least (tuned).
  static let fewest = 9
  /// Observations kept; more are thinned.
  static let capacity = 600

  /// Nothing observed yet.
  public init() {}

  /// Takes in how far the end is now.
  ///
  /// - Parameters:
  ///   - seconds: of wall clock, increasing.
  ///   - distance: not negative; 0 at the end. NaN and infinity say nothing and are passed over.
  public mutating func observe(seconds: Double, distance: Double) {
    guard distance.isFinite, samples.last.map({ $0.seconds < seconds }) ?? true else { return }
    samples.append((seconds, distance))
    if samples.count > SteadyProgress.capacity {
      samples = samples.indices.filter { $0 % 2 == 0 || $0 > samples.count / 2 }.map { samples[$0] }
    }
    guard refutations < 2 else { return }
    guard seconds <= promised else { return refute() }
    secondsLeft = forecast()
    guard let left = secondsLeft else { return }
    if seconds + left.lowerBound > promised { return refute() }
    promised = min(promised, seconds + left.upperBound)
  }

  private mutating func refute() {
    refutations += 1
    samples.removeFirst(samples.count - 1)
    (promised, secondsLeft) = (.infinity, nil)
  }

  /// From the longest recent stretch that is steady.
  private func forecast() -> ClosedRange<Double>? {
    guard let now = samples.last else { return nil }
    var first = 0
    while samples.count - first >= SteadyProgress.fewest {
      if let rates = steadyRates(from: first) {
        let spread = rates.upperBound / rates.lowerBound
        let least = now.distance / rates.upperBound
        let most = now.distance / rates.lowerBound * spread
        let length = now.seconds - samples[first].seconds
        // A point is no range: a tenth at least (tuned).
        return most <= length ? least / 1.1...most * 1.1 : nil
      }
      first += max(1, (samples.count - first) / 8)
    }
    return nil
  }

  /// The least and the greatest rate of the thirds of the stretch from a sample on; nil if they are not alike.
  private func steadyRates(from first: Int) -> ClosedRange<Double>? {
    let (begin, end) = (samples[first].seconds, samples.last!.seconds)
    let marks = (0...3).map { distance(at: begin + (end - begin) * Double($0) / 3, from: first) }
    let rates = zip(marks, marks.dropFirst()).map { 3 * ($0 - $1) / (end - begin) }
    guard let least = rates.min(), let most = rates.max(), least > 0,
      most <= SteadyProgress.steadiness * least
    else { return nil }
    return least...most
  }

  /// Between observations by the line through them.
  private func distance(at seconds: Double, from first: Int) -> Double {
    guard let after = samples[first...].firstIndex(where: { $0.seconds >= seconds }) else {
      return samples.last!.distance
    }
    guard after > first else { return samples[first].distance }
    let (a, b) = (samples[after - 1], samples[after])
    return a.distance + (b.distance - a.distance) * (seconds - a.seconds) / (b.seconds - a.seconds)
  }
}
