import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import RunFiles
import Training

/// What is asked about a network.
private struct LandscapeRequest: Decodable {
  let polish, escape: Bool?
  let levels: Int?
  let gradientTolerance, maxSeconds: Double?

  func check() throws {
    if let levels {
      try require((1...100_000).contains(levels), "levels", "lie between 1 and 100000", levels)
    }
    if let gradientTolerance {
      try require(
        gradientTolerance > 0 && gradientTolerance <= 1e-3, "gradient_tolerance",
        "be positive and at most 1e-3", gradientTolerance)
    }
    if let maxSeconds { try require(maxSeconds > 0, "max_seconds", "be positive", maxSeconds) }
  }
}

/// What one network is in the landscape of its problem.
final class LandscapeBox: Box {
  let result: LandscapeResult
  let polished: LinearNetwork
  let direction, escaped: LinearNetwork?

  init(
    _ result: LandscapeResult, polished: LinearNetwork, direction: LinearNetwork?, escaped: LinearNetwork?
  ) {
    (self.result, self.polished, self.direction, self.escaped) = (result, polished, direction, escaped)
  }

  override func json(_ part: String) throws -> Data {
    switch part {
    case "landscape": try CanonicalJSON.encode(result)
    case "figures": specifications(LandscapeFigures(result).figures)
    default: throw unknownWord(part, "part", ["landscape", "figures"])
    }
  }

  override func array(_ name: String) throws -> (values: [Double], shape: [Int]) {
    func layers(_ network: LinearNetwork?) -> (values: [Double], shape: [Int]) {
      (network?.layers.flatMap { $0.transpose.storage } ?? []).vector
    }
    return switch name {
    case "polished": layers(polished)
    // Empty where there is none.
    case "direction": layers(direction)
    case "escaped": layers(escaped)
    default: throw unknownWord(name, "array", ["polished", "direction", "escaped"])
    }
  }
}

@_cdecl("linnet_landscape")
public func linnet_landscape(
  _ problem: UnsafeRawPointer?, _ network: UnsafeRawPointer?, _ request: Text?, _ stop: UnsafeRawPointer?,
  _ landscape: HandleOut?, _ error: TextOut?
) -> Int32 {
  answer(error) {
    let (problem, given): (ProblemBox, NetworkBox) = (try box(problem), try box(network))
    try checkFit(given, problem)
    let request = try decoded(LandscapeRequest.self, request)
    try request.check()
    let callbacks = try callbacks(nil, nil, interval: 0, stop)
    try checkSize(given.network)
    let rule = VerdictRule(
      for: problem.problem, rank: given.network.bottleneckWidth,
      gradientTolerance: request.gradientTolerance ?? 1e-9)
    var moved = given.network
    var polishing: LandscapeResult.Polishing?
    if request.polish ?? false {
      let before = rule.verdict(on: moved).verdict
      let polish = Polish(moved, rule: rule) { _ in !callbacks.isInterrupted() }
      polishing = .init(polish, verdictBefore: before)
      moved = polish.network
    }
    let analysis = LandscapeAnalysis(of: moved, rule: rule, levels: request.levels ?? 6)
    var outcome: TrainingOutcome?
    if request.escape ?? false, let direction = analysis.escapeDirection,
      let path = analysis.report.escape, !callbacks.isInterrupted()
    {
      var options = TrainingOptions()
      if let seconds = request.maxSeconds { options.maximumSeconds = seconds }
      outcome = TrainingRun(
        problem: problem.problem, start: moved.moved(by: path.startingSize, along: direction),
        options: options
      ).run(callbacks: callbacks)
    }
    let result = LandscapeResult(
      problem: .init(problem.problem, widths: given.network.widths), network: given.words,
      globalMinimum: .init(problem.problem, rank: given.network.bottleneckWidth), polish: polishing,
      landscape: analysis.report,
      escapeRun: outcome.map { .init($0, size: analysis.report.escape!.startingSize) })
    try LandscapeBox(
      result, polished: moved, direction: analysis.escapeDirection, escaped: outcome?.network
    ).hand(to: landscape)
  }
}

/// Losses and curvatures are of order w^{2N}.
private func checkSize(_ network: LinearNetwork) throws {
  let limit = pow(1e100, 1 / Double(network.depth))
  for (j, W) in network.layers.enumerated() where W.maximumMagnitude >= limit {
    throw SessionError.overflow(
      file: "the network", layer: j + 1, entry: W.maximumMagnitude, limit: limit)
  }
}
