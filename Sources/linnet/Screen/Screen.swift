import Foundation

/// What a person reads: labelled lines, and numbers in a few digits.
enum Screen {
  static func standardError(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
  static func standardOutput(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

  /// Columns of a line, and of the label before its content.
  static let width = 110
  static let indent = 15

  /// A label and its content, continued on indented lines where it does not fit on one.
  ///
  /// - Parameter equation: named at the end in brackets, which are not broken.
  static func labelled(_ label: String, _ content: String, equation: String = "") -> [String] {
    var words = content.split(separator: " ").map(String.init)
    if !equation.isEmpty { words.append("  [\(equation)]") }
    var lines = [label.padding(toLength: indent, withPad: " ", startingAt: 0)]
    var isFirstOnLine = true
    for word in words {
      let last = lines.count - 1
      if !isFirstOnLine, lines[last].count + 1 + word.count > width {
        lines.append(String(repeating: " ", count: indent) + word.drop { $0 == " " })
      } else {
        lines[last] += (isFirstOnLine ? "" : " ") + word
      }
      isFirstOnLine = false
    }
    return lines
  }

  /// `digits` significant digits.
  static func number(_ x: Double, digits: Int = 4) -> String {
    x == 0 ? "0" : String(format: "%.\(digits)g", x)
  }

  /// "1 input", "2 inputs".
  static func count(_ n: Int, _ noun: String) -> String { "\(n) \(noun)\(n == 1 ? "" : "s")" }

  /// "10–4–4–1".
  static func widths(_ widths: [Int]) -> String { widths.map(String.init).joined(separator: "–") }

  static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<0.001: String(format: "%.0f µs", seconds * 1e6)
    case ..<1: "\(number(seconds * 1e3, digits: 3)) ms"
    case ..<120: "\(number(seconds, digits: 3)) s"
    case ..<7200: "\(Int(seconds / 60)) min"
    default: "\(Int(seconds / 3600)) h \(Int(seconds / 60) % 60) min"
    }
  }
}
