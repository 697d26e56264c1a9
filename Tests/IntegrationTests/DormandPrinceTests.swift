import Foundation
import Integration
import Testing

struct DormandPrinceTests {
  @Test func `at requested times the state has the accuracy of the steps`() {
    let times = [0, 0.1, 1, 3.3, 7.77, 20]
    let taken = run(
      DormandPrince(relativeTolerance: 1e-10), Fields.rotation(), from: [1, 0], to: 20, outputs: times)
    #expect(taken.outputs.map(\.time) == times)
    for (t, y) in taken.outputs { #expect(hypot(y[0] - cos(t), y[1] + sin(t)) <= 1e-8) }
  }

  @Test func `times that are asked for leave the steps as they are, and cost nothing after the first ones`() {
    let free = run(DormandPrince(relativeTolerance: 1e-10), Fields.rotation(), from: [1, 0], to: 20)
    let times = (1...5000).map { 0.004 * Double($0) }
    let asked = run(
      DormandPrince(relativeTolerance: 1e-10), Fields.rotation(), from: [1, 0], to: 20, outputs: times)
    #expect(asked.work.steps == free.work.steps)
    #expect(asked.steps.map(\.time) == free.steps.map(\.time))
    // A hundred times, perhaps, lie in the steps that are taken again: four of them, of up to 0.1.
    #expect(asked.work.evaluations <= free.work.evaluations + 1000)
    for (t, y) in asked.outputs { #expect(hypot(y[0] - cos(t), y[1] + sin(t)) <= 1e-8) }
  }

  @Test func `where steps change their size fast, states between them are as accurate as elsewhere`() {
    // A blow-up, y = 1/(1 − t), towards which steps shrink by the same share again and again.
    let blowUp = ClosureField(dimension: 1) {
      [$0[0] * $0[0]]
    } derivative: {
      [2 * $0[0] * $1[0]]
    }
    let times = (1..<400).map { 1 - pow(0.985, Double($0)) }
    let falling = run(
      DormandPrince(relativeTolerance: 1e-9), blowUp, from: [1], to: times.last!, outputs: times)
    // What an error moves is the time of the blow-up.
    func shift(_ t: Double, _ y: [Double]) -> Double { (1 / y[0] - (1 - t)).magnitude }
    #expect(falling.outputs.map(shift).max()! <= 2 * falling.steps.map(shift).max()!)
    // A rise from 1e-8, before which steps grow.
    let rises = (1..<1000).map { 0.04 * Double($0) }
    let rising = run(
      DormandPrince(relativeTolerance: 1e-9), Fields.logistic(), from: [1e-8], to: 40, outputs: rises)
    let worst = rising.outputs.map { ($0.state[0] / Fields.logisticSolution(1e-8, $0.time) - 1).magnitude }
      .max()!
    let atSteps = rising.steps.map { ($0.state[0] / Fields.logisticSolution(1e-8, $0.time) - 1).magnitude }
      .max()!
    #expect(worst <= 2 * atSteps + 1e-9)
  }

  @Test func `states and events within the first steps are as accurate as later ones`() {
    // A tolerance at which the first steps are long.
    let method = DormandPrince(relativeTolerance: 1e-5)
    let free = run(method, Fields.logistic(), from: [0.1], to: 1)
    let ends = free.steps.prefix(4).map(\.time)
    for (a, b) in zip([0] + ends, ends) {
      let times = (1...9).map { a + (b - a) * Double($0) / 10 }
      let level = Fields.logisticSolution(0.1, times[4])
      let taken = run(
        method, Fields.logistic(), from: [0.1], to: 1, outputs: times,
        events: Events(count: 1) { y, g in g[0] = level - y[0] })
      for (t, y) in taken.outputs {
        #expect((y[0] / Fields.logisticSolution(0.1, t) - 1).magnitude <= 1e-5)
      }
      #expect(taken.events.count == 1)
      #expect((taken.events[0].time - times[4]).magnitude <= 1e-5)
    }
  }

  @Test func `dense output between the steps keeps the order 5`() {
    let points = stride(from: -5.0, through: -10, by: -0.5).map { k -> (x: Double, y: Double) in
      let stepper = DormandPrince(relativeTolerance: pow(10, k)).start(
        Fields.rotation(), from: [1, 0], at: 0, events: .none)
      var (y, worst, longest) = ([0.0, 0], 0.0, 0.0)
      while stepper.time < 10 {
        #expect(stepper.advance(notBeyond: nil) == .stepped)
        longest = max(longest, stepper.lastStep)
        for tenth in 1...9 {
          let t = stepper.time - stepper.lastStep * Double(tenth) / 10
          stepper.interpolate(at: t, into: &y)
          worst = max(worst, hypot(y[0] - cos(t), y[1] + sin(t)))
        }
      }
      return (log(longest), log(worst))
    }
    #expect((slope(points) - 5).magnitude <= 0.25)
  }
}
