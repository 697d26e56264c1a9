/// The records of a run: all requested times, and the solver's steps, which cluster where the state moves, thinned evenly to a bounded number.
struct TrajectoryRecorder: Codable, Sendable {
  private struct Entry: Codable, Sendable {
    let record: TrajectoryRecord
    let isStep: Bool
  }

  private var entries: [Entry] = []
  private var stride = 1
  private var seen = 0
  private var kept = 0

  /// Steps kept at most: enough for a smooth curve.
  static let capacity = 400

  /// Whether the counts are such as a run leaves.
  var isSound: Bool {
    (1..<1 << 53).contains(stride) && (0..<1 << 53).contains(seen) && (0...entries.count).contains(kept)
  }

  var records: [TrajectoryRecord] { entries.map(\.record) }
  var last: TrajectoryRecord? { entries.last?.record }

  mutating func appendOutput(_ record: TrajectoryRecord) {
    // The steps of a solver that lands on requested times coincide with them.
    if let last = entries.last, last.record.time == record.time {
      if last.isStep { kept -= 1 }
      entries.removeLast()
    }
    entries.append(Entry(record: record, isStep: false))
  }

  /// Whether the next step is to be recorded.
  mutating func wantsStep(at time: Double) -> Bool {
    seen += 1
    return seen % stride == 0 && time > (entries.last?.record.time ?? -1)
  }

  mutating func appendStep(_ record: TrajectoryRecord) {
    entries.append(Entry(record: record, isStep: true))
    kept += 1
    guard kept > TrajectoryRecorder.capacity else { return }
    var ordinal = 0
    entries.removeAll { entry in
      guard entry.isStep else { return false }
      ordinal += 1
      return ordinal % 2 == 0
    }
    kept = entries.reduce(0) { $0 + ($1.isStep ? 1 : 0) }
    stride *= 2
  }
}
