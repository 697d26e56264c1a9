import Integration

/// All that a run needs to go on where it was.
public struct Checkpoint: Codable, Sendable {
  /// Flow time of the state.
  public let time: Double
  /// The state of the reduced flow; doubles survive JSON exactly.
  let state: [Double]
  let records: RunRecords
  let work: Work
  let secondsUsed: Double
}
