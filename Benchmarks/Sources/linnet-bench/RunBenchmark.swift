import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Training

/// Whole runs: the bundled data, the reference trajectories, Figure 1.
struct RunBenchmark {
  static let explanation = """
    Gradient flow alone, processor time: no files, no figures, no second run for the error estimate. The error of a reference
    trajectory is max ‖W(t) − W_exact(t)‖/‖W_exact(t)‖ over its times, at the default tolerance 1e-10; the exact values
    are known to 25 digits.
    """

  func run() throws -> Table {
    var table = Table(
      title: "Whole runs", explanation: Self.explanation,
      columns: ["run", "method", "time", "steps", "evaluations", "Jacobian products", "relative error"])
    let diabetes = try diabetesRun()
    table.rows.append(row("diabetes.csv, whitened, depth 3, until converged", diabetes))
    for reference in try ReferenceFile.all() {
      for method in [TrainingOptions.Method.erk, .cvode] {
        let run = try reference.run(method: method)
        table.rows.append(row(reference.name, run, error: reference.error(of: run.run())))
      }
    }
    table.rows.append(row("Figure 1, depth 3, 100,000 Euler steps on (17)", try figure1Run()))
    table.rows.append(row("descent, 5–5–5–1, 1,000,000 steps", descentRun()))
    return table
  }

  private func row(_ name: String, _ run: TrainingRun, error: Double? = nil) -> [String] {
    let outcome = run.run()
    precondition(
      outcome.ending == .converged || outcome.ending == .reachedFinalTime, "\(name): \(outcome.ending)")
    let times = repeated(atLeast: 5, budget: 0.2, timedBy: .processor) { _ = run.run() }
    return [
      name, run.method.method.rawValue, duration(median(times)), "\(outcome.work.steps)",
      "\(outcome.work.evaluations)",
      "\(outcome.work.jacobianProducts)", error.map(short) ?? "–",
    ]
  }

  private func diabetesRun() throws -> TrainingRun {
    let problem = try BundledData.problem("diabetes", preparation: .whiten, outputs: { $0 == "progression" })
    let start = try Start.random(norm: 1).network(
      widths: [problem.inputs, 1, 1, 1], target: problem.crossCovariance, seed: 1)
    var options = TrainingOptions()
    options.estimatesAccuracy = false
    return TrainingRun(problem: problem, start: start, options: options)
  }

  /// A million small steps of descent on all weights of a small network, recorded as any other run.
  private func descentRun() -> TrainingRun {
    var generator = SeededGenerator(seed: 1)
    let start = LinearNetwork(
      layers: [(5, 5), (5, 5), (1, 5)].map { 0.5 * Matrix.gaussian($0.0, $0.1, using: &generator) })
    var options = TrainingOptions()
    (options.method, options.step, options.finalTime) = (.euler, 1e-3, 1000)
    options.estimatesAccuracy = false
    return TrainingRun(
      problem: Problem(target: Matrix(rows: [[0.5, 0.4, 0.3, 0.2, 0.1]]), sampleCount: 1), start: start,
      options: options)
  }

  /// The setting of `linnet figure1` at depth 3.
  private func figure1Run() throws -> TrainingRun {
    let data = SyntheticData.whitened(samples: 50, inputs: 5, outputs: 1, seed: 1)
    let problem = Problem(inputs: data.inputs, outputs: data.outputs)
    let start = try Start.angle(degrees: 30, norm: 10).network(
      widths: [5, 1, 1, 1], target: problem.crossCovariance, seed: 2)
    var options = TrainingOptions()
    options.method = .euler
    options.flow = .induced
    options.step = 1e-6
    options.finalTime = 0.1
    options.estimatesAccuracy = false
    return TrainingRun(problem: problem, start: start, options: options)
  }
}

/// The files of this repository.
enum Repository {
  static func file(_ path: String) -> String {
    // …/Benchmarks/Sources/linnet-bench/RunBenchmark.swift
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    return root.appendingPathComponent(path).path
  }
}
