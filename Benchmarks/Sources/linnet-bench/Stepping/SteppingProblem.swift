import Foundation
import LinearAlgebra
import LinearNetworks

/// A problem without a closed form, on which methods of stepping are compared: W at 200 times.
struct SteppingProblem {
  /// The stem of its figure.
  let key: String
  let title: String
  /// The reduced problem, which is integrated.
  let problem: Problem
  let start: LinearNetwork
  /// Whether only implicit methods come to the end.
  let isStiff: Bool
  /// 200 increasing times after 0.
  let times: [Double]

  /// - Parameters:
  ///   - firstTime: of geometric times, as stiff problems need them; nil for linear ones.
  ///   - finalTime: chosen by hand, so that the motion is seen to its end.
  init(
    _ key: String, _ title: String, problem: Problem, start: LinearNetwork, firstTime: Double? = nil,
    finalTime T: Double
  ) {
    let reduction = Reduction(of: problem, from: start)
    (self.key, self.title) = (key, title)
    (self.problem, self.start) = (reduction.problem, reduction.reduce(start))
    isStiff = firstTime != nil
    times = (1...200).map { k in
      if let firstTime { firstTime * pow(T / firstTime, Double(k - 1) / 199) } else { T * Double(k) / 200 }
    }
  }

  static func all() throws -> [SteppingProblem] {
    [
      try digits(), try unbalanced(), try saddles(), try diabetes(),
      try scaled(condition: 1e4, finalTime: 1e4), try scaled(condition: 1e6, finalTime: 1e6),
    ]
  }

  /// Not stiff, 490 unknowns.
  private static func digits() throws -> SteppingProblem {
    let instance = try PeerProblems.digits(depth: 4)
    return SteppingProblem(
      "digits", "whitened digits, rank 10, N = 4", problem: instance.problem, start: instance.start,
      finalTime: instance.times.last!)
  }

  /// Not balanced, and hardly stiff.
  private static func unbalanced() throws -> SteppingProblem {
    let problem = try tobacco()
    let start = try Start.unbalanced(scale: 1).network(
      widths: [problem.inputs, 3, 3, 3], target: problem.crossCovariance, seed: 1)
    return SteppingProblem(
      "unbalanced", "whitened tobacco, unbalanced start, N = 3", problem: problem, start: start, finalTime: 3)
  }

  /// From saddle to saddle: most of the time nothing moves.
  private static func saddles() throws -> SteppingProblem {
    let problem = try tobacco()
    let start = try Start.random(norm: 1e-8).network(
      widths: [problem.inputs, 3, 3, 3], target: problem.crossCovariance, seed: 1)
    return SteppingProblem(
      "saddles", "whitened tobacco from a start of 10⁻⁸, rank 3, N = 3", problem: problem, start: start,
      finalTime: 100)
  }

  /// Badly scaled by nature.
  private static func diabetes() throws -> SteppingProblem {
    let instance = try PeerProblems.diabetes()
    return SteppingProblem(
      "diabetes", "diabetes in raw units, rank 1, N = 3", problem: instance.problem, start: instance.start,
      firstTime: instance.times.first, finalTime: instance.times.last!)
  }

  /// Gaussian inputs with scales from 1 to 1/κ, so that X Xᵀ has about the condition κ².
  private static func scaled(condition κ: Double, finalTime: Double) throws -> SteppingProblem {
    var generator = SeededGenerator(seed: 1)
    let scales = (0..<20).map { pow(κ, -Double($0) / 19) }
    let X = Matrix.gaussian(20, 100, using: &generator).scalingRows(by: scales)
    let problem = Problem(inputs: X, outputs: .gaussian(8, 100, using: &generator))
    let start = try Start.random(norm: 1).network(
      widths: [20, 5, 5, 8], target: .gaussian(8, 20, using: &generator), seed: 2)
    return SteppingProblem(
      "condition-1e\(Int(log10(κ).rounded()) * 2)", "X Xᵀ of condition \(short(κ * κ)), rank 5, N = 3",
      problem: problem, start: start, firstTime: 1e-4, finalTime: finalTime)
  }

  private static func tobacco() throws -> Problem {
    try BundledData.problem("tobacco", preparation: .whiten) {
      ["burn_rate", "sugar", "nicotine"].contains($0)
    }
  }
}
