import Landscape
import LinearAlgebra
import LinearNetworks

/// What is kept of one moment of a run.
public struct TrajectoryRecord: Codable, Sendable, Equatable {
  /// Flow time.
  public let time: Double
  /// L_N, and its excess over the global minimum.
  public let loss: Double
  /// L_N − min L_N.
  public let gap: Double
  /// ‖∇L_N‖, all layers together.
  public let gradientNorm: Double
  /// ‖W − W*‖_F.
  public let distanceToTarget: Double
  /// σ_1 ≥ σ_2 ≥ … of W, at most r of which are not zero.
  public let singularValues: [Double]
  /// ⟨W, W*⟩/(‖W‖ ‖W*‖); c_t of the theory when W has rank one. 0 where W or W* is zero.
  public let alignment: Double
  /// max_j ‖D_j‖_F / max_j ‖W_j‖², equation (14).
  public let imbalance: Double
  /// max_j ‖D_j(t) − D_j(0)‖_F / max_j ‖W_j‖²: what integration broke of the conservation law (15).
  ///
  /// Where W alone is followed, by a closed form or on (17), it stands for balanced layers: they keep the imbalance of the start by construction.
  public let imbalanceDrift: Double
  /// The stationary value of networks that keep what W has learnt to more than a half (`CapturedDirections` of Landscape).
  public let level: CriticalLevel
}

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
