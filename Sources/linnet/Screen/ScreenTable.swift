/// Columns of text for the screen: words to the left, numbers to the right.
struct ScreenTable {
  let header: [String]
  /// Columns of words.
  var leftAligned: Set<Int> = [0]
  var rows: [[String]] = []

  /// The lines, indented like the content of a label, the label before the first.
  func lines(label: String = "") -> [String] {
    let all = [header] + rows
    let widths = header.indices.map { j in all.map { $0[j].count }.max()! }
    return all.enumerated().map { i, row in
      let cells = row.enumerated().map { j, cell in
        let space = String(repeating: " ", count: widths[j] - cell.count)
        return leftAligned.contains(j) ? cell + space : space + cell
      }
      let margin = (i == 0 ? label : "").padding(toLength: Screen.indent, withPad: " ", startingAt: 0)
      var line = margin + cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
