import Foundation
import Integration
import Testing

struct ExplicitEulerTests {
  @Test func `the order is 1`() {
    let points = (4...12).map { k -> (x: Double, y: Double) in
      let h = exp2(-Double(k))
      let end = run(ExplicitEuler(step: h), Fields.logistic(), from: [0.1], to: 3)
      #expect(end.end == .reachedFinalTime)
      return (log(h), log((end.state[0] - Fields.logisticSolution(0.1, 3)).magnitude))
    }
    #expect((slope(points.suffix(5)) - 1).magnitude <= 0.01)
  }

  @Test func `a step is y + h f(y)`() {
    let taken = run(ExplicitEuler(step: 0.25), Fields.rotation(), from: [1, 0], to: 0.5)
    // (1, 0) → (1, −1/4) → (15/16, −1/2), exact in binary.
    #expect(taken.steps.map(\.state) == [[1, -0.25], [0.9375, -0.5]])
    #expect(taken.work.evaluations == 2 && taken.work.steps == 2 && taken.work.jacobianProducts == 0)
  }

  @Test func `times are exact multiples of the step, and 10⁵ steps of 1e-6 end at 0.1`() {
    let taken = run(ExplicitEuler(step: 1e-6), Fields.logistic(), from: [0.5], to: 0.1)
    #expect(taken.steps.count == 100_000)
    #expect(taken.time == 0.1)
    for k in [1, 2, 3, 10, 77_777, 99_999] { #expect(taken.steps[k - 1].time == Double(k) * 1e-6) }
  }

  @Test(arguments: [1...60]) func `n steps of T/n make n steps and end at T exactly`(counts: ClosedRange<Int>)
  {
    for n in counts {
      for T in [1, 0.3, 0.7, 1e-5] {
        let taken = run(ExplicitEuler(step: T / Double(n)), Fields.logistic(), from: [0.5], to: T)
        #expect(taken.steps.count == n, "T = \(T), n = \(n)")
        #expect(taken.time == T, "T = \(T), n = \(n)")
      }
    }
  }

  @Test func `a final time between multiples shortens the last step`() {
    let taken = run(ExplicitEuler(step: 0.25), Fields.rotation(), from: [1, 0], to: 0.375)
    #expect(taken.steps.map(\.time) == [0.25, 0.375])
    #expect(taken.state == [1 - 0.125 * 0.25, -0.25 - 0.125])
  }

  @Test func `after a limit between multiples the steps go on from there`() {
    let stepper = ExplicitEuler(step: 0.25).start(
      Fields.rotation() as any VectorField, from: [1, 0], at: 0, events: .none)
    #expect(stepper.advance(notBeyond: 0.125) == .stepped)
    #expect(stepper.time == 0.125 && stepper.lastStep == 0.125)
    #expect(stepper.advance(notBeyond: nil) == .stepped)
    #expect(stepper.time == 0.375 && stepper.lastStep == 0.25)
    #expect(stepper.state[1] == -0.125 - 0.25)
    #expect(stepper.advance(notBeyond: 10) == .stepped)
    #expect(stepper.time == 0.625)
  }

  @Test func `dense output is the chord`() {
    let taken = run(
      ExplicitEuler(step: 0.5), Fields.rotation(), from: [1, 0], to: 1, outputs: [0, 0.125, 0.5, 0.75, 1])
    #expect(taken.outputs.map(\.time) == [0, 0.125, 0.5, 0.75, 1])
    #expect(taken.outputs.map(\.state) == [[1, 0], [1, -0.125], [1, -0.5], [0.875, -0.75], [0.75, -1]])
  }

  @Test func `events of one step come in the order of their times`() {
    // y falls from 1 by 1/2 a step: 0.6 is passed at 0.8, 0.9 at 0.2, both in the first of two steps; 0.1 in the second.
    let fall = ClosureField(dimension: 1) { _ in
      [-0.5]
    } derivative: { _, _ in
      [0]
    }
    let levels = [0.6, 0.9, 0.1]
    let events = Events(count: 3) { y, g in for (i, level) in levels.enumerated() { g[i] = y[0] - level } }
    let taken = run(ExplicitEuler(step: 1), fall, from: [1], to: 2, events: events)
    #expect(taken.events.map(\.index) == [1, 0, 2])
    for (event, time) in zip(taken.events, [0.2, 0.8, 1.8]) {
      #expect((event.time - time).magnitude <= 1e-15)
    }
  }

  @Test func `a quantity that rises through zero is no event`() {
    let events = Events(count: 1) { y, g in g[0] = y[0] - 0.5 }
    #expect(
      run(ExplicitEuler(step: 0.01), Fields.logistic(), from: [0.1], to: 5, events: events).events.isEmpty)
  }

  @Test func `an overflowing step is refused and the last state kept`() {
    let taken = run(ExplicitEuler(step: 1e-3), Fields.explosion(), from: [1], to: 2)
    #expect(taken.end == .nonFiniteState(time: taken.time))
    #expect(taken.time > 1 && taken.time < 1.1)
    #expect(taken.state[0].isFinite && taken.state[0] > 1e100)
  }
}
