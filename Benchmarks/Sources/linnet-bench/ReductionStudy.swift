import Foundation
import Integration
import LinearAlgebra
import LinearNetworks
import Training

/// Runs on the exactly reduced problem and on all weights.
struct ReductionStudy {
  let finalTime = 0.05

  static let explanation = """
    The same balanced start of rank ρ, whitened Gaussian data (m = 1000), depth 3, Dormand–Prince at a local tolerance of
    1e-12 to the same time: on the reduced problem, and on all layers in the eigen-coordinates of the inputs. The
    difference is ‖W_reduced − W_full‖/‖W_full‖ at the end.
    """

  func run() throws -> Table {
    var table = Table(
      title: "Reduction before integration", explanation: Self.explanation,
      columns: [
        "widths", "ρ", "weights", "unknowns", "time, reduced", "time, full", "speed-up", "difference",
      ])
    for (widths, rank) in [
      ([50, 50, 50, 20], 1), ([50, 50, 50, 20], 5), ([100, 100, 100, 50], 5), ([50, 50, 50, 50], 50),
    ] {
      let data = SyntheticData.whitened(samples: 1000, inputs: widths[0], outputs: widths[3], seed: 1)
      let problem = Problem(inputs: data.inputs, outputs: data.outputs)
      var generator = SeededGenerator(seed: 2)
      let W0 =
        Matrix.gaussian(widths[3], rank, using: &generator)
        * Matrix.gaussian(rank, widths[0], using: &generator)
      let start = try LinearNetwork.balanced(factoring: (1 / W0.frobeniusNorm) * W0, widths: widths)
      let reduction = Reduction(of: problem, from: start)
      let diagonal = Reduction(keepingWidthsOf: start, for: problem)
      var (reduced, full) = (start, start)
      let times = PairedTimes(
        repetitions: 3, ours: { reduced = integrated(reduction.reduce(start), reduction.problem) },
        preparingReference: {}, reference: { full = integrated(diagonal.reduce(start), diagonal.problem) })
      let expected = diagonal.expand(full).endToEndMatrix
      let difference =
        (reduction.expand(reduced).endToEndMatrix - expected).frobeniusNorm / expected.frobeniusNorm
      table.rows.append([
        widths.map(String.init).joined(separator: "–"), "\(rank)", "\(start.parameterCount)",
        "\(reduced.parameterCount)", duration(median(times.ours)), duration(median(times.reference)),
        short(times.relativeSpeed), short(difference),
      ])
    }
    return table
  }

  private func integrated(_ start: LinearNetwork, _ problem: Problem) -> LinearNetwork {
    let field = GradientFlow(NetworkLoss(problem: problem, widths: start.widths))
    let stepper = DormandPrince(relativeTolerance: 1e-12)
      .start(field, from: start.parameters, at: 0, events: .none)
    let watch = LastState(field.dimension)
    let ending = integrate(stepper, outputTimes: [finalTime], finalTime: finalTime, observer: watch)
    precondition(ending == .reachedFinalTime, "\(ending)")
    return LinearNetwork(widths: start.widths, parameters: watch.states.last!)
  }
}

/// Keeps the states at the output times, for at most a number of evaluations.
final class LastState: IntegrationObserver {
  let dimension: Int
  let maximumEvaluations: Int
  private(set) var states: [[Double]] = []

  init(_ dimension: Int, maximumEvaluations: Int = .max) {
    (self.dimension, self.maximumEvaluations) = (dimension, maximumEvaluations)
  }

  func output(time: Double, state: UnsafePointer<Double>) {
    states.append(Array(UnsafeBufferPointer(start: state, count: dimension)))
  }
  func event(_ occurrence: EventOccurrence) {}
  func stepped(_ stepper: any Stepper) -> Bool { stepper.work.evaluations < maximumEvaluations }
}
