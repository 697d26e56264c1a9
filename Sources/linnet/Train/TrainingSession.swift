import ArgumentParser
import Figures
import Foundation
import Prose
import RunFiles
import Theory
import Training

/// One `linnet train`, from the files to the closing screen.
struct TrainingSession {
  /// The beginning of the names of folders.
  static let stem = "linnet-run"

  let data: DataRequest
  let start: StartRequest
  let options: TrainingOptions
  /// Whether the other methods run beside this one.
  let comparesMethods: Bool
  let destination: Destination
  /// What `run.json` keeps, from which the run can be repeated.
  let arguments: [String]
  let resuming: Checkpoint?

  func run() throws {
    let loaded = try data.load()
    let (start, startLines) = try start.network(for: loaded.problem)
    let run = TrainingRun(problem: loaded.problem, start: start, options: options)
    if run.method.lacksClosedForm {
      throw SessionError.noClosedForm(reason: run.method.reason)
    }
    let promise = CertificateReport(problem: loaded.problem, start: start)
    // From here on there is something to lose.
    Interruption.listen()
    let folder = destination.writesFiles ? try prepareFolder(run, loaded) : nil

    TrainingScreen.promise(run, loaded, self.start.description, startLines, promise).forEach(say)
    if let resuming { labelledLines("Resumed", "at t = \(number(resuming.time))").forEach(say) }

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

    let agreement =
      comparesMethods && !outcome.ending.isFailure && outcome.time > 0
      ? run.checkAgreement(until: outcome.time, callbacks: callbacks) : nil
    progress.clear()

    // First to the screen: a full disk must not swallow the result.
    let report = TrainingReport(
      run: run, outcome: outcome, promise: promise, prepared: loaded.prepared,
      agreement: agreement)
    if destination.printsJSON {
      FileHandle.standardOutput.write(try CanonicalJSON.encode(RunResult(report, coding: loaded.coding)))
    }
    TrainingScreen.conclusion(run, outcome, report).forEach(say)
    if let folder {
      try write(outcome, report, loaded, to: folder)
      let figures = try TrainingFigures(run, outcome, report).write(to: folder.path)
      try ReportCommand.write(folder.path, to: folder.file("report.html"))
      TrainingScreen.files(folder, figures).forEach(say)
      if let checkpointFailure, !outcome.ending.isFinal {
        Screen.standardError("Warning: a checkpoint could not be written: \(checkpointFailure)")
      }
    }
    try finish(outcome, folder)
  }

  private func say(_ line: String) { destination.say(line) }

  private func finish(_ outcome: TrainingOutcome, _ folder: OutputFolder?) throws {
    let resume = folder.map { " Go on with: linnet train --resume \($0.path)" } ?? ""
    switch outcome.ending {
    case .converged, .reachedFinalTime, .reachedLossGap, .reachedGradient, .stopped, .reachedSingularMatrix:
      return
    case .onPlateau, .decidedByRoundOff: Screen.standardError("Not converged: the run \(outcome.ending).")
    case .reachedUndecidedLimit: Screen.standardError("Not classified: the run \(outcome.ending).")
    case .oscillating, .diverged: Screen.standardError("Not converged: the run \(outcome.ending).")
    case .interrupted: Screen.standardError("Interrupted.\(resume)")
    case .budgetRanOut:
      // More time on the clock is a new session's; a limit of flow time stays what it is.
      let canGoOn = options.maximumTime.map { outcome.time <= $0 } ?? true
      Screen.standardError("Not converged: the \(outcome.ending).\(canGoOn ? resume : "")")
    case .solverFailed(let termination): Screen.standardError("The run failed: \(termination).")
    }
    throw ExitCode.failure
  }

  private func prepareFolder(_ run: TrainingRun, _ loaded: LoadedProblem) throws -> OutputFolder? {
    let here = FileManager.default.currentDirectoryPath
    let description = RunDescription(
      arguments: arguments, workingDirectory: here,
      inputs: try (data.files + start.files).map { try .init($0.hasPrefix("/") ? $0 : here + "/" + $0) },
      seed: start.seed, options: run.options, widths: run.start.widths, start: start.description,
      data: loaded.summary)
    guard let folder = try destination.folder(stem: Self.stem) else { return nil }
    do {
      try folder.write(json: description, to: "run.json")
    } catch {
      folder.discard()
      throw error
    }
    if resuming == nil {
      // With --force: what an earlier run left would be taken for this one's, should it be killed.
      for stale in ["checkpoint.json", "result.json"] {
        try? FileManager.default.removeItem(atPath: folder.file(stale))
      }
    }
    return folder
  }

  private func write(
    _ outcome: TrainingOutcome, _ report: TrainingReport, _ loaded: LoadedProblem, to folder: OutputFolder
  ) throws {
    if !outcome.ending.isFinal { try folder.write(json: outcome.checkpoint, to: "checkpoint.json") }
    try folder.write(json: RunResult(report, coding: loaded.coding), to: "result.json")
    try TrajectoryFiles.write(outcome, to: folder.path)
    var metadata = [
      "program": "linnet \(programVersion)", "time": "\(outcome.time)",
      "verdict": outcome.verdict.kind.rawValue, "inputs": loaded.inputsDescription,
    ]
    metadata[NetworkMeaning.key] = try loaded.prepared.map {
      try NetworkMeaning($0, coding: loaded.coding).text
    }
    try NetworkFile.write(outcome.network, to: folder.file("network.safetensors"), metadata: metadata)
    if outcome.ending.isFinal {
      try? FileManager.default.removeItem(atPath: folder.file("checkpoint.json"))
    }
  }
}

extension TrainingOutcome.Ending {
  /// Whether there is nothing to go on with.
  fileprivate var isFinal: Bool {
    switch self {
    case .interrupted, .budgetRanOut: false
    default: true
    }
  }
}
