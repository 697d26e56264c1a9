import Integration
import LinearAlgebra

/// How accurate a trajectory is: measured by integrating it again at another tolerance, or known from the closed form.
///
/// The second run uses ten times the local tolerance (for Euler: half the step), so its difference from the run is about *its* error; the run's own is smaller,
/// about a tenth for the adaptive methods. For Euler, whose error is proportional to the step, the difference is half of the run's error and is doubled.
public struct AccuracyEstimate: Codable, Sendable, Equatable {
  /// max_t ‖W(t) − W̃(t)‖_F / ‖W(t)‖_F over the recorded times.
  public let relativeError: Double
  /// The time of the maximum.
  public let time: Double
  /// Times compared; 0 for a closed form, whose error is bounded without a second run.
  public let comparisons: Int

  /// Nil when it was interrupted or the wall clock of the run used up, the comparison run failed, or the two runs have nothing in common (as when Euler diverges).
  ///
  /// - Parameter switched: whether the run changed to the implicit method, which the comparison then uses throughout.
  init?(of run: TrainingRun, states: [KeptState], switched: Bool, isInterrupted: @escaping () -> Bool) {
    guard let last = states.last?.time else { return nil }
    if let solution = run.exactSolution {
      let value = solution.evaluator()
      let errors = states.map { (time: $0.time, error: value($0.time).relativeError + run.exactDefect) }
      let worst = errors.max { $0.error < $1.error }!
      (relativeError, time, comparisons) = (worst.error, worst.time, 0)
      return
    }
    let comparison = Comparison(run: run, states: states, isInterrupted: isInterrupted)
    let stepper: any Stepper
    if run.method.method == .euler {
      var options = run.options
      options.step = options.step! / 2
      let finer = TrainingRun(problem: run.problem, start: run.start, options: options)
      stepper = finer.stepper(from: finer.flowState().vector(of: finer.reducedStart), at: 0, .none)
    } else {
      stepper = run.stepper(
        from: run.flowState().vector(of: run.reducedStart), at: 0, .none, method: switched ? .cvode : nil,
        looserBy: 10)
    }
    let termination = integrate(
      stepper, outputTimes: states.map(\.time), finalTime: last, observer: comparison)
    guard termination == .reachedFinalTime || last == 0 else { return nil }
    guard comparison.worst.isFinite else { return nil }
    relativeError = comparison.worst * (run.method.method == .euler ? 2 : 1)
    time = comparison.worstTime
    comparisons = comparison.compared
  }
}

private final class Comparison: IntegrationObserver {
  private let flow: any FlowState
  private let states: [KeptState]
  private let interruption: () -> Bool
  private(set) var compared = 0
  private(set) var worst = 0.0
  private(set) var worstTime = 0.0

  init(run: TrainingRun, states: [KeptState], isInterrupted: @escaping () -> Bool) {
    (flow, self.states, interruption) = (run.flowState(), states, isInterrupted)
  }

  func output(time: Double, state: UnsafePointer<Double>) {
    guard compared < states.count else { return }
    let kept = states[compared].matrix
    let W = flow.endToEndMatrix(state)
    let error = (W - kept).frobeniusNorm / max(kept.frobeniusNorm, .leastNormalMagnitude)
    if !(error <= worst) { (worst, worstTime) = (error, time) }
    compared += 1
  }

  func event(_ occurrence: EventOccurrence) {}
  func stepped(_ stepper: any Stepper) -> Bool { !isInterrupted }
  var isInterrupted: Bool { interruption() }
}
