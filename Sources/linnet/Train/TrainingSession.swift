import ArgumentParser
import DataFormats
import Figures
import Foundation
import LinearNetworks
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
  /// Runs with other batches that make a band, this one included; 1 for none.
  var repetitions = 1
  let recording: RecordRequest
  /// The file of the times asked for, if they stand in one.
  let timesFile: String?
  /// Whether there are figures.
  let drawsFigures: Bool
  /// Whether the other methods run beside this one.
  let comparesMethods: Bool
  let destination: Destination
  /// How much is said of the certificate.
  let detail: TrainingScreen.Detail
  /// What `run.json` keeps, from which the run can be repeated.
  let arguments: [String]
  let beginning: SessionBeginning<Checkpoint>

  func run() throws {
    Interruption.listen()
    let loaded = try data.load(holdingOut: recording.test)
    let (given, stored) = try start.network(for: loaded.problem)
    let start = try options.start(given: given)
    let samples = try batchSamples(loaded)
    guard
      let (options, search) = options.searchingStep(
        for: loaded.problem, start: start, samples: samples, isInterrupted: { Interruption.isRequested })
    else { throw SessionError.noStep(gap: options.descent?.bestStepGap ?? 0) }
    let run = TrainingRun(problem: loaded.problem, start: start, options: options, samples: samples)
    if run.method.lacksClosedForm {
      throw SessionError.noClosedForm(reason: run.method.reason)
    }
    let recordings = try recordings(of: run, loaded)
    let resuming = try beginning.checkpoint(obstacle: run.obstacle)
    let promise = run.promise
    let descent =
      run.method.method == .euler
      ? DescentPromise(
        problem: loaded.problem, start: start, step: run.options.step!,
        options: run.options.descent ?? DescentOptions()) : nil
    let folder = destination.writesFiles ? try prepareFolder(run, loaded) : nil

    TrainingScreen.promise(
      run, loaded, self.start.description, stored?.lines ?? [], promise, detail, descent, search
    ).forEach(say)
    if case .resumed = beginning {
      labelledLines(
        "Resumed",
        resuming.map { "at t = \(number($0.time))" } ?? "at t = 0, since there was no checkpoint yet"
      ).forEach(say)
    }

    let progress = ProgressLine()
    var checkpointFailure: (any Error)?
    var callbacks = TrainingCallbacks()
    callbacks.isInterrupted = { Interruption.isRequested }
    callbacks.progress = { progress.show(TrainingScreen.progress($0)) }
    callbacks.checkpoint = { checkpoint in
      guard let folder else { return }
      do {
        try Interruption.uncut { try CheckpointFile.write(checkpoint, in: folder.path) }
        checkpointFailure = nil
        Interruption.atTheEnd { Self.farewell(folder) }
      } catch {
        checkpointFailure = error
      }
    }
    let outcome = run.run(resuming: resuming, observing: recordings, callbacks: callbacks)
    progress.clear()

    let agreement =
      comparesMethods && !outcome.ending.isFailure && outcome.time > 0 && !Interruption.isRequested
      ? run.checkAgreement(until: outcome.time, callbacks: callbacks) : nil
    progress.clear()

    let band = samples.flatMap {
      BatchBand(repeating: run, outcome, samples: $0, count: repetitions, callbacks: callbacks)
    }
    let report = TrainingReport(
      run: run, outcome: outcome, promise: promise, prepared: loaded.prepared,
      agreement: agreement, events: recording.events.isEmpty ? nil : outcome.times(of: recording.events),
      heldOut: loaded.heldOut.flatMap { HeldOutSummary(outcome, source: $0.source, rows: $0.rows) },
      descent: DescentReport(run, outcome, promise: descent, search: search, band: band),
      matrixFile: folder == nil ? nil : TrajectoryFiles.archive)
    let result = try CanonicalJSON.encode(RunResult(report, coding: loaded.coding))
    // Files before the screen, which may be gone; the screen also where they cannot be written.
    let written = Result { try folder.map { try write(run, outcome, report, result, loaded, to: $0) } }
    if destination.printsJSON { Screen.standardOutput(result) }
    TrainingScreen.conclusion(run, outcome, report).forEach(say)
    if let folder {
      let figures = try written.get() ?? nil
      TrainingScreen.files(folder, figures, run, outcome).forEach(say)
      if outcome.hasLayers, TrajectoryFiles.leavesLayersOut(outcome) {
        labelledLines("", "trajectory.npz has W, but not the layers: there would be too many numbers")
          .forEach(say)
      }
    }
    if let checkpointFailure, outcome.ending.canGoOn {
      Screen.standardError("Warning: a checkpoint could not be written: \(checkpointFailure)")
    }
    // From here on the end is this one, and not that of a second after an interruption.
    while !Interruption.end() { pause() }
    try finish(outcome, folder)
  }

  /// The observables that are recorded.
  private func recordings(of run: TrainingRun, _ loaded: LoadedProblem) throws -> [Recording] {
    var known: [any Recordable] = loaded.heldOut.map { [TestLoss(on: $0.problem)] } ?? []
    if let file = recording.samples {
      let (X, names) = try data.samples(in: file, namedBy: recording.sampleNames, beside: loaded)
      known.append(Representations(of: X, names: names))
    }
    let asked = try run.recordings(of: recording.names, knowing: known)
    return try run.recordings(for: recording.events, beside: asked, knowing: known)
  }

  /// The samples one by one, where batches of them are drawn.
  private func batchSamples(_ loaded: LoadedProblem) throws -> PreparedSamples? {
    guard let batch = options.descent?.batch else { return nil }
    if recording.test != nil {
      throw SessionError.noSamples(reason: "rows that --test holds out would be among them")
    }
    return try data.samples(for: batch, of: loaded.prepared)
  }

  /// The last words of a run that was interrupted and did not come to its results within a second.
  private static func farewell(_ folder: OutputFolder) -> String {
    OutputFolder.removeUnfinished(in: folder.path)
    return
      "Interrupted. The checkpoint is written; verdict, result and figures were left out, since they take longer than a second."
      + goOn(folder)
  }

  private static func goOn(_ folder: OutputFolder) -> String {
    " Go on with: linnet train --resume \(folder.path)"
  }

  private func say(_ line: String) { destination.say(line) }

  private func finish(_ outcome: TrainingOutcome, _ folder: OutputFolder?) throws {
    let resume = folder.map(Self.goOn) ?? ""
    switch outcome.ending {
    case .converged, .catapult, .stationaryAtStart, .reachedFinalTime, .reachedLossGap, .reachedGradient,
      .stopped,
      .reachedSingularMatrix:
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
    // A resumed run is described already, and its checkpoints name that description.
    if case .resumed = beginning { return try destination.folder(stem: Self.stem) }
    let here = FileManager.default.currentDirectoryPath
    let description = RunDescription(
      arguments: arguments, workingDirectory: here,
      inputs: try (data.files + start.files + recording.files + (timesFile.map { [$0] } ?? [])).map {
        try .init($0.hasPrefix("/") ? $0 : here + "/" + $0)
      },
      seed: start.seed, options: run.options, widths: run.start.widths, start: start.description,
      data: loaded.summary)
    return try destination.folder(stem: Self.stem, for: description, result: "result.json")
  }

  /// Writes all files, and last the one that says that they are all there.
  private func write(
    _ run: TrainingRun, _ outcome: TrainingOutcome, _ report: TrainingReport, _ result: Data,
    _ loaded: LoadedProblem, to folder: OutputFolder
  ) throws -> FigureFiles? {
    unlink(folder.file(RunManifest.name))
    try AtomicFile.write(result, to: folder.file("result.json"))
    try TrajectoryFiles.write(outcome, to: folder.path)
    var metadata = [
      "program": "linnet \(programVersion)", "time": "\(outcome.time)",
      "verdict": outcome.verdict.kind.rawValue, "inputs": loaded.inputsDescription,
    ]
    metadata[NetworkMeaning.key] = try loaded.prepared.map {
      try NetworkMeaning($0, coding: loaded.coding).text
    }
    try NetworkFile.write(
      run.given(outcome.network), to: folder.file("network.safetensors"), metadata: metadata)
    try NetworkFile.write(
      run.given(run.start), to: folder.file("start.safetensors"),
      metadata: metadata.merging(["time": "0", "verdict": ""]) { $1 })
    // Those of an earlier run in the folder would be taken for this one's.
    TrainingFigures.remove(from: folder.path)
    let drawn = TrainingFigures(run, outcome, report)
    let figures = drawsFigures ? try drawn.write(to: folder.path) : nil
    try ReportCommand.write(folder.path, to: folder.file("report.html"))
    if !outcome.ending.canGoOn { CheckpointFile.remove(in: folder.path) }
    try RunManifest(of: folder.path).write(to: folder.path)
    return figures
  }
}
