import Foundation
import LinearAlgebra
import TestSupport
import Testing
import Theory

struct ObservationTests {
  /// A synthetic run of ‖Z_1−W‖² = e^(−rate t), s from 10 down to 1.
  private func decay(rate: Double, count: Int = 200, end: Double = 10, accuracy: Double = 1e-8)
    -> ObservedTrajectory
  {
    let times = (0..<count).map { end * Double($0) / Double(count - 1) }
    return ObservedTrajectory(
      times: times, distancesSquared: times.map { exp(-rate * $0) }, scales: times.map { 1 + 9 * exp(-$0) },
      coordinates: times.map { 1 - 0.5 * exp(-$0) }, accuracy: accuracy)
  }

  @Test func `a crossed bound is reported with its times, a kept one with its margin`() throws {
    let run = decay(rate: 2)
    let kept = BoundCheck(equation: "(38b)", rate: 1.9, records: 0..<200, of: run, targetScale: 1)
    #expect(kept.violations.isEmpty)
    #expect(try #require(kept.tightestMargin) > 0)
    let crossed = BoundCheck(equation: "(38b)", rate: 2.1, records: 0..<200, of: run, targetScale: 1)
    #expect(crossed.violations.count > 190)
    #expect(crossed.violations.allSatisfy { ($0.observed ?? .infinity) > ($0.bound ?? .infinity) })
    // The largest rate that would have been kept is the true one.
    #expect((try #require(crossed.largestValidRate) - 2).magnitude < 1e-9)
    #expect(try #require(crossed.tightestMargin) < 0)
    // Within the stated allowance nothing is reported: 1e-12 of rate over t ≤ 10 is below 1e-8.
    let close = BoundCheck(
      equation: "(38b)", rate: 2 * (1 + 1e-10), records: 0..<200, of: run, targetScale: 1)
    #expect(close.violations.isEmpty)
  }

  @Test func `a distance that is not a number is a violation`() {
    let run = ObservedTrajectory(
      times: [0, 1], distancesSquared: [1, .nan], scales: [1, 1], coordinates: [1, 1])
    #expect(
      BoundCheck(equation: "(38b)", rate: 1, records: 0..<2, of: run, targetScale: 1).violations.count == 1)
  }

  @Test func `an exponential is measured and interpolated exactly`() throws {
    let run = decay(rate: 2)
    // The logarithm is a line: least squares and interpolation are exact up to round-off.
    #expect((try #require(run.finalRate(targetScale: 1)) - 2).magnitude < 1e-12)
    let t = try #require(run.time(distanceSquaredAtMost: 1e-6))
    #expect((t - log(1e6) / 2).magnitude < 1e-12)
    #expect(run.time(distanceSquaredAtMost: 1e-20) == nil)
    #expect(run.time(distanceSquaredAtMost: 2) == 0)
  }

  @Test func `the rate is not measured below the accuracy floor`() throws {
    // Noise at 1e-16 after t = 18: were it fitted, the slope would be near zero.
    let times = (0..<400).map { Double($0) / 10 }
    let run = ObservedTrajectory(
      times: times, distancesSquared: times.map { exp(-2 * $0) + 1e-16 }, scales: times.map { _ in 1 },
      coordinates: times.map { _ in 1 })
    #expect((try #require(run.finalRate(targetScale: 1)) - 2).magnitude < 0.05)
    #expect(
      ObservedTrajectory(times: [0, 1], distancesSquared: [1, 0.1], scales: [1, 1], coordinates: [1, 1])
        .finalRate(targetScale: 1) == nil)
  }

  @Test func `a violated promise is loud in the certificate and its summary`() throws {
    let reference = ReferenceTrajectory.named("scalar-output-N3")
    let certificate = Certificate(
      CertificateSubject(
        depth: 3, bottleneck: 1, sampleCount: 50, whiteningDefect: 0, target: reference.target,
        start: reference.start, relativeImbalance: 0))
    // Ten times slower than the reference says.
    let run = ObservedTrajectory(
      times: reference.states.map { 10 * $0.time },
      distancesSquared: reference.states.map { pow($0.distanceToTarget, 2) },
      scales: reference.states.map(\.scale), coordinates: reference.states.map { _ in 1 })
    let compared = certificate.comparing(with: run)
    #expect(compared.observation?.isViolated == true)
    #expect(compared.summaryLines.contains { $0.hasPrefix("VIOLATED") && $0.hasSuffix("[(38b)]") })
    // Exact event times take precedence over interpolation.
    let exact = certificate.comparing(
      with: run, timesToAccuracy: [1e-3: 0.125])
    #expect(exact.rate.timeToAccuracy[2].observed == 0.125)
  }

  @Test func `the summary fits one screen and shows promise beside observation`() throws {
    var generator = SeededGenerator(seed: 81)
    for far in [false, true] {
      let instance = RankOneInstance(
        depth: 3, rows: 3, columns: 4, gamma: 0.001, turn: 0.2, size: far ? 8 : 0.5, using: &generator)
      let certificate = Certificate(instance.subject)
      let before = certificate.summaryLines
      let run = instance.observed(instance.trajectory(until: 12))
      let after = certificate.comparing(with: run).summaryLines
      #expect((9...14).contains(before.count))
      #expect(after.count <= 18)
      #expect(!before.contains { $0.hasPrefix("  observed") })
      #expect(after.contains { $0.hasPrefix("  observed") })
      #expect(after.contains { $0.hasPrefix("Bound kept") && $0.hasSuffix("[(38b)]") })
      #expect(after.contains { $0.hasPrefix("Bound kept") && $0.hasSuffix("[(38a)]") } == far)
      for equation in ["Assumption 3.6", "(28)", "Theorem 4.4", "(38)", "D5", "D6", "(39)"] {
        #expect(before.contains { $0.contains("[\(equation)]") }, "\(equation)")
      }
      #expect(after.allSatisfy { $0.count <= 110 })
    }
  }
}
