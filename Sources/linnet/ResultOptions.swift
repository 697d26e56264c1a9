import ArgumentParser
import Foundation

/// Where the results of a command go.
struct ResultOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder for the results. Default: linnet-<command>-<date>-<time>.", valueName: "folder"))
  var out: String?

  @Flag(help: "Replace the files of an existing folder.")
  var force = false

  @Flag(help: "Write no folder.")
  var noFiles = false

  @Flag(help: "Print the result as JSON on standard output.")
  var json = false

  func validate() throws {
    if noFiles, out != nil { throw ValidationError("Give --out or --no-files, not both.") }
  }

  /// Refuses before any work what ``folder(stem:)`` would refuse after it.
  func checkFolder() throws(OutputError) {
    if let out, !noFiles, !force, FileManager.default.fileExists(atPath: out) { throw .exists(path: out) }
  }

  /// The folder, created; nil for --no-files.
  func folder(stem: String) throws -> OutputFolder? {
    noFiles ? nil : try OutputFolder.create(out, stem: stem, force: force)
  }

  /// With --json standard output belongs to the result.
  func say(_ line: String) { json ? Screen.standardError(line) : Screen.standardOutput(line) }
}
