import ArgumentParser
import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Prose
import RunFiles
import Training

/// One `linnet landscape`, from the files to the closing screen.
struct LandscapeSession {
  /// The file of the layers.
  let network: String
  let reading: NetworkReading
  let data: DataRequest
  let polishes: Bool
  let escapes: Bool
  /// Stationary values to list.
  let levels: Int
  let gradientTolerance: Double
  /// For the escape, on the clock.
  let maximumSeconds: Double
  let destination: Destination

  func run() throws {
    let loaded = try data.load()
    let stored = try layers(for: loaded.problem)
    let given = stored.network
    let folder = try destination.folder(stem: "linnet-landscape")
    // From here on there is something to lose.
    Interruption.listen()
    (TrainingScreen.problem(loaded, widths: given.widths, start: "layers of \(network)")
      + stored.lines + notices(loaded)).forEach(say)

    let problem = loaded.problem
    let rule = VerdictRule(
      for: problem, rank: given.bottleneckWidth, gradientTolerance: gradientTolerance)
    let progress = ProgressLine()
    var moved = given
    var polishing: LandscapeResult.Polishing?
    if polishes {
      let before = rule.verdict(on: moved).verdict
      let polish = Polish(moved, rule: rule) { gradient in
        progress.show("polishing: gradient \(number(gradient, digits: 3))")
        return !Interruption.isRequested
      }
      progress.clear()
      polishing = .init(polish, verdictBefore: before)
      moved = polish.network
    }
    if moved.parameterCount > 20_000 {
      Screen.standardError(
        "Looking for the ends of the Hessian's spectrum over \(moved.parameterCount) weights; this takes seconds."
      )
    }
    let analysis = LandscapeAnalysis(of: moved, rule: rule, levels: levels)
    progress.clear()
    let escape = Interruption.isRequested ? nil : try escape(from: moved, analysis, problem, progress)

    let result = LandscapeResult(
      problem: .init(problem, widths: given.widths), network: network,
      globalMinimum: .init(problem, rank: given.bottleneckWidth), polish: polishing,
      landscape: analysis.report,
      escapeRun: escape.map { .init($0.outcome, size: analysis.report.escape!.startingSize) })
    if destination.printsJSON { Screen.standardOutput(try CanonicalJSON.encode(result)) }
    LandscapeScreen.lines(result).forEach(say)
    if let folder {
      try write(result, moved, analysis, escape?.outcome, loaded, to: folder)
      let figures = try LandscapeFigures(result).write(to: folder.path)
      LandscapeScreen.files(folder, result, figures).forEach(say)
    }
    if Interruption.isRequested {
      Screen.standardError("Interrupted.")
      throw ExitCode.failure
    }
    if let escape, escape.outcome.ending.isFailure || escape.outcome.ending.isBudget {
      Screen.standardError("The escape came to no limit: \(escape.outcome.ending).")
      throw ExitCode.failure
    }
  }

  private func say(_ line: String) { destination.say(line) }

  /// The layers, if they fit the data and their loss can be computed.
  private func layers(for problem: Problem) throws -> StoredNetwork {
    let found = try NetworkFile.read(network, fitting: problem, reading)
    try StartRequest.check(found.network.widths)
    let N = Double(found.network.depth)
    // Losses and curvatures are of order w^{2N}.
    let limit = pow(1e100, 1 / N)
    for (j, W) in found.network.layers.enumerated() where W.maximumMagnitude >= limit {
      throw SessionError.overflow(
        file: network, layer: j + 1, entry: W.maximumMagnitude, limit: limit)
    }
    return found
  }

  /// Says if the file was written for inputs that were prepared in another way.
  private func notices(_ loaded: LoadedProblem) -> [String] {
    guard let written = NetworkFile.inputs(of: network), written != loaded.inputsDescription else {
      return []
    }
    return labelledLines(
      "Notice",
      "the network was written for other inputs (\(written)) than these (\(loaded.inputsDescription)): its layers are taken as they are"
    )
  }

  private func escape(
    from saddle: LinearNetwork, _ analysis: LandscapeAnalysis, _ problem: Problem, _ progress: ProgressLine
  ) throws -> (outcome: TrainingOutcome, start: LinearNetwork)? {
    guard escapes, let direction = analysis.escapeDirection, let path = analysis.report.escape else {
      return nil
    }
    let start = saddle.moved(by: path.startingSize, along: direction)
    var options = TrainingOptions()
    options.maximumSeconds = maximumSeconds
    var callbacks = TrainingCallbacks()
    callbacks.isInterrupted = { Interruption.isRequested }
    callbacks.progress = { progress.show(TrainingScreen.progress($0)) }
    let outcome = TrainingRun(problem: problem, start: start, options: options).run(callbacks: callbacks)
    progress.clear()
    return (outcome, start)
  }

  private func write(
    _ result: LandscapeResult, _ polished: LinearNetwork, _ analysis: LandscapeAnalysis,
    _ escaped: TrainingOutcome?, _ loaded: LoadedProblem, to folder: OutputFolder
  ) throws {
    try folder.write(json: result, to: "landscape.json")
    func save(_ layers: LinearNetwork, _ name: String, _ what: String) throws {
      try NetworkFile.write(
        layers, to: folder.file(name),
        metadata: [
          "program": "linnet \(programVersion)", "what": what, "inputs": loaded.inputsDescription,
        ])
    }
    if polishes {
      try save(polished, "polished.safetensors", "polished network")
    }
    if let direction = analysis.escapeDirection {
      try save(
        direction, "escape-direction.safetensors",
        "unit direction of steepest negative curvature")
    }
    if let escaped {
      try save(escaped.network, "escaped.safetensors", "where gradient flow went from the saddle")
      try TrajectoryFiles.write(escaped, to: folder.path)
    }
  }
}

extension TrainingOutcome.Ending {
  fileprivate var isBudget: Bool {
    if case .budgetRanOut = self { true } else { false }
  }
}
