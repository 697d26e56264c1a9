import Foundation

/// One point of a work–precision diagram, as we and the peers write it.
struct PeerPoint: Codable {
  let problem: String
  let method: String
  /// What it started from: `layers` or `factors`.
  let formulation: String
  let tolerance: Double
  /// max_t ‖W − W_ref‖/‖W_ref‖; nil if there is no result.
  var error: Double?
  /// The median, without compilation; nil if there is no result.
  var seconds: Double?
  var repetitions: Int?
  /// Of the method on this problem, once for all tolerances.
  var compileSeconds: Double?
  /// Why there is no result.
  var note: String?
  /// The time after which a run without a result was ended.
  var secondsAllowed: Double?

  /// Whether the method is one of Linnet's.
  var isOurs: Bool { method.hasPrefix("linnet") }

  /// Entries of Linnet that take longer are the last of their method; those of the peers end there.
  static let secondsLimit = 8.0
}

extension [PeerPoint] {
  /// The points that no other beats in both error and time, in order of time.
  var frontier: [(error: Double, seconds: Double)] {
    let points = compactMap { point in
      if let e = point.error, let t = point.seconds { (error: e, seconds: t) } else { nil }
    }.sorted { ($0.seconds, $0.error) < ($1.seconds, $1.error) }
    var best = Double.infinity
    return points.filter { point in
      defer { best = Swift.min(best, point.error) }
      return point.error < best
    }
  }

  /// The time that an error of at most `error` takes: interpolated between neighbours of the frontier, linearly in the logarithms; nil if it was not reached.
  func seconds(atError error: Double) -> Double? {
    let frontier = frontier
    guard let i = frontier.firstIndex(where: { $0.error <= error }) else { return nil }
    guard i > 0 else { return frontier[0].seconds }
    let (a, b) = (frontier[i - 1], frontier[i])
    // An exact hit has the error zero.
    guard b.error > 0 else { return b.seconds }
    let share = log(error / a.error) / log(b.error / a.error)
    return a.seconds * pow(b.seconds / a.seconds, share)
  }
}
