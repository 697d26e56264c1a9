import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Testing
import Training

/// One coordinate system: what the library gives, it takes, in the inputs and outputs of the problem.
@Suite struct CoordinatesTests {
  private let X: Matrix
  private let Y: Matrix
  private let problem: Problem
  private let widths = [6, 2, 2, 3]

  /// Raw data: 6 inputs, 40 samples, X with condition number 30, in no special directions.
  init() {
    var generator = SeededGenerator(seed: 12)
    let E = Matrix.randomOrthonormal(6, 6, using: &generator)
    let F = Matrix.randomOrthonormal(40, 6, using: &generator)
    let ξ = (0..<6).map { 6 * pow(30, -Double($0) / 5) }
    X = Matrix.product(E.scalingColumns(by: ξ), .plain, F, .transposed)
    let W = Matrix.gaussian(3, 6, using: &generator)
    Y = W * X + 0.1 * Matrix.gaussian(3, 40, using: &generator)
    problem = Problem(inputs: X, outputs: Y)
    #expect((problem.inputScales[0] / problem.inputScales[5] - 30).magnitude <= 1e-12)
  }

  private func alignment(_ A: Matrix, _ B: Matrix) -> Double {
    Matrix.inner(A, B) / A.frobeniusNorm / B.frobeniusNorm
  }

  @Test func `the minimiser is that of the raw samples`() {
    let minimum = GlobalMinimum(of: problem, rank: 2)
    let residual = (Y - minimum.minimiser * X).frobeniusNorm
    #expect((residual * residual / 2 - minimum.loss).magnitude <= 1e-12 * minimum.loss)
    #expect((problem.loss(minimum.minimiser) - minimum.loss).magnitude <= 1e-12 * minimum.loss)
  }

  @Test(arguments: [0.0, 20, 75]) func `a start turned by θ has the alignment cos θ`(degrees: Double) throws {
    let start = try Start.angle(degrees: degrees, norm: 1.5).network(for: problem, widths: widths, seed: 3)
    let target = GlobalMinimum(of: problem, rank: 2).minimiser
    let expected = cos(degrees * .pi / 180)
    #expect((alignment(start.endToEndMatrix, target) - expected).magnitude <= 1e-14)
    // A run agrees about where it starts.
    var options = TrainingOptions()
    options.finalTime = 1e-6
    let outcome = TrainingRun(problem: problem, start: start, options: options).run()
    #expect((outcome.records[0].alignment - expected).magnitude <= 1e-14)
    #expect((outcome.records[0].loss / problem.loss(start.endToEndMatrix) - 1).magnitude <= 1e-12)
  }

  @Test func `the network of a converged run is a global minimiser to everything that looks at it`() throws {
    let start = try Start.angle(degrees: 20, norm: 1.5).network(for: problem, widths: widths, seed: 3)
    let outcome = TrainingRun(problem: problem, start: start, options: TrainingOptions()).run()
    #expect(outcome.ending == .converged)
    let rule = VerdictRule(for: problem, rank: 2)
    let verdict = rule.verdict(on: outcome.network).verdict
    #expect(verdict.kind == .globalMinimiser, "\(verdict)")
    #expect(verdict.kind == outcome.verdict.kind)
    #expect((verdict.loss / outcome.verdict.loss - 1).magnitude <= 1e-12)
    let W = outcome.network.endToEndMatrix
    #expect((W - rule.minimum.minimiser).frobeniusNorm <= 1e-6 * W.frobeniusNorm)
    #expect(FirstOrderTest(of: outcome.network, rule: rule).holds)
    #expect(CapturedDirections(of: problem).subset(of: W) == [1, 2])
    let polish = Polish(outcome.network, rule: rule)
    #expect(polish.distance <= 1e-6)
    #expect(
      LandscapeAnalysis(of: polish.network, rule: rule, levels: 1).report.verdict.kind == .globalMinimiser)
    // Negative control: the same layers with their inputs turned are something else.
    var generator = SeededGenerator(seed: 13)
    let turn = Matrix.randomOrthonormal(6, 6, using: &generator)
    let turned = LinearNetwork(
      layers: [outcome.network.layers[0] * turn] + outcome.network.layers.dropFirst())
    #expect(rule.verdict(on: turned).verdict.kind == .notStationary)
  }

  @Test func `the way out of a saddle leads out of it, and gradient flow goes on along it`() throws {
    // The balanced network of the second direction alone: W X = σ_2 u_2 v_2ᵀ.
    let pair = GlobalMinimum(of: problem, rank: 2).minimiser - GlobalMinimum(of: problem, rank: 1).minimiser
    let saddle = try LinearNetwork.balanced(
      factoring: pair.singularValueDecomposition.truncated(to: 1), widths: [6, 1, 1, 3])
    let rule = VerdictRule(for: problem, rank: 1)
    let analysis = LandscapeAnalysis(of: saddle, rule: rule, levels: 3)
    #expect(analysis.report.verdict.kind == .strictSaddle)
    #expect(analysis.report.endToEnd.kept == [2])
    let (direction, path) = (try #require(analysis.escapeDirection), try #require(analysis.report.escape))
    let form = NetworkLoss(problem: problem, widths: saddle.widths).hessianForm(at: saddle, along: direction)
    #expect((form / path.curvature - 1).magnitude <= 1e-6)
    let best = saddle.moved(by: path.bestSize, along: direction).endToEndMatrix
    #expect((problem.loss(best) / (rule.minimum.loss + path.bestGap) - 1).magnitude <= 1e-10)
    let away = saddle.moved(by: path.startingSize, along: direction)
    let outcome = TrainingRun(problem: problem, start: away, options: TrainingOptions()).run()
    #expect(rule.verdict(on: outcome.network).verdict.kind == .globalMinimiser)
  }

  @Test func `curvatures do not depend on the coordinates of the inputs`() throws {
    var generator = SeededGenerator(seed: 14)
    let turn = Matrix.randomOrthonormal(6, 6, using: &generator)
    let turned = Problem(inputs: Matrix.product(turn, .transposed, X, .plain), outputs: Y)
    let network = try Start.random(norm: 1).network(for: problem, widths: widths, seed: 4)
    let same = LinearNetwork(layers: [network.layers[0] * turn] + network.layers.dropFirst())
    let (a, b) = (
      NetworkHessian(of: problem, at: network, resolution: 0),
      NetworkHessian(of: turned, at: same, resolution: 0)
    )
    #expect((a.largest / b.largest - 1).magnitude <= 1e-12)
    #expect((a.smallest - b.smallest).magnitude <= 1e-12 * a.largest)
    let (c, d) = (NeuralTangentKernel(of: problem, at: network), NeuralTangentKernel(of: turned, at: same))
    #expect((c.largest / d.largest - 1).magnitude <= 1e-12)
    // Negative control: the layers belong to their coordinates.
    #expect((NetworkHessian(of: turned, at: network, resolution: 0).largest / a.largest - 1).magnitude > 1e-3)
  }
}
