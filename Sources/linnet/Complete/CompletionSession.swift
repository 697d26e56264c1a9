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

    let folder = try destination.folder(stem: Self.stem)
    let progress = ProgressLine()
    let outcome = CompletionRun(train, test: held, start: start, options: options).run(
      progress: { progress.show(CompletionScreen.progress($0)) },
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
    while !Interruption.end() { pause() }
    try finish(outcome.ending)
  }

  private func say(_ line: String) { destination.say(line) }

  private func write(
    _ result: CompletionResult, _ outcome: CompletionOutcome, to folder: OutputFolder
  ) throws -> FigureFiles {
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
    return try FigureRenderer.located().write(
      [(name: "errors", figure: errors), (name: "singular-values", figure: spectrum)],
      to: URL(fileURLWithPath: folder.path))
  }

  private func finish(_ ending: CompletionOutcome.Ending) throws {
    switch ending {
    case .reachedResidual, .stationary, .reachedFinalTime: return
    case .budgetRanOut:
      Screen.standardError("Not at rest: the wall clock of \(number(options.maximumSeconds)) s ran out.")
    case .interrupted: Screen.standardError("Interrupted.")
    case .solverFailed(let termination): Screen.standardError("The run failed: \(termination).")
    }
    throw ExitCode.failure
  }
}
