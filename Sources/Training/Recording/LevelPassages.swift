import Foundation
import Integration
import LinearAlgebra

/// When the loss passed the stationary levels, located by root finding: the times at which a run leaves its plateaus for good.
///
/// A run that differs by a few units of round-off alone passes them at the same times, unless round-off decides when, and whether, a plateau is left (``RoundOffCompanion``).
struct LevelPassages: Codable, Sendable {
  /// One for each of ``RunMeasures/watchedLevels``; nil where the start is below, or the run never came below.
  private(set) var times: [Double?]

  init(_ measures: RunMeasures) { times = measures.watchedLevels.map { _ in nil } }

  /// log(0.99 (L_N − min L_N)) of the levels that are watched. Only those below the start are passed.
  static func levels(_ measures: RunMeasures) -> [Double] {
    measures.levels.lowest(most + 1).map { passed * $0.gap }.filter { $0 > 0 && $0 < measures.initialGap }
      .map { log($0) }
  }

  /// How many of the lowest levels are watched: those that a run leaves last.
  private static let most = 16
  /// A level counts as passed where the loss is a hundredth below it, so that round-off on a plateau is no passage.
  private static let passed = 0.99

  /// log (L_N − min L_N) less that of each level: straight where the loss falls exponentially.
  static func write(_ W: EndToEndMeasure, _ measures: RunMeasures, into g: UnsafeMutablePointer<Double>) {
    let gap = log(max(W.gap, .leastNormalMagnitude))
    for (i, level) in measures.watchedLevels.enumerated() { g[i] = gap - level }
  }

  /// What passes through zero at those times.
  static func events(_ measures: RunMeasures) -> Events {
    guard measures.targetNorm > 0 else { return .none }
    return Events(count: measures.watchedLevels.count) { y, g in
      write(EndToEndMeasure(measures.flow.endToEnd(y), measures), measures, into: g)
    }
  }

  /// Whether any was passed.
  var hasAny: Bool { times.contains { $0 != nil } }

  /// Keeps the first passage of each.
  mutating func note(_ index: Int, at time: Double) { times[index] = times[index] ?? time }
}
