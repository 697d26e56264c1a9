/// What a person watching a run wants to know.
public struct TrainingProgress: Sendable {
  public let time: Double
  public let lossGap: Double
  public let relativeGradientNorm: Double
  /// c_t of the theory when W has rank one.
  public let alignment: Double
  public let step: Double
  public let secondsUsed: Double
  /// An extrapolation; nil while there is no ground for one, as on a plateau.
  public let secondsLeft: Double?
}

/// What a run tells while it goes on, and what may end it.
public struct TrainingCallbacks {
  public var progress: (TrainingProgress) -> Void = { _ in }
  public var checkpoint: (Checkpoint) -> Void = { _ in }
  public var isInterrupted: () -> Bool = { false }
  /// Seconds between calls.
  public var progressInterval = 0.2
  public var checkpointInterval = 5.0

  public init() {}
}
