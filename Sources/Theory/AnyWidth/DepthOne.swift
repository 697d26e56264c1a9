import Foundation
import LinearAlgebra
import Prose

/// D9: a single layer, a convex problem: every column of Ŵ − Ẑ in the eigenbasis of XXᵀ decays with its own eigenvalue, ε(t) = Σ_i ‖(Ŵ_0 − Ẑ)e_i‖² e^{−2λ_i t}.
///
/// The logarithm of this sum is convex in t, so that straight lines between exact values of it are a bound.
///
/// Source: D9 of Documentation/derived.md.
struct DepthOneTheorem: Theorem {
  let reference = Reference.depthOne

  func conditions(in setting: Setting) -> [Condition] {
    [Condition("depth", "N", .depthOne, setting.depth, .equal, 1)]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let words = "one layer: a convex problem, solved by the least-squares predictor"
    let residual = setting.scaledMatrix - setting.target
    let roundOff = setting.excessError / Double(max(setting.inputRank, 1))
    let modes = setting.inputScales.enumerated().map { i, ξ in
      let column = Matrix.column(residual.column(i)).frobeniusNorm
      return (rate: 2 * ξ * ξ, share: column * column / max(setting.targetPower, .leastNormalMagnitude))
    }.filter { $0.share * setting.targetPower > roundOff }
    guard let slowest = modes.map(\.rate).min(), let fastest = modes.map(\.rate).max(),
      setting.targetPower > 0
    else {
      return Conclusion(words, limit: .globalMinimiser)
    }
    func logarithm(_ t: Double) -> Double {
      // Factored by the slowest mode, so that nothing underflows.
      -slowest * t + log(modes.reduce(0) { $0 + $1.share * exp(-($1.rate - slowest) * t) })
    }
    let last = 40 / slowest
    let times = [0] + stride(from: log(1e-3 / fastest), through: log(last), by: 0.25).map { exp($0) }
    // Rounding must not make the curve rise.
    var lowest = Double.infinity
    let points = times.map { t -> (time: Double, logarithm: Double) in
      lowest = min(lowest, logarithm(t))
      return (setting.time + t, lowest)
    }
    return Conclusion(
      words, limit: .globalMinimiser, bound: Bound(on: .gap, DecayCurve(points: points, rate: slowest)),
      decay: .exponential(rate: slowest, mode: "the smallest eigenvalue of XXᵀ that the start excites"),
      quantities: [
        Quantity("λ_min", "smallest eigenvalue of XXᵀ", setting.smallestEigenvalue),
        Quantity("λ_max", "largest eigenvalue of XXᵀ", setting.largestEigenvalue),
      ])
  }
}
