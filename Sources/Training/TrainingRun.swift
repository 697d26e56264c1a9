import ExactFlows
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
  /// The samples one by one, in the coordinates of ``reduction``; nil where all are taken at once.
  let samples: PreparedSamples?
  private let exactCase: ExactCase
  private let knownBefore = Memo<CertificateReport>()

  /// - Parameters:
  ///   - problem: what is trained on.
  ///   - start: layers whose inputs are the prepared inputs of the problem.
  ///   - options: how it is integrated and when it ends.
  ///   - samples: one by one, in the coordinates of the problem; needed for batches only.
  public init(
    problem: Problem, start: LinearNetwork, options: TrainingOptions, samples: PreparedSamples? = nil
  ) {
    precondition(
      start.widths.first == problem.inputs && start.widths.last == problem.outputs,
      "a network of widths \(start.widths) on a problem with \(problem.inputs) inputs and \(problem.outputs) outputs"
    )
    let options = options.withSteps(for: problem, start)
    (self.problem, self.start, self.options) = (problem, start, options)
    let takesBatches = options.descent?.batch != nil
    precondition(!takesBatches || samples != nil, "batches are drawn from samples, which are not given")
    // The gradient of a batch leaves the factors in which that of all samples lives.
    reduction =
      options.formulation == .factors && !takesBatches
      ? Reduction(of: problem, from: start) : Reduction(keepingWidthsOf: start, for: problem)
    reducedStart = reduction.reduce(start)
    self.samples = takesBatches ? samples?.diagonal(for: problem) : nil
    exactCase = ExactCase(problem, start: start, reduction: reduction)
    method = MethodChoice(
      options: options, exactCase: exactCase, problem: reduction.problem, widths: reduction.widths)
  }

  /// How the state of the run stands for a network: a closed form gives W, with balanced layers behind it, or layers; a single layer is W itself.
  func flowState() -> any FlowState {
    let givesLayers = exactSolution is ExactLambdaBalancedFlow || start.depth == 1
    let isProductAlone = options.flow == .induced || (method.method == .exact && !givesLayers)
    return isProductAlone
      ? EndToEndState(
        reduction.problem, start: reducedStart, factored: method.method == .exact)
      : LayerState(reduction.problem, start: reducedStart)
  }

  /// The reduced network that a state stands for.
  func network(ofState y: [Double]) -> LinearNetwork {
    let flow = flowState()
    return y.withUnsafeBufferPointer { y in
      let p = y.baseAddress!
      return flow.network(
        p, flow.endToEnd(p).singularValueDecomposition(ofRank: start.bottleneckWidth))
    }
  }

  /// What is known before the run; worked out when it is first asked for.
  public var promise: CertificateReport { knownBefore { CertificateReport(problem: problem, start: start) } }

  /// The closed form, if the run uses one.
  var exactSolution: (any ExactSolution)? {
    guard method.method == .exact, case .solved(let solution, _) = exactCase else { return nil }
    return solution
  }

  /// Reduced layers with all inputs and outputs of the problem: the same outputs, and the same neural tangent kernel, as the whole network, at the cost of the reduced one.
  func thinNetwork(_ layers: [Matrix]) -> LinearNetwork {
    var layers = layers
    layers[0] = Matrix.product(layers[0], .plain, reduction.bases[0], .transposed)
    layers[layers.count - 1] = reduction.bases.last! * layers.last!
    return LinearNetwork(layers: layers)
  }

  /// What data and start lack of the closed form's hypotheses, relative to W.
  var exactDefect: Double {
    if case .solved(_, let defect) = exactCase { defect } else { 0 }
  }

  /// The number of unknowns that are integrated.
  public var unknowns: Int {
    options.flow == .induced && exactSolution == nil
      ? reduction.problem.outputs * reduction.problem.inputs : reducedStart.parameterCount
  }

  /// Runs to the end: the first of its rules that is met, or a failure of the solver.
  ///
  /// - Parameters:
  ///   - checkpoint: where to go on; nil from the start.
  ///   - rules: further ends, beside those of ``options``.
  ///   - quantities: what is recorded beside the rest of ``TrajectoryRecord``.
  ///   - recordings: observables that are recorded too, and stand in the files and figures of the outcome (``recordings(of:knowing:)``).
  ///   - callbacks: progress and interruption.
  public func run(
    resuming checkpoint: Checkpoint? = nil, stopping rules: [any StopRule] = [],
    recording quantities: [Quantity] = [], observing recordings: [Recording] = [],
    callbacks: TrainingCallbacks = .init()
  ) -> TrainingOutcome {
    let measures = RunMeasures(self)
    let loop = TrainingLoop(
      self, measures, stopping: stopRules(callbacks) + rules,
      recording: quantities + recordings.map(\.quantity), resuming: checkpoint, callbacks: callbacks)
    var stepper = stepper(
      from: loop.state, at: loop.time, loop.events, method: loop.records.timeOfSwitch == nil ? nil : .cvode)
    if let checkpoint { stepper.memory = checkpoint.stepperMemory }
    loop.follow(stepper)
    if let outcome = standstill(loop, stepper, measures, recordings, callbacks) { return outcome }
    var termination = integrate(
      stepper, outputTimes: outputTimes(after: checkpoint?.time), finalTime: loop.finalTime, observer: loop)
    if let (time, state) = loop.beginImplicitPart() {
      stepper = self.stepper(from: state, at: time, loop.events, method: .cvode)
      loop.follow(stepper)
      termination = integrate(
        stepper, outputTimes: outputTimes(after: time), finalTime: loop.finalTime, observer: loop)
    }
    return outcome(of: loop, termination, stepper, measures, recordings, callbacks)
  }

  /// The outcome of a run whose start does not move: nothing is integrated.
  ///
  /// A gradient of exactly zero is a zero of the flow, whatever the verdict on it. Where a final time was asked for, the run is there at once.
  private func standstill(
    _ loop: TrainingLoop, _ stepper: any Stepper, _ measures: RunMeasures, _ recordings: [Recording],
    _ callbacks: TrainingCallbacks
  ) -> TrainingOutcome? {
    guard loop.time == 0, loop.gradientNorm == 0, !takesIterates else { return nil }
    let resting = RestingStepper(loop.state)
    let last = max(options.finalTime ?? 0, options.outputTimes.max() ?? 0)
    loop.follow(resting)
    let termination = integrate(
      resting, outputTimes: OutputGrid.merged([0], options.outputTimes.sorted()), finalTime: last,
      observer: loop)
    return outcome(
      of: loop, options.finalTime == nil ? nil : termination, resting, measures, recordings, callbacks)
  }

  /// What ends the run, in the order in which it is asked.
  private func stopRules(_ callbacks: TrainingCallbacks) -> [any StopRule] {
    var rules: [any StopRule] = [
      InterruptionRule(isInterrupted: callbacks.isInterrupted),
      WallClockRule(seconds: options.maximumSeconds),
    ]
    if options.finalTime != nil {
      rules.append(FinalTimeRule(time: finalTime!))
    } else if let T = options.maximumTime {
      rules.append(FlowTimeBudgetRule(time: T))
    }
    if let rule = SingularMatrixRule(self) { rules.append(rule) }
    if options.finalTime == nil {
      if takesIterates { rules.append(OscillationRule()) }
      rules.append(LimitRule(self))
    }
    if let ratio = options.stopGap { rules.append(LossGapRule(ratio: ratio)) }
    if let norm = options.stopGradient { rules.append(GradientRule(relativeNorm: norm)) }
    return rules
  }

  /// Whether the run consists of iterates, with nothing between them.
  var takesIterates: Bool { method.method == .euler }

  /// The last iterate at or before the final time; nil if there is none.
  var lastIterate: Int? {
    guard takesIterates, let T = options.finalTime else { return nil }
    return iterate(at: T)
  }

  /// The steps of explicit Euler.
  var clock: IterateClock {
    IterateClock(
      step: options.step!, momentum: options.descent?.momentum ?? 0,
      factors: options.descent?.factors ?? .constant)
  }

  /// The number of the last iterate at or before a time; times within round-off of an iterate's are its.
  func iterate(at time: Double) -> Int { clock.iterate(at: time) }

  /// The time at which the run ends: the one that was asked for, or that of the last iterate before it.
  private var finalTime: Double? {
    // A last iterate that is beyond all that a run takes has no time of its own.
    guard let last = lastIterate, last < 1 << 53, let T = options.finalTime else { return options.finalTime }
    let time = clock.time(of: last)
    return (T - time).magnitude <= 1e-9 * clock.duration(last) ? T : time
  }

  /// Whether steps of the solver are recorded beside the grid of times: they are the many records that nobody asked for.
  var recordsSteps: Bool { !takesIterates && options.recordEvery == nil && options.recordCount == nil }

  /// Every so many iterates are recorded; nil for a choice that grows.
  var iterateInterval: Int? {
    options.recordEvery ?? options.recordCount.flatMap { count in lastIterate.map { max(1, $0 / count) } }
  }

  /// Whether the method may still change from explicit to implicit steps.
  var isUndecidedAboutStiffness: Bool { options.method == .auto && method.method == .erk }

  /// - Parameters:
  ///   - chosen: nil for the method of the run.
  ///   - factor: by which the local tolerance is loosened.
  func stepper(
    from state: [Double], at time: Double, _ events: Events, method chosen: TrainingOptions.Method? = nil,
    looserBy factor: Double = 1
  ) -> any Stepper {
    if chosen == nil, let exactSolution {
      return ExactStepper(
        exactSolution, from: reducedStart, as: flowState(), at: time, firstStep: firstTime,
        events: events)
    }
    if options.flow == .induced {
      let rank = reducedStart.endToEndMatrix.singularValueDecomposition.rank()
      let field = InducedFlow(problem: reduction.problem, depth: start.depth, rank: rank)
      return ExplicitEuler(clock).start(field, from: state, at: time, events: events)
    }
    if takesIterates, chosen == nil, let samples, let batch = options.descent?.batch {
      let field = BatchGradient(
        problem: reduction.problem, samples: samples, widths: reduction.widths, size: batch.size,
        seed: batch.seed)
      return ExplicitEuler(clock).start(field, from: state, at: time, events: events)
    }
    let networkLoss = NetworkLoss(problem: reduction.problem, widths: reduction.widths)
    if takesIterates, chosen == nil {
      return ExplicitEuler(clock).start(
        GradientFlow(networkLoss) as any VectorField, from: state, at: time, events: events)
    }
    // A single layer may start at zero and then needs a scale: a millionth of where it goes.
    let negligible =
      start.depth == 1
      ? 1e-6 * GlobalMinimum(of: reduction.problem, rank: reduction.widths.min()!).minimiser.frobeniusNorm : 0
    return (chosen ?? method.method).integrationMethod(
      localTolerance: factor * options.localTolerance, step: options.step
    ).start(GradientFlow(networkLoss, negligibleNorm: negligible), from: state, at: time, events: events)
  }

  /// The stepper of another run beside this one, at its start.
  func stepperAtStart(
    _ events: Events, method chosen: TrainingOptions.Method? = nil, looserBy factor: Double = 1
  ) -> any Stepper {
    stepper(from: flowState().vector(of: reducedStart), at: 0, events, method: chosen, looserBy: factor)
  }

  /// Times of the grid and those asked for.
  private func outputTimes(after resumed: Double?) -> AnySequence<Double> {
    if takesIterates { return AnySequence([]) }
    let requested = options.outputTimes.sorted()
    let grid: AnySequence<Double>
    let (every, count) = (options.recordEvery ?? 1, options.recordCount)
    if let T = options.finalTime {
      let times = OutputGrid.every(
        every, of: count.map { OutputGrid.times(until: T, count: $0) } ?? OutputGrid.times(until: T))
      grid = AnySequence(OutputGrid.merged(times, requested.filter { $0 <= T }))
    } else {
      let endless = OutputGrid.times(from: firstTime, decade: Double(count ?? 400) / 10 / Double(every))
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
    // The rate at which layers of the minimiser's size move, ξ_1²‖W*‖^{2−2/N}: where those of the start are tiny, it sets the scale.
    let ξ = reduction.problem.inputScales.max() ?? 1
    let goal = GlobalMinimum(of: reduction.problem, rank: reduction.widths.min()!).minimiser.frobeniusNorm
    let rate = goal > 0 ? ξ * ξ * pow(goal, 2 - 2 / Double(start.depth)) : ξ * ξ
    return time.isFinite && time > 1e-12 / rate ? time : 1e-3 / max(rate, .leastNormalMagnitude)
  }
}
