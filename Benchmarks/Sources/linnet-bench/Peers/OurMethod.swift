import ExactFlows
import Foundation
import Integration
import LinearAlgebra
import LinearNetworks
import Training

/// One way in which Linnet solves an instance.
struct OurMethod {
  let name: String
  /// The tolerances of the work–precision diagram; a method that has none gets one entry, 0.
  let tolerances: [Double]
  /// Whether the method solves instances like this.
  let applies: (PeerInstance) -> Bool
  /// From the problem and the layers to W at the times of the instance.
  let trajectory: (PeerInstance, _ tolerance: Double) -> [Matrix]

  /// All methods that are measured.
  ///
  /// `erk` and `cvode` are reduction and integration, what the peers do too; the whole runs also locate events, keep
  /// records and classify the end.
  static var all: [OurMethod] {
    [
      OurMethod("exact", tolerances: [0], applies: { exact($0) != nil }) { instance, _ in exact(instance)!()
      },
      OurMethod("erk") { integrate($0, DormandPrince(relativeTolerance: $1)) },
      OurMethod("cvode") { integrate($0, CVODE(relativeTolerance: $1)) },
      OurMethod("whole run, erk") { run($0, .erk, tolerance: $1) },
      OurMethod("whole run, cvode") { run($0, .cvode, tolerance: $1) },
    ]
  }

  init(
    _ name: String, tolerances: [Double] = (4...12).map { Double("1e-\($0)")! },
    applies: @escaping (PeerInstance) -> Bool = { _ in true },
    trajectory: @escaping (PeerInstance, Double) -> [Matrix]
  ) {
    (self.name, self.tolerances, self.applies) = (name, tolerances, applies)
    self.trajectory = trajectory
  }

  /// The closed form, where the instance has one: rank one at any depth, or depth two.
  private static func exact(_ instance: PeerInstance) -> (() -> [Matrix])? {
    let (problem, start) = (instance.problem, instance.start)
    guard problem.isWhitened(), start.isBalanced(), start.depth >= 2 else { return nil }
    if start.endToEndMatrix.singularValueDecomposition.rank() == 1 {
      return {
        // The row space of W_1 is v; what becomes of v is s u.
        let first = start.layers[0]
        let longest = (0..<first.rows).max {
          first.row($0).reduce(0) { $0 + $1 * $1 } < first.row($1).reduce(0) { $0 + $1 * $1 }
        }!
        let v = Matrix.column(first.row(longest))
        let image = start.layers.reduce((1 / v.frobeniusNorm) * v) { $1 * $0 }
        let flow = try! ExactRankOneFlow(
          target: problem.crossCovariance, sampleCount: Double(problem.sampleCount), depth: start.depth,
          scale: 1,
          left: image.storage, right: ((1 / v.frobeniusNorm) * v).storage)
        return flow.trajectory(until: instance.times.last!).states(at: instance.times).map(\.matrix)
      }
    }
    guard start.depth == 2, (try? ExactDepthTwoFlow(problem: problem, start: start)) != nil else {
      return nil
    }
    return {
      let flow = try! ExactDepthTwoFlow(problem: problem, start: start)
      return instance.times.map { flow.state(at: $0).endToEndMatrix }
    }
  }

  /// The flow of the reduced problem, and nothing else.
  private static func integrate(_ instance: PeerInstance, _ method: some IntegrationMethod) -> [Matrix] {
    let reduction = Reduction(of: instance.problem, from: instance.start)
    let loss = NetworkLoss(loss: reduction.loss, widths: reduction.widths)
    let stepper = method.start(
      GradientFlow(loss), from: reduction.reduce(instance.start).parameters, at: 0, events: .none)
    let states = EndToEndStates(loss)
    let ending = Integration.integrate(
      stepper, outputTimes: instance.times, finalTime: instance.times.last!, observer: states)
    precondition(ending == .reachedFinalTime, "\(instance.key): \(ending)")
    return states.matrices.map(reduction.expand(endToEnd:))
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
    for method in all where method.applies(instance) {
      for tolerance in quick?.tolerances(of: method.tolerances) ?? method.tolerances {
        var states: [Matrix] = []
        // The first is not timed: it fetches code and memory.
        let first = seconds { states = method.trajectory(instance, tolerance) }
        let times =
          first > 0.5
          ? [first] : repeated(atLeast: 3, budget: 0.2) { states = method.trajectory(instance, tolerance) }
        points.append(
          PeerPoint(
            problem: instance.key, method: "linnet " + method.name, formulation: "ours", tolerance: tolerance,
            error: PeerInstance.error(states, reference), seconds: median(times),
            repetitions: times.count))
        if first > PeerPoint.secondsLimit { break }
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
  private(set) var matrices: [Matrix] = []

  init(_ loss: NetworkLoss) { self.loss = loss }

  func output(time: Double, state: UnsafePointer<Double>) { matrices.append(loss.endToEndMatrix(state)) }
  func event(_ occurrence: EventOccurrence) {}
  func stepped(_ stepper: any Stepper) -> Bool { true }
}
