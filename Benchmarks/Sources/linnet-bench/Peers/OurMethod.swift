import ExactFlows
import Foundation
import Integration
import LinearAlgebra
import LinearNetworks
import Training

/// One way in which Linnet solves an instance.
struct OurMethod {
  typealias Formulation = PeerInstance.Formulation

  let name: String
  /// The tolerances of the work–precision diagram; a method that has none gets one entry, 0.
  let tolerances: [Double]
  /// What it is measured from.
  let formulations: [Formulation]
  /// From the problem and a start to W at the times of the instance; nil where the method does not apply.
  let trajectory: (PeerInstance, Formulation, _ tolerance: Double) -> (any Collection<Matrix>)?

  /// All methods that are measured.
  ///
  /// `erk` and `cvode` are reduction and integration, what the peers do too; the whole runs also locate events, keep
  /// records and classify the end.
  static var all: [OurMethod] {
    [
      OurMethod("exact", tolerances: [0]) { instance, formulation, _ in exact(instance, formulation) },
      OurMethod("erk") { integrate($0, $1, DormandPrince(relativeTolerance: $2)) },
      OurMethod("cvode") { integrate($0, $1, CVODE(relativeTolerance: $2)) },
      OurMethod("whole run, erk", formulations: [.layers]) { run($0, .erk, tolerance: $2) },
      OurMethod("whole run, cvode", formulations: [.layers]) { run($0, .cvode, tolerance: $2) },
    ]
  }

  init(
    _ name: String, tolerances: [Double] = (4...12).map { Double("1e-\($0)")! },
    formulations: [Formulation] = Formulation.allCases,
    trajectory: @escaping (PeerInstance, Formulation, Double) -> (any Collection<Matrix>)?
  ) {
    (self.name, self.tolerances, self.formulations) = (name, tolerances, formulations)
    self.trajectory = trajectory
  }

  /// The closed form, where the instance has one: rank one at any depth, or depth two.
  ///
  /// That the data is whitened is known, as to the peers; that the start is balanced and of rank one is checked.
  private static func exact(_ instance: PeerInstance, _ formulation: Formulation) -> MatrixSequence? {
    guard instance.isWhitened else { return nil }
    let (Z, m, start) = (
      instance.target, Double(instance.problem.sampleCount), instance.start(formulation)
    )
    if let flow = try? ExactRankOneFlow(target: Z, sampleCount: m, start: start) {
      return flow.trajectory(until: instance.times.last!).states(at: instance.times).matrices
    }
    return try? ExactDepthTwoFlow(target: Z, sampleCount: m, start: start).matrices(at: instance.times)
  }

  /// The flow of the reduced problem, and nothing else.
  private static func integrate(
    _ instance: PeerInstance, _ formulation: Formulation, _ method: some IntegrationMethod
  ) -> MatrixSequence {
    let start = instance.start(formulation)
    let reduction = Reduction(of: instance.problem, from: start)
    let loss = NetworkLoss(problem: reduction.problem, widths: reduction.widths)
    let stepper = method.start(
      GradientFlow(loss), from: reduction.reduce(start).parameters, at: 0, events: .none)
    let states = EndToEndStates(loss)
    let ending = Integration.integrate(
      stepper, outputTimes: instance.times, finalTime: instance.times.last!, observer: states)
    precondition(ending == .reachedFinalTime, "\(instance.key): \(ending)")
    return reduction.expand(endToEnd: states.matrices)
  }

  /// A run as the command does it, without the second run for the error estimate.
  private static func run(
    _ instance: PeerInstance, _ method: TrainingOptions.Method, tolerance: Double
  ) -> [Matrix] {
    var options = TrainingOptions()
    options.method = method
    options.tolerance = tolerance
    options.outputTimes = instance.times
    options.finalTime = instance.times.last!
    options.estimatesAccuracy = false
    let outcome = TrainingRun(problem: instance.problem, start: instance.start, options: options).run()
    precondition(outcome.ending == .reachedFinalTime, "\(instance.key): \(outcome.ending)")
    return outcome.states.map(\.endToEnd)
  }

  /// All methods on one instance, until a tolerance takes longer than the limit.
  static func measure(_ instance: PeerInstance, reference: [Matrix], quick: QuickRun?) -> [PeerPoint] {
    var points: [PeerPoint] = []
    for method in all {
      for formulation in method.formulations {
        for tolerance in quick?.tolerances(of: method.tolerances) ?? method.tolerances {
          var states: (any Collection<Matrix>)?
          let work = { states = method.trajectory(instance, formulation, tolerance) }
          // The first is not timed: it fetches code and memory.
          let first = seconds(work)
          guard states != nil else { break }
          let times = first > 0.5 ? [first] : repeated(atLeast: 3, budget: 0.2, work)
          points.append(
            PeerPoint(
              problem: instance.key, method: "linnet " + method.name, formulation: formulation.rawValue,
              tolerance: tolerance, error: PeerInstance.error(Array(states!), reference),
              seconds: median(times), repetitions: times.count))
          if first > PeerPoint.secondsLimit { break }
        }
      }
    }
    return points
  }
}

/// Fewer tolerances, to see whether everything works.
struct QuickRun {
  func tolerances(of all: [Double]) -> [Double] { all.filter { [1e-4, 1e-10, 0].contains($0) } }
}

/// W at the output times, in the reduced coordinates.
private final class EndToEndStates: IntegrationObserver {
  private let loss: NetworkLoss
  private var entries: [Double] = []
  private var count = 0

  init(_ loss: NetworkLoss) { self.loss = loss }

  var matrices: MatrixSequence {
    MatrixSequence(rows: loss.problem.outputs, columns: loss.problem.inputs, count: count) { memory in
      entries.withUnsafeBufferPointer { memory.update(from: $0.baseAddress!, count: $0.count) }
    }
  }

  func output(time: Double, state: UnsafePointer<Double>) {
    entries += loss.endToEndMatrix(state).storage
    count += 1
  }
  func event(_ occurrence: EventOccurrence) {}
  func stepped(_ stepper: any Stepper) -> Bool { true }
}
