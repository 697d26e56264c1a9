import ExactFlows
import Integration
import LinearAlgebra
import LinearNetworks

/// A run's solution as a function of time, after the run.
protocol SolutionInTime: Sendable {
  /// The moment at or, where there is nothing between, the last one before t; nil where the solver fails on the way.
  func moment(at t: Double) -> SolutionMoment?
  /// The same as a state vector of the run.
  func vector(at t: Double) -> (time: Double, state: [Double])?
  /// What was run.
  var run: TrainingRun { get }
  /// Up to where it is known.
  var end: Double { get }
}

/// A network of the trajectory, in the coordinates of the problem.
public struct SolutionMoment: Sendable {
  /// Flow time of the moment: the time asked for, or that of the last iterate at or before it for explicit Euler.
  public let time: Double
  /// W.
  public let endToEndMatrix: Matrix
  private let layers: @Sendable () -> LinearNetwork

  init(time: Double, endToEndMatrix: Matrix, layers: @escaping @Sendable () -> LinearNetwork) {
    (self.time, self.endToEndMatrix, self.layers) = (time, endToEndMatrix, layers)
  }

  /// W_1, …, W_N, with the widths of the start. Worked out at each call; at depth two by closed form that costs a path of panels.
  public var network: LinearNetwork { layers() }
}

/// Why a run has no state at a time.
public enum SolutionError: Error, Equatable, CustomStringConvertible {
  /// The run goes from 0 to `end`.
  case outside(time: Double, end: Double)
  /// The solver failed on the way from the last kept state.
  case notReached(time: Double)

  public var description: String {
    switch self {
    case .outside(let time, let end): "t = \(time) lies outside the run, which goes from 0 to \(end)"
    case .notReached(let time): "the solver did not reach t = \(time) again"
    }
  }
}

extension TrainingOutcome {
  /// W(t), with the layers, at any time of the run.
  ///
  /// - A closed form is evaluated, also beyond the end of the run.
  /// - Between adaptive steps the solution is interpolated from the ends of the steps and the derivatives there (`StepHistory` of Integration): as accurate as the steps, in
  ///   microseconds for some tens of weights. Steps are kept in at most 4 MB; in a longer run every second is, or every fourth, …, and t is reached from the last one before it by the method of the run.
  /// - Explicit Euler has iterates, and nothing between them: the last one at or before t, the same to the last bit; ``SolutionMoment/time`` says which. With momentum, steps that differ, or batches it is the last one that was recorded.
  ///
  /// A resumed run knows its way before the checkpoint too, from fewer steps.
  ///
  /// - Parameter t: from 0 to ``time``; to infinity for a closed form.
  /// - Throws: ``SolutionError``.
  public func state(at t: Double) throws(SolutionError) -> SolutionMoment {
    guard t >= 0, t <= solution.end, t < .infinity else { throw .outside(time: t, end: solution.end) }
    guard let moment = solution.moment(at: t) else { throw .notReached(time: t) }
    return moment
  }
}

extension TrainingOutcome {
  /// Whether the run followed layers, and not W alone.
  package var hasLayers: Bool { solution.run.options.flow == .layers }

  /// The layers as they were given at increasing times of the run, up to the first that the solver does not reach again.
  package func networks(at times: [Double]) -> [LinearNetwork] {
    let run = solution.run
    let closed = run.exactSolution.map { $0.layersEvaluator() }
    var found: [LinearNetwork] = []
    for t in times {
      if let closed {
        found.append(t == 0 ? run.start : run.reduction.expand(closed(t)))
      } else if let moment = try? state(at: min(t, solution.end)) {
        found.append(moment.network)
      } else {
        break
      }
    }
    return found.map(run.given)
  }
}

/// A closed form in the reduced coordinates.
struct ClosedSolution: SolutionInTime {
  let solution: any ExactSolution
  let run: TrainingRun
  var end: Double { .infinity }

  func vector(at t: Double) -> (time: Double, state: [Double])? {
    let flow = run.flowState()
    if t == 0 { return (t, flow.vector(of: run.reducedStart)) }
    var y = [Double](repeating: 0, count: flow.dimension)
    y.withUnsafeMutableBufferPointer { flow.write(solution.state(at: t), into: $0.baseAddress!) }
    return (t, y)
  }

  func moment(at t: Double) -> SolutionMoment? {
    let reduction = run.reduction
    let W = t == 0 ? run.reducedStart.endToEndMatrix : solution.state(at: t).endToEndMatrix
    return SolutionMoment(time: t, endToEndMatrix: reduction.expand(endToEnd: W)) { [run, solution] in
      t == 0 ? run.start : run.reduction.expand(solution.network(at: t))
    }
  }
}

/// The steps of an adaptive method or of Euler.
struct SteppedSolution: SolutionInTime {
  let run: TrainingRun
  let history: StepHistory
  /// When `auto` changed to the implicit method.
  let timeOfSwitch: Double?
  let end: Double

  func moment(at t: Double) -> SolutionMoment? { vector(at: t).map { moment($0.time, $0.state) } }

  func vector(at t: Double) -> (time: Double, state: [Double])? {
    if !run.takesIterates, let y = history.interpolated(at: t) { return (t, y) }
    guard let node = history.node(atOrBefore: t) else { return nil }
    if node.time == t { return (t, node.state) }
    // Momentum is no part of the state, nor is the batch: between kept iterates there is no way back to others.
    if run.takesIterates, run.options.descent?.isPlain == false { return (node.time, node.state) }
    let stepper = run.stepper(
      from: node.state, at: node.time, .none,
      method: timeOfSwitch.map { $0 <= node.time } == true ? .cvode : nil)
    var time = t
    if run.takesIterates {
      // By count: from another origin times may differ in the last digit, iterates do not.
      let (first, last) = (run.iterate(at: node.time), run.iterate(at: t))
      for _ in 0..<max(0, last - first) {
        if case .failed = stepper.advance(notBeyond: nil) { return nil }
      }
      time = Double(max(first, last)) * run.options.step!
    } else {
      guard integrate(stepper, outputTimes: [], finalTime: t, observer: Silent()) == .reachedFinalTime else {
        return nil
      }
    }
    return (time, Array(UnsafeBufferPointer(start: stepper.state, count: stepper.dimension)))
  }

  private func moment(_ t: Double, _ y: [Double]) -> SolutionMoment {
    let W = y.withUnsafeBufferPointer { run.flowState().endToEnd($0.baseAddress!).matrix }
    return SolutionMoment(time: t, endToEndMatrix: run.reduction.expand(endToEnd: W)) { [run] in
      run.reduction.expand(run.network(ofState: y))
    }
  }
}

private final class Silent: IntegrationObserver {
  func output(time: Double, state: UnsafePointer<Double>) {}
  func event(_ occurrence: EventOccurrence) {}
  func stepped(_ stepper: any Stepper) -> Bool { true }
}
