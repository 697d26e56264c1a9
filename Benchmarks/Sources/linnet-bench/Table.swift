import Foundation

/// A table for the screen and, as Markdown, for the results file.
struct Table {
  let title: String
  /// What is measured, and against what.
  let explanation: String
  let columns: [String]
  var rows: [[String]] = []

  var markdown: String {
    let widths = columns.indices.map { j in ([columns] + rows).map { $0[j].count }.max()! }
    func line(_ cells: [String]) -> String {
      "| "
        + zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(
          separator: " | ") + " |"
    }
    let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
    return (["## \(title)", "", explanation, "", line(columns), rule] + rows.map(line)).joined(
      separator: "\n") + "\n"
  }
}

/// Three significant digits.
func short(_ x: Double) -> String {
  guard x.isFinite, x != 0 else { return "\(x)" }
  if x.magnitude < 1e-3 || x.magnitude >= 1e5 { return String(format: "%.1e", x) }
  let decimals = max(0, 2 - Int(log10(x.magnitude).rounded(.down)))
  return String(format: "%.\(decimals)f", x)
}

/// A time in the unit that suits it.
func duration(_ seconds: Double) -> String {
  switch seconds {
  case ..<1e-3: short(seconds * 1e6) + " µs"
  case ..<1: short(seconds * 1e3) + " ms"
  default: short(seconds) + " s"
  }
}
