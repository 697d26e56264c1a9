import Foundation
import Integration
import Testing

/// y(t) after a run, from the ends of its steps.
struct StepHistoryTests {
  /// Steps a field to time T and keeps all nodes, or as many as fit.
  private func history(
    _ method: any IntegrationMethod, _ field: any DifferentiableVectorField, from y0: [Double], to T: Double,
    events: Events = .none, capacity: Int = StepHistory.ordinaryCapacity
  ) throws -> (history: StepHistory, steps: [(time: Double, state: [Double])], work: Work) {
    let stepper = try #require(method.start(field, from: y0, at: 0, events: events) as? any NodeStepper)
    var history = StepHistory(dimension: y0.count, capacity: capacity)
    let f0 = field(y0)
    history.append(at: 0, y0) { $0.update(from: f0, count: f0.count) }
    var steps: [(time: Double, state: [Double])] = []
    while stepper.time < T {
      if case .failed(let end) = stepper.advance(notBeyond: T) { Issue.record("\(end)") }
      guard stepper.isAtNode else { continue }
      steps.append((stepper.time, Array(UnsafeBufferPointer(start: stepper.state, count: y0.count))))
      history.append(at: stepper.time, stepper.state) { stepper.derivative(into: $0) }
    }
    return (history, steps, stepper.work)
  }

  private let times = (0...2000).map { Double($0) / 100 }

  @Test(arguments: Adaptive.allCases, [1e-6, 1e-9, 1e-12])
  func `between the steps y(t) is as accurate as at them`(method: Adaptive, tolerance: Double) throws {
    let (history, steps, _) = try history(method(tolerance), Fields.logistic(), from: [1e-3], to: 20)
    #expect(steps.count < times.count / 2)
    func error(_ t: Double, _ y: [Double]) -> Double {
      (y[0] / Fields.logisticSolution(1e-3, t) - 1).magnitude
    }
    let atSteps = steps.map { error($0.time, $0.state) }.max()!
    let between = try times.map { error($0, try #require(history.interpolated(at: $0))) }.max()!
    #expect(between <= 2 * atSteps)
  }

  @Test func `the order of the polynomial is 8`() throws {
    // Exact nodes, so that nothing but the polynomial errs.
    let points = (0...3).map { k -> (x: Double, y: Double) in
      let h = exp2(-Double(k))
      var history = StepHistory(dimension: 1)
      for i in 0...Int(8 / h) {
        let t = Double(i) * h
        history.append(at: t, [sin(t)]) { $0[0] = cos(t) }
      }
      let worst = times.filter { $0 <= 8 }.map { (history.interpolated(at: $0)![0] - sin($0)).magnitude }
        .max()!
      return (log(h), log(worst))
    }
    #expect((slope(points) - 8).magnitude <= 0.2)
  }

  @Test func `steps of very different lengths side by side cost no digits`() throws {
    // As where steps land on times that are asked for, or begin small.
    var history = StepHistory(dimension: 1)
    var t = 0.0
    for i in 0..<40 {
      history.append(at: t, [sin(t)]) { $0[0] = cos(t) }
      t += [0.1, 1e-9, 0.1, 1e-5, 0.02][i % 5]
    }
    let end = try #require(history.span).upperBound
    let worst = times.filter { $0 <= end }.map { (history.interpolated(at: $0)![0] - sin($0)).magnitude }
      .max()!
    // h⁸/40320 with h = 0.1, and at the ends with nodes up to 0.5 away.
    #expect(worst <= 1e-11)
  }

  @Test(arguments: Adaptive.allCases) func `the derivative of a node is the field there, at no cost`(
    method: Adaptive
  ) throws {
    let field = Fields.rotation()
    let (history, steps, work) = try history(method(1e-9), field, from: [1, 0], to: 10)
    // The derivative shows in the limit of differences of the polynomial.
    for (t, y) in steps.dropFirst(20).dropLast() {
      let h = 1e-4
      let (a, b) = (history.interpolated(at: t - h)!, history.interpolated(at: t + h)!)
      let f = field(y)
      // h²/6 of the difference quotient, and what the steps err by.
      for i in 0..<2 { #expect(((b[i] - a[i]) / (2 * h) - f[i]).magnitude <= 1e-7) }
    }
    let without = run(method(1e-9), field, from: [1, 0], to: 10)
    #expect(without.work == work)
  }

  @Test(arguments: Adaptive.allCases) func `events within the steps are no nodes`(method: Adaptive) throws {
    let levels = (1..<200).map { Double($0) / 200 }
    let events = Events(count: levels.count) { y, g in
      for (i, level) in levels.enumerated() { g[i] = level - y[0] }
    }
    let (history, steps, _) = try history(
      method(1e-9), Fields.logistic(), from: [1e-3], to: 20, events: events)
    #expect(history.count == steps.count + 1)
    let worst = times.map {
      (history.interpolated(at: $0)![0] / Fields.logisticSolution(1e-3, $0) - 1).magnitude
    }
    .max()!
    #expect(worst <= 2e-7)
  }

  @Test func `memory is bounded, and a thinned history says from where to go on`() throws {
    let capacity = 400
    let (history, steps, _) = try history(
      DormandPrince(relativeTolerance: 1e-10), Fields.rotation(), from: [1, 0], to: 60, capacity: capacity)
    #expect(steps.count > capacity / 2)
    #expect(!history.isWhole)
    // Two numbers of y and two of y′ a node.
    #expect(4 * history.count <= capacity && 4 * history.count > capacity / 3)
    #expect(history.interpolated(at: 30) == nil)
    for t in [0, 0.5, 30, 59.9] {
      let node = try #require(history.node(atOrBefore: t))
      #expect(node.time <= t && t - node.time <= 4)
      #expect(hypot(node.state[0] - cos(node.time), node.state[1] + sin(node.time)) <= 1e-7)
    }
    #expect(history.node(atOrBefore: -1) == nil)
  }

  @Test func `a history comes back from a file as it was, and can be thinned for it`() throws {
    let (history, _, _) = try history(
      CVODE(relativeTolerance: 1e-8), Fields.rotation(), from: [1, 0], to: 20)
    let again = try JSONDecoder().decode(StepHistory.self, from: JSONEncoder().encode(history))
    #expect(again.interpolated(at: 7.7) == history.interpolated(at: 7.7))
    let small = history.thinned(to: 100)
    #expect(4 * small.count <= 100)
    #expect(small.span?.lowerBound == 0)
  }

  @Test func `outside the nodes there is nothing`() {
    var history = StepHistory(dimension: 1)
    #expect(history.span == nil && history.interpolated(at: 0) == nil)
    history.append(at: 1, [2]) { $0[0] = 3 }
    #expect(history.interpolated(at: 1) == [2])
    #expect(history.interpolated(at: 1.5) == nil && history.interpolated(at: 0.5) == nil)
    history.append(at: 2, [5]) { $0[0] = 3 }
    // Two nodes of a line.
    #expect(history.interpolated(at: 1.5) == [3.5])
  }
}
