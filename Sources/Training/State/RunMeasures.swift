import Landscape
import LinearAlgebra
import LinearNetworks

/// What the moments of a run are measured against: the minimum, the rule of the verdict, the stationary levels, the start.
final class RunMeasures {
  let run: TrainingRun
  let flow: any FlowState
  let rule: VerdictRule
  let captured: CapturedDirections
  let levels: CriticalLevels
  /// W* in the reduced coordinates, and its norm.
  let target: FactoredMatrix
  let targetNorm: Double
  /// (Y P_X − W*X) diag(ξ) and ξ², from which ``EndToEndMeasure`` has the gap of a W that is not factored.
  let slope: Matrix
  let squaredScales: [Double]
  /// L_N − min L_N at time zero.
  let initialGap: Double
  /// The L_N − min L_N at which the run is to end; nil where none was asked for.
  let gapGoal: Double?
  /// Of the levels whose passage is located, log(L_N − min L_N) where they count as passed.
  private(set) lazy var watchedLevels = LevelPassages.levels(self)

  /// The layers of a closed form, in time; nil where the state of the run has them.
  private lazy var closedLayers = run.exactSolution.map { $0.layersEvaluator() }

  /// The layers of a closed form in the reduced coordinates; nil where the state of the run has them.
  func layers(at t: Double) -> LinearNetwork? {
    closedLayers.map { t == 0 ? run.reducedStart : $0(t) }
  }

  var minimum: GlobalMinimum { rule.minimum }

  init(_ run: TrainingRun) {
    self.run = run
    flow = run.flowState()
    let problem = run.reduction.problem
    rule = VerdictRule(
      for: problem, rank: run.start.bottleneckWidth, gradientTolerance: run.options.gradientTolerance)
    let minimum = rule.minimum
    captured = CapturedDirections(of: problem)
    levels = CriticalLevels(of: minimum)
    // The reduced inputs are eigenvectors of X Xᵀ.
    target = minimum.diagonalMinimiser
    targetNorm = target.frobeniusNorm
    let (loss, ξ) = (problem.spectralLoss, problem.inputScales)
    slope = (loss.reachableLabels - minimum.minimiser.scalingColumns(by: ξ)).scalingColumns(by: ξ)
    squaredScales = ξ.map { $0 * $0 }
    let start = minimum.gap(of: run.reducedStart.endToEndMatrix)
    gapGoal = run.options.stopGap.map { $0 * start }
    initialGap = start
  }
}
