import LinearAlgebra
import LinearNetworks

/// What Theorem 2.8 says about a network: X Xᵀ invertible, rank(Y X†X) ≥ r, W a second-order stationary point with rank(W_N⋯W_1) = r ⇒ W is a global minimiser.
///
/// Source: Eftekhari (2020), Theorem 2.8.
public struct SecondOrderTheorem: Codable, Sendable, Equatable {
  /// One of the conditions, measured.
  public struct Condition: Codable, Sendable, Equatable {
    /// The condition in the notation of the theorem.
    public let statement: String
    /// The quantity that is measured.
    public let symbol: String
    /// Its value.
    public let value: Double
    /// What it is compared with.
    public let threshold: Double
    /// Whether the condition holds.
    public let holds: Bool
  }

  /// All conditions, in the order of the theorem.
  public let conditions: [Condition]
  /// Whether all hold, so that the theorem says: a global minimiser.
  public var applies: Bool { conditions.allSatisfy(\.holds) }
  /// In one sentence.
  public let conclusion: String

  /// The theorem at a network with this verdict, first- and second-order tests.
  init(
    rule: VerdictRule, verdict: Verdict, endToEnd W: Matrix, bottleneck r: Int, first: FirstOrderTest,
    second: SecondOrderTest
  ) {
    let ξ = rule.problem.inputScales
    let largest = ξ.max() ?? 0
    let inputs = Double(max(rule.problem.inputs, rule.problem.outputs)) * .ulpOfOne
    let σ = rule.minimum.singularValues
    let W = W.singularValues
    func entry(_ x: [Double], _ i: Int) -> Double { i <= x.count ? x[i - 1] : 0 }
    let conditions = [
      Condition(
        statement: "X Xᵀ is invertible", symbol: "ξ_min/ξ_max",
        value: largest > 0 ? (ξ.min() ?? 0) / largest : 0, threshold: inputs,
        holds: rule.problem.inputRank == ξ.count),
      Condition(
        statement: "rank(Y X†X) ≥ r", symbol: "σ_r(Y P_X)", value: entry(σ, r),
        threshold: rule.minimum.groups.resolution, holds: rule.minimum.targetRank >= r),
      Condition(
        statement: "∇L_N = 0", symbol: "relative gradient", value: first.relativeGradientNorm,
        threshold: first.tolerance, holds: first.holds),
      Condition(
        statement: "∇²L_N ≥ 0", symbol: "smallest eigenvalue", value: second.smallestEigenvalue,
        threshold: -second.tolerance, holds: second.outcome == .holds),
      Condition(
        statement: "rank(W_N⋯W_1) = r", symbol: "σ_r(W)", value: entry(W, r),
        threshold: verdict.rankTolerance, holds: verdict.rank == r),
    ]
    self.conditions = conditions
    let failing = conditions.filter { !$0.holds }.map(\.statement)
    conclusion =
      failing.isEmpty
      ? "a second-order stationary point of rank r = \(r) is a global minimiser"
      : "it does not speak: \(failing.joined(separator: ", ")) \(failing.count == 1 ? "fails" : "fail")"
  }
}
