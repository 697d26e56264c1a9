import Integration
import Landscape
import LinearAlgebra
import LinearNetworks

/// What goes on between a stepper and those who watch it: records, rules that may end the run, reports.
final class TrainingLoop: IntegrationObserver {
  private let run: TrainingRun
  private let measures: RunMeasures
  private let quantities: [Quantity]
  private let callbacks: TrainingCallbacks
  private let requested: Set<Double>
  /// The iterates that stand for the times asked for, the next one last.
  private var requestedIterates: [Int] = []
  private var nextRequest = Int.max

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
  /// The stepper, if its steps can be nodes of the history; found once, since the cast costs more than the node.
  private var nodeStepper: (any NodeStepper)?
  /// Of the iterates of descent, where it is asked for.
  private lazy var workBeside = WorkBeside(run)
  private lazy var sharpness = Sharpness(of: run.reduction.problem, widths: run.reduction.widths)
  /// Who steps, and the flow times at which the run was resumed.
  private var stepper: (any Stepper)?
  let resumptions: [Double]

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
    resumptions = checkpoint.map { $0.resumptions + [$0.time] } ?? []
    steps = checkpoint?.steps ?? 0
    rule = FirstOf(rules)
    if let checkpoint { rule.memories = checkpoint.ruleMemories }
    clock = RunClock(before: checkpoint?.secondsUsed ?? 0, callbacks: callbacks)
    timeLeft = TimeLeft(budget: run.options.maximumSeconds)
    finalTime = rule.finalTime
    if run.takesIterates {
      requestedIterates = run.options.outputTimes.map(run.iterate).sorted(by: >)
      nextRequest = requestedIterates.last ?? .max
    }
    if checkpoint == nil { keepStart() }
  }

  /// Where the last step lands.
  let finalTime: Double?
  /// Located in time where there is a time between the steps.
  var events: Events { run.takesIterates ? .none : RunRecords.events(measures) }

  /// Follows this stepper from now on.
  func follow(_ stepper: any Stepper) { (self.stepper, nodeStepper) = (stepper, stepper as? any NodeStepper) }

  // MARK: What the integration tells

  var isInterrupted: Bool { callbacks.isInterrupted() || clock.elapsed > run.options.maximumSeconds }

  func event(_ occurrence: EventOccurrence) {
    records.note(occurrence)
  }

  func output(time: Double, state y: UnsafePointer<Double>) {
    guard measures.flow.canBeJudged(y) else { return }
    record(moment(time, y), requests: requested.contains(time) ? 1 : 0)
  }

  /// - Parameter requests: how many times that were asked for the moment stands for.
  private func record(_ moment: RunMoment, requests: Int) {
    records.trajectory.appendOutput(moment.record(quantities))
    records.spectrum?.observe(moment.time, on: run.problem) { moment.network }
    for _ in 0..<requests {
      records.keep(requested: moment.factors, at: moment.time)
    }
    if requests == 0, run.options.estimatesAccuracy {
      records.keep(comparable: moment.factors, at: moment.time)
    }
  }

  func stepped(_ stepper: any Stepper) -> Bool {
    steps += 1
    guard measures.flow.canBeJudged(stepper.state) else {
      return end(run.takesIterates ? .diverged : .solverFailed(.nonFiniteState(time: stepper.time)))
    }
    if run.takesIterates {
      guard isWorthALook(stepper) else { return true }
    } else {
      keepNode(stepper)
    }
    let moment = keep(stepper)
    if run.recordsSteps, records.trajectory.wantsStep(at: time) {
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

  // MARK: Iterates

  /// Takes in the next iterate. The rules look at the first hundred, then at every hundredth, and at the last and where iterates repeat: there are many, and they are alike.
  private func isWorthALook(_ stepper: any Stepper) -> Bool {
    let measure = EndToEndMeasure(measures.flow.endToEnd(stepper.state), measures)
    records.accuracyTimes.note(measure, at: stepper.time)
    let iterate = records.iterates!.advance(stepper.state, measure, measures)
    (time, work) = (stepper.time, stepper.work)
    state.withUnsafeMutableBufferPointer { $0.baseAddress!.update(from: stepper.state, count: $0.count) }
    if iterate.isRecorded || iterate.number >= nextRequest { recordIterate(iterate.number) }
    return steps < 100 || steps % 100 == 0 || time >= finalTime ?? .infinity
      || records.iterates!.period != nil || records.iterates!.goalReached == iterate.number
  }

  /// Records iterate k, which may stand for times that were asked for, and keeps it as a place from which later ones are reached again.
  private func recordIterate(_ k: Int) {
    var requests = 0
    while let next = requestedIterates.last, next <= k {
      if next == k { requests += 1 }
      requestedIterates.removeLast()
    }
    nextRequest = requestedIterates.last ?? .max
    state.withUnsafeBufferPointer { y in
      let moment = moment(time, y.baseAddress!)
      record(moment, requests: requests)
      records.descent?.observe(k, moment, workBeside, by: sharpness)
      records.history?.append(at: time, y.baseAddress!) { _ in }
    }
  }

  private func end(_ ending: TrainingOutcome.Ending) -> Bool {
    self.ending = ending
    return false
  }

  // MARK: Where it is

  private func moment(_ time: Double, _ y: UnsafePointer<Double>) -> RunMoment {
    RunMoment(
      time: time, state: Array(UnsafeBufferPointer(start: y, count: state.count)), steps: steps,
      secondsUsed: clock.elapsed, period: records.iterates?.period, measures: measures)
  }

  @discardableResult private func keep(_ stepper: any Stepper) -> RunMoment {
    let moment = moment(stepper.time, stepper.state)
    (time, state, work) = (moment.time, moment.state, stepper.work)
    return moment
  }

  private func keepStart() {
    guard records.history != nil else { return }
    if run.takesIterates {
      let W = state.withUnsafeBufferPointer { measures.flow.endToEnd($0.baseAddress!) }
      records.iterates!.begin(EndToEndMeasure(W, measures))
      return recordIterate(0)
    }
    let velocity = measures.flow.velocity(state)
    state.withUnsafeBufferPointer {
      records.history?.append(at: time, $0.baseAddress!) { $0.update(from: velocity, count: velocity.count) }
    }
  }

  private func keepNode(_ stepper: any Stepper) {
    guard records.history != nil else { return }
    guard nodeStepper?.isAtNode ?? true else { return }
    records.history?.append(at: stepper.time, stepper.state) { nodeStepper?.derivative(into: $0) }
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
    if clock.isCheckpointDue(at: moment.secondsUsed) {
      callbacks.checkpoint(checkpoint)
      clock.checkpointCost(clock.elapsed - moment.secondsUsed)
    }
  }

  /// ‖∇L_N‖ where the run is.
  var gradientNorm: Double { state.withUnsafeBufferPointer { moment(time, $0.baseAddress!).gradientNorm } }

  var totalWork: Work { earlierWork + work }

  var checkpoint: Checkpoint {
    Checkpoint(
      time: time, state: state, records: records.forCheckpoint, work: totalWork, secondsUsed: clock.total,
      steps: steps, stepperMemory: stepper.map { $0.time == time ? $0.memory : [] } ?? [],
      ruleMemories: rule.memories, resumptions: resumptions)
  }

  // MARK: The end

  /// Records the last state, and returns it.
  func close(_ stepper: any Stepper) -> RunMoment {
    // Not every step is kept, and a failed one comes without notice.
    if measures.flow.canBeJudged(stepper.state) { keep(stepper) }
    let last = state.withUnsafeBufferPointer { moment(time, $0.baseAddress!) }
    if records.trajectory.last.map({ $0.time < time }) ?? true {
      records.trajectory.appendOutput(last.record(quantities))
      if run.takesIterates {
        let count = records.iterates!.count
        records.descent?.observe(count, last, workBeside, isLast: true, by: sharpness)
        if run.options.estimatesAccuracy { records.keep(comparable: last.factors, at: time) }
      }
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
