import Foundation

/// Seconds of wall clock that a piece of work takes.
func seconds(_ work: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  let duration = try clock.measure(work)
  return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// The middle value; the mean of the two middle ones for an even number.
func median(_ values: [Double]) -> Double {
  precondition(!values.isEmpty, "no values have no median")
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// Two pieces of work timed in turn, so that whatever else the machine does meets both alike.
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
      a.append(try seconds(ours))
      try prepare()
      b.append(try seconds(reference))
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
func repeated(atLeast least: Int, budget: Double, _ work: () throws -> Void) rethrows -> [Double] {
  var times: [Double] = []
  while times.count < least || times.reduce(0, +) < budget { times.append(try seconds(work)) }
  return times
}
