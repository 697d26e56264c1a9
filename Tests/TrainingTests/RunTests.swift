import Foundation
import LinearAlgebra
import LinearNetworks
import Testing
import Training

@Suite struct RunTests {
  private let problem = Problem(
    target: SyntheticData.target(singularValues: [2, 1], inputs: 4, outputs: 3, seed: 1), sampleCount: 20)

  private func start(_ widths: [Int], norm: Double = 0.3) throws -> LinearNetwork {
    try Start.random(norm: norm).network(widths: widths, target: problem.crossCovariance, seed: 4)
  }

  @Test(arguments: [TrainingOptions.Flow.layers, .induced])
  func `explicit Euler converges to the flow with first order on both flows`(flow: TrainingOptions.Flow)
    throws
  {
    let network = try start([4, 2, 2, 3])
    func final(_ change: (inout TrainingOptions) -> Void) -> Matrix {
      var options = TrainingOptions()
      options.finalTime = 0.05
      options.estimatesAccuracy = false
      change(&options)
      return TrainingRun(problem: problem, start: network, options: options).run().network.endToEndMatrix
    }
    let exact = final { $0.tolerance = 1e-12 }
    let errors = [1e-4, 5e-5, 2.5e-5].map { h in
      (final {
        $0.method = .euler
        $0.flow = flow
        $0.step = h
      } - exact).frobeniusNorm
    }
    let orders = zip(errors, errors.dropFirst()).map { log2($0 / $1) }
    #expect(orders.allSatisfy { ($0 - 1).magnitude < 0.02 }, "\(orders)")
  }

  @Test func `a run of Euler to a final time ends there, between its looks`() throws {
    var options = TrainingOptions()
    options.method = .euler
    options.step = 1e-4
    options.finalTime = 0.0037
    let outcome = TrainingRun(problem: problem, start: try start([4, 2, 3]), options: options).run()
    #expect(outcome.ending == .reachedFinalTime)
    #expect(outcome.time == 0.0037)
    #expect(outcome.records.last!.time == 0.0037)
    let accuracy = try #require(outcome.accuracy)
    #expect(accuracy.relativeError > 1e-8 && accuracy.relativeError < 1e-2)
  }

  @Test(arguments: [TrainingOptions.Method.cvode, .erk])
  func `requested times are met exactly, also beyond convergence`(method: TrainingOptions.Method) throws {
    var options = TrainingOptions()
    options.method = method
    options.outputTimes = [0, 1e-3, 0.1, 50]
    let outcome = TrainingRun(problem: problem, start: try start([4, 2, 3]), options: options).run()
    #expect(outcome.states.map(\.time) == options.outputTimes)
    #expect(outcome.time >= 50)
    #expect(outcome.ending == .converged)
  }

  @Test(arguments: [TrainingOptions.Method.cvode, .erk])
  func `the estimated accuracy is an upper bound of the error that is not absurd`(
    method: TrainingOptions.Method
  ) throws {
    var options = TrainingOptions()
    options.method = method
    options.tolerance = 1e-7
    options.finalTime = 0.3
    options.outputTimes = [0.01, 0.05, 0.1, 0.3]
    let network = try start([4, 2, 2, 3])
    let rough = TrainingRun(problem: problem, start: network, options: options).run()
    options.tolerance = 1e-12
    let fine = TrainingRun(problem: problem, start: network, options: options).run()
    let error = zip(rough.states, fine.states).map {
      ($0.endToEnd - $1.endToEnd).frobeniusNorm / $1.endToEnd.frobeniusNorm
    }.max()!
    let estimate = try #require(rough.accuracy).relativeError
    #expect(error <= estimate)
    #expect(estimate <= 1e3 * error)
    #expect(error <= 1e-7)
  }

  @Test func `the accuracy of a narrow network on a large target is estimated at many times, too`() throws {
    var generator = SeededGenerator(seed: 12)
    let large = Problem(target: .gaussian(120, 110, using: &generator), sampleCount: 10)
    let network = try Start.random(norm: 5).network(for: large, widths: [110, 2, 2, 120], seed: 1)
    var options = TrainingOptions()
    options.method = .cvode
    options.tolerance = 1e-7
    options.finalTime = 0.02
    options.outputTimes = (1...40).map { 0.0005 * Double($0) }
    let rough = TrainingRun(problem: large, start: network, options: options).run()
    options.tolerance = 1e-12
    options.estimatesAccuracy = false
    let fine = TrainingRun(problem: large, start: network, options: options).run()
    let accuracy = try #require(rough.accuracy)
    // As whole matrices 15 of them fill a checkpoint.
    #expect(accuracy.comparisons > 100)
    let error = zip(rough.states, fine.states).map {
      ($0.endToEnd - $1.endToEnd).frobeniusNorm / $1.endToEnd.frobeniusNorm
    }.max()!
    #expect(error <= accuracy.relativeError)
  }

  @Test func `an interrupted run goes on from its checkpoint to the same end`() throws {
    var options = TrainingOptions()
    options.method = .erk
    options.outputTimes = [0.01, 0.2]
    let run = TrainingRun(problem: problem, start: try start([4, 2, 2, 3], norm: 1e-3), options: options)
    let whole = run.run()
    var looks = 0
    var callbacks = TrainingCallbacks()
    callbacks.isInterrupted = {
      looks += 1
      return looks > 200
    }
    let part = run.run(callbacks: callbacks)
    #expect(part.ending == .interrupted)
    #expect(part.time < whole.time)
    // As it comes back from a file.
    let stored = try JSONDecoder().decode(Checkpoint.self, from: JSONEncoder().encode(part.checkpoint))
    let rest = run.run(resuming: stored)
    #expect(rest.ending == .converged)
    #expect(rest.states.map(\.time) == [0.01, 0.2])
    #expect(rest.records.first!.time == 0)
    #expect(zip(rest.records, rest.records.dropFirst()).allSatisfy { $0.time < $1.time })
    #expect((rest.network.endToEndMatrix - whole.network.endToEndMatrix).frobeniusNorm <= 1e-9)
    #expect(rest.work.steps > part.work.steps)
  }

  @Test func `equal runs give equal bits`() throws {
    let run = TrainingRun(problem: problem, start: try start([4, 2, 3]), options: TrainingOptions())
    #expect(run.run().records == run.run().records)
  }

  @Test func `wide networks run in few unknowns and come back wide and balanced`() throws {
    let start = try Start.random(norm: 0.5).network(
      widths: [4, 50, 60, 3], target: problem.crossCovariance, seed: 9)
    let run = TrainingRun(problem: problem, start: start, options: TrainingOptions())
    // Rank 3, inputs 4, outputs 3.
    #expect(run.unknowns == 4 * 3 + 3 * 3 + 3 * 3)
    let outcome = run.run()
    #expect(outcome.network.widths == [4, 50, 60, 3])
    #expect(outcome.network.relativeImbalance <= 1e-9)
    #expect(outcome.verdict.kind == .globalMinimiser)
  }

  @Test func `the drift of the imbalance is conserved by accurate runs and broken by Euler`() throws {
    let start = try Start.unbalanced(scale: 1).network(
      widths: [4, 3, 3, 3], target: problem.crossCovariance, seed: 2)
    var options = TrainingOptions()
    options.finalTime = 0.2
    for method in [TrainingOptions.Method.cvode, .erk] {
      options.method = method
      let outcome = TrainingRun(problem: problem, start: start, options: options).run()
      #expect(outcome.records.map(\.imbalanceDrift).max()! <= 1e-9)
      #expect(outcome.records[0].imbalance > 0.1)
    }
    options.method = .euler
    options.step = 1e-3
    let euler = TrainingRun(problem: problem, start: start, options: options).run()
    #expect(euler.records.map(\.imbalanceDrift).max()! > 1e-5)
  }
}
