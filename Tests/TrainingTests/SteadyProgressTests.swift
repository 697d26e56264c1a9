import Foundation
import Testing
import Training

/// What is said about the time left, on courses whose end is known.
@Suite struct SteadyProgressTests {
  private struct Course {
    /// Seconds at which the distance is used up.
    var end: Double?
    var reports: [(seconds: Double, left: ClosedRange<Double>?)] = []
    var refutations = 0

    var known: [(seconds: Double, left: ClosedRange<Double>)] {
      reports.compactMap { report in report.left.map { (report.seconds, $0) } }
    }

    /// The share of the forecasts that contain the true time left, to a tick of the observation.
    var truth: Double {
      let right = known.filter {
        $0.left.lowerBound - 0.2 <= end! - $0.seconds && end! - $0.seconds <= $0.left.upperBound + 0.2
      }
      return Double(right.count) / Double(known.count)
    }
  }

  /// Observes a distance every 0.2 s until it is used up.
  private func course(until last: Double = 400, _ distance: (Double) -> Double) -> Course {
    var (course, progress) = (Course(), SteadyProgress())
    for k in 0..<Int(5 * last) {
      let t = 0.2 * Double(k)
      let d = distance(t)
      if d <= 0 {
        course.end = t
        break
      }
      progress.observe(seconds: t, distance: d)
      course.reports.append((t, progress.secondsLeft))
    }
    course.refutations = progress.refutations
    return course
  }

  @Test func `an exponential decay is foreseen from its middle on, within a tenth`() {
    // The logarithm of a gradient that decays exponentially falls at one rate.
    let course = course { 20 - $0 / 3 }
    #expect((course.end! - 60).magnitude <= 0.2)
    #expect(course.known.first!.seconds <= 31)
    #expect(course.truth == 1)
    for (_, left) in course.known { #expect(left.upperBound <= 1.3 * left.lowerBound) }
    #expect(course.refutations == 0)
  }

  @Test(arguments: [(1.0, 1e-2), (2.0, 1e-3), (0.5, 5e-2)])
  func `an algebraic decay is not foreseen before two thirds of it, and then truly`(
    power: Double, goal: Double
  ) {
    let course = course { log(pow(1 + $0, -power) / goal) }
    #expect(course.known.first!.seconds > 0.6 * course.end!)
    #expect(course.truth >= 0.97)
    #expect(course.refutations == 0)
  }

  @Test func `a slow tail whose end is far says nothing at all`() {
    let course = course { log(1 / (1 + $0) / 1e-9) }
    #expect(course.end == nil && course.known.isEmpty)
  }

  @Test func `on a plateau nothing is known, in the fall after it the end is`() {
    let course = course { $0 < 50 ? 15 : 65 - $0 }
    #expect(course.known.allSatisfy { $0.seconds > 50 })
    #expect(!course.known.isEmpty && course.truth == 1)
    // A plateau that is left as every saddle is, exponentially.
    let left = self.course { 15 - log(1 + exp(0.5 * ($0 - 50))) }
    #expect(left.known.allSatisfy { $0.seconds > 50 } && left.truth == 1)
  }

  @Test func `what does not move has no end`() { #expect(course { _ in 7 }.known.isEmpty) }

  @Test func `a course that breaks its promise again and again is believed at most twice`() {
    // Every 20 s as if it were to end soon, and then nothing for as long.
    let course = course { t in
      40 * pow(0.5, (t / 40).rounded(.down)) * max(0.5, 1 - t.truncatingRemainder(dividingBy: 40) / 40) + 1
    }
    #expect(course.end == nil)
    #expect(course.refutations <= 2)
    // Once both are spent there is silence.
    let promises = course.known.map { $0.seconds + $0.left.upperBound }
    if course.refutations == 2 { #expect(course.reports.last!.left == nil && promises.max()! < 400) }
  }

  @Test func `a broken promise is withdrawn when its time has passed`() {
    // A decay that stops at half its way: what was said before is over by the time that was named.
    let course = course { max(10, 20 - $0) + 0 * $0 }
    if let promise = course.known.map({ $0.seconds + $0.left.upperBound }).min() {
      #expect(course.reports.filter { $0.seconds > promise + 0.3 }.allSatisfy { $0.left == nil })
    }
    let late = self.course { $0 < 15 ? 20 - $0 : 5 + 1e-3 * sin($0) }
    #expect(!late.known.isEmpty)
    let promise = late.known.map { $0.seconds + $0.left.upperBound }.min()!
    #expect(late.reports.filter { $0.seconds > promise + 0.3 }.allSatisfy { $0.left == nil })
    #expect(late.refutations <= 1)
  }

  @Test func `noise of a few per cent is borne`() {
    var state: UInt64 = 1
    let course = course { t in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return 20 - t / 2 + 0.2 * (Double(state >> 33) / 4_294_967_296 - 0.25)
    }
    #expect(!course.known.isEmpty && course.truth >= 0.9)
  }

  @Test func `numbers that are none are passed over`() {
    var progress = SteadyProgress()
    for k in 0..<100 { progress.observe(seconds: Double(k), distance: k % 2 == 0 ? .nan : .infinity) }
    #expect(progress.secondsLeft == nil)
    for k in 100..<160 { progress.observe(seconds: Double(k), distance: 200 - Double(k)) }
    #expect(progress.secondsLeft != nil)
  }
}
