/// Wall clock of a run, and when the next report and the next checkpoint are due.
struct RunClock {
  private let clock = ContinuousClock()
  private let begun: ContinuousClock.Instant
  /// Seconds of the sessions before this one.
  private let before: Double
  private let progressInterval, checkpointInterval: Double
  private var nextProgress, nextCheckpoint: Double

  init(before: Double, callbacks: TrainingCallbacks) {
    begun = clock.now
    self.before = before
    (progressInterval, checkpointInterval) = (callbacks.progressInterval, callbacks.checkpointInterval)
    (nextProgress, nextCheckpoint) = (progressInterval, checkpointInterval)
  }

  /// Seconds of this session.
  var elapsed: Double {
    let duration = clock.now - begun
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  /// Seconds of all sessions.
  var total: Double { before + elapsed }

  /// Whether a report is due after so many seconds; then the next one is after the interval.
  mutating func isProgressDue(at seconds: Double) -> Bool {
    guard seconds >= nextProgress else { return false }
    nextProgress = seconds + progressInterval
    return true
  }

  /// The same for checkpoints.
  mutating func isCheckpointDue(at seconds: Double) -> Bool {
    guard seconds >= nextCheckpoint else { return false }
    nextCheckpoint = seconds + checkpointInterval
    return true
  }
}
