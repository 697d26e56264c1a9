import Foundation
import LinearAlgebra
import TestSupport
import Testing
import Theory

struct NonLocalRateTests {
  /// A start to which Theorem 4.4 may apply: γ_Z log-uniform between 1e-5 and 0.1, close directions.
  private func candidate(far: Bool, using generator: inout SeededGenerator) -> RankOneInstance {
    let size = far ? 2.45 + 8 * generator.uniform() : exp(-1.5 + 2.3 * generator.uniform())
    return RankOneInstance(
      depth: 2 + Int(generator.next() % 9), rows: 1 + Int(generator.next() % 6),
      columns: 1 + Int(generator.next() % 6), gamma: pow(10, -5 + 4 * generator.uniform()),
      turn: 0.6 * generator.uniform(), size: size, using: &generator)
  }

  /// The finding about Theorem 4.4.
  private func theorem(_ instance: RankOneInstance) throws -> Finding {
    try #require(Certificate(instance.setting).finding("Theorem 4.4"))
  }

  /// The first record with s ≤ √6 s_Z.
  private func turn(_ run: [(time: Double, state: RankOneState)], _ instance: RankOneInstance) -> Int {
    run.firstIndex { $0.state.scale <= 6.0.squareRoot() * instance.sZ } ?? run.count
  }

  /// D(t) ≤ D(t_0) exp(−rate·(t − t_0)) from the first of the records on, as (38) is printed.
  private func check(
    rate: Double, _ records: ArraySlice<(time: Double, state: RankOneState)>, of instance: RankOneInstance
  ) throws -> Observation {
    let first = try #require(records.first)
    let unit = instance.sZ * instance.sZ
    let finding = Claimed.bound(
      instance.flow.distanceSquared(of: first.state) / unit, rate: rate, from: first.time)
    return try #require(Observation(finding, along: instance.observed(Array(records))))
  }

  @Test(arguments: [false, true])
  func `(38a) and (38b) hold along every trajectory to which they apply`(far: Bool) throws {
    var generator = SeededGenerator(seed: far ? 38 : 39)
    var (count, nearControl, farControl, farCount, renewed) = (0, 0, 0, 0, 0)
    while count < 600 {
      let instance = candidate(far: far, using: &generator)
      let rate = instance.rate
      guard let nearRate = rate.bound?.rate else { continue }
      count += 1
      if !rate.applies { renewed += 1 }
      let states = instance.trajectory(until: 12, tolerance: 1e-10)
      let run = instance.observed(states)
      let turn = turn(states, instance)

      // The bound known before the run, at every time, and the times to each accuracy.
      let finding = try theorem(instance)
      #expect(finding.limit == .globalMinimiser)
      let observation = try #require(Observation(finding, along: run))
      #expect(!observation.isViolated, "\(observation)")
      #expect(observation.count == run.times.count && observation.count > 10)
      for row in observation.timeToAccuracy {
        if let observed = row.observed {
          #expect(observed <= (try #require(row.promised)) * (1 + 1e-3), "ε = \(row.accuracy)")
        }
      }
      // As printed: (38a) from W_0 up to τ, (38b) from W(τ) on, and τ itself.
      #expect(try check(rate: nearRate, states[turn...], of: instance).violations.isEmpty)
      if let farRate = rate.farRate, turn > 1 {
        #expect(try check(rate: farRate, states[..<turn], of: instance).violations.isEmpty)
      }
      let tau = try #require(rate.tauBound)
      #expect(states[..<turn].allSatisfy { $0.time <= tau * (1 + 1e-6) })

      // Negative controls: decay faster than the exact final rate, or than the far flow at W_0, must be caught.
      let certificate = Certificate(instance.setting)
      if case .exponential(let final, _) = certificate.finding("D6")?.decay {
        if try !check(rate: 1.2 * final, states[turn...], of: instance).violations.isEmpty {
          nearControl += 1
        }
      }
      if turn > 2 {
        farCount += 1
        let fastest =
          2 * Double(instance.flow.depth) * instance.flow.sampleCount
          * pow(instance.start.scale, instance.flow.exponent)
        if try !check(rate: 1.2 * fastest, states[..<turn], of: instance).violations.isEmpty {
          farControl += 1
        }
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
    var (count, alone) = (0, 0)
    while count < 200 {
      let instance = candidate(far: true, using: &generator)
      let rate = instance.rate
      guard let far = rate.farExponent, let near = rate.nearExponent else { continue }
      #expect(near <= far)
      guard far > 0, near <= 0 else { continue }
      #expect(!rate.applies)
      let states = instance.trajectory(until: 2, tolerance: 1e-9)
      let turn = turn(states, instance)
      guard turn > 2, let farRate = rate.farRate else { continue }
      count += 1
      #expect(try check(rate: farRate, states[..<turn], of: instance).violations.isEmpty)
      let finding = try theorem(instance)
      let observation = try #require(Observation(finding, along: instance.observed(states)))
      #expect(observation.violations.isEmpty)
      if rate.bound == nil {
        // (38a) is all there is: the distance falls to what s ≤ √6 s_Z leaves, and no accuracy is promised.
        alone += 1
        let curve = try #require(finding.bound?.curve)
        #expect(curve.rate == 0)
        #expect(curve.logarithms.last! <= log(7 - 2 * 6.0.squareRoot() * rate.alpha!) + 1e-12)
        #expect(finding.bound!.timesToAccuracy.allSatisfy { $0.bound == nil })
      }
    }
    #expect(alone > 20)
  }

  @Test func `the closed limits are the best α and β`() throws {
    var generator = SeededGenerator(seed: 41)
    for _ in 0..<300 {
      let instance = candidate(far: false, using: &generator)
      let rate = instance.rate
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
      guard let first = instance.rate.bound else { continue }
      count += 1
      let flow = instance.flow
      let run = instance.trajectory(until: 10)
      var nearRate = first.rate
      for k in stride(from: 0, to: run.count, by: 1 + run.count / 5) {
        let (t, W) = run[k]
        let bound = try #require(instance.rate(from: W, at: t).bound)
        #expect(bound.start == t)
        #expect(bound.rate >= nearRate * (1 - 1e-7))
        nearRate = bound.rate
        for (later, V) in run[k...] {
          #expect(
            flow.distanceSquared(of: V).squareRoot()
              <= bound.value(at: later).squareRoot() * instance.sZ * (1 + 1e-9) + 1e-8 * instance.sZ)
        }
      }
    }
  }

  @Test func `the time to an accuracy inverts the bound`() throws {
    var generator = SeededGenerator(seed: 43)
    for k in 0..<200 {
      let instance = candidate(far: k % 2 == 0, using: &generator)
      guard let bound = instance.rate.bound else { continue }
      for accuracy in Bound.accuracies {
        let t = try #require(bound.time(to: accuracy))
        #expect(bound.value(at: t) <= accuracy * (1 + 1e-9))
        if t > 0 { #expect(bound.value(at: t * (1 - 1e-6) - 1e-300) > accuracy * (1 - 1e-9)) }
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
    #expect(outside.bound == nil && outside.farBound == nil)
  }

  @Test func `a start at the target itself, or of any size, has a bound that JSON can hold`() throws {
    let Z = Matrix.diagonal([2, 0.01])
    for size in [2, 2 + 1e-15, 1e-100, 1e-9, 1e9, 1e100] {
      for depth in [2, 5, 40] {
        let certificate = Certificate(
          Setting(target: Z, start: Matrix.diagonal([size, 0]), depth: depth, width: 1))
        let finding = try #require(certificate.finding("Theorem 3.8"))
        #expect(finding.applies && finding.limit == .globalMinimiser, "\(size)")
        _ = try JSONEncoder().encode(certificate)
        #expect(certificate.lines.allSatisfy { $0.count <= 110 })
      }
    }
    let there = try #require(
      Certificate(Setting(target: Z, start: Matrix.diagonal([2, 0]), depth: 2, width: 1)).finding(
        "Theorem 4.4"))
    #expect(there.bound?.curve.value(at: 0) ?? 1 < 1e-30)
  }
}
