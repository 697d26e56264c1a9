import DataFormats
import Foundation
import Training

/// `run.json`: enough to repeat a run exactly.
struct RunDescription: Codable {
  struct Input: Codable {
    let path: String
    let fingerprint: FileFingerprint
  }

  let program: String
  let version: String
  /// The arguments after `linnet train`.
  let arguments: [String]
  /// Where relative paths among the arguments begin.
  let workingDirectory: String
  let inputs: [Input]
  let seed: UInt64
  /// Options with their defaults filled in.
  let options: TrainingOptions
  let widths: [Int]
  let start: String
  let data: String

  /// - Throws: `DataError.changedInput` if a file is not what it was.
  func checkInputs() throws {
    for input in inputs where try FileFingerprint(of: input.path) != input.fingerprint {
      throw DataError.changedInput(file: input.path)
    }
  }
}
