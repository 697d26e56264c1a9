import Integration

/// All that a run needs to go on where it was.
public struct Checkpoint: Sendable {
  /// Flow time of the state.
  public let time: Double
  /// The state of the reduced flow.
  let state: [Double]
  let records: RunRecords
  let work: Work
  let secondsUsed: Double
  /// Steps of all sessions.
  let steps: Int
  /// What the stepper goes by beside time and state (`Stepper.memory` of Integration), and every rule of the run in turn.
  let stepperMemory: [Double]
  let ruleMemories: [[Double]]
  /// The flow times at which the run was resumed so far.
  let resumptions: [Double]
}

extension Checkpoint: Codable {
  private enum Key: String, CodingKey {
    case time, state, records, work, secondsUsed, steps, stepperMemory, ruleMemories, resumptions
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    time = try values.decode(Double.self, forKey: .time)
    state = try values.decode(PackedNumbers.self, forKey: .state).values
    records = try values.decode(RunRecords.self, forKey: .records)
    work = try values.decode(Work.self, forKey: .work)
    secondsUsed = try values.decode(Double.self, forKey: .secondsUsed)
    steps = try values.decode(Int.self, forKey: .steps)
    stepperMemory = try values.decode(PackedNumbers.self, forKey: .stepperMemory).values
    ruleMemories = try values.decode([PackedNumbers].self, forKey: .ruleMemories).map(\.values)
    resumptions = try values.decode([Double].self, forKey: .resumptions)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(time, forKey: .time)
    try values.encode(PackedNumbers(state), forKey: .state)
    try values.encode(records, forKey: .records)
    try values.encode(work, forKey: .work)
    try values.encode(secondsUsed, forKey: .secondsUsed)
    try values.encode(steps, forKey: .steps)
    try values.encode(PackedNumbers(stepperMemory), forKey: .stepperMemory)
    try values.encode(ruleMemories.map(PackedNumbers.init), forKey: .ruleMemories)
    try values.encode(resumptions, forKey: .resumptions)
  }
}

extension TrainingRun {
  /// Why this run cannot go on from a checkpoint: lengths, finiteness and order of what it holds; nil if it can.
  ///
  /// That the checkpoint is one of this run, and undamaged, is for the file to say; this is what would make the run trap or never end.
  ///
  /// - Parameter checkpoint: of this run, as far as is known.
  public func obstacle(to checkpoint: Checkpoint) -> String? {
    let (time, records) = (checkpoint.time, checkpoint.records)
    guard time >= 0, time < .infinity else { return "its time is \(time)" }
    let dimension = flowState().dimension
    guard checkpoint.state.count == dimension else {
      return "its state has \(checkpoint.state.count) entries, not \(dimension)"
    }
    guard checkpoint.state.allSatisfy(\.isFinite) else { return "its state is not finite" }
    // A year of the fastest machine is below both.
    guard checkpoint.secondsUsed >= 0, checkpoint.secondsUsed < 1e10 else {
      return "it has used \(checkpoint.secondsUsed) seconds"
    }
    let work = checkpoint.work
    guard
      [work.steps, work.evaluations, work.jacobianProducts, checkpoint.steps].allSatisfy({
        (0..<1 << 53).contains($0)
      })
    else { return "its work is no count" }
    let all = checkpoint.stepperMemory + checkpoint.resumptions
    guard all.allSatisfy(\.isFinite), checkpoint.resumptions.allSatisfy({ (0...time).contains($0) }) else {
      return "its memory is not finite"
    }
    return records.obstacle(until: time, dimension: dimension, of: self)
  }
}

extension RunRecords {
  /// What is wrong with the records of a run that has come to a time; nil if nothing is.
  fileprivate func obstacle(until end: Double, dimension: Int, of run: TrainingRun) -> String? {
    func isOrdered(_ times: [Double]) -> Bool {
      times.allSatisfy { (0...end).contains($0) } && zip(times, times.dropFirst()).allSatisfy { $0 <= $1 }
    }
    guard isOrdered(trajectory.records.map(\.time)), isOrdered(states.map(\.time)),
      isOrdered(spectrum?.records.map(\.time) ?? [])
    else { return "its records are not in order of time" }
    let W = run.reducedStart.endToEndMatrix
    guard states.allSatisfy({ ($0.factors.rows, $0.factors.columns) == (W.rows, W.columns) }) else {
      return "its matrices have another shape"
    }
    let passages = accuracyTimes.times + levelPassages.times
    guard accuracyTimes.times.count == TrainingOutcome.accuracies.count + 1,
      levelPassages.times.count == RunMeasures(run).watchedLevels.count,
      passages.allSatisfy({ $0.map { (0...end).contains($0) } ?? true })
    else { return "its times of accuracy are not those of a run" }
    guard (history == nil) == (run.exactSolution != nil), (iterates != nil) == run.takesIterates,
      (descent != nil) == run.takesIterates,
      (spectrum != nil) == (run.options.spectrumInterval != nil)
    else { return "it was written by another method" }
    guard trajectory.isSound, hasSoundStates, spectrum?.isSound(every: run.options.spectrumInterval) ?? true,
      iterates?.isSound(
        dimension: dimension, choice: IterateChoice(every: run.iterateInterval, last: run.lastIterate))
        ?? true
    else { return "its counts are not those of a run" }
    guard descent?.isSound ?? true else { return "its iterates are not those of a run" }
    if let history {
      guard history.dimension == dimension, history.count > 0,
        history.span.map({ $0.upperBound <= end }) == true
      else { return "its history is not that of its state" }
    }
    if let t = timeOfSwitch, !(0...end).contains(t) { return "its change of method lies in the future" }
    return nil
  }
}
