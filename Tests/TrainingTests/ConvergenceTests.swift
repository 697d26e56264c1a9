import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Testing
import Training

/// Runs whose limit the theory knows.
@Suite struct ConvergenceTests {
  private func run(
    _ problem: Problem, _ start: LinearNetwork, _ change: (inout TrainingOptions) -> Void = { _ in }
  ) -> TrainingOutcome {
    var options = TrainingOptions()
    options.estimatesAccuracy = false
    change(&options)
    return TrainingRun(problem: problem, start: start, options: options).run()
  }

  private let Z = SyntheticData.target(singularValues: [2, 1, 0.5], inputs: 5, outputs: 4, seed: 11)

  @Test(arguments: [2, 3, 4], [1, 2, 3]) func `random balanced starts reach the global minimiser and say so`(
    depth: Int, rank: Int
  ) throws {
    let problem = Problem(target: Z, sampleCount: 30)
    let widths = [5] + Array(repeating: rank, count: depth - 1) + [4]
    let target = GlobalMinimum(of: problem, rank: rank).minimiser
    for seed in 1...3 {
      let start = try Start.random(norm: 0.5).network(widths: widths, target: target, seed: UInt64(seed))
      let outcome = run(problem, start)
      #expect(outcome.ending == .converged)
      #expect(outcome.verdict.kind == .globalMinimiser)
      #expect(outcome.verdict.rank == rank)
      // Gradient 1e-9 of its scale, divided by the smallest rate of these problems (about 1/50 of the scale).
      #expect((outcome.network.endToEndMatrix - target).frobeniusNorm <= 1e-6)
      #expect(outcome.network.widths == widths)
    }
  }

  @Test func `depth one reaches least squares, from zero too`() {
    var generator = SeededGenerator(seed: 2)
    let problem = Problem(
      inputs: .gaussian(4, 25, using: &generator), outputs: .gaussian(2, 25, using: &generator))
    let outcome = run(problem, LinearNetwork(layers: [Matrix(zeros: 2, 4)]))
    #expect(outcome.ending == .converged)
    #expect(outcome.verdict.kind == .globalMinimiser)
  }

  @Test(arguments: [2, 3])
  func
    `a start that exact zeros keep on the stable set of a saddle ends there and names the curvature that leads out`(
      depth: Int
    ) throws
  {
    // W_0 = 3 e_2e_2ᵀ for Z = diag(2, 1): the first direction has no weights, and never will.
    let start = try LinearNetwork.balanced(
      factoring: Matrix.diagonal([0, 3], rows: 4, columns: 5),
      widths: [5] + Array(repeating: 1, count: depth - 1) + [4])
    let m = 30
    let outcome = run(Problem(target: Matrix.diagonal([2, 1], rows: 4, columns: 5), sampleCount: m), start)
    #expect(outcome.ending == .converged)
    #expect(outcome.verdict.kind == .strictSaddle)
    #expect((outcome.network.endToEndMatrix.spectralNorm - 1).magnitude <= 1e-6)
    // At σ_2 u_2 v_2ᵀ = u_2 v_2ᵀ turning both singular vectors towards u_1, v_1 has curvature m σ_2^{1−2/N} (σ_2 − σ_1) = −m.
    #expect((outcome.verdict.escapeCurvature! + Double(m)).magnitude <= 1e-4 * Double(m))
  }

  @Test(arguments: [2, 3])
  func
    `a start that is on the stable set of a saddle only up to round-off stands still there, and is not called converged`(
      depth: Int
    ) throws
  {
    let svd = Z.singularValueDecomposition
    let W = 3 * Matrix.product(svd.U.columns(1..<2), .plain, svd.V.columns(1..<2), .transposed)
    let start = try LinearNetwork.balanced(
      factoring: W, widths: [5] + Array(repeating: 1, count: depth - 1) + [4])
    let outcome = run(Problem(target: Z, sampleCount: 30), start)
    #expect(outcome.ending == .onPlateau)
    #expect(!outcome.ending.meansConvergence)
    #expect(outcome.verdict.kind == .strictSaddle)
  }

  /// X = I, Y = diag(3, 2), a start whose zeros keep its second unit from the second output for ever: gap 4.5 (SciPy's LSODA, twice as long as any run here).
  private let keptApart = LinearNetwork(
    layers: [Matrix(rows: [[0, 1], [0, 0.5]]), Matrix(rows: [[0, 0], [1, 0.3]])])

  @Test func `exact zeros of a table keep apart what they keep apart in the flow`() {
    let outcome = run(Problem(inputs: .identity(2), outputs: .diagonal([3, 2])), keptApart)
    #expect(!outcome.ending.meansConvergence || outcome.verdict.kind != .globalMinimiser)
    #expect(outcome.verdict.kind == .strictSaddle)
    #expect((outcome.verdict.lossGap - 4.5).magnitude <= 1e-9)
  }

  @Test(arguments: [2, 3]) func `a saddle that is left by round-off alone is said to be`(depth: Int) {
    // The same in bases whose entries are rounded: what the zeros kept apart meets at 1e-17.
    let (c, s) = (cos(0.5), sin(0.5))
    let Q = Matrix(rows: [[c, -s], [s, c]])
    let Y = Matrix.product(Q * Matrix.diagonal([3, 2]), .plain, Q, .transposed)
    var layers = keptApart.layers
    layers[0] = Matrix.product(layers[0], .plain, Q, .transposed)
    layers[1] = Q * layers[1]
    if depth == 3 { layers.insert(.identity(2), at: 1) }
    let problem = Problem(inputs: .identity(2), outputs: Y)
    let outcome = run(problem, LinearNetwork(layers: layers)) { $0.estimatesAccuracy = true }
    #expect(!outcome.ending.meansConvergence)
    #expect(outcome.ending == .decidedByRoundOff || outcome.verdict.kind == .strictSaddle)
    if outcome.ending == .decidedByRoundOff {
      #expect(outcome.accuracy!.passageDifference! > 0.01)
      // Nothing is promised of it afterwards.
      let run = TrainingRun(problem: problem, start: LinearNetwork(layers: layers), options: .init())
      let report = TrainingReport(
        run: run, outcome: outcome, promise: CertificateReport(problem: problem, start: run.start),
        prepared: nil)
      #expect(report.certainty == nil)
    }
    // A start that has its share of every direction is not moved by round-off.
    let free = LinearNetwork(layers: layers.map { $0 + 1e-6 * .identity(2) })
    let other = self.run(problem, free) { $0.estimatesAccuracy = true }
    #expect(other.ending == .converged)
    #expect(other.accuracy!.passageDifference! < 0.01)
  }

  @Test func `an anti-aligned deep start comes to the origin, a non-strict saddle`() throws {
    // One chain of numbers against its target, its smallest weights equal: it never crosses zero.
    let Z = Matrix(rows: [[3, 0, 0]])
    let start = try LinearNetwork.balanced(factoring: -0.5 * Z, widths: [3, 1, 1, 1])
    let outcome = run(Problem(target: Z, sampleCount: 10), start)
    #expect(outcome.ending == .converged)
    #expect(outcome.verdict.kind == .nonStrictSaddle)
    #expect(outcome.verdict.rank == 0)
    #expect((outcome.verdict.lossGap - 45).magnitude <= 1e-3)
  }

  /// Final gaps by SciPy's LSODA (rtol 1e-10, atol 1e-300): below 1e-28 in all cases, after plateaus as long as stated.
  @Test(arguments: [(4, 1e-3, 9e7), (3, 1e-6, 7e6), (3, 1e-9, 7e9)])
  func `small unbalanced starts leave every saddle, however long it takes`(
    depth: Int, scale: Double, time: Double
  )
    throws
  {
    let problem = Problem(target: .diagonal([3, 2, 1]), sampleCount: 1)
    let widths = Array(repeating: 3, count: depth + 1)
    let start = try Start.unbalanced(scale: scale).network(for: problem, widths: widths, seed: 1)
    let outcome = run(problem, start)
    #expect(outcome.ending == .converged)
    #expect(outcome.verdict.kind == .globalMinimiser)
    #expect(outcome.time > time)
    let gaps = [7.0, 2.5, 0.5]
    #expect(outcome.plateaus.count == 3)
    for (plateau, gap) in zip(outcome.plateaus, gaps) { #expect((plateau.gap - gap).magnitude <= 0.02 * gap) }
  }

  @Test
  func `what of a start is below the accuracy of the steps at a saddle is said to be decided by round-off`()
    throws
  {
    // Beside a mode of size one the others are as small as 1e-12, what a step may err by: the third departure, at 8.7e12, comes earlier or later by luck.
    let problem = Problem(target: .diagonal([3, 2, 1]), sampleCount: 1)
    let start = try Start.unbalanced(scale: 1e-12).network(for: problem, widths: [3, 3, 3, 3], seed: 1)
    let outcome = run(problem, start) { $0.estimatesAccuracy = true }
    #expect(outcome.ending == .decidedByRoundOff)
    #expect(outcome.accuracy!.passageDifference! > 0.1)
  }

  @Test func `an aligned start of size 1e-18 arrives in every mode, as its closed form says`() throws {
    let problem = Problem(target: .diagonal([3, 2, 1]), sampleCount: 1)
    let start = try Start.aligned(norm: 1e-18).network(for: problem, widths: [3, 3, 3, 3], seed: 1)
    let outcome = run(problem, start)
    #expect(outcome.ending == .converged && outcome.verdict.kind == .globalMinimiser)
  }

  @Test(arguments: [(2, 1e-12, UInt64(2)), (2, 1e-15, 2), (2, 1e-18, 2), (4, 1e-18, 5)])
  func `a small balanced square start does not end in mid-flight for the sign of a determinant`(
    depth: Int, norm: Double, seed: UInt64
  ) throws {
    let problem = Problem(target: .diagonal([3, 2, 1]), sampleCount: 1)
    let start = try Start.random(norm: norm).network(
      for: problem, widths: Array(repeating: 3, count: depth + 1), seed: seed)
    let outcome = run(problem, start)
    #expect(outcome.ending == .converged || outcome.ending == .reachedSingularMatrix)
    // Where the determinants agree the minimum is reached; where they do not, the best of rank two.
    let agrees = start.layers.reduce(1) { $0 * $1.determinantSign } > 0
    #expect((outcome.verdict.lossGap - (agrees ? 0 : 0.5)).magnitude <= 1e-6)
  }

  @Test func `a tiny start is a plateau, not a limit`() throws {
    let problem = Problem(target: Z, sampleCount: 30)
    let target = GlobalMinimum(of: problem, rank: 2).minimiser
    let start = try Start.random(norm: 1e-18).network(widths: [5, 2, 2, 4], target: target, seed: 1)
    let outcome = run(problem, start)
    // At the start the gradient is 1e-12 of its scale: small enough to be taken for a limit by a careless rule.
    #expect(outcome.records[0].gradientNorm / outcome.records.map(\.gradientNorm).max()! <= 1e-9)
    #expect(outcome.verdict.kind == .globalMinimiser)
    let first = try #require(outcome.plateaus.first)
    #expect(first.start == 0)
    #expect(first.duration > 0.1 * outcome.time)
    #expect((first.gap - 30 * 0.5 * 5).magnitude <= 1e-6)
  }

  @Test func `small starts of rank three pass two saddles one after the other`() throws {
    let problem = Problem(target: Z, sampleCount: 30)
    let target = GlobalMinimum(of: problem, rank: 3).minimiser
    let start = try Start.random(norm: 1e-6).network(widths: [5, 3, 4], target: target, seed: 3)
    let outcome = run(problem, start)
    #expect(outcome.verdict.kind == .globalMinimiser)
    // Gaps of W = 0, Z_1, Z_2: m/2 times the sum of the squares that are missing.
    let levels = [5.25, 1.25, 0.25].map { 15 * $0 }
    #expect(outcome.plateaus.count == 3)
    for (plateau, level) in zip(outcome.plateaus, levels) {
      #expect((plateau.gap - level).magnitude <= 0.02 * level)
    }
  }

  /// Four items, one input each; the levels are ½ Σ of the σ² of the labels (NumPy) that are missing.
  @Test(arguments: [1e-4, 1e-8]) func `the size of a small start does not decide which saddles are named`(
    norm: Double
  )
    throws
  {
    let labels = Matrix(rows: [[1, 1, 1, 1], [0, 0, 1, 1], [1, 0, 0, 0], [0, 0, 1, 0]]).transpose
    let problem = Problem(inputs: .identity(4), outputs: labels)
    let start = try Start.random(norm: norm).network(for: problem, widths: [4, 4, 4], seed: 1)
    let outcome = run(problem, start)
    let squares = labels.singularValues.map { $0 * $0 }
    #expect(outcome.plateaus.map(\.level.kept) == [[], [1], [1, 2]])
    for (k, plateau) in outcome.plateaus.enumerated() {
      #expect((plateau.level.gap - 0.5 * squares.dropFirst(k).reduce(0, +)).magnitude <= 1e-12)
      #expect(plateau.duration > 0)
    }
  }

  @Test func `a square start with the wrong sign of determinant ends at a singular matrix`() throws {
    let Z = Matrix.diagonal([2, 1])
    for depth in [2, 3] {
      var generator = SeededGenerator(seed: 5)
      let turn = Matrix.randomOrthonormal(2, 2, using: &generator)
      let W = (turn.determinantSign > 0 ? -1.0 : 1) * Matrix.product(turn, .plain, .diagonal([1, 1]), .plain)
      let mirrored = W.determinantSign < 0 ? W : W * .diagonal([1, -1])
      let start = try LinearNetwork.balanced(
        factoring: mirrored, widths: Array(repeating: 2, count: depth + 1))
      let outcome = run(Problem(target: Z, sampleCount: 10), start)
      #expect(outcome.verdict.kind == (depth == 2 ? .strictSaddle : .nonStrictSaddle))
      #expect(outcome.verdict.rank == 1)
    }
  }

  @Test func `budgets end a run as budgets`() throws {
    let problem = Problem(target: Z, sampleCount: 30)
    let start = try Start.random(norm: 1e-6).network(widths: [5, 2, 4], target: Z, seed: 1)
    let byTime = run(problem, start) { $0.maximumTime = 0.01 }
    #expect(byTime.ending.kind == "budgetRanOut")
    #expect(byTime.verdict.kind == .notStationary)
    let byClock = run(problem, start) {
      $0.maximumSeconds = 0.05
      $0.method = .euler
      $0.step = 1e-12
    }
    #expect(byClock.ending.kind == "budgetRanOut")
  }

  @Test func `a step beyond stability is a failure, not a result`() throws {
    let start = try Start.random(norm: 3).network(widths: [5, 2, 4], target: Z, seed: 1)
    let outcome = run(Problem(target: Z, sampleCount: 30), start) {
      $0.method = .euler
      $0.step = 1
    }
    #expect(outcome.ending.kind == "diverged")
    #expect(outcome.verdict.kind == .notStationary)
  }
}
