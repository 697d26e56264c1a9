#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Wall clock of a run, and when the next report and the next checkpoint are due.
struct RunClock {
  private let begun: Double
  /// Seconds of the sessions before this one.
  private let before: Double
  private let progressInterval: Double
  private var checkpointInterval: Double
  private var nextProgress, nextCheckpoint: Double

  init(before: Double, callbacks: TrainingCallbacks) {
    begun = RunClock.now
    self.before = before
    (progressInterval, checkpointInterval) = (callbacks.progressInterval, callbacks.checkpointInterval)
    (nextProgress, nextCheckpoint) = (progressInterval, checkpointInterval)
  }

  /// Seconds of this session.
  var elapsed: Double { RunClock.now - begun }

  /// Seconds on a clock that nobody sets. (`ContinuousClock` divides integers of 128 bits for it, which is felt at every step.)
  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// Seconds of all sessions.
  var total: Double { before + elapsed }

  /// Whether a report is due after so many seconds; then the next one is after the interval.
  mutating func isProgressDue(at seconds: Double) -> Bool {
    guard seconds >= nextProgress else { return false }
    nextProgress = seconds + progressInterval
    return true
  }

  /// A checkpoint has cost so many seconds: at most a fiftieth of the time goes into them (tuned).
  mutating func checkpointCost(_ seconds: Double) {
    checkpointInterval = max(checkpointInterval, 50 * seconds)
    nextCheckpoint = max(nextCheckpoint, elapsed + 50 * seconds)
  }

  /// The same for checkpoints.
  mutating func isCheckpointDue(at seconds: Double) -> Bool {
    guard seconds >= nextCheckpoint else { return false }
    nextCheckpoint = seconds + checkpointInterval
    return true
  }
}
