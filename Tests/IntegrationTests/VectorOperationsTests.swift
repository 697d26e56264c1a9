import Foundation
import Integration
import Testing

/// The vector operations go through memory in eights and do what remains one by one: neither may show.
struct VectorOperationsTests {
  /// n independent copies of the logistic equation, each a block of its own.
  private func copies(_ n: Int) -> ClosureField {
    ClosureField(dimension: n, blocks: (0..<n).map { $0..<$0 + 1 }) { y in
      y.map { $0 * (1 - $0) }
    } derivative: { y, v in
      zip(y, v).map { (1 - 2 * $0) * $1 }
    }
  }

  @Test(arguments: Adaptive.allCases, 1...20)
  func `copies of one equation move alike, however many there are`(method: Adaptive, n: Int) {
    let outputs = [0.3, 2.2, 7.1]
    let taken = run(
      method(1e-8), copies(n), from: Array(repeating: 0.01, count: n), to: 10, outputs: outputs)
    #expect(taken.end == .reachedFinalTime)
    #expect(taken.outputs.map(\.time) == outputs)
    for (t, y) in taken.outputs + [(10, taken.state)] {
      #expect(y.count == n)
      // Bit for bit among themselves; some hundred local errors add up.
      #expect(y.allSatisfy { $0 == y[0] })
      #expect((y[0] / Fields.logisticSolution(0.01, t) - 1).magnitude <= 1e-6)
    }
  }

  @Test(arguments: Adaptive.allCases, 1...20)
  func `every entry has a say in the error that is held`(method: Adaptive, n: Int) {
    // All entries rest but one, which turns: were it not seen, steps would grow without bound.
    for moving in Set([0, n / 2, n - 1]) where n > 1 {
      let partner = (moving + 1) % n
      let field = ClosureField(dimension: n) { y in
        y.indices.map { $0 == moving ? y[partner] : $0 == partner ? -y[moving] : 0 }
      } derivative: { _, v in
        v.indices.map { $0 == moving ? v[partner] : $0 == partner ? -v[moving] : 0 }
      }
      let start = (0..<n).map { $0 == moving ? 1.0 : 0 }
      let taken = run(method(1e-8), field, from: start, to: 20)
      #expect(hypot(taken.state[moving] - cos(20), taken.state[partner] + sin(20)) <= 2e-5)
    }
  }

  @Test(arguments: Adaptive.allCases, 1...20)
  func `a value that is not finite is noticed in every entry`(method: Adaptive, n: Int) {
    for bad in Set([0, n / 2, n - 1]) {
      for value in [Double.nan, .infinity, -.infinity] {
        let field = ClosureField(dimension: n) { y in
          y.indices.map { $0 == bad ? value : -y[$0] }
        } derivative: { _, v in
          v.map { -$0 }
        }
        let taken = run(method(1e-6), field, from: Array(repeating: 1, count: n), to: 1)
        #expect(taken.end == .nonFiniteState(time: 0))
      }
    }
  }
}
