import ArgumentParser
import Completion
import DataFormats
import Figures
import Foundation
import LinearAlgebra
import LinearNetworks
import Prose
import RunFiles

/// One `linnet complete`, from the file to the closing screen.
struct CompletionSession {
  static let stem = "linnet-completion"
  /// Places up to which the completion of least nuclear norm is looked for (tuned: a minute).
  static let mostPlaces = 40_000

  let file: String
  let isList: Bool
  let depth: Int
  let rank: Int?
  let norm: Double
  let seed: UInt64
  let test: Double?
  let options: CompletionOptions
  let comparesNuclearNorm: Bool
  let destination: Destination
  /// What `run.json` keeps.
  let arguments: [String]
  let beginning: SessionBeginning<CompletionCheckpoint>

  func run() throws {
    try destination.check()
    Interruption.listen()
    let all = try ObservedFile.read(file, isList: isList)
    let (train, held) =
      try test.map { share -> (ObservedMatrix, ObservedMatrix?) in
        let parts = try all.split(holdingOut: share, seed: seed)
        return (parts.train, parts.test)
      } ?? (all, nil)
    let r = rank ?? min(all.rows, all.columns)
    let widths = [all.columns] + Array(repeating: r, count: depth - 1) + [all.rows]
    let start = CompletionRun.start(for: train, widths: widths, size: norm, seed: seed)
    CompletionScreen.promise(file, all, train, held, widths: widths, norm: norm, seed: seed).forEach(say)

    let run = CompletionRun(train, test: held, start: start, options: options)
    let resuming = try beginning.checkpoint(obstacle: run.obstacle)
    let folder = try prepareFolder()
    if case .resumed = beginning { CompletionScreen.resumed(at: resuming?.time).forEach(say) }
    let progress = ProgressLine()
    var checkpointFailure: (any Error)?
    let outcome = run.run(
      resuming: resuming,
      progress: { progress.show(CompletionScreen.progress($0)) },
      checkpoint: { checkpoint in
        guard let folder else { return }
        do {
          try Interruption.uncut { try CheckpointFile.write(checkpoint, in: folder.path) }
          checkpointFailure = nil
          Interruption.atTheEnd { Self.farewell(folder) }
        } catch {
          checkpointFailure = error
        }
      },
      isInterrupted: { Interruption.isRequested })
    progress.clear()
    let comparison =
      comparesNuclearNorm && all.rows * all.columns <= Self.mostPlaces && !Interruption.isRequested
      ? NuclearNormCompletion(of: train, isInterrupted: { Interruption.isRequested }) : nil
    let result = CompletionResult(
      file: file, train: train, test: held, widths: widths, norm: norm, seed: seed, options: options, outcome,
      comparison)
    if destination.printsJSON { Screen.standardOutput(try CanonicalJSON.encode(result)) }
    CompletionScreen.conclusion(result, outcome).forEach(say)
    if let folder {
      let figures = try write(result, outcome, to: folder)
      CompletionScreen.files(folder, figures).forEach(say)
    }
    if let checkpointFailure, outcome.ending.canGoOn {
      Screen.standardError("Warning: a checkpoint could not be written: \(checkpointFailure)")
    }
    while !Interruption.end() { pause() }
    try finish(outcome.ending, folder)
  }

  private func say(_ line: String) { destination.say(line) }

  /// The folder, with the description of the run; nil if nothing is written.
  private func prepareFolder() throws -> OutputFolder? {
    guard destination.writesFiles else { return nil }
    // A resumed run is described already, and its checkpoints name that description.
    if case .resumed = beginning { return try destination.folder(stem: Self.stem) }
    let description = try CompletionDescription(arguments: arguments, file: file)
    return try destination.folder(stem: Self.stem, for: description, result: "completion.json")
  }

  /// The last words of a run that was interrupted and did not come to its results within a second.
  private static func farewell(_ folder: OutputFolder) -> String {
    OutputFolder.removeUnfinished(in: folder.path)
    return
      "Interrupted. The checkpoint is written; result and figures were left out, since they take longer than a second."
      + goOn(folder)
  }

  private static func goOn(_ folder: OutputFolder) -> String {
    " Go on with: linnet complete --resume \(folder.path)"
  }

  /// Writes all files, and last the one that says that they are all there.
  private func write(
    _ result: CompletionResult, _ outcome: CompletionOutcome, to folder: OutputFolder
  ) throws -> FigureFiles {
    unlink(folder.file(RunManifest.name))
    try folder.write(json: result, to: "completion.json")
    let W = outcome.network.endToEndMatrix
    let text = (0..<W.rows).map { W.row($0).map { "\($0)" }.joined(separator: ",") }.joined(separator: "\n")
    try AtomicFile.write(Data((text + "\n").utf8), to: folder.file("completed.csv"))
    try NetworkFile.write(
      outcome.network, to: folder.file("network.safetensors"),
      metadata: [
        "program": "linnet \(programVersion)", "what": "deep factorisation of a completed matrix",
        "verdict": outcome.verdict.kind.rawValue,
      ])
    let subtitle = "depth \(depth), widths \(result.problem.widths.map(String.init).joined(separator: "–"))"
    let errors = LineFigure.completionLoss(
      outcome.records.map { ($0.time, $0.trainError, $0.testError) }, subtitle: subtitle)
    let spectrum = LineFigure.completionSpectrum(
      outcome.records.map { ($0.time, Array($0.singularValues.prefix(8))) },
      effectiveRank: outcome.records.map(\.effectiveRank), subtitle: subtitle)
    let figures = try FigureRenderer.located().write(
      [(name: "errors", figure: errors), (name: "singular-values", figure: spectrum)],
      to: URL(fileURLWithPath: folder.path))
    if !outcome.ending.canGoOn { CheckpointFile.remove(in: folder.path) }
    try RunManifest(of: folder.path).write(to: folder.path)
    return figures
  }

  private func finish(_ ending: CompletionOutcome.Ending, _ folder: OutputFolder?) throws {
    let resume = folder.map(Self.goOn) ?? ""
    switch ending {
    case .reachedResidual, .stationary, .reachedFinalTime: return
    case .budgetRanOut:
      Screen.standardError(
        "Not at rest: the wall clock of \(number(options.maximumSeconds)) s ran out.\(resume)")
    case .interrupted: Screen.standardError("Interrupted.\(resume)")
    case .solverFailed(let termination): Screen.standardError("The run failed: \(termination).")
    }
    throw ExitCode.failure
  }
}
