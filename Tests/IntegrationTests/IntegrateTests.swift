import Foundation
import Integration
import Testing

/// The time loop, with every method.
struct IntegrateTests {
  enum Method: String, CaseIterable, CustomStringConvertible {
    case euler, erk, cvode
    var method: any IntegrationMethod {
      switch self {
      case .euler: ExplicitEuler(step: 1e-3)
      case .erk: DormandPrince(relativeTolerance: 1e-9)
      case .cvode: CVODE(relativeTolerance: 1e-9)
      }
    }
    var description: String { rawValue }
  }

  @Test(arguments: Method.allCases, [0.1, 0.123456789, 1.0 / 3, 10])
  func `the run stops at the final time exactly`(
    method: Method, time: Double
  ) {
    let taken = run(method.method, Fields.logistic(), from: [0.1], to: time)
    #expect(taken.end == .reachedFinalTime)
    #expect(taken.time == time)
    #expect(
      (taken.state[0] - Fields.logisticSolution(0.1, time)).magnitude <= (method == .euler ? 1e-3 : 1e-7))
  }

  @Test(arguments: Method.allCases) func `names are those of the command`(method: Method) {
    #expect(method.method.name == method.rawValue)
  }

  @Test(arguments: Method.allCases) func `a final time in the past takes no step`(method: Method) {
    let taken = run(method.method, Fields.logistic(), from: [0.1], at: 5, to: 5)
    #expect(taken.end == .reachedFinalTime)
    #expect(taken.steps.isEmpty && taken.state == [0.1])
  }

  @Test(arguments: Method.allCases) func `the observer's word ends the run`(method: Method) {
    let taken = run(method.method, Fields.logistic(), from: [0.1], to: nil) { _, y in y[0] < 0.5 }
    #expect(taken.end == .stoppedByObserver)
    #expect(taken.state[0] >= 0.5)
    #expect(taken.steps.dropLast().allSatisfy { $0.state[0] < 0.5 })
  }

  @Test(arguments: Method.allCases) func `output times may be endless`(method: Method) {
    let endless = sequence(first: 0.0) { $0 + 0.5 }
    let taken = run(method.method, Fields.logistic(), from: [0.1], to: 10, outputs: endless)
    #expect(taken.outputs.map(\.time) == (0...20).map { 0.5 * Double($0) })
    let stopped = run(method.method, Fields.logistic(), from: [0.1], to: nil, outputs: endless) { t, _ in
      t < 4
    }
    #expect(stopped.outputs.last!.time >= 3.5)
  }

  @Test(arguments: Method.allCases) func `outputs at the start show the start, doubled times come twice`(
    method: Method
  ) {
    let taken = run(method.method, Fields.logistic(), from: [0.25], to: 1, outputs: [0, 0, 0.5, 0.5])
    #expect(taken.outputs.map(\.time) == [0, 0, 0.5, 0.5])
    #expect(taken.outputs[0].state == [0.25])
    #expect(taken.outputs[2].state == taken.outputs[3].state)
  }

  @Test(arguments: Method.allCases) func `a field without values ends the run as not finite`(method: Method) {
    let empty = ClosureField(dimension: 2) { _ in
      [.nan, .infinity]
    } derivative: { _, v in
      v
    }
    let taken = run(method.method, empty, from: [1, 2], to: 1)
    #expect(taken.end == .nonFiniteState(time: 0))
    #expect(taken.state == [1, 2])
  }

  @Test(arguments: Method.allCases) func `a field that ends somewhere ends the run there`(method: Method) {
    // y′ = 1 where y < 1, and nothing beyond.
    let cliff = ClosureField(dimension: 1) {
      [$0[0] < 1 ? 1 : .nan]
    } derivative: { _, _ in
      [0]
    }
    let taken = run(method.method, cliff, from: [0.5], to: 10)
    #expect(failed(taken.end), "\(taken.end)")
    // No evaluation beyond the end is accepted, and the state is that of the time.
    #expect(taken.time > 0.2 && taken.time < 0.6, "\(taken)")
    #expect((taken.state[0] - 0.5 - taken.time).magnitude <= 1e-12, "\(taken)")
    #expect(taken.state[0].isFinite)
  }

  /// From y_0 to y it takes 1/y_0 − 1/y + log(y(1 − y_0)/(y_0(1 − y))): all but some units are spent at y_0, and from 1e17 on the clock cannot show them.
  @Test(arguments: [Method.erk, .cvode], [1e-8, 1e-15, 1e-20, 1e-100])
  func `a departure shorter than the digits of the time is followed`(method: Method, y0: Double) {
    // The last one is not reached, and lies 1/y_0 times as far as the flow goes when it has left.
    let outputs = [0.5 / y0, 0.9 / y0, 1.5 / y0]
    let taken = run(method.method, Fields.waiting(), from: [y0], to: nil, outputs: outputs) { _, y in
      y[0] < 0.9999
    }
    #expect(taken.end == .stoppedByObserver)
    #expect(taken.state[0] >= 0.9999 && taken.state[0] <= 1.0001)
    #expect((taken.time * y0 - 1).magnitude <= 1e-5)
    // On the way: 1/y = 1/y_0 − t but for logarithms.
    let values = taken.outputs.map { $0.state[0] / y0 }
    #expect((values[0] / 2 - 1).magnitude <= 1e-5 && (values[1] / 10 - 1).magnitude <= 1e-5)
    #expect(zip(taken.steps, taken.steps.dropFirst()).allSatisfy { $0.time <= $1.time })
    #expect(taken.steps.contains { $0.state[0] > 0.2 && $0.state[0] < 0.8 })
  }

  @Test(arguments: [Method.erk, .cvode], [1e-290, 1e-12, 1])
  func `times of any smallness are stepped over`(method: Method, time: Double) {
    let taken = run(method.method, Fields.decay(), from: [1], to: time)
    #expect(taken.end == .reachedFinalTime)
    #expect(taken.time == time)
    #expect((taken.state[0] - exp(-time)).magnitude <= 1e-8)
  }

  @Test(arguments: Method.allCases) func `a blow-up in finite time ends the run with a value, not a crash`(
    method: Method
  ) {
    let taken = run(method.method, Fields.explosion(), from: [1], to: 2)
    #expect(failed(taken.end), "\(taken.end)")
    #expect(taken.time > 0.99 && taken.time < 1.1)
    #expect(taken.state[0].isFinite)
  }

  private func failed(_ end: Termination) -> Bool {
    switch end {
    case .stepSizeUnderflow, .nonFiniteState: true
    case .reachedFinalTime, .stoppedByObserver, .interrupted, .solverFailure: false
    }
  }

  @Test(arguments: [
    (Termination.stepSizeUnderflow(time: 2.5, step: 1e-17), ["2.5", "1e-17", "implicit"]),
    (.nonFiniteState(time: 1.5), ["NaN", "1.5", "smaller step"]),
    (.solverFailure(time: 3.5, message: "flag -99"), ["3.5", "flag -99"]),
    (.reachedFinalTime, ["final time"]), (.stoppedByObserver, ["stopped"]),
  ]) func `an ending says where and what to try`(end: Termination, words: [String]) {
    for word in words { #expect(end.description.contains(word)) }
  }
}
