import Foundation
import LinearAlgebra
import LinearNetworks
import Prose

/// Gradient flow of two layers with W_2ᵀW_2 − W_1W_1ᵀ = λI on whitened data, in closed form.
///
/// With Q = [W_1ᵀ; W_2] the conserved imbalance gives W_1W_1ᵀ = ½(QᵀQ − λ) and W_2ᵀW_2 = ½(QᵀQ + λ), so that the layers obey
/// dQ/dt = m(F_λQ − ½QQᵀQ) with the symmetric F_λ = [[−λ/2, Zᵀ], [Z, λ/2]]: the equation of ``ExactDepthTwoFlow`` with another F, and the same solution
/// QQᵀ(t) = e^{mF_λt}Q_0 (I + m Q_0ᵀ(∫_0^t e^{2mF_λτ}dτ)Q_0)^{−1} Q_0ᵀe^{mF_λt}. No shape is excluded; λ > 0 needs a hidden width of at most dy, λ < 0 of at most dx, or there is no such start.
///
/// On the pair (v_i, u_i) the matrix F_λ has the eigenvalues ±μ_i, μ_i = √(σ_i² + λ²/4), and beyond the singular vectors of Z −λ/2 in inputs and λ/2 in outputs. Near the minimum W therefore comes to
/// Z at the rate 2mμ_i = m√(λ² + 4σ_i²) in direction i.
///
/// Its layers are this Q(t) times a rotation of the hidden layer, which is integrated as that of ``DepthTwoLayers``. For λ ≠ 0 no direction of Q is negligible, QᵀQ ⪰ |λ|, and the rotation is resolved.
///
/// Edge cases: λ = 0 is the balanced flow. Hidden widths above ``ExactDepthTwoFlow/largestRank`` are refused.
///
/// Accuracy: ``LambdaBalancedState/relativeError`` bounds it. Where one layer is far smaller than the other, W = W_2W_1 is small beside ‖Q‖², of whose round-off it keeps some: ``startError``.
///
/// Complexity: one singular value decomposition of Z; then O((dx + dy)·h² + dx·dy·h) a state for a hidden width h.
///
/// Source: derived as D7; the family of Braun et al. (2022) and Dominé et al. (2024); the rate for scalars in Tarmoun, França, Haeffele, Vidal (2021).
public struct ExactLambdaBalancedFlow: ExactSolution {
  /// Z, dy × dx.
  public let target: Matrix
  /// m, the unit of 1/time.
  public let sampleCount: Double
  /// The layers at time zero.
  public let start: LinearNetwork
  /// λ, the mean of the eigenvalues of D_1.
  public let imbalance: Double
  /// ‖D_1 − λI‖_F relative to the larger layer's squared norm: what the hypothesis lacks.
  public let imbalanceDefect: Double
  /// μ_i = √(σ_i² + λ²/4), decreasing.
  public let rates: [Double]

  private let U, V, beyond: Matrix
  /// The components of the eigenvector of +μ_i along v_i and u_i.
  private let along: [(v: Double, u: Double)]
  private let coordinates, coordinateErrors: [Double]
  let eigenvalues: [Double]
  private let clusters: [Int]
  /// A bound on the error of an eigenvalue: that of the decomposition of Z, and of what D_1 has beside λI, which turns Q at half its size.
  private let eigenvalueError: Double

  /// The flow on whitened data with a given Z = Y Xᵀ/m.
  ///
  /// - Parameters:
  ///   - Z: dy × dx.
  ///   - m: the number of samples, which scales time.
  ///   - start: two layers with D_1 = λI.
  ///   - tolerance: how far D_1 may be from λI, relative to the larger layer's squared norm.
  /// - Throws: ``DepthTwoFailure``.
  public init(
    target Z: Matrix, sampleCount m: Double, start: LinearNetwork, tolerance: Double = .hypothesisTolerance
  ) throws(DepthTwoFailure) {
    try self.init(
      target: Z, decomposition: nil, sampleCount: m, start: start, tolerance: tolerance)
  }

  /// The same where the singular value decomposition of Z is known.
  init(
    target Z: Matrix, decomposition: SingularValueDecomposition?, sampleCount m: Double, start: LinearNetwork,
    tolerance: Double
  ) throws(DepthTwoFailure) {
    precondition(m > 0 && m.isFinite, "m = \(m) is not a number of samples")
    guard start.depth == 2 else { throw .depth(found: start.depth) }
    let widths = start.widths
    guard widths[2] == Z.rows, widths[0] == Z.columns else {
      throw .shape(found: [widths[2], widths[0]], expected: [Z.rows, Z.columns])
    }
    guard Z.isFinite, start.layers.allSatisfy(\.isFinite) else { throw .notFinite }
    let h = widths[1]
    let D = start.imbalances[0]
    let λ = (0..<h).reduce(0) { $0 + D[$1, $1] } / Double(h)
    let scale = start.layers.reduce(0) { max($0, $1.frobeniusNorm) }
    let rest = (D - λ * .identity(h)).frobeniusNorm
    let defect = scale > 0 ? rest / scale / scale : 0
    guard defect <= tolerance else { throw .notLambdaBalanced(defect: defect, tolerance: tolerance) }
    guard h <= ExactDepthTwoFlow.largestRank else {
      throw .rank(found: h, largest: ExactDepthTwoFlow.largestRank)
    }
    (target, sampleCount, self.start, imbalance, imbalanceDefect) = (Z, m, start, λ, defect)

    let svd = decomposition ?? Z.singularValueDecomposition
    (U, V) = (svd.U, svd.V)
    let groups = SingularValueGroups(svd.singularValues)
    let σ = groups.averaged(svd.singularValues)
    let μ = σ.map { ($0 * $0 + λ * λ / 4).squareRoot() }
    rates = μ
    eigenvalueError = Double(max(Z.rows, Z.columns)) * .ulpOfOne * (μ.first ?? 0) + rest / 2
    // (σ, μ + λ/2) ∝ (μ − λ/2, σ): the one in which nothing cancels. Where both vanish any basis is one of eigenvectors.
    let along = zip(σ, μ).map { σ, μ -> (v: Double, u: Double) in
      let (v, u) = λ >= 0 ? (σ, μ + λ / 2) : (μ - λ / 2, σ)
      let length = (v * v + u * u).squareRoot()
      return length > 0 ? (v / length, u / length) : (0.5.squareRoot(), 0.5.squareRoot())
    }
    self.along = along

    let (inputSide, outputSide) = (start.layers[0].transpose, start.layers[1])
    let isWide = Z.columns >= Z.rows
    let (long, basis) = isWide ? (inputSide, svd.V) : (outputSide, svd.U)
    let (outside, beyond) = ExactDepthTwoFlow.outside(basis, long)
    self.beyond = beyond
    let a = Matrix.product(U, .transposed, outputSide, .plain)
    let b = Matrix.product(V, .transposed, inputSide, .plain)
    let c = Matrix.product(beyond, .transposed, outside, .plain)
    let plus = Matrix(σ.count, h) { i, j in along[i].v * b[i, j] + along[i].u * a[i, j] }
    let minus = Matrix(σ.count, h) { i, j in along[i].u * b[i, j] - along[i].v * a[i, j] }
    coordinates = [plus, minus, c].flatMap { $0.transpose.storage }
    // Errors of several eps of the layer, and of dot products of its rows (16 is tuned, as at λ = 0): the layers may be of very different sizes.
    let unit = 16 * .ulpOfOne * (1 + Double(max(Z.rows, Z.columns)).squareRoot())
    let (δb, δa) = (unit * inputSide.frobeniusNorm, unit * outputSide.frobeniusNorm)
    coordinateErrors =
      (along.map { hypot($0.v * δb, $0.u * δa) } + along.map { hypot($0.u * δb, $0.v * δa) }
      + Array(repeating: isWide ? δb : δa, count: beyond.columns))
      .flatMap { Array(repeating: $0, count: h) }
    let other = isWide ? -λ / 2 : λ / 2
    eigenvalues = μ + μ.map { -$0 } + Array(repeating: other, count: beyond.columns)
    // Equal eigenvalues err together; those of zero singular values are ±λ/2.
    var named = [Int](repeating: groups.ranges.count + 1, count: σ.count)
    for (number, group) in groups.ranges.enumerated() { for i in group { named[i] = number + 1 } }
    let last = other > 0 ? groups.ranges.count + 1 : other < 0 ? -(groups.ranges.count + 1) : 0
    clusters =
      (named + named.map { -$0 }).map { λ == 0 && $0.magnitude > groups.ranges.count ? 0 : $0 }
      + Array(repeating: last, count: beyond.columns)
  }

  /// A first-order bound on the error of W just after the start, relative to ‖W_0‖; infinite for W_0 = 0.
  public var startError: Double {
    let δ = Matrix(rows: coordinateErrors.count, columns: 1, storage: coordinateErrors).frobeniusNorm
    return relative(LambdaBalancedState.error(of: start, factorError: δ), to: start.endToEndMatrix)
  }

  /// W(t) and the layers up to one hidden rotation, 0 ≤ t < ∞.
  public func state(at t: Double) -> LambdaBalancedState {
    precondition(t >= 0 && t < .infinity, "the time \(t) is not in [0, ∞)")
    guard t > 0 else { return LambdaBalancedState(time: 0, layers: start, factorError: 0) }
    let (Y, error) = factor(at: t)
    return LambdaBalancedState(time: t, layers: layers(of: Y), factorError: error)
  }

  /// The layers at time t ≥ 0 up to one hidden rotation, W_2G and GᵀW_1: their product, singular values and Gram matrices are those of the flow.
  public func layers(at t: Double) -> LinearNetwork {
    precondition(t >= 0 && t < .infinity, "the time \(t) is not in [0, ∞)")
    return t > 0 ? layers(of: factor(at: t).Y) : start
  }

  /// W(t), t ≥ 0.
  public func endToEndMatrix(at t: Double) -> Matrix { layers(at: t).endToEndMatrix }

  /// W_1 and W_2 from the coordinates of Q in the eigenvectors of F_λ.
  private func layers(of Y: Matrix) -> LinearNetwork {
    let k = along.count
    let input = Matrix(k, Y.columns) { i, j in along[i].v * Y[i, j] + along[i].u * Y[i + k, j] }
    let output = Matrix(k, Y.columns) { i, j in along[i].u * Y[i, j] - along[i].v * Y[i + k, j] }
    let rest = beyond * Y.rows(2 * k..<Y.rows)
    let isWide = target.columns >= target.rows
    return LinearNetwork(layers: [
      (isWide ? V * input + rest : V * input).transpose, isWide ? U * output : U * output + rest,
    ])
  }

  public var summary: String {
    "two layers with W_2ᵀW_2 − W_1W_1ᵀ = λI, λ = \(number(imbalance, digits: 4)), have a closed form on whitened data (D7b)"
  }

  /// The layers at one time; their hidden rotation, which W does not show, to 1e-10 a panel.
  public func network(at t: Double) -> LinearNetwork { layersEvaluator()(t) }

  /// One pass over the rotation, as long as the times increase.
  public func layersEvaluator() -> (Double) -> LinearNetwork {
    var transport = RotationTransport(flow: self, tolerance: 1e-10)
    return { t in
      if t == 0 { return start }
      if t < transport.time { transport = RotationTransport(flow: self, tolerance: 1e-10) }
      return layers(of: transport.factor(at: t))
    }
  }
}

extension ExactLambdaBalancedFlow: HiddenRotation {
  var rank: Int { start.widths[1] }
  var largestEigenvalue: Double { rates.first ?? 0 }

  func factor(at t: Double) -> (Y: Matrix, error: Double) {
    let h = rank
    guard t > 0 else {
      let Y = Matrix(eigenvalues.count, h) { i, j in coordinates[i * h + j] }
      return (Y, Matrix(rows: coordinateErrors.count, columns: 1, storage: coordinateErrors).frobeniusNorm)
    }
    let weights = DepthTwoElimination.Weights(
      eigenvalues: eigenvalues, clusters: clusters, sampleCount: sampleCount,
      eigenvalueError: eigenvalueError, at: t)
    let elimination = DepthTwoElimination(
      rows: coordinates, errors: coordinateErrors, rank: h, weights: weights)
    let found = DepthTwoFactor(elimination, weights)
    return (found.factor, found.error)
  }
}

/// The state of two layers with D_1 = λI at one time.
public struct LambdaBalancedState: ExactState {
  public let time: Double
  /// W_1 and W_2 up to one hidden rotation.
  private let network: LinearNetwork
  /// A first-order bound on ‖error of W(t)‖_F.
  public let errorEstimate: Double

  /// - Parameter factorError: a bound on the error of Q, up to a rotation from the right.
  init(time: Double, layers: LinearNetwork, factorError: Double) {
    (self.time, network) = (time, layers)
    errorEstimate = Self.error(of: layers, factorError: factorError)
  }

  /// W = W_2W_1 errs by ‖W_2‖‖δW_1‖ + ‖δW_2‖‖W_1‖ and the dot products that make the layers of Q and W of the layers.
  static func error(of network: LinearNetwork, factorError δ: Double) -> Double {
    let (first, second) = (network.layers[0].frobeniusNorm, network.layers[1].frobeniusNorm)
    let dots = 2 * Double(network.widths[1] + 8) * .ulpOfOne * (δ > 0 ? hypot(first, second) : 0)
    return (first + second) * (δ + dots) + 2 * Double(network.widths[1]) * .ulpOfOne * first * second
  }

  public var endToEndMatrix: Matrix { network.endToEndMatrix }
  public var factors: FactoredMatrix {
    FactoredMatrix(left: network.layers[1], right: network.layers[0].transpose)
  }
  public var layers: LinearNetwork? { network }
  public var relativeError: Double { relative(errorEstimate, to: endToEndMatrix) }
}
