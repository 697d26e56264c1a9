import Foundation
import Integration
import Testing

struct CVODETests {
  private let rates = [1.0, 100, 10_000]

  @Test func `a stiff linear field is solved with Jacobian products and few steps`() {
    let taken = run(CVODE(relativeTolerance: 1e-8), Fields.relaxation(rates: rates), from: [2, 2, 2], to: 10)
    #expect(taken.end == .reachedFinalTime)
    #expect(taken.work.jacobianProducts > 0)
    #expect(taken.work.evaluations < 3000)
    #expect((taken.state[0] - (1 + exp(-10))).magnitude <= 1e-6)
    // An explicit method is bound by the fastest rate: at least T·λ/3.3 steps inside Dormand and Prince's stability interval.
    let explicit = run(
      DormandPrince(relativeTolerance: 1e-8), Fields.relaxation(rates: rates), from: [2, 2, 2], to: 10)
    #expect(explicit.work.steps > 20_000)
    #expect(explicit.work.jacobianProducts == 0)
  }

  @Test(arguments: [0, -1, 100]) func `a wrong Jacobian costs at least ten times the work or fails`(
    factor: Double
  ) {
    func work(_ factor: Double) -> (end: Termination, evaluations: Int) {
      let budget = 200_000
      var evaluations = 0
      let field = Fields.relaxation(rates: rates, jacobianFactor: factor)
      let counting = ClosureField(dimension: 3) {
        evaluations += 1
        return field($0)
      } derivative: { _, v in
        v.indices.map { -factor * rates[$0] * v[$0] }
      }
      let taken = run(CVODE(relativeTolerance: 1e-8), counting, from: [2, 2, 2], to: 10) { _, _ in
        evaluations < budget
      }
      return (taken.end, taken.work.evaluations)
    }
    let right = work(1)
    #expect(right.end == .reachedFinalTime)
    let wrong = work(factor)
    #expect(wrong.end != .reachedFinalTime || wrong.evaluations > 10 * right.evaluations)
  }

  @Test func `dense output has the accuracy of the steps`() {
    let times = (0...2000).map { Double($0) / 100 }
    let taken = run(CVODE(relativeTolerance: 1e-9), Fields.logistic(), from: [1e-3], to: 20, outputs: times)
    #expect(taken.outputs.map(\.time) == times)
    #expect(taken.work.steps < times.count / 2)
    let worst = { (points: [(time: Double, state: [Double])]) in
      points.map { ($0.state[0] / Fields.logisticSolution(1e-3, $0.time) - 1).magnitude }.max()!
    }
    #expect(worst(taken.outputs) <= 2 * worst(taken.steps))
  }
}
