import Integration
import LinearAlgebra

/// All that a run needs to go on where it was.
public struct Checkpoint: Codable, Sendable {
  /// Flow time of the state.
  public let time: Double
  /// The state of the reduced flow; doubles survive JSON exactly.
  let state: [Double]
  let recorder: TrajectoryRecorder
  let states: [KeptState]
  let events: [Double?]
  let work: Work
  let secondsUsed: Double
  let spectrum: SpectrumRecorder?
}

/// An end-to-end matrix kept at a time, in reduced coordinates.
struct KeptState: Codable, Sendable {
  let time: Double
  let matrix: Matrix
  /// Whether the user asked for this time.
  let isRequested: Bool
}
