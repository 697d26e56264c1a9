import LinearNetworks
import Prose

/// The loss on held-out rows along a run, and where to stop for its sake.
public struct HeldOutSummary: Codable, Sendable, Equatable {
  /// Where the rows come from: a file, or a share of the rows.
  public let source: String
  /// How many there are.
  public let rows: Int
  /// ½‖Y − WX‖² over them at the end of the run.
  public let finalLoss: Double
  /// The least along the run.
  public let leastLoss: Double
  /// When it is the least; null where it is so at the end, to within a millionth: then nothing is gained by an earlier stop.
  @ExplicitNull public private(set) var leastTime: Double?

  /// By how much the loss must rise from its minimum to the end to count (tuned: above what the accuracy of a run leaves).
  static let rise = 1e-6

  /// The summary of a run that recorded ``TestLoss``.
  ///
  /// - Parameters:
  ///   - outcome: of the run.
  ///   - source: where the rows come from.
  ///   - rows: how many there are.
  /// - Returns: nil if the run did not record it.
  public init?(_ outcome: TrainingOutcome, source: String, rows: Int) {
    guard let last = outcome.records.last?.others[TestLoss.column],
      let least = outcome.least(TestLoss.column)
    else { return nil }
    (self.source, self.rows, finalLoss) = (source, rows, last)
    let isEarlier = least.value < last - Self.rise * last.magnitude
    leastLoss = isEarlier ? least.value : min(last, least.value)
    leastTime = isEarlier ? least.time : nil
  }
}
