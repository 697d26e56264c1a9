import Foundation
import LinearAlgebra
import LinearNetworks

/// Gradient flow on whitened data from a balanced start that shares its singular vectors with Z, for every depth N ≥ 1, in closed form.
///
/// W(t) = Σ w_i(t) u_i v_iᵀ with decoupled modes (``AlignedMode``), dw/dt = N m |w|^{2−2/N}(σ − w). Modes that point against the target (w_i(0) < 0) are
/// included, as are repeated and zero σ_i.
///
/// Complexity: one singular value decomposition of Z; a state costs a few microseconds a mode, whatever the depth, and dx·dy a mode for W(t).
///
/// Source: D8 of Documentation/derived.md; Saxe, McClelland, Ganguli (2014).
public struct ExactAlignedFlow: ExactSolution {
  public struct State: ExactState {
    public let time: Double
    /// W(t) by its singular vectors, those of the modes that are not at rest in zero.
    public let factors: FactoredMatrix
    /// w_i(t) with gap and error, in the order of ``ExactAlignedFlow/decomposition``.
    public let modes: [AlignedMode.State]
    /// A first-order bound on ‖error of W(t)‖_F: of the modes, and of the singular vectors.
    public let errorEstimate: Double

    /// W(t), dy × dx.
    public var endToEndMatrix: Matrix { factors.matrix }
    public var relativeError: Double { errorEstimate / max(factors.frobeniusNorm, .leastNormalMagnitude) }

    /// |w_i(t)| in decreasing order.
    public var singularValues: [Double] { modes.map(\.value.magnitude).sorted(by: >) }
  }

  public let depth: Int
  public let decomposition: AlignedDecomposition
  public let modes: [AlignedMode]
  /// ‖X Xᵀ/m − I‖ and the relative imbalance of the start: what the hypotheses lack.
  public let whiteningDefect: Double
  public let relativeImbalance: Double
  /// W_0, and its factors if the layers are known.
  public let start: Matrix
  private let startLayers: LinearNetwork?

  /// The flow of a problem from a network of any depth.
  ///
  /// - Parameters:
  ///   - problem: with whitened inputs.
  ///   - start: a balanced network whose end-to-end matrix shares its singular vectors with Z.
  ///   - tolerance: how far data may be from whitened, and the start from balanced.
  ///   - alignmentTolerance: the part of W_0, relative to its norm, that may fail to fit.
  public init(
    problem: Problem, start: LinearNetwork, tolerance: Double = .hypothesisTolerance,
    alignmentTolerance: Double = 1e-12
  ) throws(AlignedFailure) {
    let defect = problem.whiteningDefect
    guard defect <= tolerance else { throw .notWhitened(defect: defect, tolerance: tolerance) }
    try self.init(
      target: problem.crossCovariance, sampleCount: Double(problem.sampleCount), start: start,
      whiteningDefect: defect, tolerance: tolerance, alignmentTolerance: alignmentTolerance)
  }

  /// The flow on whitened data with a given Z = Y Xᵀ/m from a network of any depth.
  public init(
    target Z: Matrix, sampleCount m: Double, start: LinearNetwork, tolerance: Double = .hypothesisTolerance,
    alignmentTolerance: Double = 1e-12
  ) throws(AlignedFailure) {
    try self.init(
      target: Z, sampleCount: m, start: start, whiteningDefect: 0, tolerance: tolerance,
      alignmentTolerance: alignmentTolerance)
  }

  /// The same where the singular value decomposition of Z is known.
  init(
    target Z: Matrix, decomposition: SingularValueDecomposition, sampleCount m: Double, start: LinearNetwork,
    tolerance: Double
  ) throws(AlignedFailure) {
    try self.init(
      target: Z, decomposition: decomposition, sampleCount: m, start: start, whiteningDefect: 0,
      tolerance: tolerance, alignmentTolerance: 1e-12)
  }

  private init(
    target Z: Matrix, decomposition: SingularValueDecomposition? = nil, sampleCount m: Double,
    start: LinearNetwork, whiteningDefect: Double,
    tolerance: Double, alignmentTolerance: Double
  ) throws(AlignedFailure) {
    guard start.widths.last == Z.rows, start.widths[0] == Z.columns else {
      throw .shape(found: [start.widths.last!, start.widths[0]], expected: [Z.rows, Z.columns])
    }
    let imbalance = start.depth == 1 ? 0 : start.relativeImbalance
    guard imbalance <= tolerance else {
      throw .notBalanced(relativeImbalance: imbalance, tolerance: tolerance)
    }
    try self.init(
      target: Z, decomposition: decomposition, sampleCount: m, depth: start.depth,
      start: start.endToEndMatrix, layers: start,
      defects: (whiteningDefect, imbalance), alignmentTolerance: alignmentTolerance)
  }

  /// The flow of the end-to-end matrix of a balanced network of depth N on whitened data with a given Z = Y Xᵀ/m.
  public init(
    target Z: Matrix, sampleCount m: Double, depth N: Int, start W: Matrix, alignmentTolerance: Double = 1e-12
  ) throws(AlignedFailure) {
    try self.init(
      target: Z, sampleCount: m, depth: N, start: W, layers: nil, defects: (0, 0),
      alignmentTolerance: alignmentTolerance)
  }

  private init(
    target Z: Matrix, decomposition svd: SingularValueDecomposition? = nil, sampleCount m: Double,
    depth N: Int, start W: Matrix, layers: LinearNetwork?,
    defects: (whitening: Double, balance: Double), alignmentTolerance: Double
  ) throws(AlignedFailure) {
    guard W.rows == Z.rows, W.columns == Z.columns else {
      throw .shape(found: [W.rows, W.columns], expected: [Z.rows, Z.columns])
    }
    guard Z.isFinite, W.isFinite else { throw .notFinite }
    let parts = AlignedDecomposition(
      decomposition: svd ?? Z.singularValueDecomposition, start: W)
    guard parts.defect <= alignmentTolerance else {
      throw .notAligned(defect: parts.defect, tolerance: alignmentTolerance)
    }
    (depth, decomposition, start, startLayers) = (N, parts, W, layers)
    (whiteningDefect, relativeImbalance) = defects
    let clock = N >= 3 ? AlignedClock(depth: N) : nil
    // A singular value errs by a few eps·σ_1, a start by as much of its norm.
    let roundOff = Double(max(Z.rows, Z.columns)).squareRoot() * .ulpOfOne
    let (σ1, size) = (parts.targets.first ?? 0, W.frobeniusNorm)
    modes = zip(parts.targets, parts.starts).map { σ, w in
      AlignedMode(
        depth: N, sampleCount: m, target: σ, start: w, clock: clock,
        targetError: σ > 0 ? roundOff * σ1 / σ : 0,
        startError: w != 0 ? roundOff * size / w.magnitude : 0)
    }
  }

  /// W(t) for 0 ≤ t < ∞.
  public func state(at t: Double) -> State {
    let states = modes.map { $0.state(at: t) }
    let moving = depth == 1 ? Array(states.indices) : states.indices.filter { modes[$0].start != 0 }
    let values = moving.map { states[$0].value }
    let W = FactoredMatrix(
      left: decomposition.U.columns(moving).scalingColumns(by: values), right: decomposition.V.columns(moving)
    )
    let modeError = states.reduce(0) { hypot($0, $1.errorEstimate) }
    let roundOff = 8 * Double(max(W.rows, W.columns)).squareRoot() * .ulpOfOne + decomposition.defect
    return State(
      time: t, factors: W, modes: states,
      errorEstimate: modeError + roundOff * Matrix.column(values).frobeniusNorm)
  }

  public var summary: String { "the start is aligned with Z, so the modes decouple and each is solved (D8)" }

  /// The layers at time t: W_j(t) = Q_j diag(|w|^{1/N}) Q_{j−1}ᵀ with constant orthonormal Q_j, those of the start.
  ///
  /// Of a flow made from W_0 alone, the balanced layers with one hidden dimension for each moving mode, Q_1 = … = Q_{N−1} = I. Directions in which the start vanishes stay
  /// zero in every layer (for N ≥ 2).
  ///
  /// Accuracy: Q_j are the columns of W_j ⋯ W_1 v_i, normalised; their relative error is N·eps·max_j ‖W_j‖/|w_i|^{1/N}.
  public func network(at t: Double) -> LinearNetwork {
    let states = modes.map { $0.state(at: t) }
    if depth == 1 { return LinearNetwork(layers: [state(at: t).endToEndMatrix]) }
    let moving = states.indices.filter { modes[$0].start != 0 }
    let roots = moving.map { i in
      depth == 2 ? states[i].value.magnitude.squareRoot() : pow(states[i].value.magnitude, 1 / Double(depth))
    }
    var Q = decomposition.V.columns(moving)
    let layers = (0..<depth).map { j in
      // The last basis is known, with the signs of the modes.
      let next =
        j == depth - 1
        ? decomposition.U.columns(moving).scalingColumns(by: moving.map { modes[$0].start < 0 ? -1 : 1 })
        : startLayers.map { ExactAlignedFlow.normalised($0.layers[j] * Q) } ?? .identity(moving.count)
      defer { Q = next }
      return Matrix.product(next.scalingColumns(by: roots), .plain, Q, .transposed)
    }
    return LinearNetwork(layers: layers)
  }

  private static func normalised(_ A: Matrix) -> Matrix {
    A.scalingColumns(by: (0..<A.columns).map { 1 / Matrix.column(A.column($0)).frobeniusNorm })
  }
}
