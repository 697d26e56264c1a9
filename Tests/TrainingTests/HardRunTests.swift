import Foundation
import LinearAlgebra
import LinearNetworks
import Testing
import Training

/// What makes integrators fail elsewhere is routine here: badly scaled raw data and long plateaus.
@Suite struct HardRunTests {
  /// Gaussian inputs with scales from 1 to 1/κ: X Xᵀ has about the condition κ².
  private func scaled(_ κ: Double) -> Problem {
    var generator = SeededGenerator(seed: 3)
    let X = Matrix.gaussian(6, 40, using: &generator).scalingRows(
      by: (0..<6).map { pow(κ, -Double($0) / 5) })
    return Problem(inputs: X, outputs: .gaussian(3, 40, using: &generator))
  }

  @Test(arguments: [1e3, 1e4, 1e5, 1e6])
  func `raw data reaches its verdict for conditions of the covariance from 1e6 to 1e12`(κ: Double) throws {
    let problem = scaled(κ)
    let ξ = problem.inputScales
    #expect(pow(ξ.max()! / ξ.min()!, 2) >= 0.1 * κ * κ)
    let start = try Start.random(norm: 0.5).network(
      widths: [6, 2, 2, 3], target: Matrix(3, 6) { _, _ in 1 }, seed: 5)
    var options = TrainingOptions()
    options.estimatesAccuracy = false
    let outcome = TrainingRun(problem: problem, start: start, options: options).run()
    #expect(outcome.ending == .converged)
    #expect(outcome.verdict.kind == .globalMinimiser)
    #expect(outcome.verdict.rank == 2)
    #expect(outcome.records.map(\.imbalanceDrift).max()! <= 1e-8)
  }

  @Test(arguments: [TrainingOptions.Method.cvode, .erk, .auto], [1e-6, 1e-8])
  func `plateaus of a deep network of rank three are crossed without underflow`(
    method: TrainingOptions.Method, norm: Double
  ) throws {
    let Z = SyntheticData.target(singularValues: [2, 1, 0.5], inputs: 5, outputs: 4, seed: 11)
    let problem = Problem(target: Z, sampleCount: 30)
    let start = try Start.random(norm: norm).network(widths: [5, 3, 3, 4], target: Z, seed: 3)
    var options = TrainingOptions()
    options.method = method
    options.estimatesAccuracy = false
    let outcome = TrainingRun(problem: problem, start: start, options: options).run()
    #expect(outcome.ending == .converged)
    #expect(outcome.verdict.kind == .globalMinimiser)
    // Gaps of W = 0, Z_1, Z_2: m/2 times the sum of the squares that are missing.
    let levels = [5.25, 1.25, 0.25].map { 15 * $0 }
    #expect(outcome.plateaus.count == levels.count)
    for (plateau, level) in zip(outcome.plateaus, levels) {
      #expect((plateau.gap - level).magnitude <= 0.02 * level)
    }
    // ds/dt ≤ N m s^{4/3} σ_1 keeps s small for about s_0^{−1/3}/(m σ_1).
    #expect(outcome.plateaus[0].duration > 0.5 * pow(norm, -1.0 / 3) / (30 * 2))
  }
}
