import Landscape
import LinearAlgebra
import LinearNetworks

/// One moment of a run, with what can be computed from its state; each quantity is computed once, when it is first asked for.
///
/// What ``StopRule`` and ``Quantity`` are given. It stays valid after the run has gone on.
public final class RunMoment {
  /// Flow time.
  public let time: Double
  /// Steps so far, those before a checkpoint included.
  public let steps: Int
  /// Wall clock of this session so far.
  public let secondsUsed: Double
  /// The period of the iterates, if they are those of explicit Euler and have one.
  public let period: Int?
  let state: [Double]
  let measures: RunMeasures

  init(
    time: Double, state: [Double], steps: Int, secondsUsed: Double, period: Int? = nil,
    measures: RunMeasures
  ) {
    (self.time, self.state, self.steps, self.period) = (time, state, steps, period)
    (self.secondsUsed, self.measures) = (secondsUsed, measures)
  }

  /// L_N − min L_N.
  public private(set) lazy var lossGap: Double = measures.minimum.gap(ofDiagonal: factors)

  /// L_N.
  public var loss: Double { measures.minimum.loss + lossGap }

  /// (L_N − min L_N)/(L_N(0) − min L_N); 0 where the run starts at the minimum.
  public var relativeLossGap: Double { measures.initialGap > 0 ? lossGap / measures.initialGap : 0 }

  /// ‖∇L_N‖, all layers together.
  public private(set) lazy var gradientNorm: Double = withState {
    measures.flow.gradientNorm($0, decomposition)
  }

  /// ‖∇L_N‖ relative to ‖Y Xᵀ‖ s^{(N−1)/N}, s = ‖Y P_X‖/‖X‖: the unit of the verdict.
  public private(set) lazy var relativeGradientNorm: Double =
    measures.rule.relativeGradientNorm(
      gradientNorm, depth: measures.run.start.depth,
      largestLayer: withState { measures.flow.largestLayer($0, decomposition) })

  /// ⟨W, W*⟩/(‖W‖ ‖W*‖); c_t of the theory when W has rank one. 0 where W or W* is zero.
  public private(set) lazy var alignment: Double = {
    let norm = factors.frobeniusNorm
    return norm > 0 && measures.targetNorm > 0
      ? FactoredMatrix.inner(factors, measures.target) / norm / measures.targetNorm : 0
  }()

  /// The singular directions of Y P_X that W has learnt to more than a half, at most r of them, from 1.
  var directions: ArraySlice<Int> {
    measures.captured.subset(of: decomposition).prefix(measures.run.start.bottleneckWidth)
  }

  /// W in the coordinates of the problem.
  public var endToEndMatrix: Matrix { measures.run.reduction.expand(endToEnd: matrix) }

  /// The layers, with the widths of the start.
  public var network: LinearNetwork { measures.run.reduction.expand(reducedNetwork) }

  /// W in the reduced coordinates, by factors where the state has them.
  private(set) lazy var factors: FactoredMatrix = withState(measures.flow.endToEnd)

  /// W in the reduced coordinates, with all its entries.
  private(set) lazy var matrix: Matrix = factors.matrix

  /// Its singular value decomposition: its rank is at most the bottleneck.
  private(set) lazy var decomposition = factors.singularValueDecomposition(
    ofRank: measures.run.start.bottleneckWidth)

  /// The network in the reduced coordinates.
  private(set) lazy var reducedNetwork: LinearNetwork = withState {
    measures.flow.network($0, decomposition)
  }

  /// The layers in the reduced coordinates: of a closed form those that the start's have become, where ``reducedNetwork`` has balanced ones with their product.
  private(set) lazy var layers: [Matrix] = measures.layers(at: time)?.layers ?? reducedNetwork.layers

  /// Their singular value decompositions.
  private(set) lazy var layerDecompositions = layers.map(\.singularValueDecomposition)

  /// The layers with all inputs and outputs, and no more hidden dimensions than they use.
  var thinNetwork: LinearNetwork { measures.run.thinNetwork(layers) }

  private func withState<Result>(_ compute: (UnsafePointer<Double>) -> Result) -> Result {
    state.withUnsafeBufferPointer { compute($0.baseAddress!) }
  }

  /// All that is kept of the moment, with the quantities that were asked for.
  func record(_ quantities: [Quantity] = []) -> TrajectoryRecord {
    let (imbalance, drift) = withState(measures.flow.imbalance)
    return TrajectoryRecord(
      time: time, loss: loss, gap: lossGap, gradientNorm: gradientNorm,
      distanceToTarget: measures.minimum.distance(ofDiagonal: factors),
      singularValues: decomposition.singularValues,
      alignment: alignment, imbalance: imbalance, imbalanceDrift: drift,
      level: measures.levels.level(keeping: Array(directions)),
      others: Dictionary(quantities.flatMap { zip($0.names, $0.values(self)) }) { first, _ in first })
  }
}
