import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks

/// One problem that we and the peers solve: W(t) at 200 times, from the same layers.
struct PeerInstance {
  /// What a solver starts from.
  enum Formulation: String, CaseIterable {
    /// The layers as a user has them, with dense weights.
    case layers
    /// The same start with hidden widths equal to its rank.
    case factors
  }

  /// The stem of its files: `a-N3`.
  let key: String
  /// One line for the report.
  let title: String
  let problem: Problem
  /// Z = Y Xᵀ/m.
  let target: Matrix
  /// The layers as a user has them, with dense weights.
  let start: LinearNetwork
  /// The induced factors: the same start with hidden widths ρ (D2).
  let factors: LinearNetwork
  /// ρ, the rank of W_0, which the flow conserves (Lemma 3.3).
  let rank: Int
  /// 200 increasing times after 0.
  let times: [Double]

  /// - Parameters:
  ///   - start: balanced.
  ///   - finalTime: T > 0; the times are linear, T k/200, or where that would miss the beginning, geometric from `firstTime` to T.
  init(
    _ key: String, _ title: String, problem: Problem, start: LinearNetwork, firstTime: Double? = nil,
    finalTime T: Double
  ) throws {
    (self.key, self.title, self.problem, self.start) = (key, title, problem, start)
    target = problem.crossCovariance
    let W = start.endToEndMatrix
    rank = W.singularValueDecomposition.rank()
    factors = try .balanced(
      factoring: W,
      widths: [problem.inputs] + Array(repeating: rank, count: start.depth - 1) + [problem.outputs])
    times =
      if let first = firstTime {
        (0..<200).map { first * pow(T / first, Double($0) / 199) }
      } else {
        (1...200).map { T * Double($0) / 200 }
      }
  }

  var depth: Int { start.depth }
  var isWhitened: Bool { problem.isWhitened() }

  /// The network that a formulation starts from.
  func start(_ formulation: Formulation) -> LinearNetwork { formulation == .layers ? start : factors }

  /// Writes what a peer needs, as `key.npz`.
  ///
  /// The loss is given by X Xᵀ and Y Xᵀ, or by m and Z if the inputs are whitened: peers need not compress samples.
  func write(to folder: URL) throws {
    let m = Double(problem.sampleCount)
    var arrays: [(name: String, array: NDArray)] = [
      ("times", NDArray(times)), ("samples", NDArray([m])), ("target", NDArray(target)),
    ]
    if !isWhitened {
      arrays.append(("covariance", NDArray(problem.inputCovariance)))
    }
    for (j, W) in start.layers.enumerated() { arrays.append(("layer\(j + 1)", NDArray(W))) }
    for (j, C) in factors.layers.enumerated() { arrays.append(("factor\(j + 1)", NDArray(C))) }
    try NPZArchive.write(arrays, to: folder.appendingPathComponent(key + ".npz").path)
  }

  /// W at the times, as the reference has them.
  func reference(in folder: URL) throws -> [Matrix] {
    let archive = try NPZArchive(folder.appendingPathComponent(key + "-reference.npz").path)
    let (states, size) = (try archive.array("states").values, problem.outputs * problem.inputs)
    precondition(states.count == times.count * size, "\(states.count) entries in the reference of \(key)")
    return times.indices.map { k in
      Matrix(problem.outputs, problem.inputs) { i, j in states[k * size + i * problem.inputs + j] }
    }
  }

  /// max_k ‖W(t_k) − W_ref(t_k)‖/‖W_ref(t_k)‖.
  static func error(_ found: some Collection<Matrix>, _ reference: [Matrix]) -> Double {
    precondition(found.count == reference.count, "\(found.count) of \(reference.count) states")
    return zip(found, reference).map { ($0 - $1).frobeniusNorm / $1.frobeniusNorm }.max()!
  }
}
