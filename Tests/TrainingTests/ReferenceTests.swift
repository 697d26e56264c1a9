import Foundation
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing
import Training

@Suite struct ReferenceTests {
  /// The largest relative error of W(t) over the times of a reference file.
  private func error(of reference: ReferenceTrajectory, by method: TrainingOptions.Method) throws -> (
    error: Double, estimate: Double, outcome: TrainingOutcome
  ) {
    let problem = Problem(target: reference.target, sampleCount: Int(reference.sampleCount))
    let hidden = Array(repeating: 1, count: reference.depth - 1)
    let start = try LinearNetwork.balanced(
      factoring: reference.start, widths: [problem.inputs] + hidden + [problem.outputs])
    var options = TrainingOptions()
    options.method = method
    options.outputTimes = reference.states.map(\.time)
    let outcome = TrainingRun(problem: problem, start: start, options: options).run()
    #expect(outcome.ending == .converged)
    #expect(outcome.states.map(\.time) == options.outputTimes)
    let worst = zip(outcome.states, reference.states).map { found, exact in
      (found.endToEnd - exact.endToEndMatrix).frobeniusNorm / exact.endToEndMatrix.frobeniusNorm
    }.max()!
    return (worst, outcome.accuracy?.relativeError ?? .nan, outcome)
  }

  @Test(arguments: ReferenceTrajectory.all.map(\.name), [TrainingOptions.Method.cvode, .erk])
  func `W(t) agrees with the reference to 1e-8 at the default tolerance`(
    name: String, method: TrainingOptions.Method
  ) throws {
    let reference = ReferenceTrajectory.named(name)
    let (worst, estimate, outcome) = try error(of: reference, by: method)
    if ProcessInfo.processInfo.environment["LINNET_MEASURE"] != nil {
      print(
        name, method, worst, estimate, outcome.work, outcome.secondsUsed, outcome.verdict.kind, outcome.time,
        outcome.records.count, outcome.records.map(\.imbalanceDrift).max()!,
        outcome.verdict.relativeGradientNorm)
    }
    #expect(worst <= 1e-8)
    #expect(outcome.verdict.kind == .globalMinimiser)
    #expect(outcome.records.map(\.imbalanceDrift).max()! <= 1e-9)
  }
}
