import Foundation
import LinearAlgebra
import TestSupport
import Testing
import Theory

struct ObservationTests {
  /// What an error of 1e-8 of W leaves in a squared distance.
  private func value(_ square: Double, accuracy: Double = 1e-8) -> ObservedTrajectory.Value {
    .init(square, error: 2 * square.squareRoot() * accuracy + accuracy * accuracy)
  }

  private func run(_ times: [Double], _ squares: [Double], limit: String? = nil) -> ObservedTrajectory {
    let values = squares.map { value($0) }
    return ObservedTrajectory(times: times, gaps: values, distances: values, limit: limit)
  }

  /// A synthetic run of ‖W − W*‖² = e^(−rate t)‖W*‖².
  private func decay(rate: Double, count: Int = 200, end: Double = 10) -> ObservedTrajectory {
    let times = (0..<count).map { end * Double($0) / Double(count - 1) }
    return run(times, times.map { exp(-rate * $0) })
  }

  private func check(rate: Double, along run: ObservedTrajectory, from time: Double = 0) throws -> Observation
  {
    try #require(Observation(Claimed.bound(exp(-2 * time), rate: rate, from: time), along: run))
  }

  @Test func `a crossed bound is reported with its times, a kept one with its margin`() throws {
    let run = decay(rate: 2)
    let kept = try check(rate: 1.9, along: run)
    #expect(kept.violations.isEmpty && !kept.isViolated)
    #expect(kept.count == 200 && kept.undecided == 0)
    #expect(try #require(kept.tightestMargin) > 0)
    let crossed = try check(rate: 2.1, along: run)
    #expect(crossed.violations.count > 190 && crossed.isViolated)
    #expect(crossed.violations.allSatisfy { ($0.observed ?? .infinity) > $0.bound })
    #expect(try #require(crossed.tightestMargin) < 0)
    // The largest rate that is kept is the true one: there the margin is zero.
    let exact = try check(rate: 2, along: run)
    #expect(exact.violations.isEmpty)
    #expect(try #require(exact.tightestMargin).magnitude < 1e-12)
    // Within the stated error nothing is reported: 2e-10 of rate over t ≤ 10 is below 1e-8.
    let hidden = try check(rate: 2 * (1 + 1e-10), along: run)
    #expect(hidden.violations.isEmpty)
    // But neither is it said to be kept where the observation is above it.
    #expect(hidden.undecided > 190 && hidden.kept.contains("leaves it open"), "\(hidden.lines)")
    // A bound that starts later is looked at from there on only, half of the times.
    #expect(try check(rate: 1.9, along: run, from: 5).count == 100)
  }

  @Test func `a distance that is not a number is a violation`() throws {
    let observation = try check(rate: 1, along: run([0, 1], [1, .nan]))
    #expect(observation.violations.count == 1)
    #expect(observation.violations[0].observed == nil)
    #expect(
      try JSONDecoder().decode(Observation.self, from: JSONEncoder().encode(observation)) == observation)
  }

  @Test func `an exponential is measured and interpolated exactly`() throws {
    let run = decay(rate: 2)
    // The logarithm is a line: least squares and interpolation are exact up to round-off.
    #expect((try #require(run.finalRate(.distance)) - 2).magnitude < 1e-12)
    #expect((try #require(run.finalRate(.gap)) - 2).magnitude < 1e-12)
    let t = try #require(run.time(.distance, to: 1e-6))
    #expect((t - log(1e6) / 2).magnitude < 1e-12)
    #expect(run.time(.distance, to: 1e-20) == nil)
    #expect(run.time(.distance, to: 2) == 0)
  }

  @Test func `the rate is not measured below the accuracy floor`() throws {
    // Noise at 1e-16 after t = 18: were it fitted, the slope would be near zero.
    let times = (0..<400).map { Double($0) / 10 }
    let noisy = run(times, times.map { exp(-2 * $0) + 1e-16 })
    #expect((try #require(noisy.finalRate(.distance)) - 2).magnitude < 0.05)
    #expect(noisy.time(.distance, to: 1e-17) == nil)
    #expect(run([0, 1], [1, 0.1]).finalRate(.distance) == nil)
    // A slow decay behind a fast one, which is about to show: neither rate is that of the end.
    let short = (0...320).map { 0.01 * Double($0) }
    let mixed = run(short, short.map { exp(-10 * $0) + 1e-12 * exp(-$0) })
    #expect(mixed.finalRate(.distance) == nil)
    // Many records that end high up are no end either.
    #expect(decay(rate: 0.1).finalRate(.distance) == nil)
  }

  @Test func `a promised rate is held against the distance, and against the gap where that is not seen`()
    throws
  {
    let promise = Claimed(conclusion: Conclusion("ends", decay: .exponential(rate: 2, mode: "a mode")))
      .finding
    let times = (0..<200).map { Double($0) / 10 }
    let (good, coarse) = (
      times.map { value(exp(-2 * $0)) }, times.map { ObservedTrajectory.Value(exp(-2.1 * $0), error: 1e-7) }
    )
    let both = try #require(
      Observation(promise, along: ObservedTrajectory(times: times, gaps: coarse, distances: good)))
    #expect(both.promisedRate == 2 && both.count == 0 && both.on == nil)
    #expect((try #require(both.measuredRate) - 2).magnitude < 1e-9)
    let unseen = times.map { _ in ObservedTrajectory.Value(1, error: .infinity) }
    let gap = try #require(
      Observation(promise, along: ObservedTrajectory(times: times, gaps: coarse, distances: unseen)))
    #expect((try #require(gap.measuredRate) - 2.1).magnitude < 1e-9)
    let neither = try #require(
      Observation(promise, along: ObservedTrajectory(times: times, gaps: unseen, distances: unseen)))
    #expect(neither.measuredRate == nil && !neither.isViolated)
  }

  @Test func `a violated promise is loud in the observation and its lines`() throws {
    let reference = ReferenceTrajectory.named("scalar-output-N3")
    let certificate = Certificate(reference.setting)
    // Ten times slower than the reference says.
    let unit = pow(TargetSpectrum(reference.target).leadingValue, 2)
    let values = reference.states.map { value(pow($0.distanceToTarget, 2) / unit) }
    let run = ObservedTrajectory(
      times: reference.states.map { 10 * $0.time }, gaps: values, distances: values,
      located: [1e-3: 0.125], limit: "saddle")
    let observations = certificate.observations(along: run)
    let compared = try #require(observations.first { $0.id == "Theorem 4.4" })
    #expect(compared.isViolated && !compared.violations.isEmpty)
    #expect(compared.lines.contains { $0.hasPrefix("VIOLATED") && $0.contains("Theorem 4.4 at") })
    // A saddle where the minimiser was promised is as loud, for every theorem that promised it.
    #expect(compared.limitReached == false)
    let promising = certificate.theorems.filter { $0.strength == .certain }.map(\.id)
    #expect(promising.contains("Theorem 3.8") && promising.contains("D5"))
    #expect(observations.filter { $0.limitReached == false }.map(\.id) == promising)
    for observation in observations where observation.limitReached == false {
      #expect(observation.lines.contains { $0.hasPrefix("VIOLATED") && $0.contains("limit") })
    }
    // Exact event times take precedence over interpolation.
    #expect(compared.timeToAccuracy[2].observed == 0.125)
  }

  @Test func `the summary fits one screen and shows promise beside observation`() throws {
    var generator = SeededGenerator(seed: 81)
    for far in [false, true] {
      let instance = RankOneInstance(
        depth: 3, rows: 3, columns: 4, gamma: 0.001, turn: 0.2, size: far ? 8 : 0.5, using: &generator)
      let certificate = Certificate(instance.setting)
      let before = certificate.lines
      let run = instance.observed(instance.trajectory(until: 12))
      let observations = certificate.observations(along: run)
      let after = Observation.lines(observations)
      #expect((9...34).contains(before.count), "\(before.joined(separator: "\n"))")
      #expect((2...6).contains(after.count), "\(after.joined(separator: "\n"))")
      #expect(before.contains { $0.hasPrefix("Accuracy") } && before.contains { $0.hasPrefix("  promised") })
      #expect(after.contains { $0.hasPrefix("Bound kept") && $0.hasSuffix("[Theorem 4.4]") })
      // D6 and D17 promise one rate, which is said once.
      #expect(after.filter { $0.hasPrefix("Final rate") }.count == 1)
      #expect(after.contains { $0.hasPrefix("Final rate") && $0.hasSuffix("[D6, D17]") })
      #expect(before.joined().contains("until τ") == far)
      // Every theorem is named, whether it speaks or is silent.
      let text = before.joined(separator: "\n")
      for finding in certificate.theorems { #expect(text.contains(finding.id), "\(finding.id)") }
      #expect((before + after).allSatisfy { $0.count <= 110 })
      let observed = try #require(observations.first { $0.id == "Theorem 4.4" })
      #expect(observed.timeToAccuracy.contains { $0.observed != nil })
    }
  }
}
