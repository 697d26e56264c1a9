import Foundation
import LinearAlgebra
import Training

/// The accuracy asked for against the accuracy reached, on the reference trajectories.
struct ToleranceStudy {
  static let explanation = """
    `--tolerance` against the error reached: the median and the largest of the six reference trajectories. Each step is
    held to a hundredth of the tolerance; the last columns are that local tolerance and the largest error in units of
    it. The work is the sum over the six of evaluations and Jacobian products.
    """

  func run() throws -> Table {
    var table = Table(
      title: "Tolerance and error", explanation: Self.explanation,
      columns: [
        "method", "tolerance", "median error", "largest error", "work", "local tolerance",
        "largest error / local",
      ])
    let references = try ReferenceFile.all()
    for method in [TrainingOptions.Method.erk, .cvode] {
      for exponent in stride(from: -4, through: -13, by: -1) {
        let tolerance = pow(10, Double(exponent))
        let runs = try references.map { reference in
          let outcome = try reference.run(method: method, tolerance: tolerance).run()
          return (reference.error(of: outcome), outcome.work.evaluations + outcome.work.jacobianProducts)
        }
        let (worst, local) = (runs.map(\.0).max()!, max(tolerance / 100, 4e-15))
        table.rows.append([
          method.rawValue, "1e\(exponent)", short(median(runs.map(\.0))), short(worst),
          "\(runs.map(\.1).reduce(0, +))", short(local), short(worst / local),
        ])
      }
    }
    return table
  }
}
