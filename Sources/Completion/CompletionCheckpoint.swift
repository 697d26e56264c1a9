import Integration

/// All that a completion needs to go on where it was.
public struct CompletionCheckpoint: Codable, Sendable {
  /// Flow time of the state.
  public let time: Double
  let state: PackedNumbers
  let records: [CompletionRecord]
  /// Of all sessions.
  let work: Work
  let secondsUsed: Double
  /// What the stepper goes by beside time and state (`Stepper.memory` of Integration).
  let stepperMemory: PackedNumbers
  /// Steps on the plateau on which the run stands.
  let stepsAtRest: Int
  /// The flow times at which the run was resumed so far.
  let resumptions: [Double]
}

extension CompletionRun {
  /// Why this run cannot go on from a checkpoint: lengths, finiteness and order of what it holds; nil if it can.
  ///
  /// That the checkpoint is one of this run, and undamaged, is for the file to say; this is what would make the run trap or never end.
  ///
  /// - Parameter checkpoint: of this run, as far as is known.
  public func obstacle(to checkpoint: CompletionCheckpoint) -> String? {
    let time = checkpoint.time
    guard time >= 0, time < .infinity else { return "its time is \(time)" }
    let dimension = start.parameters.count
    guard checkpoint.state.values.count == dimension else {
      return "its state has \(checkpoint.state.values.count) entries, not \(dimension)"
    }
    guard checkpoint.state.values.allSatisfy(\.isFinite) else { return "its state is not finite" }
    // A year of the fastest machine is below both.
    guard checkpoint.secondsUsed >= 0, checkpoint.secondsUsed < 1e10 else {
      return "it has used \(checkpoint.secondsUsed) seconds"
    }
    let work = checkpoint.work
    guard
      [work.steps, work.evaluations, work.jacobianProducts, checkpoint.stepsAtRest].allSatisfy({
        (0..<1 << 53).contains($0)
      })
    else { return "its work is no count" }
    guard checkpoint.stepperMemory.values.allSatisfy(\.isFinite),
      checkpoint.resumptions.allSatisfy({ (0...time).contains($0) })
    else { return "its memory is not finite" }
    let times = checkpoint.records.map(\.time)
    guard times.first == 0, times.allSatisfy({ (0...time).contains($0) }),
      zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }),
      checkpoint.records.allSatisfy({ ($0.testError != nil) == (test != nil) })
    else { return "its records are not those of a run" }
    return nil
  }
}
