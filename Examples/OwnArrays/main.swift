// Arrays of your own: what is promised, what happens, what the limit is, and a figure.
import LinnetKit

let X = Matrix(rows: [[1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5]])  // inputs, a column for each sample
let Y = Matrix(rows: [[2, 3, 7, 7, 11, 12]])  // outputs

let problem = Problem(inputs: X, outputs: Y)
let start = try Start.random(norm: 0.1).network(for: problem, widths: [2, 2, 1], seed: 1)
print(Certificate(problem: problem, start: start).conclusion)
let run = TrainingRun(problem: problem, start: start, options: TrainingOptions())
let outcome = run.run()
print("\(outcome.ending) at t = \(outcome.time): \(outcome.verdict.kind)")
print("y = \(outcome.network.endToEndMatrix.storage) · x")
// Specifications always, pictures where a renderer is installed.
try TrainingFigures(run, outcome).write(to: "linnet-run-arrays")
