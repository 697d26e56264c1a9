import Samples
import Training

/// `result.json`: promise, run and verdict, and how the columns of a table became numbers.
public struct RunResult: Encodable {
  private let report: TrainingReport
  private let coding: TableCoding?

  /// - Parameters:
  ///   - report: promise, run and verdict.
  ///   - coding: how the columns of the table became numbers; nil where they are numbers as they stand.
  public init(_ report: TrainingReport, coding: TableCoding?) {
    (self.report, self.coding) = (report, coding)
  }

  private enum Key: String, CodingKey { case coding }

  public func encode(to encoder: any Encoder) throws {
    try report.encode(to: encoder)
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(coding, forKey: .coding)
  }
}
