import Foundation
import Integration
import Landscape
import LinearAlgebra
import LinearNetworks
import Theory

/// Watches an integration: records it, decides when it has converged, keeps the budgets, and tells what goes on.
final class TrainingMonitor: IntegrationObserver {
  private let run: TrainingRun
  private let callbacks: TrainingCallbacks
  private let options: TrainingOptions
  private let loss: NetworkLoss
  private let rule: VerdictRule
  private let target: Matrix
  private let targetNorm: Double
  private let initialImbalances: [Matrix]
  private let initialImbalance: Double
  /// The sign of det W(t), where Lemma 3.3 conserves it: balanced layers, all square and invertible.
  private let conservedSign: Int?

  private let captured: CapturedDirections
  private let levels: CriticalLevels

  private var recorder = TrajectoryRecorder()
  private var spectrum: SpectrumRecorder?
  private var states: [KeptState] = []
  private var eventTimes: [Double?]
  private var earlierWork = Work()
  private var work = Work()
  private var time = 0.0
  private var state: [Double]
  private var ending: TrainingOutcome.Ending?
  private var isTooStiff = false
  private var timeOfSwitch: Double?
  /// The last time at which the gradient was not yet near zero: more than a thousandth of its scale (tuned).
  private var timeOfApproach = 0.0
  /// The largest norm of the weights so far.
  private var largestState = 0.0

  private let clock = ContinuousClock()
  private let begun: ContinuousClock.Instant
  private let secondsBefore: Double
  private var nextProgress: Double
  private var nextCheckpoint: Double
  private var steps = 0
  /// The step of the first close look that could not tell what the limit is.
  private var firstUndecided: Int?
  /// The relative gradient at the last close look; a new one is worth it only well below that.
  private var lastLook = Double.infinity

  /// Squared relative distances whose first time is located: 1e-1 … 1e-12.
  static let accuracies = Bound.accuracies
  private let requested: Set<Double>

  init(run: TrainingRun, resuming checkpoint: Checkpoint?, callbacks: TrainingCallbacks) {
    (self.run, self.callbacks, options) = (run, callbacks, run.options)
    loss = NetworkLoss(problem: run.reduction.problem, widths: run.reduction.widths)
    rule = VerdictRule(
      for: run.reduction.problem, rank: run.start.bottleneckWidth,
      gradientTolerance: run.options.gradientTolerance)
    let minimum = rule.minimum
    captured = CapturedDirections(of: run.reduction.problem)
    levels = CriticalLevels(of: minimum)
    spectrum = checkpoint?.spectrum ?? run.options.spectrumInterval.map { SpectrumRecorder(every: $0) }
    target = minimum.minimiser
    targetNorm = target.frobeniusNorm
    initialImbalances = run.reducedStart.imbalances
    initialImbalance = run.reducedStart.relativeImbalance
    let isSquare = Set(run.reduction.widths).count == 1 && run.start.depth >= 2
    conservedSign = isSquare && run.start.isBalanced() ? run.reducedStart.endToEndMatrix.determinantSign : nil
    requested = Set(run.options.outputTimes)
    begun = clock.now
    eventTimes = Array(repeating: nil, count: TrainingMonitor.accuracies.count + 1)
    state = run.flowState.state(of: run.reducedStart)
    secondsBefore = checkpoint?.secondsUsed ?? 0
    (nextProgress, nextCheckpoint) = (callbacks.progressInterval, callbacks.checkpointInterval)
    if let checkpoint {
      (recorder, states, eventTimes) = (checkpoint.recorder, checkpoint.states, checkpoint.events)
      (earlierWork, time, state) = (checkpoint.work, checkpoint.time, checkpoint.state)
    } else {
      let W = run.reducedStart.endToEndMatrix
      for (i, value) in quantities(W).enumerated() where value <= 0 { eventTimes[i] = 0 }
    }
  }

  // MARK: Events

  /// First times of ‖W − W*‖² ≤ ε ‖W*‖² for the accuracies, and of ‖W‖ ≤ √6 ‖W*‖ (τ of Theorem 4.4 for rank one).
  var events: Events {
    guard targetNorm > 0 else { return .none }
    return Events(count: eventTimes.count) { [self] y, g in
      for (i, value) in quantities(endToEnd(y)).enumerated() { g[i] = value }
    }
  }

  private func quantities(_ W: Matrix) -> [Double] {
    // Logarithms keep the root finder's interpolation straight over many decades.
    let distance = log(max((W - target).frobeniusNorm / targetNorm, 1e-150))
    return TrainingMonitor.accuracies.map { 2 * distance - log($0) } + [
      log(max(W.frobeniusNorm / targetNorm, 1e-150)) - 0.5 * log(6)
    ]
  }

  func event(_ occurrence: EventOccurrence) {
    if eventTimes[occurrence.index] == nil { eventTimes[occurrence.index] = occurrence.time }
  }

  // MARK: Recording

  private func endToEnd(_ y: UnsafePointer<Double>) -> Matrix {
    switch run.flowState {
    case .layers: return loss.endToEndMatrix(y)
    case .induced(let widths, _):
      return Matrix(
        rows: widths.last!, columns: widths[0],
        storage: Array(UnsafeBufferPointer(start: y, count: widths.last! * widths[0])))
    }
  }

  private func record(_ time: Double, _ y: UnsafePointer<Double>) -> TrajectoryRecord {
    let W = endToEnd(y)
    let gap = rule.minimum.gap(of: W)
    let norm = W.frobeniusNorm
    let (imbalance, drift) = imbalance(y)
    return TrajectoryRecord(
      time: time, loss: rule.minimum.loss + gap, gap: gap, gradientNorm: gradientNorm(y),
      distanceToTarget: (W - target).frobeniusNorm,
      singularValues: Array(W.singularValues.prefix(run.start.bottleneckWidth)),
      alignment: norm > 0 && targetNorm > 0 ? Matrix.inner(W, target) / norm / targetNorm : 0,
      imbalance: imbalance, imbalanceDrift: drift,
      level: levels.level(keeping: Array(captured.subset(of: W).prefix(run.start.bottleneckWidth))))
  }

  /// ‖∇L_N‖, all layers together.
  private func gradientNorm(_ y: UnsafePointer<Double>) -> Double {
    switch run.flowState {
    case .layers:
      Matrix.column(loss.gradient(Array(UnsafeBufferPointer(start: y, count: state.count)))).frobeniusNorm
    case .induced(let widths, let rank):
      InducedFlow(problem: loss.problem, depth: widths.count - 1, rank: rank).gradientNorm(at: endToEnd(y))
    }
  }

  /// max_j ‖D_j‖/max_j ‖W_j‖² and its drift; W alone stands for layers that keep the start's.
  private func imbalance(_ y: UnsafePointer<Double>) -> (size: Double, drift: Double) {
    guard case .layers = run.flowState else { return (initialImbalance, 0) }
    let network = run.flowState.network(y)
    let scale = network.layers.reduce(0) { max($0, $1.frobeniusNorm) }
    let drift = zip(network.imbalances, initialImbalances).reduce(0) { max($0, ($1.0 - $1.1).frobeniusNorm) }
    return (network.relativeImbalance, scale > 0 ? drift / scale / scale : 0)
  }

  func output(time: Double, state y: UnsafePointer<Double>) {
    guard canBeJudged(y) else { return }
    recorder.appendOutput(record(time, y))
    spectrum?.observe(time, on: run.problem) { run.reduction.expand(run.flowState.network(y)) }
    if requested.contains(time) || keepsStates {
      states.append(KeptState(time: time, matrix: endToEnd(y), isRequested: requested.contains(time)))
    }
  }

  /// States at all recorded times are compared with those of the accuracy run, as long as they stay some megabytes in a checkpoint.
  private var keepsStates: Bool {
    options.estimatesAccuracy && target.storage.count * (states.count + 1) <= 200_000
  }

  // MARK: Steps

  func stepped(_ stepper: any Stepper) -> Bool {
    steps += 1
    // Euler's steps are many and alike; the others are few and tell. If Euler diverges, it is soon.
    let isLast = options.finalTime.map { stepper.time >= $0 } ?? false
    guard options.method != .euler || steps < 100 || steps % 100 == 0 || isLast else { return true }
    guard canBeJudged(stepper.state) else { return end(.solverFailed(.nonFiniteState(time: stepper.time))) }
    keep(stepper)
    if options.method != .euler, recorder.wantsStep(at: time) {
      recorder.appendStep(record(time, stepper.state))
    }
    if callbacks.isInterrupted() { return end(.interrupted) }
    let seconds = elapsed
    if seconds > options.maximumSeconds {
      return end(.budgetRanOut(budget: "wall clock of \(shortNumber(options.maximumSeconds)) s"))
    }
    if let limit = options.maximumTime, time > limit, options.finalTime == nil {
      return end(.budgetRanOut(budget: "flow time of \(shortNumber(limit))"))
    }
    if seconds >= nextProgress {
      nextProgress = seconds + callbacks.progressInterval
      reportProgress(stepper)
    }
    if seconds >= nextCheckpoint {
      nextCheckpoint = seconds + callbacks.checkpointInterval
      callbacks.checkpoint(checkpoint)
    }
    if options.method == .auto, run.method.method == .erk, timeOfSwitch == nil,
      stepper.work.steps >= MethodChoice.explicitStepLimit
    {
      isTooStiff = true
      return false
    }
    if let sign = conservedSign, sign != 0, endToEnd(stepper.state).determinantSign != sign {
      return end(.reachedSingularMatrix)
    }
    if options.finalTime == nil, time >= (options.outputTimes.max() ?? 0), hasConverged(stepper.state) {
      return end(.converged)
    }
    return true
  }

  /// Where the implicit method has to go on, if the explicit one was given up.
  func beginImplicitPart() -> (time: Double, state: [Double])? {
    guard isTooStiff else { return nil }
    (isTooStiff, timeOfSwitch) = (false, time)
    earlierWork = totalWork
    work = Work()
    return (time, state)
  }

  private func keep(_ stepper: any Stepper) {
    time = stepper.time
    state.withUnsafeMutableBufferPointer { $0.baseAddress!.update(from: stepper.state, count: $0.count) }
    work = stepper.work
  }

  /// Whether losses and curvatures of a state, of order y^{2N}, are far from overflow.
  private func canBeJudged(_ y: UnsafePointer<Double>) -> Bool {
    let limit =
      switch run.flowState {
      case .layers: pow(1e100, 1 / Double(run.start.depth))
      case .induced: 1e100
      }
    return UnsafeBufferPointer(start: y, count: state.count).allSatisfy { $0.magnitude < limit }
  }

  private func end(_ ending: TrainingOutcome.Ending) -> Bool {
    self.ending = ending
    return false
  }

  /// Whether the point is stationary, is not being left, and its kind is known.
  private func hasConverged(_ y: UnsafePointer<Double>) -> Bool {
    let network = run.flowState.network(y)
    let weights = network.parameters
    largestState = max(largestState, Matrix.column(weights).frobeniusNorm)
    let relative = rule.relativeGradientNorm(gradientNorm(y), of: network)
    guard relative <= rule.gradientTolerance else {
      (lastLook, firstUndecided) = (.infinity, nil)
      if relative > 1e-3 { timeOfApproach = time }
      return false
    }
    if let firstUndecided, steps - firstUndecided > 500 { return true }
    // A saddle is looked at again only when the gradient has fallen by another half: the look costs a Hessian.
    guard relative <= 0.5 * lastLook || relative == 0 else { return false }
    if rule.isAtMinimum(network) { return true }
    lastLook = relative
    switch rule.verdict(on: network).verdict.kind {
    case .notStationary: return false
    case .undecided:
      // Nearer to the limit the numbers may tell; 500 steps (tuned) are given to it.
      firstUndecided = firstUndecided ?? steps
      return false
    case .globalMinimiser, .strictSaddle, .nonStrictSaddle: break
    }
    return !Departure.isUnderWay(
      at: weights, of: loss, stateError: relativeStateError * largestState,
      elapsed: time - timeOfApproach, resolution: 1e-10 * rule.scale(of: network).curvature)
  }

  /// What the weights may be wrong by: round-off of a closed form, or ten times the error of a step.
  private var relativeStateError: Double { run.method.method == .exact ? 1e-14 : 10 * options.localTolerance }

  // MARK: Reports

  private var elapsed: Double {
    let duration = clock.now - begun
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  private var checkpoint: Checkpoint {
    Checkpoint(
      time: time, state: state, recorder: recorder, states: states, events: eventTimes, work: totalWork,
      secondsUsed: secondsBefore + elapsed, spectrum: spectrum)
  }

  private var totalWork: Work {
    var total = earlierWork
    total.steps += work.steps
    total.evaluations += work.evaluations
    total.jacobianProducts += work.jacobianProducts
    return total
  }

  private func reportProgress(_ stepper: any Stepper) {
    let record = record(time, stepper.state)
    let network = run.flowState.network(stepper.state)
    let relative = rule.relativeGradientNorm(record.gradientNorm, of: network)
    callbacks.progress(
      TrainingProgress(
        time: time, lossGap: record.gap, relativeGradientNorm: relative, alignment: record.alignment,
        step: stepper.lastStep, secondsUsed: elapsed, secondsLeft: secondsLeft(relative)))
  }

  private var firstReport: (seconds: Double, time: Double, logGradient: Double)?

  /// Extrapolated from the progress since the first report: of time towards the final time, or of the logarithm of the gradient.
  private func secondsLeft(_ relativeGradient: Double) -> Double? {
    let now = (seconds: elapsed, time: time, logGradient: log(relativeGradient))
    guard let first = firstReport else {
      firstReport = now
      return nil
    }
    let share =
      if let T = options.finalTime {
        (now.time - first.time) / (T - first.time)
      } else {
        (first.logGradient - now.logGradient) / (first.logGradient - log(rule.gradientTolerance))
      }
    guard share > 1e-3, share.isFinite else { return nil }
    return (now.seconds - first.seconds) * (1 / min(share, 1) - 1)
  }

  /// Where round-off ended the approach to a saddle the gradient cannot be as small as elsewhere: a direction that shrinks while its opposite grows from
  /// round-off meets it at about √eps.
  private func gradientTolerance(_ ending: TrainingOutcome.Ending) -> Double? {
    ending == .reachedSingularMatrix ? max(1e-6, options.gradientTolerance) : nil
  }

  /// Closes the run: the last state is recorded and judged, and the accuracy estimated.
  func outcome(_ termination: Termination, of stepper: any Stepper) -> TrainingOutcome {
    // Not every step is kept, and a failed one comes without notice.
    if canBeJudged(stepper.state) { keep(stepper) }
    var ending: TrainingOutcome.Ending =
      switch termination {
      case .reachedFinalTime: .reachedFinalTime
      case .stoppedByObserver: self.ending!
      case .stepSizeUnderflow, .nonFiniteState, .solverFailure: .solverFailed(termination)
      }
    if recorder.last.map({ $0.time < time }) ?? true { recorder.appendOutput(record(time, state)) }
    let reduced = run.flowState.network(state)
    let network = run.reduction.expand(run.exactSolution?.layers(at: time) ?? reduced)
    if canBeJudged(state) { spectrum?.observe(time, isLast: true, on: run.problem) { network } }
    let verdict = run.verdict(onReduced: reduced, gradientTolerance: gradientTolerance(ending))
    if ending == .converged, verdict.kind == .undecided { ending = .reachedUndecidedLimit }
    return TrainingOutcome(
      ending: ending, time: time, records: recorder.records, spectrum: spectrum?.records ?? [],
      plateaus: Plateau.find(in: recorder.records),
      states: states.filter(\.isRequested).map { ($0.time, run.reduction.expand(endToEnd: $0.matrix)) },
      network: network, verdict: verdict,
      accuracyTimes: eventTimes.dropLast().map(\.self),
      sizeTime: eventTimes.last!, timeOfSwitch: timeOfSwitch, work: totalWork,
      secondsUsed: secondsBefore + elapsed,
      accuracy: options.estimatesAccuracy && !callbacks.isInterrupted()
        ? AccuracyEstimate(of: run, states: states, switched: timeOfSwitch != nil) { [self] in
          callbacks.isInterrupted() || elapsed > options.maximumSeconds
        } : nil,
      checkpoint: checkpoint)
  }
}
