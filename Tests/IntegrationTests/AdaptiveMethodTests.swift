import Foundation
import Integration
import Testing

/// What CVODE and the Dormand–Prince pair have in common.
struct AdaptiveMethodTests {
  /// ‖y(T) − exact‖ on the unit circle.
  private func rotationError(_ method: any IntegrationMethod, _ T: Double) -> (error: Double, steps: Int) {
    let end = run(method, Fields.rotation(), from: [1, 0], to: T)
    #expect(end.end == .reachedFinalTime)
    return (hypot(end.state[0] - cos(T), end.state[1] + sin(T)), end.work.steps)
  }

  @Test(arguments: Adaptive.allCases) func `the error is proportional to the tolerance`(method: Adaptive) {
    let points = stride(from: -5.0, through: -11, by: -0.5).map { k -> (x: Double, y: Double) in
      (k, log10(rotationError(method(pow(10, k)), 20).error))
    }
    // Exactly so for a method of one order; CVODE chooses among five, which blurs it.
    #expect((slope(points) - 1).magnitude <= (method == .erk ? 0.05 : 0.2))
  }

  @Test func `the order of Dormand and Prince's pair is 5`() {
    // The steps needed grow as the fifth root of the error.
    let points = stride(from: -6.0, through: -11, by: -0.5).map { k -> (x: Double, y: Double) in
      let (error, steps) = rotationError(DormandPrince(relativeTolerance: pow(10, k)), 20)
      return (log(Double(steps)), log(error))
    }
    #expect((slope(points) + 5).magnitude <= 0.25)
  }

  @Test(arguments: Adaptive.allCases, [1e-4, 1e-6, 1e-8, 1e-10, 1e-12])
  func `the error along a logistic curve stays near the tolerance`(method: Adaptive, tolerance: Double) {
    let taken = run(method(tolerance), Fields.logistic(), from: [1e-3], to: 20)
    #expect(taken.end == .reachedFinalTime)
    let worst = taken.steps.map { ($0.state[0] / Fields.logisticSolution(1e-3, $0.time) - 1).magnitude }
      .max()!
    // Some hundred local errors add up; relative errors do not grow on the way.
    #expect(worst <= 200 * tolerance)
    #expect(worst > 1e-4 * tolerance)
  }

  @Test(arguments: Adaptive.allCases) func `each block is resolved relative to its own norm`(method: Adaptive)
  {
    // A slow large block beside a fast one of a hundred-thousandth of its size.
    func field(_ blocks: [Range<Int>]) -> ClosureField {
      ClosureField(dimension: 3, blocks: blocks) {
        [-1e-3 * $0[0], $0[2], -$0[1]]
      } derivative: {
        [-1e-3 * $1[0], $1[2], -$1[1]]
      }
    }
    func error(_ blocks: [Range<Int>]) -> Double {
      let state = run(method(1e-9), field(blocks), from: [1, 1e-5, 0], to: 20).state
      return hypot(state[1] * 1e5 - cos(20), state[2] * 1e5 + sin(20))
    }
    let own = error([0..<1, 1..<3])
    #expect(own <= 1e-6)
    // Control: measured together, the small part is resolved relative to the large one only.
    #expect(error([0..<3]) > 100 * own)
  }

  @Test(arguments: Adaptive.allCases, [1e-12, 1e-200])
  func `a long plateau before and after the rise is crossed in few steps`(
    method: Adaptive, start: Double
  ) {
    let taken = run(method(1e-10), Fields.logistic(), from: [start], to: 1e3)
    #expect(taken.end == .reachedFinalTime)
    #expect(taken.time == 1e3)
    #expect((taken.state[0] - 1).magnitude <= 1e-8)
    #expect(taken.steps.allSatisfy { $0.state[0] > 0 })
    // Growing e-fold takes about as many steps as a unit of time afterwards would at the same relative accuracy.
    #expect(Double(taken.work.steps) < 1000 - 50 * log(start))
  }

  @Test func `on a plateau CVODE's steps grow with the time`() {
    // y′ = y³ from 1e-3 needs the time ½·10⁶ to blow up; half of that is nothing but plateau.
    let slow = ClosureField(dimension: 1) {
      [$0[0] * $0[0] * $0[0]]
    } derivative: {
      [3 * $0[0] * $0[0] * $1[0]]
    }
    let taken = run(CVODE(relativeTolerance: 1e-10), slow, from: [1e-3], to: 2.5e5)
    let exact = 1 / (1e6 - 5e5).squareRoot()
    #expect((taken.state[0] / exact - 1).magnitude <= 1e-8)
    #expect(taken.work.steps < 200)
  }

  @Test(arguments: Adaptive.allCases) func `a start at zero needs a scale and then moves`(method: Adaptive) {
    let field = Fields.relaxation(rates: [1, 2], negligibleNorm: 1e-3)
    let taken = run(method(1e-9), field, from: [0, 0], to: 3)
    #expect(taken.end == .reachedFinalTime)
    #expect((taken.state[0] - (1 - exp(-3))).magnitude <= 1e-7)
    #expect((taken.state[1] - (1 - exp(-6))).magnitude <= 1e-7)
  }

  @Test(arguments: Adaptive.allCases) func `at rest nothing moves and nothing fails`(method: Adaptive) {
    let taken = run(method(1e-10), Fields.logistic(), from: [0], to: 100)
    #expect(taken.end == .reachedFinalTime)
    #expect(taken.state == [0])
  }

  @Test(arguments: Adaptive.allCases) func `time may start anywhere`(method: Adaptive) {
    let taken = run(method(1e-10), Fields.logistic(), from: [0.1], at: 7, to: 9, outputs: [7.5, 8])
    #expect(taken.outputs.map(\.time) == [7.5, 8])
    #expect((taken.state[0] - Fields.logisticSolution(0.1, 2)).magnitude <= 1e-8)
  }

  @Test(arguments: Adaptive.allCases) func `a run is repeated bit for bit`(method: Adaptive) {
    let runs = (0..<2).map { _ in run(method(1e-9), Fields.rotation(), from: [1, 0], to: 10) }
    #expect(runs[0].state == runs[1].state)
    #expect(runs[0].work == runs[1].work)
  }
}
