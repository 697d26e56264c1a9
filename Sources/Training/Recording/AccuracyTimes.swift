import Foundation
import Integration
import LinearAlgebra

/// First times of ‖W − W*‖² ≤ ε ‖W*‖² for the accuracies ε, and of ‖W‖ ≤ √6 ‖W*‖ (τ of Theorem 4.4 for rank one), located by root finding.
struct AccuracyTimes: Codable, Sendable {
  /// One for each of ``TrainingOutcome/accuracies``, and the last for the size.
  private(set) var times: [Double?]

  /// The quantities that a run starts with need no passage.
  init(_ measures: RunMeasures) {
    times = AccuracyTimes.quantities(measures.run.reducedStart.endToEndMatrix, measures).map {
      $0 <= 0 ? 0 : nil
    }
  }

  /// What passes through zero at those times.
  static func events(_ measures: RunMeasures) -> Events {
    guard measures.targetNorm > 0 else { return .none }
    return Events(count: TrainingOutcome.accuracies.count + 1) { y, g in
      for (i, value) in quantities(measures.flow.endToEndMatrix(y), measures).enumerated() { g[i] = value }
    }
  }

  private static func quantities(_ W: Matrix, _ measures: RunMeasures) -> [Double] {
    // Logarithms keep the root finder's interpolation straight over many decades.
    let distance = log(max((W - measures.target).frobeniusNorm / measures.targetNorm, 1e-150))
    return TrainingOutcome.accuracies.map { 2 * distance - log($0) } + [
      log(max(W.frobeniusNorm / measures.targetNorm, 1e-150)) - 0.5 * log(6)
    ]
  }

  /// Keeps the time of an iterate for what it is the first to reach: between iterates there is no passage.
  mutating func note(_ W: Matrix, at time: Double, _ measures: RunMeasures) {
    guard measures.targetNorm > 0 else { return }
    let distance = (W - measures.target).frobeniusNorm / measures.targetNorm
    for (i, ε) in TrainingOutcome.accuracies.enumerated() where times[i] == nil && distance * distance <= ε {
      times[i] = time
    }
    let size = TrainingOutcome.accuracies.count
    if times[size] == nil, W.frobeniusNorm <= 6.0.squareRoot() * measures.targetNorm { times[size] = time }
  }

  /// Keeps the first passage of each.
  mutating func note(_ index: Int, at time: Double) { times[index] = times[index] ?? time }
}
