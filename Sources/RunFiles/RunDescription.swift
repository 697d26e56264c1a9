import DataFormats
import Training

/// `run.json`: enough to repeat a run exactly.
public struct RunDescription: Codable, Sendable {
  /// A file that was read.
  public struct Input: Codable, Sendable {
    /// Where it was, from the root.
    public let path: String
    /// What it was.
    public let fingerprint: FileFingerprint

    /// The file at a path as it is now.
    ///
    /// - Throws: `DataFormatError`.
    public init(_ path: String) throws(DataFormatError) {
      self.path = path
      fingerprint = try FileFingerprint(of: path)
    }
  }

  /// The program that ran.
  public let program: String
  /// Its version.
  public let version: String
  /// The arguments after `linnet train`.
  public let arguments: [String]
  /// Where relative paths among the arguments begin.
  public let workingDirectory: String
  /// The files that were read.
  public let inputs: [Input]
  /// The seed of everything random.
  public let seed: UInt64
  /// Options with their defaults filled in.
  public let options: TrainingOptions
  /// d_0, …, d_N.
  public let widths: [Int]
  /// The start in words.
  public let start: String
  /// The data in words.
  public let data: String

  /// The description of a run of this program.
  ///
  /// - Parameters:
  ///   - arguments: what followed `linnet train`.
  ///   - workingDirectory: where relative paths among them begin.
  ///   - inputs: the files that were read.
  ///   - seed: of everything random.
  ///   - options: with their defaults filled in.
  ///   - widths: d_0, …, d_N.
  ///   - start: in words.
  ///   - data: in words.
  public init(
    arguments: [String], workingDirectory: String, inputs: [Input], seed: UInt64, options: TrainingOptions,
    widths: [Int], start: String, data: String
  ) {
    (program, version) = ("linnet", programVersion)
    (self.arguments, self.workingDirectory, self.inputs) = (arguments, workingDirectory, inputs)
    (self.seed, self.options, self.widths) = (seed, options, widths)
    (self.start, self.data) = (start, data)
  }

  /// Checks that every file is what it was.
  ///
  /// - Throws: ``RunFileError/changedInput(file:)``, `DataFormatError`.
  public func checkInputs() throws { try Self.check(inputs) }

  /// The same of the files of any run.
  package static func check(_ inputs: [Input]) throws {
    for input in inputs where try FileFingerprint(of: input.path) != input.fingerprint {
      throw RunFileError.changedInput(file: input.path)
    }
  }
}

extension RunDescription {
  /// Checks that a `run.json` is that of a command: its `command`, which is `train` where none is named.
  ///
  /// - Throws: ``RunFileError/otherCommand(file:command:expected:)``; a file that is no JSON is for others to refuse.
  package static func check(_ file: String, isOf expected: String) throws(RunFileError) {
    struct Kind: Decodable { let command: String? }
    guard let kind = try? CanonicalJSON.decode(Kind.self, from: file) else { return }
    let command = kind.command ?? "train"
    if command != expected { throw .otherCommand(file: file, command: command, expected: expected) }
  }
}
