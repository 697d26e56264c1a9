import ArgumentParser
import Foundation
import RunFiles
import Training

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a linear network by gradient flow or descent: promise, run, verdict.",
    discussion: """
      Samples are rows. The result goes to a folder: run.json (repeats the run), result.json, trajectory.csv and .npz, \
      network.safetensors, and figures with their Vega-Lite specifications.

      Examples:
        linnet train diabetes.csv --targets progression --depth 3
        linnet train digits.csv --targets 'is_*' --depth 2 --rank 1
        linnet train --inputs X.npy --outputs Y.npy --prepare whiten --widths 8,3,8
        linnet train --target Z.csv --samples 50 --rank 1 --angle 30 --norm 10 \\
          --at 0,0.01,0.1 --json
        linnet train diabetes.csv --targets progression --method euler \\
          --step 1e-6 --time 0.1
        linnet train digits.csv --targets 'is_*' --test 0.2 --start small \\
          --record modes,effective-rank --events half-rise
        linnet train diabetes.csv --targets progression --descent auto
        linnet train --repeat linnet-run-20260101-120000/run.json
        linnet train --resume linnet-run-20260101-120000
      """)

  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Network and start") var network: NetworkOptions
  @OptionGroup(title: "Run") var integration: RunOptions

  @OptionGroup(title: "What is recorded") var recording: RecordOptions

  @OptionGroup(title: "Results") var results: ResultOptions

  @Flag(
    help: ArgumentHelp(
      "Run the other methods beside this one (closed form, reduced factors, all layers) and report their largest disagreement."
    ))
  var check = false

  @Flag(help: "Say of every theorem what it says here, or why it is silent.")
  var verbose = false

  @Option(help: ArgumentHelp("Repeat the run that a run.json describes.", valueName: "run.json"))
  var `repeat`: String?

  @Option(help: ArgumentHelp("Go on with an interrupted run in its folder.", valueName: "folder"))
  var resume: String?

  func validate() throws {
    if `repeat` != nil || resume != nil {
      guard !data.isGiven else {
        throw ValidationError(
          "--repeat and --resume take everything from the earlier run; leave out the data.")
      }
      guard `repeat` == nil || resume == nil else {
        throw ValidationError("Give --repeat or --resume, not both.")
      }
      if resume != nil, results.out != nil || results.noFiles {
        throw ValidationError("--resume goes on in the folder of the run; leave out --out and --no-files.")
      }
    } else {
      try data.requireData()
    }
    try network.file.check(data)
  }

  func run() throws {
    let arguments = CommandArguments(CommandLine.arguments.dropFirst(2))
    if `repeat` != nil || resume != nil, let superfluous = arguments.ofTheRun.first {
      throw OutputError.notOfARepetition(argument: superfluous)
    }
    if let file = `repeat` ?? resume.map({ $0 + "/run.json" }) {
      try RunDescription.check(file, isOf: "train")
    }
    if let `repeat` {
      let stored = try CanonicalJSON.decode(RunDescription.self, from: `repeat`)
      try again(stored, named: `repeat`, to: results.destination, .fresh)
    } else if let resume {
      guard FileManager.default.fileExists(atPath: resume + "/run.json") else {
        throw RunFileError.missing(folder: resume, file: "run.json")
      }
      let file = resume + "/run.json"
      try OutputFolder.lock(resume)
      let stored = try CanonicalJSON.decode(RunDescription.self, from: file)
      let destination = Destination(
        place: .folder(resume), replacesFiles: true, printsJSON: results.json)
      try again(stored, named: file, to: destination, .resumed(try Self.checkpoint(in: resume)))
    } else {
      try session(arguments: arguments.ofTheRun, destination: results.destination, detail, .fresh).run()
    }
  }

  /// How much is said is a choice of this call, as the place of the results is.
  private var detail: TrainingScreen.Detail { verbose ? .full : .brief }

  /// The values of a run.
  private func session(
    arguments: [String], destination: Destination, _ detail: TrainingScreen.Detail,
    _ beginning: SessionBeginning<Checkpoint>
  ) throws -> TrainingSession {
    let start = try network.request(data.text.format)
    return TrainingSession(
      data: try data.request(hasConstantInput: start.hasConstantInput), start: start,
      options: try integration.trainingOptions(data.text.format, seed: network.seed),
      repetitions: integration.batch == nil ? 1 : integration.repetitions ?? 10,
      recording: try recording.request(seed: start.seed), timesFile: integration.timesFile,
      drawsFigures: !recording.noFigures, comparesMethods: check, destination: destination,
      detail: detail, arguments: arguments, beginning: beginning)
  }

  /// Parses the stored arguments again, where they were given, and runs them.
  private func again(
    _ stored: RunDescription, named file: String, to destination: Destination,
    _ beginning: SessionBeginning<Checkpoint>
  ) throws {
    try stored.checkInputs()
    let command = try Train.parse(stored.arguments)
    // Output paths belong to this call, input paths to the one that is repeated.
    let here = FileManager.default.currentDirectoryPath
    var destination = destination
    switch destination.place {
    case .nowhere: break
    case .fresh:
      destination.place = .folder(here + "/" + OutputFolder.freshName(in: here, stem: TrainingSession.stem))
    case .folder(let name): destination.place = .folder(name.hasPrefix("/") ? name : here + "/" + name)
    }
    guard FileManager.default.changeCurrentDirectoryPath(stored.workingDirectory) else {
      throw RunFileError.goneFolder(run: file, folder: stored.workingDirectory)
    }
    try command.session(
      arguments: CommandArguments(stored.arguments).ofTheRun, destination: destination, detail, beginning
    ).run()
  }

  /// Where the run in a folder goes on; nil for the start.
  ///
  /// - Throws: `RunFileError` if the run has ended and its folder is whole, or no checkpoint is sound.
  private static func checkpoint(in folder: String) throws -> CheckpointFile.Found<Checkpoint>? {
    if let found = try CheckpointFile.read(in: folder) { return found }
    if let manifest = RunManifest(in: folder), manifest.changes(in: folder).isEmpty {
      throw RunFileError.finished(folder: folder)
    }
    return nil
  }
}
