import LinearAlgebra
import LinearNetworks

/// The points (P, Q) of (10b) and (P, Q′) of (12) that correspond to a network: P = W_N⋯W_{k+1}, Q = W_k⋯W_1, Q′ = Q X, where d_k = r.
///
/// If rank(W_N⋯W_1) = r a first-order stationary point of L_N goes to first-order stationary points of L_2 and of (12), and a second-order one to second-order ones. For the gradients there is a
/// number to it: with g_j = ‖∇_{W_j}L_N‖
///
///     ‖∇_P L_2‖ ≤ g_N / σ_r(W_{N−1}⋯W_{k+1}),   ‖∇_Q L_2‖ ≤ g_1 / σ_r(W_k⋯W_2),   ‖∇_{Q′}‖ ≤ ‖∇_Q L_2‖ / ξ_min,
///
/// since ∇_{W_N}L_N = ∇_P L_2 (W_{N−1}⋯W_{k+1})ᵀ and ∇_{W_1}L_N = (W_k⋯W_2)ᵀ ∇_Q L_2, with ξ_min the smallest singular value of X above round-off.
///
/// Source: Eftekhari (2020), Lemmas 2.4–2.6, equations (10b), (12).
public struct CorrespondingPoints: Codable, Sendable, Equatable {
  /// One of the two points.
  public struct Point: Codable, Sendable, Equatable {
    /// ‖∇_P‖ and ‖∇_Q‖ (or ‖∇_{Q′}‖).
    public let gradientNorms: [Double]
    /// What the gradient of the network makes of them at most, by the inequalities above, and rounding; null where rank W < r.
    public let gradientBounds: [Double]?
    /// The gradient in its unit is at most this far from zero for the point to be stationary.
    public let relativeGradientNorm: Double
    /// Whether it is first-order stationary: to round-off, nearly, or not.
    public let firstOrder: FirstOrderTest.Outcome
    /// Whether its Hessian has no negative eigenvalue.
    public let secondOrder: SecondOrderTest
  }

  /// k, where d_k = r: a hidden layer if there is one.
  public let layer: Int
  /// Whether rank(W_N⋯W_1) = r, which the lemmas ask for.
  public let hasFullRank: Bool
  /// (P, Q) of (10b).
  public let factors: Point
  /// (P, Q′) of (12).
  public let reachable: Point

  /// The points of a network, and its rank.
  public init(of network: LinearNetwork, rule: VerdictRule, rank: Int) {
    let r = network.bottleneckWidth
    let N = network.depth
    let k = (1..<max(N, 1)).first { network.widths[$0] == r } ?? (network.widths[0] == r ? 0 : N)
    layer = k
    hasFullRank = rank == r
    let P = CorrespondingPoints.product(network.layers[k...], dimension: network.widths[k])
    let Q = CorrespondingPoints.product(network.layers[..<k], dimension: network.widths[0])

    var bounds: [Double]?
    let g = FirstOrderTest(of: network, rule: rule)
    if hasFullRank {
      let above = CorrespondingPoints.smallest(network.layers[k...].dropLast(), r)
      let below = CorrespondingPoints.smallest(network.layers[..<k].dropFirst(), r)
      // An end without layers has an identity for its factor, whose gradient the network's does not bound.
      bounds = [
        k < N ? g.gradientNorms[N - 1] / above : .infinity, k > 0 ? g.gradientNorms[0] / below : .infinity,
      ]
    }
    factors = CorrespondingPoints.point(
      LinearNetwork(layers: [Q, P]), problem: rule.problem, r, rule.gradientTolerance, bounds: bounds,
      ofStationary: g.holds)

    // In the coordinates of the samples, Q′ = Q X lies in the row space of X; directions outside only add ‖P ΔQ′‖² ≥ 0 to the Hessian.
    let loss = rule.problem.spectralLoss
    let ξ = loss.inputScales
    let excited = Set(loss.excitedInputs)
    let whitened = QuadraticLoss(
      inputScales: ξ.indices.map { excited.contains($0) ? 1 : 0 }, labels: loss.reachableLabels,
      irreducible: loss.irreducible)
    let smallestScale = excited.map { ξ[$0] }.min() ?? 1
    let QX = rule.problem.inEigenbasis(Q).scalingColumns(
      by: ξ.indices.map { excited.contains($0) ? ξ[$0] : 0 })
    reachable = CorrespondingPoints.point(
      LinearNetwork(layers: [QX, P]),
      problem: Problem(sampleCount: rule.problem.sampleCount, diagonal: whitened), r, rule.gradientTolerance,
      bounds: bounds.map { [$0[0], $0[1] / smallestScale] }, ofStationary: g.holds)
  }

  /// - Parameters:
  ///   - bounds: of the two gradients, by the inequalities above.
  ///   - isStationary: whether the network itself counts as stationary.
  private static func point(
    _ point: LinearNetwork, problem: Problem, _ r: Int, _ tolerance: Double, bounds: [Double]?,
    ofStationary isStationary: Bool
  ) -> Point {
    let rule = VerdictRule(for: problem, rank: r, gradientTolerance: tolerance)
    let first = FirstOrderTest(of: point, rule: rule)
    let judgement = rule.judge(point, looking: .briefly)
    // P comes first, although it is applied last.
    let norms = Array(first.gradientNorms.reversed())
    let limits = bounds.map { zip($0, first.roundOff.reversed()).map(+) }
    // The lemma maps a stationary network to a stationary point, and a gradient within its bound is what the network's own makes of zero there: small in the network's unit, whatever it is in the point's.
    let isWithin = limits.map { zip(norms, $0).allSatisfy { $0 <= $1 } } ?? false
    let outcome =
      first.outcome == .notStationary && isStationary && isWithin ? .nearlyStationary : first.outcome
    return Point(
      gradientNorms: norms, gradientBounds: limits, relativeGradientNorm: first.relativeGradientNorm,
      firstOrder: outcome,
      secondOrder: SecondOrderLook(
        point, rule: rule, judgement: judgement, isStationary: outcome != .notStationary
      ).test)
  }

  private static func product(_ layers: ArraySlice<Matrix>, dimension: Int) -> Matrix {
    guard let first = layers.first else { return .identity(dimension) }
    return layers.dropFirst().reduce(first) { $1 * $0 }
  }

  /// σ_r of a product; 1 for the empty one.
  private static func smallest(_ layers: ArraySlice<Matrix>, _ r: Int) -> Double {
    guard !layers.isEmpty else { return 1 }
    let σ = product(layers, dimension: 0).singularValues
    return r <= σ.count ? σ[r - 1] : 0
  }
}
