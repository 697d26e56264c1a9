import ArgumentParser
import Certificates
import DataFormats
import Figures
import Foundation
import LinearNetworks
import Training

/// One `linnet train`, from the files to the closing screen.
struct TrainingSession {
  let command: Train
  let arguments: [String]
  let resuming: Checkpoint?

  func run() throws {
    let options = try command.integration.trainingOptions()
    let loaded = try command.data.load()
    let start = try command.network.startingNetwork(for: loaded.problem)
    let run = TrainingRun(problem: loaded.problem, start: start, options: options)
    let certificate = Certificate(problem: loaded.problem, start: start)
    let folder = command.noFiles ? nil : try prepareFolder(run, loaded)

    // With --json standard output belongs to the result.
    let say: (String) -> Void = { command.json ? Screen.standardError($0) : Screen.standardOutput($0) }
    TrainingScreen.promise(run, loaded, command.network.startDescription, certificate).forEach(say)

    Interruption.listen()
    let progress = ProgressLine()
    var checkpointFailure: (any Error)?
    var callbacks = TrainingCallbacks()
    callbacks.isInterrupted = { Interruption.isRequested }
    callbacks.progress = { progress.show(TrainingScreen.progress($0)) }
    callbacks.checkpoint = { checkpoint in
      do { try folder?.write(json: checkpoint, to: "checkpoint.json") } catch { checkpointFailure = error }
    }
    let outcome = run.run(resuming: resuming, callbacks: callbacks)
    progress.clear()

    let report = TrainingReport(run: run, outcome: outcome, certificate: certificate, prepared: loaded.prepared)
    let isFinished = outcome.ending != .interrupted
    if let folder { try write(run, outcome, report, loaded, to: folder, isFinished: isFinished) }
    let figures = try folder.map { try TrainingFigures(run, outcome, report).write(to: $0) }
    if command.json { FileHandle.standardOutput.write(try JSON.encode(report)) }
    TrainingScreen.conclusion(run, outcome, report).forEach(say)
    if let folder { TrainingScreen.files(folder, figures).forEach(say) }
    if let checkpointFailure { Screen.standardError("Warning: no checkpoint could be written: \(checkpointFailure)") }
    try finish(outcome, folder)
  }

  private func finish(_ outcome: TrainingOutcome, _ folder: OutputFolder?) throws {
    switch outcome.ending {
    case .converged, .reachedFinalTime, .reachedSingularMatrix: return
    case .interrupted:
      if let folder { Screen.standardError("Interrupted. Go on with: linnet train --resume \(folder.path)") }
    case .budgetRanOut:
      if let folder { Screen.standardError("Not converged: the \(outcome.ending). Everything computed is in \(folder.path).") }
    case .solverFailed(let termination):
      Screen.standardError("The run failed: \(termination).")
    }
    throw ExitCode.failure
  }

  private func prepareFolder(_ run: TrainingRun, _ loaded: LoadedProblem) throws -> OutputFolder {
    let folder = try OutputFolder.create(command.out, stem: "linnet-run", force: command.force)
    let files = command.data.files + command.network.files
    let here = FileManager.default.currentDirectoryPath
    try folder.write(
      json: RunDescription(
        program: "linnet", version: programVersion, arguments: storedArguments, workingDirectory: here,
        inputs: try files.map {
          .init(path: $0.hasPrefix("/") ? $0 : here + "/" + $0, fingerprint: try FileFingerprint(of: $0))
        },
        seed: command.network.seed, options: run.options, widths: run.start.widths,
        start: command.network.startDescription, data: loaded.summary), to: "run.json")
    return folder
  }

  /// The arguments without those that say where the output goes: a repetition chooses its own.
  private var storedArguments: [String] {
    var kept: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--out": rest = rest.dropFirst()
      case "--force", "--json", "--no-files": continue
      default: if !argument.hasPrefix("--out=") { kept.append(argument) }
      }
    }
    return kept
  }

  private func write(
    _ run: TrainingRun, _ outcome: TrainingOutcome, _ report: TrainingReport, _ loaded: LoadedProblem,
    to folder: OutputFolder, isFinished: Bool
  ) throws {
    try folder.write(json: report, to: "result.json")
    try TrajectoryFiles.write(outcome, to: folder)
    try NetworkFile.write(
      outcome.network, to: folder.file("network.safetensors"),
      metadata: [
        "program": "linnet \(programVersion)", "time": "\(outcome.time)", "verdict": outcome.verdict.kind.rawValue,
        "inputs": loaded.prepared.map { "\($0.preparation.rawValue): \($0.inputNames.joined(separator: ","))" } ?? "whitened",
      ])
    let checkpoint = folder.file("checkpoint.json")
    if isFinished {
      try? FileManager.default.removeItem(atPath: checkpoint)
    } else {
      try folder.write(json: outcome.checkpoint, to: "checkpoint.json")
    }
  }
}

/// trajectory.csv and trajectory.npz: every record of a run.
enum TrajectoryFiles {
  static func write(_ outcome: TrainingOutcome, to folder: OutputFolder) throws {
    let records = outcome.records
    var columns: [(name: String, values: [Double])] = []
    func add(_ name: String, _ quantity: (TrajectoryRecord) -> Double) {
      columns.append((name, records.map(quantity)))
    }
    add("time", \.time)
    add("loss", \.loss)
    add("gap", \.gap)
    add("gradient_norm", \.gradientNorm)
    add("distance_to_target", \.distanceToTarget)
    add("alignment", \.alignment)
    add("imbalance", \.imbalance)
    add("imbalance_drift", \.imbalanceDrift)
    for i in 0..<(records.first?.singularValues.count ?? 0) {
      add("sigma_\(i + 1)") { $0.singularValues[i] }
    }
    try CSVFile.write(columns: columns, to: folder.file("trajectory.csv"))
    var arrays = columns.map { (name: $0.name, array: NDArray($0.values)) }
    if let first = outcome.states.first?.endToEnd {
      arrays.append(("end_to_end_times", NDArray(outcome.states.map(\.time))))
      arrays.append(
        (
          "end_to_end",
          NDArray(
            shape: [outcome.states.count, first.rows, first.columns],
            values: outcome.states.flatMap { $0.endToEnd.transpose.storage })
        ))
    }
    try NPZArchive.write(arrays, to: folder.file("trajectory.npz"))
  }
}
