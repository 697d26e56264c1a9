import Integration

/// Keeps what it is shown, and stops when asked to.
final class Recorder: IntegrationObserver {
  private(set) var outputs: [(time: Double, state: [Double])] = []
  private(set) var steps: [(time: Double, state: [Double])] = []
  private(set) var events: [EventOccurrence] = []
  private let dimension: Int
  private let goOn: (Double, [Double]) -> Bool

  init(dimension: Int, while goOn: @escaping (Double, [Double]) -> Bool = { _, _ in true }) {
    (self.dimension, self.goOn) = (dimension, goOn)
  }

  func output(time: Double, state: UnsafePointer<Double>) {
    outputs.append((time, Array(UnsafeBufferPointer(start: state, count: dimension))))
  }
  func event(_ occurrence: EventOccurrence) { events.append(occurrence) }
  func stepped(_ stepper: any Stepper) -> Bool {
    let state = Array(UnsafeBufferPointer(start: stepper.state, count: dimension))
    steps.append((stepper.time, state))
    return goOn(stepper.time, state)
  }
}

/// A finished integration.
struct Run {
  let end: Termination
  let time: Double
  let state: [Double]
  let outputs: [(time: Double, state: [Double])]
  let steps: [(time: Double, state: [Double])]
  let events: [EventOccurrence]
  let work: Work
}

func run(
  _ method: any IntegrationMethod, _ field: any DifferentiableVectorField, from y0: [Double],
  at start: Double = 0,
  to end: Double?, outputs: some Sequence<Double> = [Double](), events: Events = .none,
  while goOn: @escaping (Double, [Double]) -> Bool = { _, _ in true }
) -> Run {
  let recorder = Recorder(dimension: field.dimension, while: goOn)
  let stepper = method.start(field, from: y0, at: start, events: events)
  let termination = integrate(stepper, outputTimes: outputs, finalTime: end, observer: recorder)
  return Run(
    end: termination, time: stepper.time,
    state: Array(UnsafeBufferPointer(start: stepper.state, count: field.dimension)),
    outputs: recorder.outputs,
    steps: recorder.steps, events: recorder.events, work: stepper.work)
}

/// The adaptive methods by name, as arguments of tests.
enum Adaptive: String, CaseIterable, CustomStringConvertible {
  case cvode, erk

  func callAsFunction(_ tolerance: Double) -> any IntegrationMethod {
    switch self {
    case .cvode: CVODE(relativeTolerance: tolerance)
    case .erk: DormandPrince(relativeTolerance: tolerance)
    }
  }
  var description: String { rawValue }
}

/// The slope of the least-squares line through points (x, y).
func slope(_ points: [(x: Double, y: Double)]) -> Double {
  let n = Double(points.count)
  let (x, y) = (points.map(\.x).reduce(0, +) / n, points.map(\.y).reduce(0, +) / n)
  return points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) } / points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
}
