import Foundation
import Prose
import Verification

/// The table of statements on the screen.
struct VerifyTable {
  private let nameWidth = (Claim.all.map(\.id.count).max() ?? 0) + 1

  /// The words over the columns.
  var heading: String {
    Self.padded("statement", nameWidth)
      + Self.columns(["tried", "margin", "round-off", "violated", "mutants"])
      + "  verdict"
  }

  /// A statement, and a line for each hypothesis that was left out.
  func lines(_ report: ClaimReport) -> [String] {
    let caught = report.mutations.count(where: \.isCaught)
    let numbers = [
      "\(report.instances)", report.worst.map { number($0.margin, digits: 2) } ?? "–",
      report.worst.map { number($0.comparison.roundOff, digits: 2) } ?? "–", "\(report.violations)",
      report.mutations.isEmpty ? "–" : "\(caught)/\(report.mutations.count)",
    ]
    var lines = [
      Self.padded(report.id, nameWidth) + Self.columns(numbers)
        + "  \(report.verdict.inWords), \(duration(report.seconds))"
    ]
    for dropped in report.dropped where dropped.tried > 0 {
      lines.append(
        "  without \(dropped.hypothesis): fails in \(dropped.failed) of \(dropped.tried)")
    }
    if case .fails(let correction) = report.expectation { lines.append("  correction: \(correction)") }
    return lines
  }

  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func columns(_ cells: [String]) -> String {
    cells.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined()
  }
}

extension ClaimReport.Verdict {
  /// For a person.
  var inWords: String {
    switch self {
    case .holds: "holds"
    case .failsAsExpected: "fails as expected"
    case .violated: "VIOLATED"
    case .unexpectedlyHolds: "UNEXPECTEDLY HOLDS"
    case .unfinished: "not finished"
    }
  }
}
