import Foundation
import LinearAlgebra
import LinearNetworks

/// Gradient flow of two layers with W_2ᵀW_2 − W_1W_1ᵀ = λI on whitened data, in closed form.
///
/// With Q = [W_1ᵀ; W_2] the conserved imbalance gives W_1W_1ᵀ = ½(QᵀQ − λ) and W_2ᵀW_2 = ½(QᵀQ + λ), so that the layers obey
/// dQ/dt = m(F_λQ − ½QQᵀQ) with the symmetric F_λ = [[−λ/2, Zᵀ], [Z, λ/2]]: the equation of ``ExactDepthTwoFlow`` with another F, and the same solution
/// QQᵀ(t) = e^{mF_λt}Q_0 (I + m Q_0ᵀ(∫_0^t e^{2mF_λτ}dτ)Q_0)^{−1} Q_0ᵀe^{mF_λt}. No shape is excluded; λ > 0 needs a hidden width of at most dy, λ < 0 of at most dx, or there is no such start.
///
/// On the pair (v_i, u_i) the matrix F_λ has the eigenvalues ±μ_i, μ_i = √(σ_i² + λ²/4), and beyond the singular vectors of Z −λ/2 in inputs and λ/2 in outputs. Near the minimum W therefore comes to
/// Z at the rate 2mμ_i = m√(λ² + 4σ_i²) in direction i.
///
/// Edge cases: λ = 0 is the balanced flow. Hidden widths above ``ExactDepthTwoFlow/largestRank`` are refused.
///
/// Complexity: one singular value decomposition of Z; then O((dx + dy)·h² + dx·dy·h) a state for a hidden width h.
///
/// Source: derived as D7; the family of Braun et al. (2022) and Dominé et al. (2024); the rate for scalars in Tarmoun, França, Haeffele, Vidal (2021).
public struct ExactLambdaBalancedFlow: Sendable {
  /// Z, dy × dx.
  public let target: Matrix
  /// m, the unit of 1/time.
  public let sampleCount: Double
  /// The layers at time zero.
  public let start: LinearNetwork
  /// λ, the mean of the eigenvalues of D_1.
  public let imbalance: Double
  /// μ_i = √(σ_i² + λ²/4), decreasing.
  public let rates: [Double]

  private let U, V, beyond: Matrix
  /// The components of the eigenvector of +μ_i along v_i and u_i.
  private let along: [(v: Double, u: Double)]
  private let coordinates, coordinateErrors: [Double]
  private let eigenvalues: [Double]
  private let clusters: [Int]

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
    precondition(m > 0 && m.isFinite, "m = \(m) is not a number of samples")
    guard start.depth == 2 else { throw .depth(found: start.depth) }
    let widths = start.widths
    guard widths[2] == Z.rows, widths[0] == Z.columns else {
      throw .shape(found: [widths[2], widths[0]], expected: [Z.rows, Z.columns])
    }
    guard Z.isFinite, start.layers.allSatisfy(\.isFinite) else { throw .notFinite }
    let h = widths[1]
    guard h <= ExactDepthTwoFlow.largestRank else {
      throw .rank(found: h, largest: ExactDepthTwoFlow.largestRank)
    }
    let D = start.imbalances[0]
    let λ = (0..<h).reduce(0) { $0 + D[$1, $1] } / Double(h)
    let scale = start.layers.reduce(0) { max($0, $1.frobeniusNorm) }
    let defect = scale > 0 ? (D - λ * .identity(h)).frobeniusNorm / scale / scale : 0
    guard defect <= tolerance else { throw .notLambdaBalanced(defect: defect, tolerance: tolerance) }
    (target, sampleCount, self.start, imbalance) = (Z, m, start, λ)

    let svd = Z.singularValueDecomposition
    (U, V) = (svd.U, svd.V)
    let groups = SingularValueGroups(svd.singularValues)
    let σ = groups.averaged(svd.singularValues)
    let μ = σ.map { ($0 * $0 + λ * λ / 4).squareRoot() }
    rates = μ
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
    // Errors of several eps of the whole start, and of dot products of its rows (16 is tuned, as at λ = 0).
    let whole =
      16 * .ulpOfOne * (1 + Double(max(Z.rows, Z.columns)).squareRoot())
      * hypot(inputSide.frobeniusNorm, outputSide.frobeniusNorm)
    coordinateErrors = Array(repeating: whole, count: coordinates.count)
    let rest = isWide ? -λ / 2 : λ / 2
    eigenvalues = μ + μ.map { -$0 } + Array(repeating: rest, count: beyond.columns)
    // Equal eigenvalues err together; those of zero singular values are ±λ/2.
    var named = [Int](repeating: groups.ranges.count + 1, count: σ.count)
    for (number, group) in groups.ranges.enumerated() { for i in group { named[i] = number + 1 } }
    let last = rest > 0 ? groups.ranges.count + 1 : rest < 0 ? -(groups.ranges.count + 1) : 0
    clusters =
      (named + named.map { -$0 }).map { λ == 0 && $0.magnitude > groups.ranges.count ? 0 : $0 }
      + Array(repeating: last, count: beyond.columns)
  }

  /// The layers at time t ≥ 0 up to one hidden rotation, W_2G and GᵀW_1: their product, singular values and Gram matrices are those of the flow.
  public func layers(at t: Double) -> LinearNetwork {
    precondition(t >= 0 && t < .infinity, "the time \(t) is not in [0, ∞)")
    guard t > 0 else { return start }
    let h = start.widths[1]
    let weights = DepthTwoElimination.Weights(
      eigenvalues: eigenvalues, clusters: clusters, sampleCount: sampleCount,
      eigenvalueError: Double(max(target.rows, target.columns)) * .ulpOfOne * (rates.first ?? 0), at: t)
    let elimination = DepthTwoElimination(
      rows: coordinates, errors: coordinateErrors, rank: h, weights: weights)
    let Y = DepthTwoFactor(elimination, weights).factor
    let k = along.count
    let input = Matrix(k, h) { i, j in along[i].v * Y[i, j] + along[i].u * Y[i + k, j] }
    let output = Matrix(k, h) { i, j in along[i].u * Y[i, j] - along[i].v * Y[i + k, j] }
    let rest = beyond * Y.rows(2 * k..<Y.rows)
    let isWide = target.columns >= target.rows
    return LinearNetwork(layers: [
      (isWide ? V * input + rest : V * input).transpose, isWide ? U * output : U * output + rest,
    ])
  }

  /// W(t), t ≥ 0.
  public func endToEndMatrix(at t: Double) -> Matrix { layers(at: t).endToEndMatrix }
}
