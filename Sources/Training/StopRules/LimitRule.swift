import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks

/// Ends a run that has come to a limit whose kind is known: the only rule that means convergence.
///
/// The place of the question "is the limit named?": the point is stationary, it is not being left, and the verdict on it is decided (Documentation/decisions/converged.md).
struct LimitRule: StopRule {
  /// Not before this time: states are wanted until then.
  let earliestTime: Double
  /// What the weights may be wrong by, relative to their largest norm so far.
  let stateError: Double
  private let loss: NetworkLoss

  /// Steps of the first close look that could not tell what the limit is.
  private var firstUndecided: Int?
  /// The relative gradient at the last close look; a new one is worth it only well below that.
  private var lastLook = Double.infinity
  /// The last time at which the gradient was not yet near zero: more than a thousandth of its scale (tuned).
  private var timeOfApproach: Double
  /// The largest norm of the weights so far.
  private var largestState = 0.0

  /// - Parameter begin: the time at which this session starts.
  init(_ run: TrainingRun, from begin: Double) {
    earliestTime = run.options.outputTimes.max() ?? 0
    // Round-off of a closed form, or ten times the error of a step.
    stateError = run.method.method == .exact ? 1e-14 : 10 * run.options.localTolerance
    loss = NetworkLoss(problem: run.reduction.problem, widths: run.reduction.widths)
    timeOfApproach = begin
  }

  var meansConvergence: Bool { true }

  mutating func ending(at moment: RunMoment) -> TrainingOutcome.Ending? {
    guard moment.time >= earliestTime, isReached(moment) else { return nil }
    return .converged
  }

  private mutating func isReached(_ moment: RunMoment) -> Bool {
    let rule = moment.measures.rule
    let network = moment.reducedNetwork
    let weights = network.parameters
    largestState = max(largestState, Matrix.column(weights).frobeniusNorm)
    let relative = moment.relativeGradientNorm
    guard relative <= rule.gradientTolerance else {
      (lastLook, firstUndecided) = (.infinity, nil)
      if relative > 1e-3 { timeOfApproach = moment.time }
      return false
    }
    if let firstUndecided, moment.steps - firstUndecided > 500 { return true }
    // A saddle is looked at again only when the gradient has fallen by another half: the look costs a Hessian.
    guard relative <= 0.5 * lastLook || relative == 0 else { return false }
    if rule.isAtMinimum(network) { return true }
    lastLook = relative
    switch rule.verdict(on: network).verdict.kind {
    case .notStationary: return false
    case .undecided:
      // Nearer to the limit the numbers may tell; 500 steps (tuned) are given to it.
      firstUndecided = firstUndecided ?? moment.steps
      return false
    case .globalMinimiser, .strictSaddle, .nonStrictSaddle: break
    }
    return !Departure.isUnderWay(
      at: weights, of: loss, stateError: stateError * largestState,
      elapsed: moment.time - timeOfApproach, resolution: 1e-10 * rule.scale(of: network).curvature)
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
