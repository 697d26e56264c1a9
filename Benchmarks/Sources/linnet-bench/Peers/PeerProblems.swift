import Foundation
import LinearAlgebra
import LinearNetworks
import Training

/// The problems of the comparison; final times are chosen by hand, so that the motion is seen to its end.
enum PeerProblems {
  /// Their keys in the order of the article, each with what makes the problem.
  private static var all: KeyValuePairs<String, () throws -> PeerInstance> {
    [
      "a-N2": { try figure1(depth: 2) }, "a-N3": { try figure1(depth: 3) }, "a-N5": { try figure1(depth: 5) },
      "a-N10": { try figure1(depth: 10) }, "b": smallStart, "c-N2": { try digits(depth: 2) },
      "c-N4": { try digits(depth: 4) }, "d": diabetes, "e": wide,
    ]
  }

  static var keys: [String] { all.map(\.key) }

  /// The problems with these keys, in the order of the article.
  static func instances(_ keys: [String]) throws -> [PeerInstance] {
    try all.filter { keys.contains($0.key) }.map { try $0.value() }
  }

  /// (a) The setting of the paper's Figure 1.
  static func figure1(depth N: Int) throws -> PeerInstance {
    let data = SyntheticData.whitened(samples: 50, inputs: 5, outputs: 1, seed: 1)
    let problem = Problem(inputs: data.inputs, outputs: data.outputs)
    let start = try Start.angle(degrees: 30, norm: 10).network(
      widths: [5, 1, 1], target: problem.crossCovariance, seed: 2)
    return try PeerInstance(
      "a-N\(N)", "Figure 1, N = \(N), layers of width 5", problem: problem,
      start: try spread(start.endToEndMatrix, hidden: Array(repeating: 5, count: N - 1)), finalTime: 0.1)
  }

  /// (b) A plateau before a 100 × 100 target, with singular values 1, 0.8, 0.64, …
  static func smallStart() throws -> PeerInstance {
    let σ = (0..<100).map { pow(0.8, Double($0)) }
    let Z = SyntheticData.target(singularValues: σ, inputs: 100, outputs: 100, seed: 1)
    let problem = Problem(target: Z, sampleCount: 1)
    let start = try Start.random(norm: 1).network(widths: [100, 1, 1, 100], target: Z, seed: 2).endToEndMatrix
    return try PeerInstance(
      "b", "100×100 target, rank one from s₀ = 10⁻³, widths 100–100–1–100", problem: problem,
      start: try spread((1e-3 / start.frobeniusNorm) * start, hidden: [100, 1]), finalTime: 120)
  }

  /// (c) All ten indicators of the digits by their whitened pixels.
  static func digits(depth N: Int) throws -> PeerInstance {
    let problem = try BundledData.problem("digits", preparation: .whiten) { $0.hasPrefix("is_") }
    let hidden = Array(repeating: 32, count: N - 1)
    let start = try Start.random(norm: 1).network(
      widths: [problem.inputs, 10, problem.outputs], target: problem.crossCovariance, seed: 1)
    return try PeerInstance(
      "c-N\(N)", "whitened digits, rank 10, N = \(N), layers of width 32", problem: problem,
      start: try spread(start.endToEndMatrix, hidden: hidden),
      finalTime: 60 / Double(problem.sampleCount))
  }

  /// (d) The diabetes data in the units in which they were measured: badly scaled.
  static func diabetes() throws -> PeerInstance {
    let problem = try BundledData.problem("diabetes", preparation: .center) { $0 == "progression" }
    let start = try Start.random(norm: 1).network(
      widths: [problem.inputs, 1, 1], target: problem.crossCovariance, seed: 1)
    return try PeerInstance(
      "d", "diabetes in raw units, rank one, N = 3, layers of width 10", problem: problem,
      start: try spread((1 / start.endToEndMatrix.frobeniusNorm) * start.endToEndMatrix, hidden: [10, 10]),
      firstTime: 1e-7, finalTime: 0.02)
  }

  /// (e) A network as wide as in practice.
  static func wide() throws -> PeerInstance {
    let data = SyntheticData.whitened(samples: 2000, inputs: 784, outputs: 10, seed: 1)
    let problem = Problem(inputs: data.inputs, outputs: data.outputs)
    let start = try Start.random(norm: 1).network(
      widths: [784, 10, 10], target: problem.crossCovariance, seed: 2)
    return try PeerInstance(
      "e", "784 whitened random inputs, 10 outputs, rank 10, N = 5, layers of width 512", problem: problem,
      start: try spread(start.endToEndMatrix, hidden: Array(repeating: 512, count: 4)),
      finalTime: 30 / Double(problem.sampleCount))
  }

  /// The balanced network of these hidden widths with W as its end-to-end matrix, hidden coordinates turned at random, so that
  /// the weights are as dense as a user's.
  private static func spread(_ W: Matrix, hidden: [Int]) throws -> LinearNetwork {
    let widths = [W.columns] + hidden + [W.rows]
    var generator = SeededGenerator(seed: 3)
    let turns =
      [.identity(W.columns)] + hidden.map { Matrix.randomOrthonormal($0, $0, using: &generator) }
      + [.identity(W.rows)]
    let layers = try LinearNetwork.balanced(factoring: W, widths: widths).layers
    return LinearNetwork(
      layers: layers.enumerated().map { j, layer in
        Matrix.product(turns[j + 1] * layer, .plain, turns[j], .transposed)
      })
  }
}
