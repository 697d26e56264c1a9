import Foundation
import Integration
import Landscape
import LinearAlgebra
import LinearNetworks
import Prose

/// Gradient flow from the start of a descent, at the times t_k of its recorded iterates.
///
/// The flow is a run of its own, by closed form or adaptive steps at the tolerance of the options; where it did not come as far as the iterates, there is nothing to compare.
public struct FlowBeside: Codable, Sendable, Equatable {
  /// t_k, increasing: the recorded iterates, thinned where their matrices would take too much room.
  public let times: [Double]
  /// L_N − min L_N of the flow at these times; nil beyond where it came.
  public let gaps: [Double?]
  /// ‖W_k − W(t_k)‖/‖W(t_k)‖; nil beyond where the flow came.
  public let distances: [Double?]
  /// The same beside the modified equation (`ModifiedFlow` of LinearNetworks), which is of second order in η; nil where it was not asked for or not followed as far.
  @ExplicitNull public private(set) var modifiedDistances: [Double]?
  /// First times of ‖W − W*‖² ≤ ε ‖W*‖² along the flow for the ε of ``TrainingOutcome/accuracies``; nil for those it did not reach in the time of the descent.
  public let accuracyTimes: [Double?]
  /// How the flow was followed.
  public let method: String
  /// ‖W_k − W(t_k)‖/‖W_k‖, by which what is read off the iterates may differ from the flow; not stored.
  private(set) var errors: [Double?] = []
  /// Whether it was given up because it takes too much more work than the descent; not stored.
  public private(set) var isTooDear = false

  private enum CodingKeys: String, CodingKey {
    case times, gaps, distances, modifiedDistances, accuracyTimes, method
  }

  /// Nil where nothing was recorded after the start, or the flow was given up at once.
  ///
  /// - Parameters:
  ///   - run: the descent.
  ///   - states: of its iterates, in reduced coordinates.
  ///   - steps: of the descent.
  ///   - secondsUsed: of the wall clock that the options allow.
  ///   - callbacks: interruption.
  init?(
    _ run: TrainingRun, _ states: [KeptState], steps: Int, secondsUsed: Double, _ callbacks: TrainingCallbacks
  ) {
    guard let end = states.last?.time, end > 0 else { return nil }
    var options = TrainingOptions()
    (options.finalTime, options.tolerance, options.estimatesAccuracy) = (end, run.options.tolerance, false)
    options.maximumSeconds = max(1, run.options.maximumSeconds - secondsUsed)
    // What is asked of the flow here it is asked between its steps.
    options.recordCount = 2
    var flow = TrainingRun(problem: run.problem, start: run.start, options: options)
    if flow.method.method == .cvode, flow.unknowns > HessianSpectrum.largestDenseOrder {
      // Where the stiffness was not worth measuring: descent takes explicit steps, and so may the flow beside it, as long as there are not many more.
      options.method = .erk
      flow = TrainingRun(problem: run.problem, start: run.start, options: options)
    }
    var quiet = TrainingCallbacks()
    quiet.isInterrupted = callbacks.isInterrupted
    let limit = WorkRule(WorkBeside(run).gradients(besides: steps))
    let outcome = flow.run(stopping: [limit], callbacks: quiet)
    let minimum = GlobalMinimum(of: run.problem, rank: run.start.bottleneckWidth)
    var largest = 0.0
    var (times, gaps, distances, errors) = ([Double](), [Double?](), [Double?](), [Double?]())
    for state in states {
      times.append(state.time)
      let isThere = state.time <= outcome.time * (1 + 1e-12)
      guard isThere, let moment = try? outcome.state(at: min(state.time, outcome.time)) else {
        gaps.append(nil)
        distances.append(nil)
        errors.append(nil)
        continue
      }
      let W = moment.endToEndMatrix
      let norm = W.frobeniusNorm
      largest = max(largest, norm)
      let difference = (run.reduction.expand(endToEnd: state.matrix) - W).frobeniusNorm
      // What has shrunk below the round-off of what was has no relative accuracy.
      distances.append(difference / max(norm, .ulpOfOne * largest, .leastNormalMagnitude))
      errors.append(difference / max(state.matrix.frobeniusNorm, .leastNormalMagnitude))
      gaps.append(minimum.gap(of: W))
    }
    (self.times, self.gaps, self.distances, self.errors) = (times, gaps, distances, errors)
    accuracyTimes = outcome.accuracyTimes
    isTooDear = outcome.ending == limit.ending
    method = outcome.timeOfSwitch == nil ? flow.method.method.rawValue : "cvode"
    modifiedDistances =
      run.options.descent?.comparesModified == true && run.options.descent?.isPlain == true
        && run.options.flow == .layers
      ? Self.modified(run, states, isInterrupted: callbacks.isInterrupted) : nil
  }

  /// The distances from the modified equation.
  private static func modified(
    _ run: TrainingRun, _ states: [KeptState], isInterrupted: @escaping () -> Bool
  ) -> [Double]? {
    let loss = NetworkLoss(problem: run.reduction.problem, widths: run.reduction.widths)
    let observer = ModifiedObserver(states, loss, isInterrupted)
    let stepper = DormandPrince(relativeTolerance: run.options.localTolerance).start(
      ModifiedFlow(loss, step: run.options.step!) as any VectorField, from: run.reducedStart.parameters,
      at: 0,
      events: .none)
    let end = integrate(
      stepper, outputTimes: states.map(\.time), finalTime: states.last!.time, observer: observer)
    return end == .reachedFinalTime && observer.distances.count == states.count ? observer.distances : nil
  }

  /// Up to where the flow was followed, if not as far as the descent.
  public var end: Double? {
    distances.contains { $0 == nil } ? distances.lastIndex { $0 != nil }.map { times[$0] } ?? 0 : nil
  }

  /// The largest of the distances, and when it is.
  public var largest: (distance: Double, time: Double)? {
    zip(times, distances).compactMap { time, distance in distance.map { (distance: $0, time: time) } }
      .max { $0.distance < $1.distance }
  }
}

/// Compares the states of the modified equation with the iterates.
private final class ModifiedObserver: IntegrationObserver {
  private let states: [KeptState]
  private let loss: NetworkLoss
  private let interruption: () -> Bool
  private(set) var distances: [Double] = []
  private var largest = 0.0
  private var steps = 0

  init(_ states: [KeptState], _ loss: NetworkLoss, _ interruption: @escaping () -> Bool) {
    (self.states, self.loss, self.interruption) = (states, loss, interruption)
  }

  func output(time: Double, state: UnsafePointer<Double>) {
    guard distances.count < states.count else { return }
    let W = loss.endToEndMatrix(state)
    let norm = W.frobeniusNorm
    largest = max(largest, norm)
    let difference = (states[distances.count].matrix - W).frobeniusNorm
    distances.append(difference / max(norm, .ulpOfOne * largest, .leastNormalMagnitude))
  }

  func event(_ occurrence: EventOccurrence) {}

  /// Far above the stability limit the modified equation blows up: it is given up then.
  func stepped(_ stepper: any Stepper) -> Bool {
    steps += 1
    return steps < 2_000_000 && !interruption()
  }

  var isInterrupted: Bool { interruption() }
}
