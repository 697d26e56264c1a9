import Foundation
import Integration
import LinearAlgebra
import LinearNetworks
import Training

/// An adaptive method on the entries of W, as the induced flow (17) is printed.
struct InducedFlowStudy {
  let maximumEvaluations = 200_000

  static let explanation = """
    Dormand–Prince with a local tolerance of 1e-12 from the starts of the reference trajectories: on the layers (13), and
    on the entries of W (17), either as printed or with σ = 0 imposed beyond the rank of W_0. Errors as above; runs are
    given up after 200,000 evaluations, and then the fraction of the time that was reached is shown.
    """

  func run() throws -> Table {
    var table = Table(
      title: "The induced flow under an adaptive method", explanation: Self.explanation,
      columns: ["trajectory", "flow", "evaluations", "relative error", "σ_2/σ_1 at the end"])
    for reference in try ReferenceFile.all() where reference.u0.count > 1 {
      let training = try reference.run(method: .erk)
      let shape = training.start.widths
      let layers = GradientFlow(NetworkLoss(problem: training.problem, widths: shape))
      let full = min(reference.u0.count, reference.v0.count)
      let W0 = training.start.endToEndMatrix.storage
      let fields: [(String, any VectorField, [Double])] = [
        ("layers (13)", layers, training.start.parameters),
        ("(17) as printed", InducedFlow(problem: training.problem, depth: reference.N, rank: full), W0),
        (
          "(17) with the rank imposed", InducedFlow(problem: training.problem, depth: reference.N, rank: 1),
          W0
        ),
      ]
      for (name, field, state) in fields {
        table.rows.append([reference.name, name] + result(field, state, reference, shape))
      }
    }
    return table
  }

  private func result(
    _ field: any VectorField, _ start: [Double], _ reference: ReferenceFile, _ widths: [Int]
  ) -> [String] {
    let times = reference.trajectory.map(\.t)
    let stepper = DormandPrince(relativeTolerance: 1e-12).start(field, from: start, at: 0, events: .none)
    let watch = LastState(field.dimension, maximumEvaluations: maximumEvaluations)
    let ending = integrate(stepper, outputTimes: times, finalTime: times.last!, observer: watch)
    let matrices = watch.states.map { state in
      field is GradientFlow
        ? LinearNetwork(widths: widths, parameters: state).endToEndMatrix
        : Matrix(rows: widths.last!, columns: widths[0], storage: state)
    }
    let errors = zip(matrices, reference.trajectory).map { W, exact in
      (W - exact.matrix).frobeniusNorm / exact.matrix.frobeniusNorm
    }
    let worst = errors.max().map(short) ?? "–"
    let reached = short(stepper.time / times.last!)
    let σ = matrices.last?.singularValues ?? [1, 0]
    return [
      "\(stepper.work.evaluations)",
      ending == .reachedFinalTime ? worst : "\(worst) up to \(reached) of the time", short(σ[1] / σ[0]),
    ]
  }
}
