import ExactFlows
import Foundation
import LinearAlgebra

/// A random problem, chosen to be difficult more often than not.
struct RankOneInstance: CustomStringConvertible {
  let target: Matrix
  let sampleCount: Double
  let depth: Int
  let scale: Double
  let left: [Double]
  let right: [Double]
  let description: String

  init(_ index: Int) {
    var g = SeededGenerator(seed: 0x51A7 &+ UInt64(index) &* 7919)
    let dy = 1 + Int(g.next() % 20)
    let dx = 1 + Int(g.next() % 20)
    let k = min(dx, dy)
    var σ = (0..<k).map { _ in g.uniform() }.sorted(by: >)
    let spectrum = ["spread", "clustered", "repeated", "deficient", "wide"][index % 5]
    switch spectrum {
    case "clustered": σ = σ.map { 1 + 1e-3 * $0 }
    case "repeated": σ = σ.map { ($0 * 3).rounded(.up) / 3 }
    case "deficient": for i in σ.indices where i > k / 2 { σ[i] = 0 }
    case "wide": σ = σ.map { pow(10, -6 * (1 - $0)) }
    default: break
    }
    let unit = pow(10, -2 + 4 * g.uniform())
    σ = σ.sorted(by: >).map { $0 * unit }
    let U = Matrix.randomOrthonormal(dy, k, using: &g)
    let V = Matrix.randomOrthonormal(dx, k, using: &g)
    target = U * Matrix.product(.diagonal(σ), .plain, V, .transposed)
    depth = [2, 3, 4, 5, 7, 10, 30, 100, 1000, 10_000][(index / 5) % 10]
    sampleCount = pow(10, 3 * g.uniform())
    let exponent = g.uniform() * 2 - 1
    scale = σ[0] * pow(10, index % 3 == 0 ? 90 * exponent : 4 * exponent)
    var u = (0..<dy).map { _ in g.normal() }
    let v = (0..<dx).map { _ in g.normal() }
    let length = u.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let start = ["random", "near", "opposed"][Int(g.next() % 3)]
    var w = v
    if start != "random" {
      let sign: Double = start == "near" ? 1 : -1
      u = (0..<dy).map { sign * U[$0, 0] + 0.3 * u[$0] / length }
      w = (0..<dx).map { V[$0, 0] + 0.3 * v[$0] / length }
    }
    func unitVector(_ x: [Double]) -> [Double] {
      let n = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return x.map { $0 / n }
    }
    (left, right) = (unitVector(u), unitVector(w))
    description = "#\(index): \(dy)×\(dx), \(spectrum), N = \(depth), s0 = \(scale), \(start)"
  }

  func flow() throws -> ExactRankOneFlow {
    try ExactRankOneFlow(
      target: target, sampleCount: sampleCount, depth: depth, scale: scale, left: left, right: right)
  }

  /// m s^{1−2/N} (N (|uᵀZv| + s) + σ_1): the fastest rate of change of log s, u and v.
  func rate(_ state: ExactRankOneState) -> Double {
    let N = Double(depth)
    return sampleCount * exp((1 - 2 / N) * state.logScale)
      * (N * (state.projection.magnitude + state.scale) + state.coordinates.leadingValue)
  }

  /// A time from the start, the middle or the end of the motion.
  func time(_ flow: ExactRankOneFlow, _ g: inout SeededGenerator) -> Double {
    pow(10, -2 + 5 * g.uniform()) / rate(flow.state(at: 0))
  }
}
