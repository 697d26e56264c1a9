import ArgumentParser
import DataFormats
import Foundation
import LinearNetworks
import Theory
import Training

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a linear network by gradient flow: promise, run, verdict.",
    discussion: """
      Samples are rows. The result goes to a folder: run.json (repeats the run), result.json, trajectory.csv and .npz, \
      network.safetensors, and figures with their Vega-Lite specifications.

      Examples:
        linnet train diabetes.csv --targets progression --depth 3
        linnet train digits.csv --targets is_0,is_1 --depth 2 --rank 1
        linnet train --inputs X.npy --outputs Y.npy --prepare whiten --widths 8,3,8
        linnet train --target Z.csv --samples 50 --rank 1 --angle 30 --norm 10 \\
          --at 0,0.01,0.1 --json
        linnet train diabetes.csv --targets progression --method euler \\
          --step 1e-6 --time 0.1
        linnet train --repeat linnet-run-20260101-120000/run.json
        linnet train --resume linnet-run-20260101-120000
      """)

  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Network and start") var network: NetworkOptions
  @OptionGroup(title: "Run") var integration: RunOptions

  @Option(
    help: ArgumentHelp("Folder for the results. Default: linnet-run-<date>-<time>.", valueName: "folder"))
  var out: String?

  @Flag(help: "Replace the files of an existing folder.")
  var force = false

  @Flag(help: "Write no folder.")
  var noFiles = false

  @Flag(
    help: ArgumentHelp(
      "Run the other methods beside this one (closed form, reduced factors, all layers) and report their largest disagreement."
    ))
  var check = false

  @Flag(help: "Print the result as JSON on standard output.")
  var json = false

  @Option(help: ArgumentHelp("Repeat the run that a run.json describes.", valueName: "run.json"))
  var `repeat`: String?

  @Option(help: ArgumentHelp("Go on with an interrupted run in its folder.", valueName: "folder"))
  var resume: String?

  func validate() throws {
    if `repeat` != nil || resume != nil {
      guard data.files.isEmpty else {
        throw ValidationError(
          "--repeat and --resume take everything from the earlier run; leave out the data.")
      }
      guard `repeat` == nil || resume == nil else {
        throw ValidationError("Give --repeat or --resume, not both.")
      }
      if resume != nil, out != nil || noFiles {
        throw ValidationError("--resume goes on in the folder of the run; leave out --out and --no-files.")
      }
    } else {
      try data.requireData()
    }
    if noFiles, out != nil { throw ValidationError("Give --out or --no-files, not both.") }
  }

  func run() throws {
    let arguments = CommandArguments(CommandLine.arguments.dropFirst(2))
    if `repeat` != nil || resume != nil, let superfluous = arguments.ofTheRun.first {
      throw OutputError.notOfARepetition(argument: superfluous)
    }
    if let `repeat` {
      try again(`repeat`, folder: nil)
    } else if let resume {
      guard FileManager.default.fileExists(atPath: resume + "/run.json") else {
        throw DataError.notARun(path: resume, problem: "is not the folder of a run: it has no run.json.")
      }
      try again(resume + "/run.json", folder: resume)
    } else {
      try TrainingSession(command: self, arguments: arguments, resuming: nil).run()
    }
  }

  /// Parses the stored arguments again, where they were given, and runs them.
  private func again(_ description: String, folder: String?) throws {
    let stored = try JSON.decode(RunDescription.self, from: description)
    try stored.checkInputs()
    var command = try Train.parse(stored.arguments)
    let checkpoint = try folder.flatMap { folder -> Checkpoint? in
      let path = folder + "/checkpoint.json"
      if FileManager.default.fileExists(atPath: path) { return try JSON.decode(Checkpoint.self, from: path) }
      throw DataError.notARun(
        path: folder,
        problem: FileManager.default.fileExists(atPath: folder + "/result.json")
          ? "holds a finished run: there is nothing to resume. Its result is in result.json."
          : "holds no checkpoint: the run ended before the first one. "
            + "Start it again: linnet train --repeat \(description)")
    }
    // Output paths belong to this call, input paths to the one that is repeated.
    let manager = FileManager.default
    let here = manager.currentDirectoryPath
    let target = folder ?? out
    let name = target ?? OutputFolder.freshName(in: here, stem: "linnet-run")
    command.out = noFiles ? nil : name.hasPrefix("/") ? name : here + "/" + name
    command.noFiles = noFiles
    command.force = folder != nil || force
    command.json = json
    guard manager.changeCurrentDirectoryPath(stored.workingDirectory) else {
      throw DataError.notARun(
        path: description, problem: "refers to the folder \(stored.workingDirectory), which is gone.")
    }
    try TrainingSession(
      command: command, arguments: CommandArguments(stored.arguments), resuming: checkpoint
    ).run()
  }
}
