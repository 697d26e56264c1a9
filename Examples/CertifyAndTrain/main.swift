// What the theorems promise for a start, and what the flow then does.
import Foundation
import LinnetKit

func formatted(_ x: Double?) -> String { x.map { String(format: "%11.4g", $0) } ?? "          –" }

setBLASThreads(1)

// A whitened problem (X Xᵀ/m = I) is given by Z = Y Xᵀ/m alone; here with a spectral gap γ_Z = σ_2/σ_1 = 0.05.
let Z = SyntheticData.target(singularValues: [2, 0.1, 0.05], inputs: 8, outputs: 3, seed: 1)
let problem = Problem(target: Z, sampleCount: 50)

// A network of depth 3 and bottleneck r = 1, balanced, its end-to-end matrix turned 20° away from the target Z_1.
let start = try Start.angle(degrees: 20, norm: 1.5).network(for: problem, widths: [8, 1, 1, 3], seed: 2)

// The promise.
let promise = Certificate(problem: problem, start: start)
print(promise.conclusion)
if let theorem = promise.strongest {
  for condition in theorem.conditions {
    print(
      "  \(condition.holds == true ? "✓" : "✗") needs \(condition.requirement); it is\(formatted(condition.value))"
    )
  }
}
print("also speaking: \(promise.theorems.filter(\.applies).map(\.id).joined(separator: ", "))")

// The run, until the limit is reached and classified.
let run = TrainingRun(problem: problem, start: start, options: TrainingOptions())
let outcome = run.run()
let report = TrainingReport(run: run, outcome: outcome, certificate: promise, prepared: nil)

for observation in report.observations {
  print("\n\(observation.id)")
  for time in observation.timeToAccuracy where time.promised != nil {
    print(
      "  to\(formatted(time.accuracy)): promised by t =\(formatted(time.promised)), observed at t =\(formatted(time.observed))"
    )
  }
  if let rate = observation.promisedRate {
    print("  final rate: promised\(formatted(rate)), measured\(formatted(observation.measuredRate))")
  }
  print("  \(observation.isViolated ? "broken: that would be news" : "kept")")
}
print(
  "verdict: \(outcome.verdict.kind.rawValue), rank \(outcome.verdict.rank), at time \(formatted(outcome.time))"
)
