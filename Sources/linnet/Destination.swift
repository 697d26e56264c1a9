import Foundation

/// Where the results of a session go.
struct Destination {
  enum Place {
    /// `<stem>-<date>-<time>` in the current folder.
    case fresh
    case folder(String)
    case nowhere
  }

  var place: Place
  /// Whether the files of an existing folder may be replaced.
  var replacesFiles: Bool
  /// Whether standard output belongs to the result.
  var printsJSON: Bool

  /// Whether anything is written.
  var writesFiles: Bool {
    if case .nowhere = place { false } else { true }
  }

  /// Refuses before any work what ``folder(stem:)`` would refuse after it.
  func check() throws(OutputError) {
    if case .folder(let path) = place, !replacesFiles, FileManager.default.fileExists(atPath: path) {
      throw .exists(path: path)
    }
  }

  /// The folder, created; nil if nothing is written.
  func folder(stem: String) throws(OutputError) -> OutputFolder? {
    switch place {
    case .nowhere: nil
    case .fresh: try OutputFolder.create(nil, stem: stem, force: replacesFiles)
    case .folder(let path): try OutputFolder.create(path, stem: stem, force: replacesFiles)
    }
  }

  /// A line of the screen: on standard error where standard output belongs to the result.
  func say(_ line: String) { printsJSON ? Screen.standardError(line) : Screen.standardOutput(line) }
}
