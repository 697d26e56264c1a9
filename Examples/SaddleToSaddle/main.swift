// From a small start, a network learns one principal direction after the other, with plateaus in between.
import Foundation
import LinnetKit

func formatted(_ x: Double, _ digits: Int = 4) -> String { String(format: "%\(digits + 6).\(digits)g", x) }

setBLASThreads(1)

// Samples are rows of the file; they are compressed while it is read, and whitened without a second pass.
let prepared = try SampleTable("Examples/data/tobacco.csv").prepared(
  targets: ["burn_rate", "sugar", "nicotine"], preparation: .whiten)
let problem = prepared.problem

// Depth 3, all hidden widths 3; a balanced start a million times smaller than the target.
let start = try Start.random(norm: 1e-6).network(for: problem, widths: [problem.inputs, 3, 3, 3], seed: 1)
let outcome = TrainingRun(problem: problem, start: start, options: TrainingOptions()).run()

let targetValues = problem.targetSingularValues
print("singular values of the target:", targetValues.map { formatted($0) }.joined())
print("\n   plateau from         to   loss gap   singular values of W in the middle")
for plateau in outcome.plateaus {
  let middle = outcome.records.min {
    abs($0.time - (plateau.start + plateau.end) / 2) < abs($1.time - (plateau.start + plateau.end) / 2)
  }!
  print(
    "     ", formatted(plateau.start), formatted(plateau.end), formatted(plateau.gap), " ",
    middle.singularValues.map { formatted($0, 3) }.joined())
}
print(
  "\n\(outcome.ending) at time\(formatted(outcome.time)): \(outcome.verdict.kind.rawValue) of rank \(outcome.verdict.rank)"
)

// The result in the units of the file.
let predictor = prepared.predictor(of: outcome.network.endToEndMatrix)
for (i, output) in predictor.outputs.enumerated() {
  let terms = predictor.inputs.enumerated().map { j, input in
    String(format: "%+.3g", predictor.coefficients[i, j]) + "·\(input)"
  }
  print("\(output) = \(String(format: "%.3g", predictor.intercept[i])) \(terms.joined(separator: " "))")
}
