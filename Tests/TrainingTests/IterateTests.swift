import Foundation
import LinearAlgebra
import LinearNetworks
import Testing
import Training

/// Explicit Euler with a large step is gradient descent: iterates, and nothing between them.
@Suite struct IterateTests {
  /// One mode of size σ from x in both of its layers: x ← x(1 + h(σ − x²)).
  private func run(
    _ σ: [Double], depth: Int = 2, norm: Double, step: Double,
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> TrainingOutcome {
    let problem = Problem(target: .diagonal(σ), sampleCount: 1)
    let start = try Start.aligned(norm: norm).network(
      for: problem, widths: Array(repeating: σ.count, count: depth + 1), seed: 1)
    var options = TrainingOptions()
    (options.method, options.step, options.estimatesAccuracy) = (.euler, step, false)
    change(&options)
    return TrainingRun(problem: problem, start: start, options: options).run()
  }

  @Test func `records are iterates: a loss that no iterate has is in none of them`() throws {
    // E = diag(5, 4, 3, 2) with 2/λ_max = 0.2: the largest modes do not settle. By hand, beside the run:
    let (σ, h) = ([5.0, 4, 3, 2], 0.3)
    let outcome = try run(σ, norm: 0.27216553, step: h) { $0.finalTime = 6 }
    #expect(outcome.ending == .reachedFinalTime)
    #expect((outcome.time - 6).magnitude <= 1e-12)
    var x = outcome.records[0].singularValues.map { $0.squareRoot() }
    var gaps: [Double] = []
    for _ in 0...20 {
      gaps.append(zip(x, σ).reduce(0) { $0 + 0.5 * pow($1.0 * $1.0 - $1.1, 2) })
      x = zip(x, σ).map { $0 * (1 + h * ($1 - $0 * $0)) }
    }
    #expect(outcome.records.count == 21)
    for (k, record) in outcome.records.enumerated() {
      #expect((record.time - Double(k) * h).magnitude <= 1e-12)
      // Chaos enlarges round-off by less than 2 a step.
      #expect((record.gap / gaps[k] - 1).magnitude <= 1e-9, "iterate \(k)")
    }
    #expect((outcome.records.map(\.gap).min()! - 0.2165).magnitude <= 1e-4)
    // Times to accuracy are those of iterates too.
    #expect(
      outcome.accuracyTimes.compactMap(\.self).allSatisfy { t in outcome.records.contains { $0.time == t } })
    #expect(outcome.plateaus.isEmpty)
  }

  @Test func `an oscillation ends the run with its period`() throws {
    // hσ = 1.2 lies between 1 and √5 − 1: the fixed point is left for two values.
    let outcome = try run([3, 2, 1], norm: 1e-3, step: 0.4)
    #expect(outcome.ending == .oscillating(period: 2))
    #expect(outcome.ending.kind == "oscillating" && !outcome.ending.meansConvergence)
    #expect(outcome.work.steps < 10_000)
    #expect(outcome.plateaus.isEmpty)
    #expect(outcome.verdict.kind == .notStationary)
    #expect("\(outcome.ending)".contains("period 2"))
    // Both values: x² solves (1 + h(σ − x²))(1 + h(σ − x²(1 + h(σ − x²))²)) = 1.
    let x2 = outcome.network.endToEndMatrix[0, 0]
    let factor = { (s: Double) in 1 + 0.4 * (3 - s) }
    #expect((factor(x2) * factor(x2 * factor(x2) * factor(x2)) - 1).magnitude <= 1e-8)
  }

  @Test(arguments: [(1.27, 4), (1.2, 2)]) func `longer periods are found as such`(
    product: Double, period: Int
  ) throws {
    // Beyond √5 − 1 ≈ 1.236 the period doubles.
    let outcome = try run([1], norm: 0.5, step: product)
    #expect(outcome.ending == .oscillating(period: period))
  }

  @Test func `what does not repeat does not oscillate`() throws {
    // Chaotic, and bounded.
    let chaos = try run([1], norm: 0.5, step: 1.45) { $0.maximumTime = 3e4 }
    #expect(chaos.ending.kind == "budgetRanOut")
    #expect(chaos.plateaus.isEmpty)
    // Damped: hσ = 0.95, every step across the minimum.
    let damped = try run([1], norm: 0.5, step: 0.95)
    #expect(damped.ending == .converged)
    #expect(damped.verdict.kind == .globalMinimiser)
  }

  @Test func `a divergence is one, and no plateau is named on the way`() throws {
    let outcome = try run([3, 2, 1], norm: 1e-3, step: 0.9)
    #expect(outcome.ending == .diverged)
    #expect(outcome.ending.kind == "diverged" && outcome.ending.isFailure)
    #expect(outcome.plateaus.isEmpty)
    #expect(outcome.records.allSatisfy { $0.gap.isFinite })
    #expect(outcome.records.last!.gap > 1e10)
    #expect(outcome.time == outcome.records.last!.time)
    // The same with a final time.
    let timed = try run([3, 2, 1], norm: 1e-3, step: 0.9) { $0.finalTime = 1e3 }
    #expect(timed.ending == .diverged)
  }

  @Test func `small steps still find the plateaus of the flow`() throws {
    let outcome = try run([3, 2, 1], norm: 1e-8, step: 1e-3)
    #expect(outcome.ending == .converged)
    let flow = try run([3, 2, 1], norm: 1e-8, step: 1) { $0.method = .exact }
    #expect(flow.plateaus.map(\.level.kept) == [[], [1], [1, 2]])
    #expect(outcome.plateaus.map(\.level.kept) == [[], [1], [1, 2]])
    for (a, b) in zip(outcome.plateaus, flow.plateaus) {
      #expect((a.gap - b.gap).magnitude <= 0.01 * b.gap)
      #expect((a.end - b.end).magnitude <= 0.05 * b.end)
    }
  }

  @Test func `every k-th iterate is recorded if that is asked for, else a choice that grows`() throws {
    let every = try run([2, 1], norm: 0.1, step: 0.01) {
      $0.finalTime = 1
      $0.recordEvery = 7
    }
    #expect(every.records.map { ($0.time / 0.01).rounded() } == (0...14).map { Double(7 * $0) } + [100])
    let chosen = try run([2, 1], norm: 0.1, step: 1e-5) { $0.finalTime = 1 }
    let iterates = chosen.records.map { Int(($0.time / 1e-5).rounded()) }
    #expect(iterates.prefix(18) == Array(0..<18)[...])
    #expect(iterates.last == 100_000)
    // 40 a decade and 200 evenly.
    #expect(iterates.count > 350 && iterates.count < 450)
    #expect(zip(iterates, iterates.dropFirst()).allSatisfy { $0 < $1 && $1 - $0 <= 500 })
    let endless = try run([2, 1], norm: 0.1, step: 1e-4)
    let growing = endless.records.map { $0.time / 1e-4 }
    #expect(zip(growing, growing.dropFirst()).dropLast().allSatisfy { $1 <= 1.06 * $0 + 1.5 })
  }

  @Test func `a time that was asked for is answered by the last iterate before it`() throws {
    let h = 0.01
    let outcome = try run([2, 1], norm: 0.1, step: h) {
      $0.finalTime = 0.995
      $0.outputTimes = [0, 0.0149, 0.02, 0.5, 0.507]
    }
    // No step is cut short: the run ends at the last iterate.
    #expect((outcome.time - 0.99).magnitude <= 1e-12)
    #expect(outcome.states.map { ($0.time / h).rounded() } == [0, 1, 2, 50, 50])
    for (t, W) in outcome.states { #expect(try outcome.state(at: t).endToEndMatrix == W) }
  }

  @Test func `an interrupted run goes on with the same iterates`() throws {
    let problem = Problem(target: .diagonal([3, 2, 1]), sampleCount: 1)
    let start = try Start.aligned(norm: 1e-3).network(for: problem, widths: [3, 3, 3], seed: 1)
    var options = TrainingOptions()
    (options.method, options.step, options.estimatesAccuracy) = (.euler, 0.4, false)
    let run = TrainingRun(problem: problem, start: start, options: options)
    var looks = 0
    var callbacks = TrainingCallbacks()
    callbacks.isInterrupted = {
      looks += 1
      return looks > 20
    }
    let part = run.run(callbacks: callbacks)
    #expect(part.ending == .interrupted)
    let stored = try JSONDecoder().decode(Checkpoint.self, from: JSONEncoder().encode(part.checkpoint))
    let (rest, whole) = (run.run(resuming: stored), run.run())
    #expect(rest.ending == whole.ending)
    #expect(rest.network == whole.network)
    #expect(rest.records.map(\.gap) == whole.records.map(\.gap))
  }
}
