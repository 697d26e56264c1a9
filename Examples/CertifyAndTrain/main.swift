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
let promise = CertificateReport(problem: problem, start: start)
let certificate = promise.certificate
print(certificate.conclusion)
for finding in certificate.theorems where finding.applies {
  print("  ✓ \(finding.id): \(finding.conclusion!)")
}
for finding in certificate.theorems where !finding.applies {
  print("  ✗ \(finding.id) \(finding.reason!)")
}
print("\nTheorem 4.4 needs")
let theorem = certificate.finding("Theorem 4.4")!
for condition in theorem.conditions {
  let measured = condition.value.map { String(format: "%.3g", $0) } ?? "undefined"
  print("  \(condition.requirement): \(condition.quantity) = \(measured) [\(condition.reference)]")
}

// The run, until the limit is reached and classified.
let run = TrainingRun(problem: problem, start: start, options: TrainingOptions())
let outcome = run.run()
let report = TrainingReport(run: run, outcome: outcome, promise: promise, prepared: nil)

print("\nTheorem 4.4: time until ‖Z_1 − W‖² ≤ ε ‖Z_1‖²\n          ε    promised    observed")
for time in report.observations.first(where: { $0.id == theorem.id })!.timeToAccuracy {
  print(formatted(time.accuracy), formatted(time.promised), formatted(time.observed))
}
if let rate = report.observations.first(where: { $0.id == "D6" }) {
  print(
    "\nfinal rate of ‖Z_1 − W‖²: exact\(formatted(rate.promisedRate)), observed\(formatted(rate.measuredRate))"
  )
}
let broken = report.observations.filter(\.isViolated)
print("promises broken: \(broken.isEmpty ? "none" : "\(broken.map(\.id)) – that would be news")")
print(
  "verdict: \(outcome.verdict.kind.rawValue), rank \(outcome.verdict.rank), at time \(formatted(outcome.time))"
)
