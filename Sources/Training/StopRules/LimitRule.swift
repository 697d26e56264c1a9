import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Theory

/// Ends a run that has come to its limit, which only a theorem can name: the only rule that means convergence (Documentation/decisions/converged.md).
///
/// A minimiser is named by its loss, below every other stationary level (D14). A saddle or the origin is a limit only where the certificate of the start says that the exact flow goes there. Everything
/// else that stands still is a plateau: the run goes on, and leaves it or comes to the end of its means on it.
struct LimitRule: StopRule {
  /// Not before this time: states are wanted until then.
  let earliestTime: Double
  private let run: TrainingRun
  /// The directions of the saddle that the certificate names, none for the origin; looked up when the run first stands still away from the minimum.
  private var named: [Int]??

  /// Steps since the run stands still.
  private var stepsAtRest = 0
  /// Those of them that lengthened the time by a half or more, and the time of the last step.
  private var doublings = 0
  private var lastTime = 0.0
  /// The relative gradient at the last close look; a new one is worth it only well below that.
  private var lastLook = Double.infinity
  /// Steps of the first close look that could not tell what the limit is.
  private var firstUndecided: Int?

  /// Steps on one plateau after which a run is given up: steps grow there, so that thousands of them mean a time beyond all others (tuned). Two layers leave a plateau in a time that is the
  /// logarithm of what is left, so that for their closed form a hundred steps that double the time (``doublings``) are beyond all numbers; those that follow a W that grows from next to nothing,
  /// a tenth of itself a step, are some ten thousand at most from the least number to one.
  private var longestRest: Int { isClosed ? 20_000 : 5_000 }
  private var isClosed: Bool { run.exactSolution != nil && run.start.depth == 2 }

  init(_ run: TrainingRun) {
    self.run = run
    earliestTime = run.options.outputTimes.max() ?? 0
  }

  var meansConvergence: Bool { true }

  var memory: [Double] {
    get { [Double(stepsAtRest), lastLook, Double(firstUndecided ?? -1), Double(doublings), lastTime] }
    set {
      guard newValue.count == 5, let rest = Int(exactly: newValue[0]), let first = Int(exactly: newValue[2]),
        let doublings = Int(exactly: newValue[3])
      else { return }
      (stepsAtRest, lastLook, firstUndecided) = (rest, newValue[1], first >= 0 ? first : nil)
      (self.doublings, lastTime) = (doublings, newValue[4])
    }
  }

  mutating func ending(at moment: RunMoment) -> TrainingOutcome.Ending? {
    let rule = moment.measures.rule
    let relative = moment.relativeGradientNorm
    guard relative <= rule.gradientTolerance else {
      (stepsAtRest, doublings, lastLook, firstUndecided) = (0, 0, .infinity, nil)
      return nil
    }
    stepsAtRest += 1
    if moment.time >= 1.5 * lastTime { doublings += 1 }
    lastTime = moment.time
    guard moment.time >= earliestTime else { return nil }
    let network = moment.reducedNetwork
    if rule.isAtMinimum(network) { return .converged }
    if let ending = namedLimit(moment, network, relative) { return ending }
    let isAtEnd = stepsAtRest > longestRest || isClosed && doublings > 100 || moment.time > 1e290
    return isAtEnd ? .onPlateau : nil
  }

  /// The ending at a saddle or the origin that the certificate names, or at a point near a limit of which the numbers cannot tell what it is.
  private mutating func namedLimit(
    _ moment: RunMoment, _ network: LinearNetwork, _ relative: Double
  ) -> TrainingOutcome.Ending? {
    let named = self.named ?? Self.namedDirections(run)
    self.named = named
    // A run to a saddle passes others on its way.
    let isNamed = named.map { $0 == Array(moment.directions) } ?? false
    if let firstUndecided, moment.steps - firstUndecided > 500 { return .reachedUndecidedLimit }
    // It is looked at again only when the gradient has fallen by another half: the look costs a Hessian.
    guard relative <= 0.5 * lastLook || relative == 0, isNamed || !moment.measures.minimum.isUnique else {
      return nil
    }
    lastLook = relative
    switch moment.measures.rule.kind(of: network) {
    case .notStationary: return nil
    case .undecided:
      // Nearer to the limit the numbers may tell; 500 steps (tuned) are given to it.
      firstUndecided = firstUndecided ?? moment.steps
      return nil
    case .globalMinimiser: return .converged
    case .strictSaddle, .nonStrictSaddle: return isNamed ? .converged : nil
    }
  }

  /// The directions that are kept at a limit that is certainly no minimiser; where the theorem that is certain does not say which, those of almost every such start. Nil where no such limit is named.
  private static func namedDirections(_ run: TrainingRun) -> [Int]? {
    let certificate = run.promise.certificate
    guard let strongest = certificate.strongest, strongest.strength == .certain else { return nil }
    switch strongest.limit {
    case .origin: return []
    case .saddle(let kept?): return kept
    case .saddle(nil):
      return certificate.theorems.lazy.compactMap { finding -> [Int]? in
        switch finding.limit {
        case .saddle(let kept): kept
        case .origin: []
        case .globalMinimiser, nil: nil
        }
      }.first
    case .globalMinimiser, nil: return nil
    }
  }

  /// Gradient and loss gap in units of their tolerances, logarithmically; the gap counts half, since it falls as the square of the gradient.
  ///
  /// A gradient that falls while the gap does not is the approach to a saddle, which most runs leave again: no ground for an estimate.
  func distances(at moment: RunMoment) -> [Double] {
    let rule = moment.measures.rule
    let gradient = log(moment.relativeGradientNorm / rule.gradientTolerance)
    let scale = rule.minimum.learnableLoss
    guard scale > 0 else { return [max(0, gradient)] }
    // A gap of round-off may be negative.
    let relativeGap = max(moment.lossGap / scale, .leastNormalMagnitude)
    let gap = log(relativeGap / rule.gapTolerance(depth: moment.measures.run.start.depth))
    return [max(0, gradient, 0.5 * gap)]
  }
}
