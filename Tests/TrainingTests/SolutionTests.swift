import Foundation
import LinearAlgebra
import LinearNetworks
import Testing
import Training

/// A run's solution as a function of time.
@Suite struct SolutionTests {
  private let problem = Problem(
    target: SyntheticData.target(singularValues: [2, 1], inputs: 4, outputs: 3, seed: 1), sampleCount: 20)

  private func run(
    _ widths: [Int], norm: Double = 0.3, _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> TrainingRun {
    let start = try Start.random(norm: norm).network(widths: widths, target: problem.crossCovariance, seed: 4)
    var options = TrainingOptions()
    options.estimatesAccuracy = false
    change(&options)
    return TrainingRun(problem: problem, start: start, options: options)
  }

  /// Times between the steps, from early to the end.
  private func times(until end: Double) -> [Double] { (1...60).map { end * pow(1e-5, 1 - Double($0) / 60) } }

  /// The largest relative difference of W(t) and of the layers from a run at tolerance 1e-12 that lands on the times.
  private func error(
    _ outcome: TrainingOutcome, _ widths: [Int], _ times: [Double], norm: Double = 0.3
  ) throws -> (endToEnd: Double, layers: Double) {
    let reference = try run(widths, norm: norm) {
      $0.method = .erk
      $0.tolerance = 1e-12
      $0.outputTimes = times
      $0.finalTime = times.last!
    }
    let known = reference.run()
    var (worst, worstLayers) = (0.0, 0.0)
    for (t, W) in known.states {
      let found = try outcome.state(at: t)
      #expect(found.time == t)
      worst = max(worst, (found.endToEndMatrix - W).frobeniusNorm / W.frobeniusNorm)
      #expect((found.network.endToEndMatrix - found.endToEndMatrix).frobeniusNorm <= 1e-12 * W.frobeniusNorm)
    }
    let (last, end) = (try outcome.state(at: times.last!).network, known.network)
    for (a, b) in zip(last.layers, end.layers) {
      worstLayers = max(worstLayers, (a - b).frobeniusNorm / b.frobeniusNorm)
    }
    return (worst, worstLayers)
  }

  @Test(arguments: [TrainingOptions.Method.erk, .cvode], [1e-6, 1e-8, 1e-10])
  func `between the steps W(t) and the layers are as accurate as the run`(
    method: TrainingOptions.Method, tolerance: Double
  ) throws {
    let outcome = try run([4, 2, 2, 3]) {
      $0.method = method
      $0.tolerance = tolerance
      $0.finalTime = 0.3
    }.run()
    let found = try error(outcome, [4, 2, 2, 3], times(until: 0.3))
    if ProcessInfo.processInfo.environment["LINNET_MEASURE"] != nil { print(method, tolerance, found) }
    // What the run promises of its recorded times.
    #expect(found.endToEnd <= 3 * tolerance)
    #expect(found.layers <= 3 * tolerance)
  }

  @Test(arguments: [[4, 1, 1, 3], [4, 2, 3], [4, 3]]) func `closed forms are evaluated, also beyond the end`(
    widths: [Int]
  ) throws {
    let run = try run(widths)
    let outcome = run.run()
    #expect(run.method.method == .exact)
    let found = try error(outcome, widths, times(until: 0.5 * outcome.time))
    #expect(found.endToEnd <= 1e-9 && found.layers <= 1e-9)
    #expect(try outcome.state(at: 0).network == run.start)
    let beyond = try outcome.state(at: 10 * outcome.time)
    #expect((beyond.endToEndMatrix - outcome.network.endToEndMatrix).frobeniusNorm <= 1e-7)
  }

  @Test func `requested states and the end are those of the solution`() throws {
    let outcome = try run([4, 2, 2, 3]) { $0.outputTimes = [0, 1e-3, 0.1] }.run()
    for (t, W) in outcome.states {
      #expect((try outcome.state(at: t).endToEndMatrix - W).frobeniusNorm <= 1e-9 * W.frobeniusNorm)
    }
    #expect(try outcome.state(at: outcome.time).network == outcome.network)
  }

  @Test func `outside the run there is nothing`() throws {
    let outcome = try run([4, 2, 2, 3]) { $0.finalTime = 0.1 }.run()
    for t in [-1, 0.1000001, .infinity, .nan] {
      #expect { try outcome.state(at: t) } throws: {
        guard case SolutionError.outside(_, let end) = $0 else { return false }
        return end == 0.1
      }
    }
  }

  @Test func `a run that changed its method is one solution`() throws {
    // A long plateau, on which auto gives up explicit steps.
    let Z = SyntheticData.target(singularValues: [2, 1, 0.5], inputs: 5, outputs: 4, seed: 11)
    let problem = Problem(target: Z, sampleCount: 30)
    let start = try Start.random(norm: 1e-8).network(widths: [5, 3, 3, 4], target: Z, seed: 3)
    var options = TrainingOptions()
    options.estimatesAccuracy = false
    let outcome = TrainingRun(problem: problem, start: start, options: options).run()
    let change = try #require(outcome.timeOfSwitch)
    options.method = .cvode
    options.outputTimes = [0.5 * change, 0.999 * change, 1.001 * change, 1.5 * change]
    let other = TrainingRun(problem: problem, start: start, options: options).run()
    for (t, W) in other.states {
      // Both err by some thousand tolerances while the directions leave the plateau.
      #expect((try outcome.state(at: t).endToEndMatrix - W).frobeniusNorm <= 1e-5 * W.frobeniusNorm)
    }
  }

  /// Ends a run after some steps.
  private struct Steps: StopRule {
    let limit: Int
    func ending(at moment: RunMoment) -> TrainingOutcome.Ending? {
      moment.steps > limit ? .stopped(rule: "steps") : nil
    }
  }

  @Test func `a resumed run knows its way before the checkpoint, from fewer steps`() throws {
    let start = try Start.unbalanced(scale: 0.7).network(
      widths: [4, 12, 12, 3], target: problem.crossCovariance, seed: 4)
    var options = TrainingOptions()
    (options.estimatesAccuracy, options.method) = (false, .erk)
    let run = TrainingRun(problem: problem, start: start, options: options)
    let whole = run.run()
    let part = run.run(stopping: [Steps(limit: whole.work.steps * 4 / 5)])
    // More steps than a checkpoint keeps, so that they are thinned.
    #expect(
      run.unknowns * 2 * part.work.steps > 200_000, "\(run.unknowns) unknowns, \(part.work.steps) steps")
    let stored = try JSONDecoder().decode(Checkpoint.self, from: JSONEncoder().encode(part.checkpoint))
    let rest = run.run(resuming: stored)
    for t in times(until: rest.time) where t <= min(whole.time, rest.time) {
      let (a, b) = (try rest.state(at: t).endToEndMatrix, try whole.state(at: t).endToEndMatrix)
      #expect((a - b).frobeniusNorm <= 1e-9 * b.frobeniusNorm, "t = \(t), resumed at \(stored.time)")
    }
  }

  @Test(arguments: [TrainingOptions.Flow.layers, .induced])
  func `Euler has iterates and nothing between them`(
    flow: TrainingOptions.Flow
  ) throws {
    let h = 1e-3
    let run = try run([4, 2, 2, 3]) {
      $0.method = .euler
      $0.step = h
      $0.flow = flow
      $0.finalTime = 0.25
    }
    let outcome = run.run()
    // By hand.
    var network = run.start
    var W = network.endToEndMatrix
    let loss = NetworkLoss(problem: problem, widths: network.widths)
    for k in 0...250 {
      for t in [Double(k) * h, (Double(k) + 0.7) * h] where t <= outcome.time {
        let found = try outcome.state(at: t)
        #expect((found.time - Double(k) * h).magnitude <= 1e-12)
        let expected = flow == .layers ? network.endToEndMatrix : W
        #expect((found.endToEndMatrix - expected).frobeniusNorm <= 1e-11 * expected.frobeniusNorm)
      }
      let parameters = network.parameters
      let step = zip(parameters, loss.gradient(parameters)).map { $0 - h * $1 }
      network = LinearNetwork(widths: network.widths, parameters: step)
      W = W - h * InducedFlow(problem: problem, depth: 3, rank: 2).velocity(at: W)
    }
  }
}
