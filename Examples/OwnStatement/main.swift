// A statement of one's own, tried as `linnet verify` tries those of the theory.
import Foundation
import LinnetKit

setBLASThreads(1)

/// s(t) ≤ max(s_0, factor·s_Z) along the exact flow of a network one neuron wide.
@Sendable func sizeStaysBelow(_ factor: Double, _ instance: RankOneInstance) -> [Comparison] {
  instance.states().map { state in
    .atMost(
      state.scale, max(instance.start.scale, factor * instance.sZ), unit: instance.sZ,
      // The exact flow states its own error, relative to s.
      roundOff: (state.errorEstimate + 4 * .ulpOfOne) * (1 + state.scale / instance.sZ), time: state.time)
  }
}

let claim = Claim(
  "size-bound", title: "The size never exceeds its start and the target's", formula: "s(t) ≤ max(s_0, s_Z)",
  source: "ds/dt = N m s^p (uᵀZv − s) with uᵀZv ≤ s_Z (D4)",
  instances: RankOneFamily { $0.startScale = -2...0.5 }.instance,
  mutants: [Mutant("0.9 s_Z for s_Z") { sizeStaysBelow(0.9, $0) }]
) { sizeStaysBelow(1, $0) }

var effort = Effort()
effort.instances = 2000
let report = VerificationRun([claim], effort: effort).reports()[0]

print("\(report.title): \(report.formula)")
print("verdict:  \(report.verdict.rawValue)")
print("tried:    \(report.instances) random instances, \(report.violations) violations")
if let worst = report.worst {
  print(String(format: "margin:   %.2g at worst, round-off %.2g", worst.margin, worst.comparison.roundOff))
}
if let search = report.search {
  print(
    String(
      format: "search:   from %.2g to %.2g in %d evaluations", search.sampledMargin, search.foundMargin,
      search.evaluations))
}
for mutation in report.mutations {
  print(
    "wrong:    \(mutation.change): \(mutation.isCaught ? "caught after \(mutation.tried)" : "not caught")")
}
exit(report.isAsExpected ? 0 : 1)
