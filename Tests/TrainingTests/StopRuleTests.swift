import Foundation
import LinearAlgebra
import LinearNetworks
import Testing
import Training

/// The ends of a run, one by one.
@Suite struct StopRuleTests {
  private let problem = Problem(
    target: SyntheticData.target(singularValues: [2, 1], inputs: 4, outputs: 3, seed: 1), sampleCount: 20)

  private func start(_ widths: [Int], norm: Double = 0.3) throws -> LinearNetwork {
    try Start.random(norm: norm).network(widths: widths, target: problem.crossCovariance, seed: 4)
  }

  private func run(
    _ widths: [Int] = [4, 2, 2, 3], stopping rules: [any StopRule] = [],
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> TrainingOutcome {
    var options = TrainingOptions()
    options.estimatesAccuracy = false
    change(&options)
    return TrainingRun(problem: problem, start: try start(widths), options: options).run(stopping: rules)
  }

  @Test(arguments: [TrainingOptions.Method.erk, .cvode, .exact]) func `a run stops at the loss gap asked for`(
    method: TrainingOptions.Method
  ) throws {
    let ε = 1e-4
    let outcome = try run(method == .exact ? [4, 2, 3] : [4, 2, 2, 3]) {
      $0.method = method
      $0.stopGap = ε
    }
    #expect(outcome.ending == .reachedLossGap(ratio: ε))
    #expect(outcome.ending.kind == "reachedLossGap")
    #expect(!outcome.ending.meansConvergence)
    let first = outcome.records[0].gap
    #expect(outcome.records.last!.gap <= ε * first)
    // At the first step below it: not at the limit.
    #expect(outcome.records.last!.gap > 1e-2 * ε * first)
    #expect(outcome.verdict.kind == .notStationary)
  }

  @Test func `a run stops at the gradient asked for, in the unit of the verdict`() throws {
    let outcome = try run { $0.stopGradient = 1e-3 }
    #expect(outcome.ending == .reachedGradient(relativeNorm: 1e-3))
    #expect(outcome.ending.kind == "reachedGradient")
    #expect(!outcome.ending.meansConvergence)
    #expect(outcome.verdict.relativeGradientNorm <= 1e-3)
    #expect(outcome.verdict.relativeGradientNorm > 1e-5)
  }

  @Test func `of two ends the first that is met counts`() throws {
    let byTime = try run {
      $0.finalTime = 1e-3
      $0.stopGap = 1e-6
    }
    #expect(byTime.ending == .reachedFinalTime)
    let byGap = try run {
      $0.finalTime = 100
      $0.stopGap = 1e-6
    }
    #expect(byGap.ending == .reachedLossGap(ratio: 1e-6))
    #expect(byGap.time < 100)
    // A gap that round-off does not reach leaves the limit to be found.
    let converged = try run { $0.stopGap = 1e-300 }
    #expect(converged.ending == .converged && converged.ending.meansConvergence)
  }

  @Test func `a rule of one's own ends a run beside those of the options`() throws {
    struct Aligned: StopRule {
      func ending(at moment: RunMoment) -> TrainingOutcome.Ending? {
        moment.alignment > 0.9 ? .stopped(rule: "alignment above 0.9") : nil
      }
    }
    let outcome = try run(stopping: [Aligned()])
    #expect(outcome.ending == .stopped(rule: "alignment above 0.9"))
    #expect(outcome.ending.kind == "stopped" && !outcome.ending.meansConvergence)
    #expect(outcome.records.last!.alignment > 0.9)
    #expect(outcome.records.dropLast().allSatisfy { $0.alignment <= 0.9 })
    #expect("\(outcome.ending)".contains("alignment above 0.9"))
  }

  @Test func `a rule may land the last step on its time`() throws {
    struct Deadline: StopRule {
      var finalTime: Double? { 0.0123 }
      func ending(at moment: RunMoment) -> TrainingOutcome.Ending? { nil }
    }
    #expect(try run(stopping: [Deadline()]).time == 0.0123)
  }

  @Test func `the gap of the start counts for a resumed run too`() throws {
    var options = TrainingOptions()
    (options.estimatesAccuracy, options.stopGap) = (false, 1e-5)
    let run = TrainingRun(problem: problem, start: try start([4, 2, 2, 3]), options: options)
    let whole = run.run()
    var looks = 0
    var callbacks = TrainingCallbacks()
    callbacks.isInterrupted = {
      looks += 1
      return looks > 150
    }
    let part = run.run(callbacks: callbacks)
    #expect(part.ending == .interrupted)
    let rest = run.run(resuming: part.checkpoint)
    #expect(rest.ending == .reachedLossGap(ratio: 1e-5))
    #expect((rest.time - whole.time).magnitude <= 0.1 * whole.time)
  }

  @Test func `what a caller asks for is recorded at every moment`() throws {
    var options = TrainingOptions()
    options.estimatesAccuracy = false
    let run = TrainingRun(problem: problem, start: try start([4, 2, 3]), options: options)
    let outcome = run.run(recording: [
      Quantity("σ_1 of the first layer") { $0.network.layers[0].spectralNorm },
      Quantity("share of the gap") { $0.relativeLossGap },
    ])
    #expect(outcome.records.allSatisfy { $0.others.count == 2 })
    #expect(outcome.records[0].others["share of the gap"] == 1)
    let last = outcome.records.last!.others["σ_1 of the first layer"]!
    #expect((last - outcome.network.layers[0].spectralNorm).magnitude <= 1e-9 * last)
  }

  @Test func `a start that does not move is stationary at once, whatever its verdict`() throws {
    let problem = Problem(inputs: Matrix(zeros: 1, 3), outputs: Matrix(zeros: 1, 3))
    let start = LinearNetwork(layers: [Matrix(rows: [[0.5]]), Matrix(rows: [[2]])])
    var options = TrainingOptions()
    for time in [nil, 7.0] {
      options.finalTime = time
      options.outputTimes = time == nil ? [] : [0, 3]
      let outcome = TrainingRun(problem: problem, start: start, options: options).run()
      #expect(outcome.ending == (time == nil ? .stationaryAtStart : .reachedFinalTime))
      #expect(outcome.time == time ?? 0)
      #expect(outcome.network == start)
      #expect(outcome.states.map(\.time) == options.outputTimes)
    }
  }

  @Test(arguments: [TrainingOptions.Method.cvode, .erk])
  func `the wall clock is looked at within a step`(method: TrainingOptions.Method) throws {
    let Z = SyntheticData.target(singularValues: [2, 1], inputs: 4, outputs: 3, seed: 1)
    let problem = Problem(target: Z, sampleCount: 30)
    let start = try Start.random(norm: 0.5).network(widths: [4, 2, 3], target: Z, seed: 2)
    var options = TrainingOptions()
    options.method = method
    // Asked at the third evaluation, within the first steps.
    var questions = 0
    var checkpoints = 0
    var callbacks = TrainingCallbacks()
    callbacks.isInterrupted = {
      questions += 1
      return questions > 3
    }
    callbacks.checkpoint = { _ in checkpoints += 1 }
    let outcome = TrainingRun(problem: problem, start: start, options: options).run(callbacks: callbacks)
    #expect(outcome.ending == .interrupted)
    #expect(checkpoints == 1)
    #expect(outcome.work.steps <= 3)
  }
}
