import Foundation

/// A line on standard error that follows a long operation: rewritten in place on a terminal, repeated every ten seconds
/// elsewhere.
final class ProgressLine {
  private let descriptor = FileHandle.standardError.fileDescriptor
  private let isTerminal: Bool
  private let begun = Date()
  private var lastPrinted = Date.distantPast
  private var isShown = false

  init() { isTerminal = isatty(descriptor) == 1 }

  /// Nothing is shown in the first second.
  func show(_ text: @autoclosure () -> String) {
    let now = Date()
    guard CurrentTeam.speaks, now.timeIntervalSince(begun) > 1,
      now.timeIntervalSince(lastPrinted) > (isTerminal ? 0.2 : 10)
    else {
      return
    }
    lastPrinted = now
    if isTerminal {
      // A line that the terminal breaks could not be taken back.
      Screen.standardError(Data(("\r\u{1B}[2K" + text().prefix(columns - 1)).utf8))
      isShown = true
    } else {
      Screen.standardError(text())
    }
  }

  func clear() {
    if isShown { Screen.standardError(Data("\r\u{1B}[2K".utf8)) }
    isShown = false
  }

  private var columns: Int {
    var size = winsize()
    let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1
    return isKnown ? Int(size.ws_col) : 80
  }
}
