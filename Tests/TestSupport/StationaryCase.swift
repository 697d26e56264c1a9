import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks

/// A stationary network whose kind is known from theory.
///
/// The end-to-end matrix keeps a set S of the singular directions of the labels; layers are balanced, or turned and stretched by W_j → A_j W_j A_{j−1}⁻¹, which changes neither stationarity nor the signs of
/// the Hessian; some layers have weights between spare hidden dimensions beside that, which lets signals through that no other layer passes on.
public struct StationaryCase: Sendable, CustomStringConvertible {
  public let description: String
  public let problem: Problem
  public let network: LinearNetwork
  public let expected: Verdict.Kind

  public var rule: VerdictRule {
    VerdictRule(for: problem, rank: network.bottleneckWidth)
  }

  /// |S|.
  public var endToEndRank: Int {
    let svd = network.endToEndMatrix.singularValueDecomposition
    return svd.rank(tolerance: 1e-9)
  }

  /// - Parameters:
  ///   - singularValues: σ_1 ≥ σ_2 ≥ … > 0 of the labels, as many as there are directions.
  ///   - kept: S, from 1.
  ///   - padded: layers, from 1, with weights between spare dimensions.
  ///   - isTurned: whether the hidden layers are turned and stretched at random.
  public static func make(
    _ singularValues: [Double], widths: [Int], kept: [Int], padded: [Int] = [], turning: Turning = .none,
    seed: UInt64
  ) -> StationaryCase {
    var generator = SeededGenerator(seed: seed)
    let (dx, dy, N) = (widths[0], widths.last!, widths.count - 1)
    let n = singularValues.count
    let U = Matrix.randomOrthonormal(dy, n, using: &generator)
    let V = Matrix.randomOrthonormal(dx, n, using: &generator)
    let ξ = (0..<dx).map { _ in 0.7 + 0.8 * generator.uniform() }
    let M = Matrix.product(U.scalingColumns(by: singularValues), .plain, V, .transposed)
    // X = E diag(ξ) for a random orthogonal E.
    let E = Matrix.randomOrthonormal(dx, dx, using: &generator)
    let problem = Problem(
      sampleCount: dx, inputFactor: E.scalingColumns(by: ξ).transpose, crossFactor: M.transpose,
      irreducible: 0.3)
    let S = kept.map { $0 - 1 }
    let WX = Matrix.product(
      U.columns(S).scalingColumns(by: S.map { singularValues[$0] }), .plain, V.columns(S), .transposed)
    let W = Matrix.product(WX.scalingColumns(by: ξ.map { 1 / $0 }), .plain, E, .transposed)
    var layers = try! LinearNetwork.balanced(factoring: W, widths: widths).layers
    let k = S.count
    for j in padded {
      // Between the spare dimensions of both sides, or the inputs and outputs at the ends.
      let rows = j == N ? 0..<dy : k..<widths[j]
      let columns = j == 1 ? 0..<dx : k..<widths[j - 1]
      for row in rows { for column in columns { layers[j - 1][row, column] += generator.normal() } }
    }
    if turning == .random {
      // Well-conditioned: an orthogonal matrix with singular values between ½ and 2.
      let A = widths.enumerated().map { j, d -> (Matrix, Matrix)? in
        guard j > 0, j < N else { return nil }
        let (P, Q) = (
          Matrix.randomOrthonormal(d, d, using: &generator), Matrix.randomOrthonormal(d, d, using: &generator)
        )
        let s = (0..<d).map { _ in exp2(2 * generator.uniform() - 1) }
        return (
          Matrix.product(P.scalingColumns(by: s), .plain, Q, .transposed),
          Matrix.product(Q.scalingColumns(by: s.map { 1 / $0 }), .plain, P, .transposed)
        )
      }
      layers = layers.enumerated().map { j, W in
        let right = A[j].map { W * $0.1 } ?? W
        return A[j + 1].map { $0.0 * right } ?? right
      }
    }
    let r = min(widths.min()!, n)
    let best = singularValues.prefix(r).reduce(0) { $0 + $1 * $1 }
    let has = S.reduce(0) { $0 + singularValues[$1] * singularValues[$1] }
    let isLeading = S.allSatisfy { j in
      (0..<n).allSatisfy { S.contains($0) || singularValues[$0] <= singularValues[j] }
    }
    let expected: Verdict.Kind =
      (best - has).magnitude <= 1e-14 * best
      ? .globalMinimiser : !isLeading || N == 2 || padded.count >= N - 2 ? .strictSaddle : .nonStrictSaddle
    return StationaryCase(
      description: "widths \(widths), σ \(singularValues), keeps \(kept), padded \(padded), \(turning)",
      problem: problem, network: LinearNetwork(layers: layers), expected: expected)
  }

  public enum Turning: Sendable { case none, random }

  /// The network with independent normal numbers of the given size added to its weights.
  public func perturbed(by size: Double, seed: UInt64) -> LinearNetwork {
    var generator = SeededGenerator(seed: seed)
    return LinearNetwork(
      widths: network.widths, parameters: network.parameters.map { $0 + size * generator.normal() })
  }

  /// Origins, every subset of three directions, padded ones, repeated singular values, layers of width one.
  public static let zoo: [StationaryCase] = {
    var cases: [StationaryCase] = []
    var seed: UInt64 = 500
    func add(
      _ σ: [Double], _ widths: [Int], _ kept: [Int], padded: [Int] = [], _ turning: Turning = .none
    ) {
      seed += 1
      cases.append(.make(σ, widths: widths, kept: kept, padded: padded, turning: turning, seed: seed))
    }
    let σ = [3.0, 2, 1]
    // Every subset that fits, balanced and turned, with hidden widths below and above the data's.
    for hidden in [[2], [5], [2, 2], [3, 4], [3, 3, 4]] {
      for mask in 0..<8 {
        let kept = (1...3).filter { mask >> ($0 - 1) & 1 == 1 }
        guard kept.count <= hidden.min()! else { continue }
        for turning in [Turning.none, .random] { add(σ, [4] + hidden + [3], kept, turning) }
      }
    }
    // Spare weights let a signal pass: strict with N − 2 of them, not with fewer.
    for turning in [Turning.none, .random] {
      for layer in 1...3 { add(σ, [4, 4, 5, 3], [1], padded: [layer], turning) }
      add(σ, [4, 4, 5, 3], [], padded: [2], turning)
      for layer in 1...4 { add(σ, [4, 4, 4, 5, 3], [1], padded: [layer], turning) }
      add(σ, [4, 4, 4, 5, 3], [1], padded: [2, 3], turning)
      add(σ, [4, 4, 4, 5, 3], [1, 2], padded: [1, 4], turning)
      add(σ, [4, 5, 5, 3], [1, 2, 3], padded: [2], turning)
    }
    // Repeated singular values: any of the equal ones do.
    for kept in [[1], [2], [3], [1, 2], [2, 3], [1, 3]] {
      add([2, 2, 2], [4] + Array(repeating: kept.count, count: 2) + [3], kept, .random)
      add([2, 2, 1], [4] + Array(repeating: kept.count, count: 1) + [3], kept)
    }
    // A layer of one neuron anywhere.
    for position in 1...3 {
      var widths = [4, 3, 3, 3, 3]
      widths[position] = 1
      for kept in [[], [1], [2], [3]] { add(σ, widths, kept, .random) }
    }
    for kept in [[], [1]] {
      add([2], [1, 3, 3, 4], kept)
      add([2], [4, 3, 1], kept, .random)
      add([2], [1, 1, 1, 1], kept)
    }
    return cases
  }()
}
