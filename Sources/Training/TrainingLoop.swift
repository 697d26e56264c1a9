import Integration
import LinearAlgebra
import LinearNetworks

/// What goes on between a stepper and those who watch it: records, rules that may end the run, reports.
final class TrainingLoop: IntegrationObserver {
  private let run: TrainingRun
  private let measures: RunMeasures
  private let quantities: [Quantity]
  private let callbacks: TrainingCallbacks
  private let requested: Set<Double>

  private(set) var records: RunRecords
  /// Where the run is: the last step that was looked at.
  private(set) var time: Double
  private(set) var state: [Double]
  /// Which rule ended it.
  private(set) var ending: TrainingOutcome.Ending?

  private var rule: FirstOf
  private(set) var clock: RunClock
  private var timeLeft: TimeLeft
  private var steps = 0
  private var work = Work()
  private var earlierWork = Work()
  private var isTooStiff = false
  /// The stepper, if its steps can be nodes of the history; found once for each stepper.
  private var nodeStepper: (any NodeStepper)?

  init(
    _ run: TrainingRun, _ measures: RunMeasures, stopping rules: [any StopRule],
    recording quantities: [Quantity],
    resuming checkpoint: Checkpoint?, callbacks: TrainingCallbacks
  ) {
    (self.run, self.measures, self.quantities, self.callbacks) = (run, measures, quantities, callbacks)
    requested = Set(run.options.outputTimes)
    records = checkpoint?.records ?? RunRecords(measures)
    time = checkpoint?.time ?? 0
    state = checkpoint?.state ?? measures.flow.vector(of: run.reducedStart)
    earlierWork = checkpoint?.work ?? Work()
    rule = FirstOf(rules)
    clock = RunClock(before: checkpoint?.secondsUsed ?? 0, callbacks: callbacks)
    timeLeft = TimeLeft(budget: run.options.maximumSeconds)
    if checkpoint == nil { keepStart() }
  }

  var finalTime: Double? { rule.finalTime }
  var events: Events { AccuracyTimes.events(measures) }

  // MARK: What the integration tells

  func event(_ occurrence: EventOccurrence) {
    records.accuracyTimes.note(occurrence.index, at: occurrence.time)
  }

  func output(time: Double, state y: UnsafePointer<Double>) {
    guard measures.flow.canBeJudged(y) else { return }
    let moment = moment(time, y)
    records.trajectory.appendOutput(moment.record(quantities))
    records.spectrum?.observe(time, on: run.problem) { moment.network }
    if requested.contains(time) || keepsStates {
      records.states.append(
        KeptState(time: time, matrix: moment.matrix, isRequested: requested.contains(time)))
    }
  }

  func stepped(_ stepper: any Stepper) -> Bool {
    steps += 1
    keepNode(stepper)
    // Euler's steps are many and alike; the others are few and tell. If Euler diverges, it is soon.
    let isEuler = run.options.method == .euler
    let isLast = finalTime.map { stepper.time >= $0 } ?? false
    guard !isEuler || steps < 100 || steps % 100 == 0 || isLast else { return true }
    guard measures.flow.canBeJudged(stepper.state) else {
      return end(.solverFailed(.nonFiniteState(time: stepper.time)))
    }
    let moment = keep(stepper)
    if !isEuler, records.trajectory.wantsStep(at: time) {
      records.trajectory.appendStep(moment.record(quantities))
    }
    if let ending = rule.ending(at: moment) { return end(ending) }
    tell(moment, stepper)
    if run.isUndecidedAboutStiffness, records.timeOfSwitch == nil,
      stepper.work.steps >= MethodChoice.explicitStepLimit
    {
      isTooStiff = true
      return false
    }
    return true
  }

  private func end(_ ending: TrainingOutcome.Ending) -> Bool {
    self.ending = ending
    return false
  }

  // MARK: Where it is

  private func moment(_ time: Double, _ y: UnsafePointer<Double>) -> RunMoment {
    RunMoment(
      time: time, state: Array(UnsafeBufferPointer(start: y, count: state.count)), steps: steps,
      secondsUsed: clock.elapsed, measures: measures)
  }

  @discardableResult private func keep(_ stepper: any Stepper) -> RunMoment {
    let moment = moment(stepper.time, stepper.state)
    (time, state, work) = (moment.time, moment.state, stepper.work)
    return moment
  }

  /// States at all recorded times are compared with those of the accuracy run, as long as they stay some megabytes in a checkpoint.
  private var keepsStates: Bool {
    run.options.estimatesAccuracy
      && measures.target.storage.count * (records.states.count + 1) <= RunRecords.checkpointCapacity
  }

  private func keepStart() {
    guard records.history != nil else { return }
    let velocity = measures.flow.velocity(state)
    records.history?.append(at: time) { [state] y, derivative in
      y.update(from: state, count: state.count)
      derivative.update(from: velocity, count: state.count)
    }
  }

  private func keepNode(_ stepper: any Stepper) {
    guard records.history != nil else { return }
    // The cast costs more than the node.
    if nodeStepper !== stepper, steps == 1 || nodeStepper != nil { nodeStepper = stepper as? any NodeStepper }
    guard nodeStepper?.isAtNode ?? true else { return }
    records.history?.append(at: stepper.time) { [count = state.count] y, derivative in
      y.update(from: stepper.state, count: count)
      nodeStepper?.derivative(into: derivative)
    }
  }

  /// Where the implicit method has to go on, if the explicit one was given up.
  func beginImplicitPart() -> (time: Double, state: [Double])? {
    guard isTooStiff else { return nil }
    (isTooStiff, records.timeOfSwitch) = (false, time)
    (earlierWork, work) = (totalWork, Work())
    return (time, state)
  }

  // MARK: What is told

  private func tell(_ moment: RunMoment, _ stepper: any Stepper) {
    if clock.isProgressDue(at: moment.secondsUsed) {
      callbacks.progress(
        TrainingProgress(
          time: moment.time, lossGap: moment.lossGap, relativeGradientNorm: moment.relativeGradientNorm,
          alignment: moment.alignment, step: stepper.lastStep, secondsUsed: moment.secondsUsed,
          secondsLeft: timeLeft.observe(moment, rule.rules)))
    }
    if clock.isCheckpointDue(at: moment.secondsUsed) { callbacks.checkpoint(checkpoint) }
  }

  var totalWork: Work { earlierWork + work }

  var checkpoint: Checkpoint {
    Checkpoint(
      time: time, state: state, records: records.forCheckpoint, work: totalWork, secondsUsed: clock.total)
  }

  // MARK: The end

  /// Records the last state, and returns it.
  func close(_ stepper: any Stepper) -> RunMoment {
    // Not every step is kept, and a failed one comes without notice.
    if measures.flow.canBeJudged(stepper.state) { keep(stepper) }
    let last = state.withUnsafeBufferPointer { moment(time, $0.baseAddress!) }
    if records.trajectory.last.map({ $0.time < time }) ?? true {
      records.trajectory.appendOutput(last.record(quantities))
    }
    return last
  }

  /// Records the curvatures of the final network, if curvatures are recorded.
  func observeCurvatures(of network: LinearNetwork, at last: RunMoment) {
    let canBeJudged = state.withUnsafeBufferPointer { measures.flow.canBeJudged($0.baseAddress!) }
    if canBeJudged {
      records.spectrum?.observe(last.time, isLast: true, on: run.problem) { network }
    }
  }
}
