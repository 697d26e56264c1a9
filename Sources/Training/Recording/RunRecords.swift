import Integration
import LinearAlgebra

/// All that a run keeps of its way.
struct RunRecords: Codable, Sendable {
  var trajectory = TrajectoryRecorder()
  var spectrum: SpectrumRecorder?
  private(set) var states: [KeptState] = []
  /// Of the states that nobody asked for, every so many are kept.
  private var stateStride = 1
  private var statesSeen = 0
  var accuracyTimes: AccuracyTimes
  var levelPassages: LevelPassages
  /// The ends of the steps; nil where a closed form gives every moment.
  var history: StepHistory?
  /// The iterates of explicit Euler; nil for other methods.
  var iterates: IterateRecords?
  /// What is kept of descent beside that; nil for other methods.
  var descent: DescentRecords?
  /// When explicit steps were given up.
  var timeOfSwitch: Double?

  init(_ measures: RunMeasures) {
    let run = measures.run
    spectrum = run.options.spectrumInterval.map { SpectrumRecorder(every: $0) }
    accuracyTimes = AccuracyTimes(measures)
    levelPassages = LevelPassages(measures)
    if run.exactSolution == nil {
      history = StepHistory(
        dimension: measures.flow.dimension,
        capacity: run.takesIterates ? RunRecords.checkpointCapacity : StepHistory.ordinaryCapacity)
    }
    if run.takesIterates {
      iterates = IterateRecords(IterateChoice(every: run.iterateInterval, last: run.lastIterate))
      descent = DescentRecords(recordsSharpness: run.options.descent?.recordsSharpness ?? false)
    }
  }

  /// What is located in time: the accuracies, and behind them the levels.
  static func events(_ measures: RunMeasures) -> Events {
    guard measures.targetNorm > 0 else { return .none }
    return Events(count: AccuracyTimes.count + measures.watchedLevels.count) { y, g in
      let W = EndToEndMeasure(measures.flow.endToEnd(y), measures)
      AccuracyTimes.write(W, into: g)
      LevelPassages.write(W, measures, into: g + AccuracyTimes.count)
    }
  }

  mutating func note(_ occurrence: EventOccurrence) {
    if occurrence.index < AccuracyTimes.count {
      accuracyTimes.note(occurrence.index, at: occurrence.time)
    } else {
      levelPassages.note(occurrence.index - AccuracyTimes.count, at: occurrence.time)
    }
  }

  /// Numbers of one kind that a checkpoint holds at most: some megabytes of text.
  static let checkpointCapacity = 200_000

  /// Whether the counts of the states are those of a run.
  var hasSoundStates: Bool { stateStride >= 1 && statesSeen >= 0 && statesSeen < 1 << 53 }

  /// Keeps a state that was asked for.
  mutating func keep(requested W: FactoredMatrix, at time: Double) {
    states.append(KeptState(time: time, factors: W, isRequested: true))
  }

  /// Keeps a state to compare; where all would be too many for a checkpoint, every second, then every fourth, …, so that they reach to the end of the run.
  mutating func keep(comparable W: @autoclosure () -> FactoredMatrix, at time: Double) {
    defer { statesSeen += 1 }
    guard statesSeen % stateStride == 0 else { return }
    let state = KeptState(time: time, factors: W(), isRequested: false)
    states.append(state)
    while state.size * states.count > RunRecords.checkpointCapacity {
      var ordinal = 0
      let before = states.count
      states.removeAll {
        guard !$0.isRequested else { return false }
        ordinal += 1
        return ordinal % 2 == 0
      }
      guard states.count < before else { break }
      stateStride *= 2
    }
  }

  /// The states that the accuracy run is compared with: those that were kept, and some ends of steps.
  func states(comparedWith flow: any FlowState) -> [KeptState] {
    guard let history, let first = states.first, iterates == nil else { return states }
    let budget = max(0, RunRecords.checkpointCapacity / max(first.size, 1) - states.count)
    let nodes = history.nodes(atMost: min(history.count / 4, RunRecords.comparedSteps, budget))
    let known = Set(states.map(\.time))
    let steps = nodes.filter { !known.contains($0.time) }.map { node in
      KeptState(
        time: node.time,
        factors: node.state.withUnsafeBufferPointer { flow.endToEnd($0.baseAddress!) },
        isRequested: false)
    }
    return (states + steps).sorted { $0.time < $1.time }
  }

  /// Ends of steps that are compared at most, and no more than every fourth: a departure takes a hundred or so.
  private static let comparedSteps = 1000

  /// The same in a size that is written every few seconds.
  var forCheckpoint: RunRecords {
    var records = self
    records.history = history?.thinned(to: RunRecords.checkpointCapacity)
    return records
  }
}

/// An end-to-end matrix kept at a time, in reduced coordinates.
struct KeptState: Codable, Sendable {
  let time: Double
  let factors: FactoredMatrix
  /// Whether the user asked for this time.
  let isRequested: Bool

  var matrix: Matrix { factors.matrix }
  /// Numbers that it takes.
  var size: Int { factors.left.storage.count + (factors.right?.storage.count ?? 0) }

  init(time: Double, factors: FactoredMatrix, isRequested: Bool) {
    (self.time, self.factors, self.isRequested) = (time, factors, isRequested)
  }

  private enum Key: String, CodingKey { case time, left, right, isRequested }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    time = try values.decode(Double.self, forKey: .time)
    isRequested = try values.decode(Bool.self, forKey: .isRequested)
    let left = try values.decode(Matrix.self, forKey: .left)
    guard let right = try values.decodeIfPresent(Matrix.self, forKey: .right) else {
      factors = FactoredMatrix(left)
      return
    }
    guard left.columns == right.columns else {
      throw DecodingError.dataCorruptedError(
        forKey: .right, in: values,
        debugDescription: "factors of \(left.columns) and \(right.columns) columns")
    }
    factors = FactoredMatrix(left: left, right: right)
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(time, forKey: .time)
    try values.encode(isRequested, forKey: .isRequested)
    try values.encode(factors.left, forKey: .left)
    try values.encodeIfPresent(factors.right, forKey: .right)
  }
}
