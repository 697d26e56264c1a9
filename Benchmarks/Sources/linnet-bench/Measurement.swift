import Foundation

/// What a piece of work is timed by.
enum Clock {
  /// Wall clock: for comparisons with other processes.
  case wall
  /// Processor time of this thread, to which other work on the machine does not add: for everything that runs on one thread.
  case processor

  private var id: clockid_t { self == .wall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID }

  /// Seconds since some moment.
  var now: Double {
    var time = timespec()
    let flag = clock_gettime(id, &time)
    precondition(flag == 0, "the system does not tell the time")
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Seconds that the work takes.
  func seconds(_ work: () throws -> Void) rethrows -> Double {
    let begun = now
    try work()
    return now - begun
  }
}

/// Seconds of wall clock that a piece of work takes.
func seconds(_ work: () throws -> Void) rethrows -> Double { try Clock.wall.seconds(work) }

/// The middle value; the mean of the two middle ones for an even number.
func median(_ values: [Double]) -> Double {
  precondition(!values.isEmpty, "no values have no median")
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// Two pieces of work timed in turn by the processor's time, so that whatever else the machine does meets both alike.
struct PairedTimes {
  let ours: [Double]
  let reference: [Double]

  /// - Parameter prepare: done before each reference repetition and not timed.
  init(
    repetitions: Int, ours: () throws -> Void, preparingReference prepare: () throws -> Void,
    reference: () throws -> Void
  ) rethrows {
    var (a, b) = ([Double](), [Double]())
    for _ in 0..<repetitions {
      a.append(try Clock.processor.seconds(ours))
      try prepare()
      b.append(try Clock.processor.seconds(reference))
    }
    (self.ours, self.reference) = (a, b)
  }

  /// The median over the repetitions of reference time / our time: our speed relative to the reference.
  var relativeSpeed: Double { median(zip(reference, ours).map { $0 / $1 }) }
  var relativeSpeedRange: ClosedRange<Double> {
    let ratios = zip(reference, ours).map { $0 / $1 }
    return ratios.min()!...ratios.max()!
  }
}

/// Repetitions of one piece of work within `budget` seconds, at least `least`.
func repeated(atLeast least: Int, budget: Double, timedBy clock: Clock = .wall, _ work: () throws -> Void)
  rethrows -> [Double]
{
  var times: [Double] = []
  while times.count < least || times.reduce(0, +) < budget { times.append(try clock.seconds(work)) }
  return times
}
