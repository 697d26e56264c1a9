import Integration
import Testing

/// A step that is given up in its middle.
@Suite struct InterruptionTests {
  /// Interrupts at the n-th question.
  private final class Impatient: IntegrationObserver {
    var questions = 0
    let last: Int
    init(_ last: Int) { self.last = last }
    var isInterrupted: Bool {
      questions += 1
      return questions >= last
    }
    func output(time: Double, state: UnsafePointer<Double>) {}
    func event(_ occurrence: EventOccurrence) {}
    func stepped(_ stepper: any Stepper) -> Bool { true }
  }

  @Test(arguments: [IntegrateTests.Method.erk, .cvode], [1, 2, 7, 40])
  func `an interruption is seen within a step, and the state stays that of the step before`(
    method: IntegrateTests.Method, question: Int
  ) {
    let stepper = method.method.start(Fields.logistic(), from: [0.1], at: 0, events: .none)
    let observer = Impatient(question)
    let end = integrate(stepper, outputTimes: [], finalTime: 1e9, observer: observer)
    guard case .interrupted(let time) = end else {
      Issue.record("\(end)")
      return
    }
    #expect(observer.questions == question)
    #expect(time == stepper.time)
    #expect((stepper.state[0] - Fields.logisticSolution(0.1, time)).magnitude < 1e-6)
  }

  @Test func `a zero of the field is left by no step`() {
    let stepper = RestingStepper([2, 3])
    let recorder = Impatient(.max)
    #expect(integrate(stepper, outputTimes: [0, 1], finalTime: 5, observer: recorder) == .reachedFinalTime)
    #expect(stepper.time == 5 && stepper.state[0] == 2 && stepper.state[1] == 3 && stepper.work.steps == 1)
  }

  @Test func `Euler's memory continues its count of steps to the last bit`() {
    let method = ExplicitEuler(step: 0.1)
    let whole = method.start(Fields.logistic() as any VectorField, from: [0.1], at: 0, events: .none)
    for _ in 0..<7 { _ = whole.advance(notBeyond: nil) }
    let resumed = method.start(
      Fields.logistic() as any VectorField, from: [whole.state[0]], at: whole.time, events: .none)
    resumed.memory = whole.memory
    for _ in 0..<50 {
      _ = whole.advance(notBeyond: nil)
      _ = resumed.advance(notBeyond: nil)
      #expect(whole.time == resumed.time && whole.state[0] == resumed.state[0])
    }
  }
}
