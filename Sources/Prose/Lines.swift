/// A label of `indent` columns and the content, continued on lines of at most `width` columns.
///
/// No-break spaces keep words together, and runs of blanks, by which tables are aligned, are kept.
///
/// - Parameter source: the equation or theorem that the content comes from, named at its end in brackets that are not broken.
package func labelledLines(
  _ label: String, _ content: String, source: String = "", indent: Int = 15, width: Int = 110
) -> [String] {
  let content =
    source.isEmpty ? content : "\(content)   [\(source.replacing(" ", with: "\u{a0}"))]"
  var lines = [label + String(repeating: " ", count: max(0, indent - label.count))]
  var isFirst = true
  for word in content.split(separator: " ", omittingEmptySubsequences: false) {
    let last = lines.count - 1
    if !isFirst, lines[last].count + 1 + word.count > width {
      lines.append(String(repeating: " ", count: indent) + word)
    } else {
      lines[last] += (isFirst ? "" : " ") + word
    }
    isFirst = false
  }
  // A wrapped line leaves blanks at its end.
  return lines.map { line in
    var line = String(line.map { $0 == "\u{a0}" ? " " : $0 })
    while line.last == " " { line.removeLast() }
    return line
  }
}
