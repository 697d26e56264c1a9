import Foundation
import LinearAlgebra
import TestSupport
import Testing
import Theory

struct NonLocalRateTests {
  private func rate(of instance: RankOneInstance) -> NonLocalRate { Certificate(instance.subject).rate }

  /// A start to which Theorem 4.4 may apply: γ_Z log-uniform between 1e-5 and 0.1, close directions.
  private func candidate(far: Bool, using generator: inout SeededGenerator) -> RankOneInstance {
    let size = far ? 2.45 + 8 * generator.uniform() : exp(-1.5 + 2.3 * generator.uniform())
    return RankOneInstance(
      depth: 2 + Int(generator.next() % 9), rows: 1 + Int(generator.next() % 6),
      columns: 1 + Int(generator.next() % 6), gamma: pow(10, -5 + 4 * generator.uniform()),
      turn: 0.6 * generator.uniform(), size: size, using: &generator)
  }

  @Test(arguments: [false, true])
  func `(38a) and (38b) hold along every trajectory to which they apply`(far: Bool) throws {
    var generator = SeededGenerator(seed: far ? 38 : 39)
    var (count, nearControl, farControl, farCount, renewed) = (0, 0, 0, 0, 0)
    while count < 600 {
      let instance = candidate(far: far, using: &generator)
      let certificate = Certificate(instance.subject)
      guard let bound = certificate.rate.bound else { continue }
      count += 1
      if !certificate.rate.applies { renewed += 1 }
      let run = instance.observed(instance.trajectory(until: 12, tolerance: 1e-10))
      let compared = certificate.comparing(with: run)
      let observation = try #require(compared.observation)
      #expect(!observation.isViolated, "\(observation.checks)")
      #expect(observation.checks.contains { $0.equation == "(38b)" && $0.count > 10 })

      // The bound known before the run, at every time.
      for (t, D) in zip(run.times, run.distancesSquared) {
        let allowance = 1e-8 * instance.sZ
        #expect(D.squareRoot() <= bound.distanceSquared(at: t).squareRoot() * (1 + 1e-9) + allowance)
      }
      // τ and the times to each accuracy.
      #expect(try #require(compared.rate.tauObserved) <= (try #require(compared.rate.tauBound)) * (1 + 1e-6))
      for row in compared.rate.timeToAccuracy {
        if let observed = row.observed {
          #expect(observed <= (try #require(row.bound)) * (1 + 1e-3), "ε = \(row.accuracy)")
        }
      }

      // Negative controls: decay faster than the exact final rate, or than the far flow at W_0, must be caught.
      let turn = run.scales.firstIndex { $0 <= 6.0.squareRoot() * instance.sZ } ?? 0
      if let final = certificate.finalRate {
        let wrong = BoundCheck(
          equation: "(38b)", rate: 1.2 * final, records: turn..<run.times.count, of: run,
          targetScale: instance.sZ)
        if !wrong.violations.isEmpty { nearControl += 1 }
      }
      if turn > 2 {
        farCount += 1
        let fastest =
          2 * Double(instance.flow.depth) * instance.flow.sampleCount
          * pow(instance.start.scale, instance.flow.exponent)
        let wrong = BoundCheck(
          equation: "(38a)", rate: 1.2 * fastest, records: 0..<turn, of: run, targetScale: instance.sZ)
        if !wrong.violations.isEmpty { farControl += 1 }
      }
    }
    #expect(nearControl > 300, "a rate 20 % above the exact one was caught on \(nearControl) of \(count)")
    if far {
      #expect(farCount > 300)
      #expect(
        farControl > (9 * farCount) / 10, "too fast a far rate was caught on \(farControl) of \(farCount)")
      #expect(renewed > 20, "the renewal at τ was needed on \(renewed)")
    }
  }

  @Test func `e_far alone decides (38a), and e_near never exceeds e_far`() throws {
    var generator = SeededGenerator(seed: 40)
    var (count, alone, violations) = (0, 0, 0)
    while count < 200 {
      let instance = candidate(far: true, using: &generator)
      let certificate = Certificate(instance.subject)
      guard let far = certificate.rate.farExponent, let near = certificate.rate.nearExponent else { continue }
      #expect(near <= far)
      guard far > 0, near <= 0 else { continue }
      #expect(!certificate.rate.applies)
      let run = instance.observed(instance.trajectory(until: 2, tolerance: 1e-9))
      let observation = try #require(certificate.comparing(with: run).observation)
      guard let check = observation.checks.first, check.count > 2 else { continue }
      count += 1
      #expect(check.equation == "(38a)")
      #expect(check.promisedRate == certificate.rate.farRate)
      if certificate.rate.bound == nil {
        alone += 1
        #expect(observation.checks.count == 1)
      }
      violations += check.violations.count
    }
    #expect(alone > 20)
    #expect(violations == 0)
  }

  @Test func `the closed limits are the best α and β`() throws {
    var generator = SeededGenerator(seed: 41)
    for _ in 0..<300 {
      let instance = candidate(far: false, using: &generator)
      let rate = rate(of: instance)
      guard let alpha = rate.alpha, let beta = rate.beta, let near = rate.nearExponent else { continue }
      let gamma = instance.gamma
      #expect(
        near
          == NonLocalRate.nearExponent(alpha: alpha, beta: beta, gapRatio: gamma, depth: instance.flow.depth))
      for _ in 0..<20 {
        let a = gamma + (alpha - gamma) * generator.uniform()
        let b = beta * (1 + generator.uniform())
        #expect(instance.flow.isInNeighbourhood(instance.start, alpha: a, beta: b))
        let (N, e) = (instance.flow.depth, 1e-15 * pow(b, 2) * Double(instance.flow.depth))
        #expect(NonLocalRate.nearExponent(alpha: a, beta: b, gapRatio: gamma, depth: N) <= near + e)
        #expect(
          NonLocalRate.farExponent(alpha: a, beta: b, gapRatio: gamma, depth: N)
            <= (try #require(rate.farExponent)) + e)
      }
    }
  }

  @Test func `a certificate renewed later is tighter and still true`() throws {
    var generator = SeededGenerator(seed: 42)
    var count = 0
    while count < 100 {
      let instance = candidate(far: count % 2 == 0, using: &generator)
      guard let first = rate(of: instance).bound else { continue }
      count += 1
      let flow = instance.flow
      let run = instance.trajectory(until: 10)
      var nearRate = first.nearRate
      for k in stride(from: 0, to: run.count, by: 1 + run.count / 5) {
        let (t, W) = run[k]
        let renewed = NonLocalRate(
          depth: flow.depth, sampleCount: flow.sampleCount, targetScale: instance.sZ,
          gapRatio: instance.gamma,
          scale: W.scale, coordinate: flow.coordinate(of: W), distanceSquared: flow.distanceSquared(of: W),
          time: t)
        let bound = try #require(renewed.bound)
        #expect(bound.nearRate >= nearRate * (1 - 1e-7))
        nearRate = bound.nearRate
        for (later, V) in run[k...] {
          #expect(
            flow.distanceSquared(of: V).squareRoot()
              <= bound.distanceSquared(at: later).squareRoot() * (1 + 1e-9) + 1e-8 * instance.sZ)
        }
      }
    }
  }

  @Test func `the time to an accuracy inverts the bound`() throws {
    var generator = SeededGenerator(seed: 43)
    for k in 0..<200 {
      let instance = candidate(far: k % 2 == 0, using: &generator)
      guard let bound = rate(of: instance).bound else { continue }
      for accuracy in NonLocalRate.accuracies {
        let t = bound.time(toAccuracy: accuracy)
        let goal = accuracy * bound.targetNormSquared
        #expect(bound.distanceSquared(at: t) <= goal * (1 + 1e-9))
        if t > 0 { #expect(bound.distanceSquared(at: t * (1 - 1e-6) - 1e-300) > goal * (1 - 1e-9)) }
      }
    }
  }

  @Test func `the reason names what is how far off`() {
    // N = 2, p = 1: e_far = (α−γ) − 2γβ, e_near = α(α−γ) − 4γβ.
    let near = NonLocalRate(
      depth: 2, sampleCount: 1, targetScale: 1, gapRatio: 0.2, scale: 1, coordinate: 0.8)
    #expect(!near.applies)
    #expect(near.bound == nil)
    #expect(
      near.reason?.hasPrefix(
        "e_near = -0.32 ≤ 0 at the best α = 0.8, β = 1: 2γ_Z N β^p = 0.8 exceeds α(α−γ_Z)^p = 0.48") == true)
    let far = NonLocalRate(
      depth: 2, sampleCount: 1, targetScale: 1, gapRatio: 0.2, scale: 10, coordinate: 0.8)
    #expect(far.reason?.hasPrefix("e_far = -3.4 ≤ 0 at the best α = 0.8, β = 10") == true)
    let outside = NonLocalRate(
      depth: 2, sampleCount: 1, targetScale: 1, gapRatio: 0.2, scale: 1, coordinate: 0.1)
    #expect(outside.reason == "no α in (γ_Z, 1): c_0 = 0.1 misses γ_Z = 0.2 by 0.1, (37)")
    #expect(outside.timeToAccuracy.count == 12)
    #expect(outside.timeToAccuracy.allSatisfy { $0.bound == nil })
  }
}
