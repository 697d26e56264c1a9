import Foundation
import LinearAlgebra
import LinearNetworks
import Report
import RunFiles
import Theory
import Training

/// The folder of a small run, with whatever names its data has; removed with it.
final class ReportCase {
  let folder: String

  init(
    inputs: [String] = ["x1", "x2", "x3"], output: String = "y", data: String = "table.csv: 40 samples",
    arguments: [String] = ["table.csv", "--targets", "y"], figures: [String: String] = [:],
    events: [String] = [], heldOut: Double? = nil
  ) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "linnet-report-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    folder = url.path
    let teacher = SyntheticData.teacher(
      rank: 1, noise: 0.3, samples: 40, inputs: inputs.count, outputs: 1, seed: 3
    ).samples
    var table = SampleCompression(columns: inputs.count + 1)
    table.append(teacher.inputs.appendingRows(teacher.outputs).transpose)
    let prepared = try PreparedProblem(
      table, inputs: inputs.enumerated().map { NamedColumn(column: $0.offset, name: $0.element) },
      outputs: [NamedColumn(column: inputs.count, name: output)], preparation: .whiten)
    let start = try Start.angle(degrees: 40, norm: 3).network(
      widths: [inputs.count, 1, 1, 1], target: prepared.problem.crossCovariance, seed: 1)
    let run = TrainingRun(problem: prepared.problem, start: start, options: TrainingOptions())
    let promise = CertificateReport(problem: prepared.problem, start: start)
    let asked = try events.map { try RunEvent($0) }
    // Seven rows of which the best predictor is a multiple of the one that is learnt.
    let test = heldOut.map {
      TestLoss(on: Problem(target: $0 * prepared.problem.crossCovariance, sampleCount: 7))
    }
    let known = test.map { [$0] } ?? []
    let outcome = run.run(
      observing: try run.recordings(
        for: asked, beside: try run.recordings(of: known.map(\.name), knowing: known), knowing: known))
    let report = TrainingReport(
      run: run, outcome: outcome, promise: promise, prepared: prepared,
      events: asked.isEmpty ? nil : outcome.times(of: asked),
      heldOut: test.flatMap { _ in HeldOutSummary(outcome, source: "new.csv", rows: 7) })
    try write("result.json", CanonicalJSON.encode(report))
    try write("table.csv", Data("made up\n".utf8))
    let origin = RunDescription(
      arguments: arguments, workingDirectory: "/tmp/my data",
      inputs: [try .init(folder + "/table.csv")], seed: 1, options: run.options,
      widths: start.widths, start: "balanced", data: data)
    try write("run.json", CanonicalJSON.encode(origin))
    for (name, specification) in figures { try write("\(name).vl.json", Data(specification.utf8)) }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func write(_ name: String, _ content: Data) throws {
    try content.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
  }

  func html(chartLibrary: String? = nil) throws -> String {
    ReportPage(of: try RunFolder(folder), chartLibrary: chartLibrary).html
  }
}
