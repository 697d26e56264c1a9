import ArgumentParser
import Completion
import Foundation
import RunFiles

struct CompleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "complete",
    abstract: "Complete a matrix of which some entries are observed, by the flow of a deep factorisation.",
    discussion: """
      The loss is ½ Σ (W_ij − Z_ij)² over the observed entries alone, W = W_N ⋯ W_1. Depth and a small start decide which of all \
      matrices that fit is found. The file is a matrix with empty cells, or lines row,column,value below that header.

      The result goes to a folder: run.json (from which an interrupted run goes on), completion.json, completed.csv, \
      network.safetensors, and figures.

      Examples:
        linnet complete Z.csv --depth 3 --norm 1e-3
        linnet complete ratings.csv --entries --depth 2 --test 0.1 --rank 10
        linnet complete --resume linnet-completion-20260101-120000
      """)

  @Argument(help: ArgumentHelp("The observed entries, a text file.", valueName: "file"))
  var file: String?

  @Flag(help: "Every line is an entry row,column,value, although no header says so.")
  var entries = false

  @Option(parsing: .unconditional, help: ArgumentHelp("Number of layers N ≥ 1.", valueName: "N"))
  var depth = 3

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Width of every hidden layer. Default: the smaller of rows and columns.", valueName: "r"))
  var rank: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Size of the balanced start, ‖W_0‖ relative to the observed entries'.", valueName: "ratio"))
  var norm = 1e-3

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the start and of --test.", valueName: "seed"))
  var seed: UInt64 = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Hold out this share of the entries and say how well they are predicted.", valueName: "share"))
  var test: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Run to this flow time. Default: until the entries are fitted, or the flow stands still.",
      valueName: "T"))
  var time: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Residual of the observed entries, relative, that ends the run.", valueName: "ratio"))
  var residual = 1e-8

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Relative accuracy of the steps.", valueName: "tolerance"))
  var tolerance = 1e-8

  @Option(help: ArgumentHelp("cvode (stiff) or erk (not stiff).", valueName: "method"))
  var method: CompletionOptions.Method = .cvode

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Give up after this many seconds of wall clock.", valueName: "seconds"))
  var maxSeconds = 600.0

  @Flag(help: "Do not look for the completion of least nuclear norm, with which the flow's is compared.")
  var noNuclearNorm = false

  @Option(help: ArgumentHelp("Go on with an interrupted completion in its folder.", valueName: "folder"))
  var resume: String?

  @OptionGroup(title: "Results") var results: ResultOptions

  func validate() throws {
    if resume != nil {
      if file != nil {
        throw ValidationError("--resume takes everything from the earlier run; leave out the file.")
      }
      if results.out != nil || results.noFiles {
        throw ValidationError("--resume goes on in the folder of the run; leave out --out and --no-files.")
      }
    } else if file == nil {
      throw ValidationError("Name the file of the observed entries, or an earlier run by --resume.")
    }
    if depth < 1 || depth > 100 { throw ValidationError("--depth must lie between 1 and 100, not \(depth).") }
    if let rank, rank < 1 { throw ValidationError("--rank must be at least 1, not \(rank).") }
    if !(norm > 0 && norm <= 1e6) { throw ValidationError("--norm must be positive, not \(norm).") }
    if let test, !(test > 0 && test < 1) {
      throw ValidationError("--test is a share of the entries, between 0 and 1: \(test) is not.")
    }
    if let time, !(time > 0 && time.isFinite) {
      throw ValidationError("--time must be positive, not \(time).")
    }
    if !(residual > 0 && residual < 1) {
      throw ValidationError("--residual lies between 0 and 1, which \(residual) does not.")
    }
    if !(tolerance >= 1e-13 && tolerance <= 1e-2) {
      throw ValidationError("--tolerance must lie between 1e-13 and 1e-2, not \(tolerance).")
    }
    if !(maxSeconds > 0) { throw ValidationError("--max-seconds must be positive, not \(maxSeconds).") }
  }

  func run() throws {
    let arguments = CommandArguments(CommandLine.arguments.dropFirst(2)).ofTheRun
    guard let resume else {
      return try session(file!, arguments, results.destination, .fresh).run()
    }
    if let superfluous = arguments.first { throw OutputError.notOfARepetition(argument: superfluous) }
    let stored = try CompletionDescription(in: resume)
    try OutputFolder.lock(resume)
    let found = try Self.checkpoint(in: resume)
    let here = FileManager.default.currentDirectoryPath
    let destination = Destination(
      place: .folder(resume.hasPrefix("/") ? resume : here + "/" + resume), replacesFiles: true,
      printsJSON: results.json)
    let command = try CompleteCommand.parse(stored.arguments)
    guard let file = command.file else { throw RunFileError.damaged(file: resume + "/run.json") }
    guard FileManager.default.changeCurrentDirectoryPath(stored.workingDirectory) else {
      throw RunFileError.goneFolder(run: resume + "/run.json", folder: stored.workingDirectory)
    }
    try command.session(file, stored.arguments, destination, .resumed(found)).run()
  }

  /// The values of a completion.
  private func session(
    _ file: String, _ arguments: [String], _ destination: Destination,
    _ beginning: SessionBeginning<CompletionCheckpoint>
  ) -> CompletionSession {
    var options = CompletionOptions()
    (options.method, options.tolerance, options.finalTime) = (method, tolerance, time)
    (options.residual, options.maximumSeconds) = (residual, maxSeconds)
    return CompletionSession(
      file: file, isList: entries, depth: depth, rank: rank, norm: norm, seed: seed, test: test,
      options: options, comparesNuclearNorm: !noNuclearNorm, destination: destination, arguments: arguments,
      beginning: beginning)
  }

  /// Where the completion in a folder goes on; nil for the start.
  ///
  /// - Throws: `RunFileError` if it has ended and its folder is whole, or no checkpoint is sound.
  private static func checkpoint(in folder: String) throws -> CheckpointFile.Found<CompletionCheckpoint>? {
    if let found = try CheckpointFile.read(CompletionCheckpoint.self, in: folder) { return found }
    if let manifest = RunManifest(in: folder), manifest.changes(in: folder).isEmpty {
      throw RunFileError.finished(folder: folder, result: "completion.json")
    }
    return nil
  }
}

extension CompletionOptions.Method: ExpressibleByArgument {}
