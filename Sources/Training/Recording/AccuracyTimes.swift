import Foundation
import Integration
import LinearAlgebra

/// First times of ‖W − W*‖² ≤ ε ‖W*‖² for the accuracies ε, and of ‖W‖ ≤ √6 ‖W*‖ (τ of Theorem 4.4 for rank one), located by root finding.
struct AccuracyTimes: Codable, Sendable {
  /// One for each of ``TrainingOutcome/accuracies``, and the last for the size.
  private(set) var times: [Double?]

  /// The quantities that a run starts with need no passage.
  init(_ measures: RunMeasures) {
    var quantities = [Double](repeating: 0, count: TrainingOutcome.accuracies.count + 1)
    AccuracyTimes.write(
      EndToEndMeasure(measures.run.reducedStart.factoredEndToEnd, measures), into: &quantities)
    times = quantities.map { $0 <= 0 ? 0 : nil }
  }

  /// How many there are.
  static var count: Int { logAccuracies.count + 1 }

  private static let logAccuracies = TrainingOutcome.accuracies.map { log($0) }

  /// What passes through zero at those times.
  static func write(_ W: EndToEndMeasure, into g: UnsafeMutablePointer<Double>) {
    // Logarithms keep the root finder's interpolation straight over many decades.
    let distance = log(max(W.distance, 1e-300))
    for (i, logarithm) in logAccuracies.enumerated() { g[i] = distance - logarithm }
    g[logAccuracies.count] = 0.5 * (log(max(W.size, 1e-300)) - log(6))
  }

  /// Keeps the time of an iterate for what it is the first to reach: between iterates there is no passage.
  mutating func note(_ iterate: EndToEndMeasure, at time: Double) {
    let size = TrainingOutcome.accuracies.count
    // Those that are reached stand before those that are not.
    if let first = times[..<size].firstIndex(where: { $0 == nil }) {
      for i in first..<size where iterate.distance <= TrainingOutcome.accuracies[i] { times[i] = time }
    }
    if times[size] == nil, iterate.size <= 6 { times[size] = time }
  }

  /// Keeps the first passage of each.
  mutating func note(_ index: Int, at time: Double) { times[index] = times[index] ?? time }
}
