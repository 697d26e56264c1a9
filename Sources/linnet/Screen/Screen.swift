import Foundation

/// The two streams of a command.
enum Screen {
  static func standardError(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
  static func standardOutput(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

  /// Columns before the content of a labelled line, as `labelledLines` leaves them.
  static let indent = 15
}
