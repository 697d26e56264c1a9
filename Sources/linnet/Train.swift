import ArgumentParser
import Certificates
import DataFormats
import Foundation
import LinearNetworks
import Training

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a linear network by gradient flow: promise, run, verdict.",
    discussion: """
      Samples are rows. The result goes to a folder: run.json (repeats the run), result.json, trajectory.csv and .npz, \
      network.safetensors, and figures with their Vega-Lite specifications.

      Examples:
        linnet train diabetes.csv --targets progression --depth 3
        linnet train digits.csv --targets is_0,is_1 --prepare center --depth 2 --rank 1
        linnet train --inputs X.npy --outputs Y.npy --prepare whiten --widths 8,3,8
        linnet train --target Z.csv --samples 50 --rank 1 --angle 30 --norm 10 --at 0,0.01,0.1 --json
        linnet train diabetes.csv --targets progression --method euler --step 1e-6 --time 0.1
        linnet train --repeat linnet-run-20260101-120000/run.json
        linnet train --resume linnet-run-20260101-120000
      """)

  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Network and start") var network: NetworkOptions
  @OptionGroup(title: "Run") var integration: RunOptions

  @Option(help: ArgumentHelp("Folder for the results. Default: linnet-run-<date>-<time>.", valueName: "folder"))
  var out: String?

  @Flag(help: "Replace the files of an existing folder.")
  var force = false

  @Flag(help: "Write no folder.")
  var noFiles = false

  @Flag(help: "Print the result as JSON on standard output.")
  var json = false

  @Option(help: ArgumentHelp("Repeat the run that a run.json describes.", valueName: "run.json"))
  var `repeat`: String?

  @Option(help: ArgumentHelp("Go on with an interrupted run in its folder.", valueName: "folder"))
  var resume: String?

  func validate() throws {
    if `repeat` != nil || resume != nil {
      guard data.files.isEmpty, `repeat` == nil || resume == nil else {
        throw ValidationError("--repeat and --resume take everything from the earlier run; leave out the data.")
      }
    } else {
      try data.requireData()
    }
    if noFiles, out != nil { throw ValidationError("Give --out or --no-files, not both.") }
  }

  func run() throws {
    if let `repeat` {
      try again(`repeat`, folder: nil)
    } else if let resume {
      guard FileManager.default.fileExists(atPath: resume + "/run.json") else {
        throw DataError.notARun(path: resume, problem: "is not the folder of a run: it has no run.json.")
      }
      try again(resume + "/run.json", folder: resume)
    } else {
      try TrainingSession(
        command: self, arguments: Array(CommandLine.arguments.dropFirst(2)), resuming: nil).run()
    }
  }

  /// Parses the stored arguments again, where they were given, and runs them.
  private func again(_ description: String, folder: String?) throws {
    let stored = try JSON.decode(RunDescription.self, from: description)
    try stored.checkInputs()
    var command = try Train.parse(stored.arguments)
    let checkpoint = try folder.flatMap { folder -> Checkpoint? in
      let path = folder + "/checkpoint.json"
      guard FileManager.default.fileExists(atPath: path) else {
        throw DataError.notARun(path: folder, problem: "holds no checkpoint: the run is finished, or never got far enough to need one.")
      }
      return try JSON.decode(Checkpoint.self, from: path)
    }
    // Output paths belong to this call, input paths to the one that is repeated.
    let manager = FileManager.default
    let here = manager.currentDirectoryPath
    let target = folder ?? out
    command.out = target.map { $0.hasPrefix("/") ? $0 : here + "/" + $0 } ?? (here + "/" + OutputFolder.freshName(in: here, stem: "linnet-run"))
    command.noFiles = noFiles
    if noFiles { command.out = nil }
    command.force = folder != nil || force
    command.json = json
    guard manager.changeCurrentDirectoryPath(stored.workingDirectory) else {
      throw DataError.notARun(path: description, problem: "refers to the folder \(stored.workingDirectory), which is gone.")
    }
    try TrainingSession(command: command, arguments: stored.arguments, resuming: checkpoint).run()
  }
}
