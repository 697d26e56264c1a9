import Integration

/// Keeps every output and every step.
final class Recorder: IntegrationObserver {
  private(set) var outputs: [(time: Double, state: [Double])] = []
  private(set) var steps: [(time: Double, state: [Double])] = []

  func output(time: Double, state: UnsafePointer<Double>) {
    outputs.append((time, Array(UnsafeBufferPointer(start: state, count: dimension))))
  }
  func event(_ occurrence: EventOccurrence) {}
  func stepped(_ stepper: any Stepper) -> Bool {
    steps.append((stepper.time, Array(UnsafeBufferPointer(start: stepper.state, count: stepper.dimension))))
    return true
  }

  private let dimension: Int
  init(dimension: Int) { self.dimension = dimension }
}
