import LinearNetworks

/// Runs on batches with seeds one after the other: what gradient noise does to the loss.
public struct BatchBand: Codable, Sendable, Equatable {
  /// The seeds, the run's own first.
  public let seeds: [UInt64]
  /// The recorded iterates that all runs have.
  public let iterates: [Int]
  /// t_k.
  public let times: [Double]
  /// The least, the middle and the largest L_N − min L_N of the runs at these iterates.
  public let least, median, largest: [Double]

  /// Nil where there is but one run, or the runs have no iterate in common.
  ///
  /// - Parameters:
  ///   - run: on batches.
  ///   - outcome: of that run.
  ///   - samples: of the run, in the coordinates of the problem.
  ///   - count: runs, that one included.
  ///   - callbacks: interruption.
  public init?(
    repeating run: TrainingRun, _ outcome: TrainingOutcome, samples: PreparedSamples, count: Int,
    callbacks: TrainingCallbacks
  ) {
    guard let batch = run.options.descent?.batch, count > 1, let first = outcome.descent else { return nil }
    func gaps(_ outcome: TrainingOutcome, _ records: DescentRecords) -> [Int: Double] {
      Dictionary(zip(records.iterates, outcome.records.map(\.gap))) { first, _ in first }
    }
    var all = [gaps(outcome, first)]
    var seeds = [batch.seed]
    var quiet = TrainingCallbacks()
    quiet.isInterrupted = callbacks.isInterrupted
    for i in 1..<count where !callbacks.isInterrupted() {
      var options = run.options
      options.descent?.batch?.seed = batch.seed &+ UInt64(i)
      options.descent?.recordsSharpness = false
      options.estimatesAccuracy = false
      let other = TrainingRun(problem: run.problem, start: run.start, options: options, samples: samples)
      let result = other.run(callbacks: quiet)
      guard let records = result.descent else { continue }
      all.append(gaps(result, records))
      seeds.append(batch.seed &+ UInt64(i))
    }
    let times = Dictionary(zip(first.iterates, outcome.records.map(\.time))) { first, _ in first }
    let common = first.iterates.filter { k in all.allSatisfy { $0[k]?.isFinite == true } && times[k] != nil }
    guard all.count > 1, !common.isEmpty else { return nil }
    (self.seeds, iterates) = (seeds, common)
    self.times = common.map { times[$0]! }
    let sorted = common.map { k in all.map { $0[k]! }.sorted() }
    least = sorted.map { $0.first! }
    median = sorted.map { values in
      let middle = values.count / 2
      return values.count % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle])
    }
    largest = sorted.map { $0.last! }
  }
}
