import Foundation
import LinnetKit
import Testing

@Suite struct UmbrellaTests {
  @Test func `one import is enough from arrays to promise, run, verdict and figures`() throws {
    let X = Matrix(rows: [[1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5]])
    let Y = Matrix(rows: [[2, 3, 7, 7, 11, 12]])
    let problem = Problem(inputs: X, outputs: Y)
    let start = try Start.random(norm: 0.1).network(for: problem, widths: [2, 2, 1], seed: 1)
    #expect(!Certificate(problem: problem, start: start).conclusion.isEmpty)
    let run = TrainingRun(problem: problem, start: start, options: TrainingOptions())
    let outcome = run.run()
    #expect(outcome.ending == .converged)
    #expect(outcome.verdict.kind == .globalMinimiser)
    #expect(TrainingFigures(run, outcome).figures.map(\.name).contains("convergence"))
    // Every module is there.
    _ = (
      StreamingQR.self, DormandPrince.self, GlobalMinimum.self, ReducedRankRegression.self,
      ExactRankOneFlow.self, NPYFile.self, SampleTable.self, LineFigure.self, SavedModel.self, Claim.self,
      ReportPage.self, Remedy.self
    )
  }

  @Test func `the README shows the example as it stands`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let example = try String(
      contentsOf: root.appendingPathComponent("Examples/OwnArrays/main.swift"), encoding: .utf8)
    let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    #expect(readme.contains("```swift\n\(example)```\n"))
  }
}
