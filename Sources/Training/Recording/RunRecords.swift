import Integration
import LinearAlgebra

/// All that a run keeps of its way.
struct RunRecords: Codable, Sendable {
  var trajectory = TrajectoryRecorder()
  var spectrum: SpectrumRecorder?
  var states: [KeptState] = []
  var accuracyTimes: AccuracyTimes
  /// The ends of the steps; nil where a closed form gives every moment.
  var history: StepHistory?
  /// The iterates of explicit Euler; nil for other methods.
  var iterates: IterateRecords?
  /// When explicit steps were given up.
  var timeOfSwitch: Double?

  init(_ measures: RunMeasures) {
    let run = measures.run
    spectrum = run.options.spectrumInterval.map { SpectrumRecorder(every: $0) }
    accuracyTimes = AccuracyTimes(measures)
    if run.exactSolution == nil {
      history = StepHistory(
        dimension: measures.flow.dimension,
        capacity: run.takesIterates ? RunRecords.checkpointCapacity : StepHistory.ordinaryCapacity)
    }
    if run.takesIterates {
      iterates = IterateRecords(IterateChoice(every: run.options.recordEvery, last: run.lastIterate))
    }
  }

  /// Numbers of one kind that a checkpoint holds at most: some megabytes of text.
  static let checkpointCapacity = 200_000

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
  let matrix: Matrix
  /// Whether the user asked for this time.
  let isRequested: Bool
}
