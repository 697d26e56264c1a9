import Foundation

/// What a person reads: numbers in a few digits, progress on one line, and errors.
enum Screen {
  static func standardError(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
  static func standardOutput(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

  /// `digits` significant digits.
  static func number(_ x: Double, digits: Int = 4) -> String {
    if x == 0 { return "0" }
    let text = String(format: "%.\(digits)g", x)
    return text
  }

  /// "1 input", "2 inputs".
  static func count(_ n: Int, _ noun: String) -> String { "\(n) \(noun)\(n == 1 ? "" : "s")" }

  static func label(_ name: String, _ content: String) -> String {
    name.padding(toLength: 15, withPad: " ", startingAt: 0) + content
  }

  static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<0.001: "\(number(seconds * 1e6, digits: 2)) µs"
    case ..<1: "\(number(seconds * 1e3, digits: 3)) ms"
    case ..<120: "\(number(seconds, digits: 3)) s"
    case ..<7200: "\(Int(seconds / 60)) min"
    default: "\(Int(seconds / 3600)) h \(Int(seconds / 60) % 60) min"
    }
  }
}

/// A line on standard error that follows a long operation: rewritten in place on a terminal, repeated every ten seconds elsewhere.
final class ProgressLine {
  private let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
  private let begun = Date()
  private var lastPrinted = Date.distantPast
  private var isShown = false

  /// Nothing is shown in the first second.
  func show(_ text: @autoclosure () -> String) {
    let now = Date()
    guard now.timeIntervalSince(begun) > 1, now.timeIntervalSince(lastPrinted) > (isTerminal ? 0.2 : 10) else { return }
    lastPrinted = now
    if isTerminal {
      FileHandle.standardError.write(Data(("\r\u{1B}[2K" + text()).utf8))
      isShown = true
    } else {
      Screen.standardError(text())
    }
  }

  func clear() {
    if isShown { FileHandle.standardError.write(Data("\r\u{1B}[2K".utf8)) }
    isShown = false
  }
}
