import Foundation
import Prose
import RunFiles

/// `run.json` of a completion: what was asked for, from which it goes on.
struct CompletionDescription: Codable {
  let program: String
  let version: String
  /// Whose run it is.
  let command: String
  /// What followed `linnet complete`.
  let arguments: [String]
  /// Where relative paths among the arguments begin.
  let workingDirectory: String
  /// The file of the entries.
  let inputs: [RunDescription.Input]

  static let command = "complete"

  /// That of a completion in the current folder.
  init(arguments: [String], file: String) throws {
    let here = FileManager.default.currentDirectoryPath
    (program, version, command) = ("linnet", programVersion, Self.command)
    (self.arguments, workingDirectory) = (arguments, here)
    inputs = [try RunDescription.Input(file.hasPrefix("/") ? file : here + "/" + file)]
  }

  /// That in a folder.
  ///
  /// - Throws: `RunFileError` where there is none, or another command's; `changedInput` where its file is not what it was.
  init(in folder: String) throws {
    let file = folder + "/run.json"
    guard FileManager.default.fileExists(atPath: file) else {
      throw RunFileError.missing(folder: folder, file: "run.json")
    }
    try RunDescription.check(file, isOf: Self.command)
    self = try CanonicalJSON.decode(CompletionDescription.self, from: file)
    try RunDescription.check(inputs)
  }
}
