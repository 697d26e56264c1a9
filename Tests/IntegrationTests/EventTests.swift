import Foundation
import Integration
import Testing

struct EventTests {
  private func levels(_ levels: [Double]) -> Events {
    Events(count: levels.count) { y, g in for (i, level) in levels.enumerated() { g[i] = level - y[0] } }
  }

  @Test(arguments: Adaptive.allCases) func `crossings are located to the tolerance, in order`(
    method: Adaptive
  ) {
    // Levels of the rising logistic curve, not sorted.
    let wanted = [0.5, 0.01, 0.99, 0.9]
    let taken = run(method(1e-10), Fields.logistic(), from: [1e-3], to: 20, events: levels(wanted))
    #expect(taken.end == .reachedFinalTime)
    #expect(taken.events.map(\.index) == [1, 0, 3, 2])
    for event in taken.events {
      let level = wanted[event.index]
      // δt = δy / (y(1 − y)) with a relative error of y of some hundred tolerances.
      #expect((event.time - Fields.logisticTime(1e-3, level)).magnitude <= 1e-8 / (1 - level))
    }
  }

  @Test(arguments: Adaptive.allCases) func `several events in one step are all found`(method: Adaptive) {
    // At a loose tolerance steps are long; a thousand levels lie within few of them.
    let wanted = (1..<1000).map { Double($0) / 1000 }
    let taken = run(method(1e-5), Fields.logistic(), from: [1e-4], to: 30, events: levels(wanted))
    #expect(taken.events.map(\.index) == Array(0..<999))
    #expect(taken.work.steps < 500)
    #expect(zip(taken.events, taken.events.dropFirst()).allSatisfy { $0.time <= $1.time })
  }

  @Test(arguments: Adaptive.allCases) func `events at the same time come together`(method: Adaptive) {
    let taken = run(method(1e-8), Fields.logistic(), from: [0.1], to: 10, events: levels([0.5, 0.5]))
    #expect(taken.events.map(\.index) == [0, 1])
    #expect(taken.events[0].time == taken.events[1].time)
  }

  @Test(arguments: Adaptive.allCases)
  func `after an event the state is as accurate as after any step`(method: Adaptive) {
    // Long steps, so that a polynomial through their ends would be told from the solution.
    let stepper = method(1e-8).start(Fields.logistic(), from: [0.1], at: 0, events: levels([0.5]))
    var result = StepResult.stepped
    for _ in 0..<10_000 where result == .stepped { result = stepper.advance(notBeyond: 20) }
    guard case .events(let found) = result else {
      Issue.record("no event but \(result)")
      return
    }
    #expect(found.map(\.index) == [0])
    // A one-step method has gone on to the end of its step.
    #expect(found[0].time <= stepper.time && found[0].time > stepper.time - stepper.lastStep)
    #expect((stepper.state[0] - Fields.logisticSolution(0.1, stepper.time)).magnitude <= 1e-7)
    if method == .erk {
      #expect((stepper.state[0] - Fields.logisticSolution(0.1, stepper.time)).magnitude <= 2e-9)
    }
    // And the run goes on from there.
    let (time, state) = (stepper.time, stepper.state[0])
    #expect(stepper.advance(notBeyond: 20) == .stepped)
    #expect(stepper.time > time && stepper.state[0] > state)
  }

  @Test(arguments: Adaptive.allCases) func `a quantity that rises through zero is no event`(method: Adaptive)
  {
    let rising = Events(count: 1) { y, g in g[0] = y[0] - 0.5 }
    #expect(run(method(1e-8), Fields.logistic(), from: [0.1], to: 20, events: rising).events.isEmpty)
    // Round the circle, y_1 falls through zero once a turn: at π/2 + 2πk.
    let circle = Events(count: 1) { y, g in g[0] = y[0] }
    let found = run(method(1e-10), Fields.rotation(), from: [1, 0], to: 20, events: circle).events
    #expect(found.count == 3)
    for (k, event) in found.enumerated() {
      #expect((event.time - (.pi / 2 + 2 * .pi * Double(k))).magnitude <= 1e-7)
    }
  }

  @Test(arguments: Adaptive.allCases) func `outputs and events do not disturb each other`(method: Adaptive) {
    let times = (1...40).map { 0.25 * Double($0) }
    let taken = run(
      method(1e-10), Fields.logistic(), from: [0.01], to: 10, outputs: times, events: levels([0.1, 0.5, 0.9]))
    #expect(taken.events.map(\.index) == [0, 1, 2])
    #expect(taken.outputs.map(\.time) == times)
    for (t, y) in taken.outputs { #expect((y[0] - Fields.logisticSolution(0.01, t)).magnitude <= 1e-8) }
  }
}
