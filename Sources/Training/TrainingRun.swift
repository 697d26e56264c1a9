import Foundation
import Integration
import Landscape
import LinearAlgebra
import LinearNetworks

/// Training of one network on one problem by gradient flow, from a start to a verdict.
public struct TrainingRun: Sendable {
  /// What is trained on.
  public let problem: Problem
  /// Where the run starts: the whole network.
  public let start: LinearNetwork
  /// How it is integrated and when it ends.
  public let options: TrainingOptions
  /// The reduced problem that is integrated.
  public let reduction: Reduction
  /// The method, and why.
  public let method: MethodChoice
  let reducedStart: LinearNetwork
  let flowState: FlowState
  private let exactCase: ExactCase

  /// - Parameters:
  ///   - problem: what is trained on.
  ///   - start: layers whose inputs are the prepared inputs of the problem.
  ///   - options: how it is integrated and when it ends.
  public init(problem: Problem, start: LinearNetwork, options: TrainingOptions) {
    precondition(
      start.widths.first == problem.inputs && start.widths.last == problem.outputs,
      "a network of widths \(start.widths) on a problem with \(problem.inputs) inputs and \(problem.outputs) outputs"
    )
    (self.problem, self.start, self.options) = (problem, start, options)
    reduction =
      options.formulation == .factors
      ? Reduction(of: problem, from: start) : Reduction(keepingWidthsOf: start, for: problem)
    reducedStart = reduction.reduce(start)
    exactCase = ExactCase(problem, start: start, reduction: reduction)
    method = MethodChoice(
      options: options, exactCase: exactCase, problem: reduction.problem, widths: reduction.widths)
    // A closed form gives W, with balanced layers behind it; a single layer is W itself.
    let knowsOnlyProduct = options.flow == .induced || (method.method == .exact && start.depth > 1)
    flowState =
      !knowsOnlyProduct
      ? .layers(widths: reduction.widths)
      : .induced(
        widths: reduction.widths, rank: reducedStart.endToEndMatrix.singularValueDecomposition.rank())
  }

  /// The closed form, if the run uses one.
  var exactSolution: (any ExactSolution)? {
    guard method.method == .exact, case .solved(let solution) = exactCase else { return nil }
    return solution
  }

  /// The number of unknowns that are integrated.
  public var unknowns: Int {
    exactSolution == nil ? flowState.state(of: reducedStart).count : reducedStart.parameterCount
  }

  /// Runs to the end: convergence, the final time, a budget, an interruption or a failure of the solver.
  public func run(resuming checkpoint: Checkpoint? = nil, callbacks: TrainingCallbacks = .init())
    -> TrainingOutcome
  {
    let monitor = TrainingMonitor(run: self, resuming: checkpoint, callbacks: callbacks)
    var stepper = stepper(
      from: checkpoint?.state ?? flowState.state(of: reducedStart), at: checkpoint?.time ?? 0, monitor.events)
    var termination = integrate(
      stepper, outputTimes: outputTimes(after: checkpoint?.time), finalTime: options.finalTime,
      observer: monitor)
    if let (time, state) = monitor.beginImplicitPart() {
      stepper = self.stepper(from: state, at: time, monitor.events, method: .cvode)
      termination = integrate(
        stepper, outputTimes: outputTimes(after: time), finalTime: options.finalTime, observer: monitor)
    }
    return monitor.outcome(termination, of: stepper)
  }

  /// - Parameters:
  ///   - chosen: nil for the method of the run.
  ///   - factor: by which the local tolerance is loosened.
  func stepper(
    from state: [Double], at time: Double, _ events: Events, method chosen: TrainingOptions.Method? = nil,
    looserBy factor: Double = 1
  ) -> any Stepper {
    if chosen == nil, let exactSolution {
      return ExactStepper(
        exactSolution, from: reducedStart.endToEndMatrix, at: time, firstStep: firstTime, events: events)
    }
    if case .induced(let widths, let rank) = flowState {
      let field = InducedFlow(problem: reduction.problem, depth: widths.count - 1, rank: rank)
      return ExplicitEuler(step: options.step!).start(
        field as any VectorField, from: state, at: time, events: events)
    }
    let networkLoss = NetworkLoss(problem: reduction.problem, widths: reduction.widths)
    // A single layer may start at zero and then needs a scale: a millionth of where it goes.
    let negligible =
      start.depth == 1
      ? 1e-6 * GlobalMinimum(of: reduction.problem, rank: reduction.widths.min()!).minimiser.frobeniusNorm : 0
    return (chosen ?? method.method).integrationMethod(
      localTolerance: factor * options.localTolerance, step: options.step
    ).start(GradientFlow(networkLoss, negligibleNorm: negligible), from: state, at: time, events: events)
  }

  /// Times of the grid and those asked for.
  private func outputTimes(after resumed: Double?) -> AnySequence<Double> {
    let requested = options.outputTimes.sorted()
    let grid: AnySequence<Double>
    if let T = options.finalTime {
      grid = AnySequence(OutputGrid.merged(OutputGrid.times(until: T), requested.filter { $0 <= T }))
    } else {
      let endless = OutputGrid.times(from: firstTime)
      grid = AnySequence(MergedTimes(endless: endless, requested: requested))
    }
    guard let resumed else { return grid }
    return AnySequence(grid.lazy.drop { $0 <= resumed })
  }

  /// A time in which the start hardly moves: a thousandth of ‖W_j‖/‖∇_{W_j}L‖ at its fastest layer.
  private var firstTime: Double {
    let weights = reducedStart.parameters
    let loss = NetworkLoss(problem: reduction.problem, widths: reduction.widths)
    let gradient = Matrix.column(loss.gradient(weights)).frobeniusNorm
    let size = max(Matrix.column(weights).frobeniusNorm, .leastNormalMagnitude)
    let time = 1e-3 * size / gradient
    let ξ = reduction.problem.inputScales.max() ?? 1
    return time.isFinite && time > 1e-12 / (ξ * ξ) ? time : 1e-3 / max(ξ * ξ, .leastNormalMagnitude)
  }
}

/// An endless increasing sequence with some more times sorted into it.
private struct MergedTimes: Sequence, IteratorProtocol {
  private var endless: AnySequence<Double>.Iterator
  private var requested: ArraySlice<Double>
  private var head: Double?

  init(endless: AnySequence<Double>, requested: [Double]) {
    self.endless = endless.makeIterator()
    self.requested = requested[...]
    head = self.endless.next()
  }

  mutating func next() -> Double? {
    guard let time = [head, requested.first].compactMap(\.self).min() else { return nil }
    if head == time { head = endless.next() }
    while requested.first == time { requested = requested.dropFirst() }
    return time
  }
}
