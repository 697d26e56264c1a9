import Landscape
import Theory

/// A stretch of a run near a saddle that it leaves again.
///
/// While W has learnt the directions S to more than a half and the others to less, the loss is compared with the stationary value L_S: a plateau is a stretch of records in which L_N − L_S is within a twentieth
/// (`SaddleSequence.nearness` of Theory, a convention) of L_S − min L_N. The size of the start and the speed of the flow have no part in it. The last wait, in which the run ends, is none.
public struct Plateau: Codable, Sendable, Equatable {
  /// The flow time of the first record near the level.
  public let start: Double
  /// The flow time of the last.
  public let end: Double
  /// The loss gap at the slowest moment in between.
  public let gap: Double
  /// The stationary value, with the directions that are learnt there and their number, the rank.
  public let level: CriticalLevel
  /// `end` − `start`.
  public var duration: Double { end - start }

  /// The plateaus of a recorded run, in order.
  public static func find(in records: [TrajectoryRecord]) -> [Plateau] {
    var stretches: [ClosedRange<Int>] = []
    for (i, record) in records.enumerated() where isNear(record) {
      if let last = stretches.last, records[last.upperBound].level.kept == record.level.kept {
        stretches[stretches.count - 1] = last.lowerBound...i
      } else {
        stretches.append(i...i)
      }
    }
    return stretches.filter { $0.count > 1 && $0.upperBound < records.count - 1 }.map { stretch in
      let slowest = stretch.min { records[$0].gradientNorm < records[$1].gradientNorm }!
      return Plateau(
        start: records[stretch.lowerBound].time, end: records[stretch.upperBound].time,
        gap: records[slowest].gap, level: records[slowest].level)
    }
  }

  private static func isNear(_ record: TrajectoryRecord) -> Bool {
    record.level.gap > 0
      && (record.gap - record.level.gap).magnitude <= SaddleSequence.nearness * record.level.gap
  }
}
