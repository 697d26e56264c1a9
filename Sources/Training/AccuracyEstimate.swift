import Integration
import LinearAlgebra
import Prose

/// How accurate a trajectory is: measured by integrating it again at another tolerance, or known from the closed form.
///
/// The second run uses ten times the local tolerance, so its difference from the run is about *its* error; the run's own is smaller,
/// about a tenth. Explicit Euler is compared with the flow itself (``FlowBeside``). The second run of the adaptive
/// methods and of the closed forms is also one from data and a start moved by some units of their round-off (`RoundOffCompanion`), so that where round-off decides it shows.
///
/// Compared are the states on the grid of recorded times and at the ends of some of the steps, which cluster where the state moves: a departure from a plateau may pass between two times of any grid.
public struct AccuracyEstimate: Codable, Sendable, Equatable {
  /// max_t ‖W(t) − W̃(t)‖_F / ‖W(t)‖_F over the compared times.
  public let relativeError: Double
  /// The time of the maximum.
  public let time: Double
  /// Times compared; 0 for a closed form, whose error is bounded without a second run.
  public let comparisons: Int
  /// The largest relative difference of the times at which the two came below a stationary level; 1 where only one of them did, null where none was passed or compared.
  @ExplicitNull public internal(set) var passageDifference: Double?
  /// The differences in order of time; not stored.
  private(set) var profile: [Difference] = []

  struct Difference: Sendable, Equatable {
    let time: Double
    let relativeError: Double
  }

  private enum CodingKeys: String, CodingKey {
    case relativeError, time, comparisons, passageDifference
  }

  /// Whether round-off decides when, or whether, the run leaves a plateau.
  var showsRoundOff: Bool { (passageDifference ?? 0) > PassageComparison.tolerance }

  /// The largest relative error at the compared times around a moment; that of the whole run where they are not known.
  func relativeError(around moment: Double) -> Double {
    guard !profile.isEmpty else { return relativeError }
    let next = profile.partitioningIndex { $0.time >= moment }
    return profile[max(next - 1, 0)..<min(next + 2, profile.count)].reduce(0) { max($0, $1.relativeError) }
  }

  /// Nil when it was interrupted or the wall clock of the run used up, it took far more steps than the run, the comparison run failed, or the two runs have nothing in common (as when Euler diverges).
  ///
  /// - Parameters:
  ///   - states: end-to-end matrices of the run, in order of time.
  ///   - switched: whether the run changed to the implicit method, which the comparison then uses throughout.
  ///   - passages: of the run.
  ///   - steps: of the run; a comparison that takes twenty times as many, and ten thousand, is given up.
  ///   - isCertain: whether a theorem names the limit before the run, so that its passages need no companion.
  init?(
    of run: TrainingRun, states: [KeptState], switched: Bool, passages: LevelPassages, steps: Int,
    isCertain: () -> Bool,
    isInterrupted: @escaping () -> Bool
  ) {
    guard let last = states.last?.time else { return nil }
    if let solution = run.exactSolution {
      let value = solution.evaluator()
      profile = states.map {
        Difference(time: $0.time, relativeError: value($0.time).relativeError + run.exactDefect)
      }
      let worst = profile.max { $0.relativeError < $1.relativeError }!
      (relativeError, time, comparisons) = (worst.relativeError, worst.time, 0)
      // An aligned start that is moved is aligned no more: its modes are independent, and none grows from round-off.
      guard run.start.depth > 1, passages.hasAny, !isCertain() else { return }
      let other = RoundOffCompanion(of: run).run
      guard other.exactSolution != nil else { return }
      let observer = Comparison(run: other, states: [], steps: steps, isInterrupted: isInterrupted)
      let stepper = other.stepperAtStart(observer.events)
      if integrate(stepper, outputTimes: [], finalTime: last, observer: observer) == .reachedFinalTime {
        passageDifference = PassageComparison(passages, observer.passages, until: last).difference
      }
      return
    }
    let other = RoundOffCompanion(of: run).run
    let comparison = Comparison(run: other, states: states, steps: steps, isInterrupted: isInterrupted)
    let stepper = other.stepperAtStart(comparison.events, method: switched ? .cvode : nil, looserBy: 10)
    let termination = integrate(
      stepper, outputTimes: states.map(\.time), finalTime: last, observer: comparison)
    guard termination == .reachedFinalTime || last == 0 else { return nil }
    guard comparison.worst.isFinite else { return nil }
    relativeError = comparison.worst
    time = comparison.worstTime
    comparisons = comparison.profile.count
    profile = comparison.profile
    if passages.hasAny {
      passageDifference = PassageComparison(passages, comparison.passages, until: last).difference
    }
  }
}

extension AccuracyEstimate {
  /// How far the iterates of descent are from the flow beside them; nil where that was not followed to their end.
  init?(_ flow: FlowBeside) {
    guard flow.end == nil, let worst = flow.largest else { return nil }
    // Relative to the iterates, which are what is looked at.
    profile = zip(flow.times, flow.errors).compactMap { time, error in
      error.map { Difference(time: time, relativeError: $0) }
    }
    (relativeError, time, comparisons) = (worst.distance, worst.time, profile.count)
  }
}

private final class Comparison: IntegrationObserver {
  private let measures: RunMeasures
  private let states: [KeptState]
  private let interruption: () -> Bool
  private(set) var profile: [AccuracyEstimate.Difference] = []
  private(set) var worst = 0.0
  private(set) var worstTime = 0.0
  /// The largest ‖W‖ so far: what has shrunk below its round-off has no relative accuracy.
  private var largest = 0.0
  private(set) var passages: LevelPassages

  private var stepsLeft: Int

  /// - Parameter steps: of the run that is compared.
  init(run: TrainingRun, states: [KeptState], steps: Int, isInterrupted: @escaping () -> Bool) {
    (self.states, interruption, stepsLeft) = (states, isInterrupted, 20 * steps + 10_000)
    measures = RunMeasures(run)
    passages = LevelPassages(measures)
  }

  /// The passages of levels.
  var events: Events { LevelPassages.events(measures) }

  func output(time: Double, state: UnsafePointer<Double>) {
    guard profile.count < states.count else { return }
    let kept = states[profile.count].factors
    let W = measures.flow.endToEnd(state)
    let norm = kept.frobeniusNorm
    largest = max(largest, norm)
    let error = (W - kept).frobeniusNorm / max(norm, .ulpOfOne * largest, .leastNormalMagnitude)
    if !(error <= worst) { (worst, worstTime) = (error, time) }
    profile.append(.init(time: time, relativeError: error))
  }

  func event(_ occurrence: EventOccurrence) { passages.note(occurrence.index, at: occurrence.time) }
  func stepped(_ stepper: any Stepper) -> Bool {
    stepsLeft -= 1
    return stepsLeft > 0 && !isInterrupted
  }
  var isInterrupted: Bool { interruption() }
}
