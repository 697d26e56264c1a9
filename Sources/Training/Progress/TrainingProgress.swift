/// What a person watching a run wants to know.
public struct TrainingProgress: Sendable {
  /// Flow time.
  public let time: Double
  /// L_N − min L_N.
  public let lossGap: Double
  /// ‖∇L_N‖ relative to its scale, see `LandscapeScale` of Landscape.
  public let relativeGradientNorm: Double
  /// c_t of the theory when W has rank one.
  public let alignment: Double
  /// The last step, in flow time.
  public let step: Double
  /// Wall clock so far.
  public let secondsUsed: Double
  /// Between how many seconds the end is likely to come (``SteadyProgress``); nil while there is no ground for a forecast, as on a plateau.
  public let secondsLeft: ClosedRange<Double>?
}

/// What a run tells while it goes on, and what may end it.
public struct TrainingCallbacks {
  /// Told how the run goes.
  public var progress: (TrainingProgress) -> Void = { _ in }
  /// Given what is needed to go on later.
  public var checkpoint: (Checkpoint) -> Void = { _ in }
  /// Asked after every step, and many times within long ones, whether to stop.
  public var isInterrupted: () -> Bool = { false }
  /// Seconds between calls.
  public var progressInterval = 0.2
  /// Seconds before the first call of ``checkpoint``, and between calls; more where one takes longer than a fiftieth of that. A run that is interrupted or runs out of its budget makes one more call, before anything else.
  public var checkpointInterval = 1.0

  /// Callbacks that do nothing.
  public init() {}
}
