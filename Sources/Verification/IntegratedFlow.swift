import Integration
import LinearAlgebra
import LinearNetworks

/// The flow of the layers (13) by time stepping, which knows no theory: what closed forms are compared with.
struct IntegratedFlow {
  /// W_1, …, W_N at the times asked for, with the inputs of the exhibit.
  let networks: [LinearNetwork]
  /// An estimate of the error of W at each: twice its difference to a run at ten times the tolerance, which errs by about ten times as much, and 1e-10 of the
  /// largest ‖W‖ on the way for the errors that both share.
  let errors: [Double]

  /// The end-to-end matrices.
  var matrices: [Matrix] { networks.map(\.endToEndMatrix) }

  /// Integrates to increasing times; nil where the steps fail.
  ///
  /// - Parameters:
  ///   - exhibit: the problem and the start.
  ///   - times: increasing and positive.
  init?(_ exhibit: Exhibit, at times: [Double]) {
    let problem = exhibit.problem
    let start = exhibit.start
    func networks(_ tolerance: Double) -> [LinearNetwork]? {
      let field = GradientFlow(NetworkLoss(problem: problem, widths: start.widths), negligibleNorm: 1e-6)
      return trajectory(of: field, from: start.parameters, at: times, tolerance: tolerance).map { states in
        states.map { LinearNetwork(widths: start.widths, parameters: $0) }
      }
    }
    guard let fine = networks(1e-11), let coarse = networks(1e-10) else { return nil }
    self.networks = fine
    let (W, V) = (fine.map(\.endToEndMatrix), coarse.map(\.endToEndMatrix))
    let largest = W.map(\.frobeniusNorm).max() ?? 0
    errors = zip(W, V).map { 2 * ($0 - $1).frobeniusNorm + 1e-10 * largest }
  }
}

/// y at increasing times by Dormand and Prince's pair; nil where the steps fail.
func trajectory(
  of field: any VectorField, from start: [Double], at times: [Double], tolerance: Double
) -> [[Double]]? {
  let recorder = Recorder(dimension: start.count)
  let stepper = DormandPrince(relativeTolerance: tolerance).start(field, from: start, at: 0, events: .none)
  let ending = integrate(stepper, outputTimes: times, finalTime: times.last, observer: recorder)
  return ending == .reachedFinalTime && recorder.states.count == times.count ? recorder.states : nil
}

private final class Recorder: IntegrationObserver {
  let dimension: Int
  var states: [[Double]] = []
  private var steps = 0

  init(dimension: Int) { self.dimension = dimension }

  func output(time: Double, state: UnsafePointer<Double>) {
    states.append(Array(UnsafeBufferPointer(start: state, count: dimension)))
  }

  func event(_ occurrence: EventOccurrence) {}

  /// An instance that takes more than 200,000 steps is too stiff to say something with explicit steps (tuned: a second).
  func stepped(_ stepper: any Stepper) -> Bool {
    steps += 1
    return steps < 200_000
  }
}
