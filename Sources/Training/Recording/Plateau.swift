import Landscape

/// A stretch of a run in which the loss hardly moves although it falls much faster later.
///
/// With speed q(t) = ‖∇L_N‖² = −dL_N/dt, a plateau surrounds a minimum of q that is followed by a peak at least ten times as high (and preceded by one, unless the run starts
/// on the plateau); it lasts while q stays below a tenth of the lower of the two peaks. Ten is a convention.
public struct Plateau: Codable, Sendable, Equatable {
  /// Flow time at which the speed falls below a tenth of the lower peak.
  public let start: Double
  /// Flow time at which it rises above that again.
  public let end: Double
  /// The loss gap at the slowest moment.
  public let gap: Double
  /// The stationary value that the run passes near at the slowest moment, with the directions that it has learnt and their number, the rank.
  public let level: CriticalLevel
  /// Whether the loss is at that value to a twentieth of its gap (a convention): then the plateau is a passage near a saddle.
  public var isNearLevel: Bool { (gap - level.gap).magnitude <= 0.05 * level.gap }
  /// `end` − `start`.
  public var duration: Double { end - start }

  static let contrast = 10.0

  /// The plateaus of a recorded run, in order.
  public static func find(in records: [TrajectoryRecord]) -> [Plateau] {
    let q = records.map { $0.gradientNorm * $0.gradientNorm }
    guard q.count > 2 else { return [] }
    var plateaus: [Plateau] = []
    // Minima and maxima of q in turn; a turn counts once q has changed by the contrast.
    var (lowest, top, previousTop) = (0, 0, 0)
    var isRising = false
    func close() {
      let before = q[previousTop...lowest].max()!
      let level = min(before > contrast * q[lowest] ? before : .infinity, q[top]) / contrast
      let first = q[...lowest].lastIndex { $0 > level }.map { $0 + 1 } ?? 0
      let last = q[lowest...].firstIndex { $0 > level } ?? q.count - 1
      let found = Plateau(
        start: records[first].time, end: records[last].time, gap: records[lowest].gap,
        level: records[lowest].level)
      // The speed at the bottom of a plateau is noise, which may split it: at one level there is one plateau.
      if let previous = plateaus.last, (previous.gap - found.gap).magnitude <= 0.01 * previous.gap.magnitude {
        plateaus[plateaus.count - 1] = Plateau(
          start: previous.start, end: found.end, gap: found.gap, level: found.level)
      } else {
        plateaus.append(found)
      }
    }
    for i in q.indices.dropFirst() {
      if isRising {
        if q[i] > q[top] { top = i }
        if q[i] * contrast < q[top] {
          close()
          (isRising, previousTop, lowest) = (false, top, i)
        }
      } else {
        if q[i] < q[lowest] { lowest = i }
        if q[i] > contrast * q[lowest] { (isRising, top) = (true, i) }
      }
    }
    if isRising { close() }
    return plateaus
  }
}
