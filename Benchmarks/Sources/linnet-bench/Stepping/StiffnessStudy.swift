import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Training

/// Where explicit and implicit steps break even: what `auto` decides by.
struct StiffnessStudy {
  static let explanation = """
    Whole runs until convergence at the default tolerance, without the second run, on Gaussian inputs of growing condition
    (N = 3, balanced start). The ratio is that of the fastest to the slowest rate at the global minimiser, by which `auto`
    chooses between `erk` and `cvode`. The two alternate; – where `erk` did not finish in 20 s.
    """

  func run() throws -> Table {
    var table = Table(
      title: "Explicit or implicit steps", explanation: Self.explanation,
      columns: [
        "widths", "condition of X Xᵀ", "ratio of rates", "erk", "steps", "cvode", "steps", "erk / cvode",
      ])
    for widths in [[8, 1, 1, 3], [8, 3, 3, 3], [30, 10, 10, 10]] {
      for κ in [1.0, 3, 6, 12, 25, 50] { table.rows.append(try row(widths, condition: κ)) }
    }
    return table
  }

  private func row(_ widths: [Int], condition κ: Double) throws -> [String] {
    var generator = SeededGenerator(seed: 1)
    let (dx, dy) = (widths[0], widths.last!)
    let scales = (0..<dx).map { pow(κ, -Double($0) / Double(dx - 1)) }
    // Whitened first, so that the scales are all the condition there is.
    let X = SyntheticData.whitened(samples: 200, inputs: dx, outputs: dy, seed: 1).inputs
      .scalingRows(by: scales)
    let truth = Matrix.gaussian(dy, dx, using: &generator)
    let problem = Problem(
      inputs: X, outputs: truth * X + 0.1 * Matrix.gaussian(dy, 200, using: &generator))
    let minimum = GlobalMinimum(of: problem, rank: widths.min()!).minimiser
    let start = try Start.random(norm: 0.1).network(for: problem, widths: widths, seed: 2)
    func run(_ method: TrainingOptions.Method) -> TrainingOutcome {
      var options = TrainingOptions()
      options.method = method
      options.estimatesAccuracy = false
      options.maximumSeconds = 20
      return TrainingRun(problem: problem, start: start, options: options).run()
    }
    let spectrum = HessianSpectrum(
      of: NetworkLoss(problem: problem, widths: widths),
      at: try LinearNetwork.balanced(factoring: minimum, widths: widths).parameters, resolution: 0)
    let slowest = spectrum.lowest.first { $0 > 1e-10 * spectrum.largest }!
    let (explicit, implicit) = (run(.erk), run(.cvode))
    let finished = explicit.ending == .converged
    let times = PairedTimes(
      repetitions: explicit.secondsUsed + implicit.secondsUsed > 2 ? 1 : 5,
      ours: { if finished { _ = run(.erk) } }, preparingReference: {}, reference: { _ = run(.cvode) })
    return [
      widths.map(String.init).joined(separator: "–"), short(κ * κ), short(spectrum.largest / slowest),
      finished ? duration(median(times.ours)) : "–", "\(explicit.work.steps)",
      duration(median(times.reference)), "\(implicit.work.steps)",
      finished ? short(1 / times.relativeSpeed) : "–",
    ]
  }
}
