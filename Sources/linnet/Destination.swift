import Foundation
import RunFiles

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

  /// The folder of a run that can be resumed, with its description; nil if nothing is written.
  ///
  /// - Parameters:
  ///   - stem: of a name that is made.
  ///   - description: of the run.
  ///   - result: the name of its result.
  func folder(stem: String, for description: some Encodable, result: String) throws -> OutputFolder? {
    guard let folder = try folder(stem: stem) else { return nil }
    // With --force: what an earlier run left would be taken for this one's, should it be killed.
    for stale in [RunManifest.name, result] { unlink(folder.file(stale)) }
    CheckpointFile.remove(in: folder.path)
    do {
      try folder.write(json: description, to: "run.json")
    } catch {
      folder.discard()
      throw error
    }
    return folder
  }

  /// A line of the screen: on standard error where standard output belongs to the result.
  func say(_ line: String) { printsJSON ? Screen.standardError(line) : Screen.standardOutput(line) }
}
