import LinearAlgebra
import LinearNetworks

/// How far independent ways to the same trajectory agree: closed form, all layers, reduced factors.
public struct Agreement: Codable, Sendable, Equatable {
  /// One way beside the first.
  public struct Comparison: Codable, Sendable, Equatable {
    /// What was run, with its number of unknowns.
    public let name: String
    /// max_t ‖W(t) − W̃(t)‖_F / ‖W(t)‖_F.
    public let relativeDifference: Double
    /// The time of the maximum.
    public let time: Double
  }

  /// What the others are compared with: the closed form where there is one.
  public let reference: String
  public let comparisons: [Comparison]
  /// Times compared.
  public let times: Int

  /// The largest disagreement.
  public var largest: Double { comparisons.reduce(0) { max($0, $1.relativeDifference) } }
}

extension TrainingRun {
  /// Runs every way that applies to time T beside each other: the closed form or explicit steps, if the run used them, and the implicit method on the reduced factors and on all layers.
  ///
  /// - Parameters:
  ///   - T: the final time, positive.
  ///   - callbacks: progress and interruption of each way.
  /// - Returns: nil if a way failed or was interrupted.
  public func checkAgreement(until T: Double, callbacks: TrainingCallbacks = .init()) -> Agreement? {
    let times = OutputGrid.times(until: T).enumerated().filter { $0.offset % 4 == 0 }.map(\.element)
    var ways: [(method: TrainingOptions.Method, formulation: TrainingOptions.Formulation)] = [
      (.cvode, .factors)
    ]
    // Explicit steps only where the run found them affordable.
    if method.method == .erk || method.method == .exact { ways.insert((method.method, .factors), at: 0) }
    let isReduced = reduction.widths != start.widths
    if isReduced { ways.append((.cvode, .layers)) }
    if ways.count == 1 { ways.append((.erk, .factors)) }

    var trajectories: [(name: String, states: [(time: Double, endToEnd: Matrix)])] = []
    for way in ways {
      var options = options
      (options.method, options.formulation, options.flow) = (way.method, way.formulation, .layers)
      (options.finalTime, options.outputTimes, options.estimatesAccuracy) = (T, times, false)
      let run = TrainingRun(problem: problem, start: start, options: options)
      let outcome = run.run(callbacks: callbacks)
      guard outcome.ending == .reachedFinalTime else { return nil }
      let unknowns = way.formulation == .factors ? "\(run.unknowns) factors" : "\(run.unknowns) weights"
      trajectories.append(("\(way.method.rawValue), \(unknowns)", outcome.states))
    }
    let first = trajectories[0]
    let comparisons = trajectories.dropFirst().map { other in
      let worst = zip(first.states, other.states).map { a, b in
        (
          time: a.time,
          difference: (a.endToEnd - b.endToEnd).frobeniusNorm
            / max(a.endToEnd.frobeniusNorm, .leastNormalMagnitude)
        )
      }.max { $0.difference < $1.difference }!
      return Agreement.Comparison(name: other.name, relativeDifference: worst.difference, time: worst.time)
    }
    return Agreement(reference: first.name, comparisons: comparisons, times: times.count)
  }
}
