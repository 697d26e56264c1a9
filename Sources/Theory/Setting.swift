import Landscape
import LinearAlgebra
import LinearNetworks

/// A problem and a start, with what several theorems need computed once, when it is first asked for.
///
/// *Coordinates.* The flow never moves what W_1 does to inputs without data, so all conditions are judged on the range of X: with X = E diag(ξ) Fᵀ, restricted to ξ_i > 0,
/// the first layer is W_1E, Ŵ = W E diag(ξ) = W(XXᵀ)^{1/2} up to a rotation, Ẑ = Y F, so that ε = 2(L_N − min L_N) = ‖Ŵ − Ẑ‖² − Σ_{i>r} σ̂_i².
public final class Setting {
  /// What is trained on.
  public let problem: Problem
  /// The layers W_1, …, W_N at the start, or at the moment from which the promise is renewed.
  public let start: LinearNetwork
  /// The flow time of ``start``.
  public let time: Double
  /// By how much W may be wrong, relative to its norm: 0 for a start, the error of the integration for a later state.
  public let relativeError: Double
  /// η of gradient descent, of which the promises are then; nil for the flow.
  public let step: Double?

  /// The setting of a start.
  ///
  /// - Parameters:
  ///   - problem: what is trained on.
  ///   - start: layers whose inputs are those of the problem.
  ///   - time: the flow time of these layers.
  ///   - relativeError: by how much W may be wrong, relative to its norm.
  ///   - step: η of gradient descent; nil for the flow.
  public init(
    problem: Problem, start: LinearNetwork, time: Double = 0, relativeError: Double = 0, step: Double? = nil
  ) {
    precondition(
      start.widths[0] == problem.inputs && start.widths.last == problem.outputs,
      "a network of widths \(start.widths) on a problem with \(problem.inputs) inputs and \(problem.outputs) outputs"
    )
    (self.problem, self.start, self.time, self.relativeError) = (problem, start, time, relativeError)
    self.step = step
  }

  // MARK: Shape

  /// N.
  public var depth: Int { start.depth }
  /// r = min_j d_j on the range of X, (9).
  public private(set) lazy var bottleneck = min(start.bottleneckWidth, inputRank)
  /// dx.
  public var inputs: Int { problem.inputs }
  /// dy.
  public var outputs: Int { problem.outputs }
  /// p = 2 − 2/N.
  public var exponent: Double { 2 - 2 / Double(depth) }

  // MARK: Inputs

  /// The inputs, in the eigenbasis of XXᵀ, that carry data.
  private lazy var excited = problem.spectralLoss.excitedInputs
  /// rank X.
  public var inputRank: Int { excited.count }
  /// ξ_i > 0.
  private(set) lazy var inputScales = excited.map { problem.inputScales[$0] }
  /// The smallest positive eigenvalue of XXᵀ.
  public private(set) lazy var smallestEigenvalue = inputScales.map { $0 * $0 }.min() ?? 0
  /// The largest eigenvalue of XXᵀ.
  public private(set) lazy var largestEigenvalue = inputScales.map { $0 * $0 }.max() ?? 0
  /// c with XXᵀ ≈ c·I on the range of X; m for whitened data.
  public private(set) lazy var inputPower =
    inputScales.isEmpty
    ? Double(problem.sampleCount) : inputScales.reduce(0) { $0 + $1 * $1 } / Double(inputScales.count)
  /// ‖XXᵀ/c − I‖ on the range of X; 0 for whitened data, also with another factor than m.
  public private(set) lazy var whiteningDefect = inputScales.reduce(0) {
    max($0, ($1 * $1 / inputPower - 1).magnitude)
  }

  // MARK: Target

  /// Ẑ: dy × rank X.
  private(set) lazy var target = Matrix(outputs, inputRank) { [excited] i, j in
    problem.spectralLoss.labels[i, excited[j]]
  }
  /// Its singular value decomposition: σ̂_i, and the directions.
  private(set) lazy var targetDecomposition =
    inputRank == inputs
    ? problem.spectralLoss.reachableDecomposition : target.singularValueDecomposition
  /// The minimum over rank r.
  public private(set) lazy var minimum = GlobalMinimum(of: problem, rank: bottleneck)
  /// The stationary levels.
  public private(set) lazy var levels = CriticalLevels(of: minimum)
  /// ρ, the rank of Y P_X.
  public var targetRank: Int { minimum.targetRank }
  /// Σ_{i≤r} σ̂_i², the unit of the relative gap.
  public private(set) lazy var targetPower = minimum.singularValues.prefix(bottleneck).reduce(0) {
    $0 + $1 * $1
  }
  /// σ̂_i, counted from 1; 0 beyond the last, and for i = 0, the rank of inputs without data.
  func singularValue(_ i: Int) -> Double {
    i >= 1 && i <= minimum.singularValues.count ? minimum.singularValues[i - 1] : 0
  }
  /// σ̂_{min(r, ρ)}² − σ̂_{r+1}², twice the loss of the lowest level above the minimum; nil where there is no other level.
  public private(set) lazy var lowestLevel: Double? = levels.spacing.map { 2 * $0 }
  /// The error of a level: σ̂_i is known to the resolution of its groups.
  private(set) lazy var levelError = 4 * minimum.groups.resolution * singularValue(1)

  // MARK: Start

  /// W_0.
  public private(set) lazy var matrix = start.endToEndMatrix
  /// The layers on the range of X.
  private(set) lazy var restricted: LinearNetwork = {
    let first = problem.inEigenbasis(start.layers[0])
    return LinearNetwork(
      layers: [Matrix(first.rows, inputRank) { [excited] in first[$0, excited[$1]] }]
        + start.layers.dropFirst())
  }()
  /// W on the range of X, in the eigenbasis of XXᵀ: dy × rank X.
  private(set) lazy var restrictedMatrix: Matrix = {
    let whole = problem.inEigenbasis(matrix)
    return Matrix(outputs, inputRank) { [excited] in whole[$0, excited[$1]] }
  }()
  /// Its singular value decomposition, as far as the bottleneck lets it have singular values.
  private(set) lazy var startDecomposition = restricted.factoredEndToEnd.singularValueDecomposition(
    ofRank: bottleneck)
  /// rank W_0 on the range of X, up to round-off.
  public private(set) lazy var startRank = startDecomposition.rank()
  /// max_j ‖D_j‖_F / max_j ‖W_j‖_F² on the range of X, (14).
  public private(set) lazy var relativeImbalance = inputRank == 0 ? 0 : restricted.relativeImbalance
  /// ε = 2(L_N − min L_N).
  public private(set) lazy var excess = max(0, 2 * minimum.gap(of: matrix))
  /// By how much ``excess`` may be wrong: 2‖Ŵ − Ẑ‖e + e² for an error e of Ŵ, that of the integration and round-off.
  public private(set) lazy var excessError: Double = {
    let δ = relativeError * largestEigenvalue.squareRoot() * matrix.frobeniusNorm
    let residual = (scaledMatrix - target).frobeniusNorm
    // Rounding of the product of the layers (Higham, Accuracy and Stability, (3.13)) and of the residual.
    let dimensions = Double(start.widths.reduce(2, +))
    let product = start.layers.reduce(largestEigenvalue.squareRoot()) { $0 * $1.frobeniusNorm }
    let roundOff =
      .ulpOfOne
      * (dimensions * product + Double(inputs + outputs) * (scaledMatrix.frobeniusNorm + target.frobeniusNorm))
    let e = δ + roundOff
    return 2 * residual * e + e * e
  }()
  /// W on the range of X scaled by its inputs: Ŵ.
  private(set) lazy var scaledMatrix = restrictedMatrix.scalingColumns(by: inputScales)
  /// Whether the start is balanced as far as the arithmetic can tell.
  public var isBalanced: Bool { relativeImbalance <= Setting.defectTolerance }
  /// Up to which an imbalance is the rounding of layers that are meant to be balanced: 8 eps times the sum of the widths, relative as ``relativeImbalance``.
  package var balanceRoundOff: Double { 8 * .ulpOfOne * Double(start.widths.reduce(0, +)) }
  /// Whether nothing but rounding keeps the start from balance. A limit that is a saddle needs that: the smallest imbalance lets det W(t) change its sign, after a long time.
  package var isBalancedToRoundOff: Bool { relativeImbalance <= balanceRoundOff }
  /// Whether XXᵀ is a multiple of the identity as far as the arithmetic can tell.
  public var isWhitened: Bool { whiteningDefect <= Setting.defectTolerance }

  /// Defects of whitening and balance up to this count as round-off.
  public static let defectTolerance = Double.hypothesisTolerance

  /// The parts into which exact zeros split layers and target.
  private(set) lazy var parts = IndependentParts(
    restricted, target: target, singularValues: targetDecomposition.singularValues,
    roundOff: minimum.groups.resolution, weightRoundOff: balanceRoundOff)
  /// The eigenvalues of the imbalances.
  private(set) lazy var imbalanceSpectrum = ImbalanceSpectrum(restricted)
  /// What bounds the curvature along the iterates of descent, D21; nil for the flow.
  private(set) lazy var safeStep: SafeStep? = step.map { SafeStep(self, step: $0) }
  /// The sharpness of the loss at the balanced global minimiser; nil where there is none to be had.
  public private(set) lazy var sharpnessAtMinimiser: Double? = StabilityLimit.sharpnessAtMinimiser(
    problem, minimum, widths: start.widths)
  /// What rank the imbalances keep, D20.
  public private(set) lazy var inertiaFloor = InertiaFloor(
    restricted, imbalances: imbalanceSpectrum, targetRank: targetRank)

  // MARK: Rank one

  /// Z = YXᵀ/c on the range of X, in the eigenbasis of XXᵀ, with its singular value decomposition.
  public private(set) lazy var spectrum: TargetSpectrum = {
    let unit = 1 / inputPower.squareRoot()
    return TargetSpectrum(unit * target, decomposition: unit * targetDecomposition)
  }()
  /// The flow of rank one; nil for a single layer or where Z = 0.
  private(set) lazy var rankOneFlow: RankOneFlow? =
    depth >= 2 && spectrum.rank > 0
    ? RankOneFlow(depth: depth, sampleCount: inputPower, target: spectrum) : nil
  /// The leading part of W_0 on the range of X; nil where there is none.
  private(set) lazy var rankOneState: RankOneState? =
    startDecomposition.singularValues.first.map {
      RankOneState(scale: $0, left: startDecomposition.U.column(0), right: startDecomposition.V.column(0))
    }
}
