import LinearAlgebra
import LinearNetworks
import Testing
import Training

@Suite struct AgreementTests {
  private let Z = SyntheticData.target(singularValues: [2, 1, 0.5], inputs: 5, outputs: 4, seed: 7)

  @Test(arguments: [[5, 1, 1, 4], [5, 3, 4], [5, 6, 2, 7, 4]])
  func `closed form, factors and all layers give one trajectory`(widths: [Int]) throws {
    let problem = Problem(target: Z, sampleCount: 20)
    let start = try Start.random(norm: 0.5).network(widths: widths, target: Z, seed: 2)
    let run = TrainingRun(problem: problem, start: start, options: TrainingOptions())
    let agreement = try #require(run.checkAgreement(until: 0.2))
    #expect(agreement.times > 50)
    #expect(agreement.comparisons.count >= 1)
    // Each way is within the tolerance 1e-10 of the flow; the start's slow modes enlarge that by less than a hundred here.
    #expect(agreement.largest <= 1e-8)
    #expect(agreement.largest > 0)
  }

  @Test func `an unbalanced network on raw data agrees too`() throws {
    var generator = SeededGenerator(seed: 4)
    let problem = Problem(
      inputs: .gaussian(4, 30, using: &generator), outputs: .gaussian(3, 30, using: &generator))
    let start = try Start.unbalanced(scale: 0.8).network(
      widths: [4, 9, 2, 3], target: Matrix(zeros: 3, 4), seed: 1)
    let run = TrainingRun(problem: problem, start: start, options: TrainingOptions())
    #expect(run.unknowns < start.parameterCount)
    #expect(try #require(run.checkAgreement(until: 1)).largest <= 1e-8)
  }

  @Test func `a loose way is seen to disagree`() throws {
    let problem = Problem(target: Z, sampleCount: 20)
    let start = try Start.random(norm: 0.5).network(widths: [5, 1, 1, 4], target: Z, seed: 2)
    var options = TrainingOptions()
    options.tolerance = 1e-4
    let agreement = try #require(
      TrainingRun(problem: problem, start: start, options: options).checkAgreement(until: 0.2))
    #expect(agreement.largest > 1e-8)
  }
}
