import Foundation
import LinearAlgebra
import TestSupport
import Testing
import Theory

struct StableSetTests {
  /// A start in the stable set, with an α close under the largest feasible one.
  private func member(using generator: inout SeededGenerator) -> (RankOneInstance, alpha: Double)? {
    let instance = RankOneInstance.anywhere(using: &generator)
    let set = StableSet(
      targetScale: instance.sZ, gapRatio: instance.gamma, scale: instance.start.scale,
      coordinate: instance.flow.coordinate(of: instance.start))
    guard let interval = set.alphaInterval else { return nil }
    return (instance, interval.lower + 0.999 * (interval.upper - interval.lower))
  }

  @Test func `trajectories stay in N_{N,α} and N_{α,β}: Lemmas 3.7 and 4.3`() {
    var generator = SeededGenerator(seed: 37)
    var (members, leftBackward) = (0, 0)
    while members < 1000 {
      guard let (instance, alpha) = member(using: &generator) else { continue }
      members += 1
      let flow = instance.flow
      let beta = 1.001 * max(1, instance.start.scale / instance.sZ)
      #expect(flow.isInNeighbourhood(instance.start, alpha: alpha, beta: beta))
      let run = instance.trajectory(until: 8, tolerance: 1e-9)
      #expect(run.allSatisfy { flow.isInStableSet($0.state, alpha: alpha) })
      #expect(run.allSatisfy { flow.isInNeighbourhood($0.state, alpha: alpha, beta: beta) })
      // Negative control: the reversed flow must be seen to leave.
      let reversed = instance.trajectory(until: 1, tolerance: 1e-6, backward: true) {
        !flow.isInNeighbourhood($0, alpha: alpha, beta: beta)
      }
      if let last = reversed.last, !flow.isInNeighbourhood(last.state, alpha: alpha, beta: beta) {
        leftBackward += 1
      }
    }
    #expect(leftBackward > 800, "only \(leftBackward) of 1000 reversed trajectories left N_{α,β}")
  }

  @Test
  func `with the sign of γ_Z turned the set is not invariant, and the true one is entered from outside`() {
    var generator = SeededGenerator(seed: 28)
    var (wrong, left, outside, entered) = (0, 0, 0, 0)
    while outside < 300 || wrong < 300 {
      let instance = RankOneInstance.anywhere(using: &generator)
      let (flow, gamma, sZ) = (instance.flow, instance.gamma, instance.sZ)
      let c0 = flow.coordinate(of: instance.start)
      guard c0 > 0 else { continue }
      let run = instance.trajectory(until: 8, tolerance: 1e-7)
      if c0 < gamma {
        outside += 1
        if run.contains(where: { flow.isInStableSet($0.state, alpha: 1.001 * gamma) }) { entered += 1 }
      } else if instance.start.scale > (c0 + gamma) * sZ {
        wrong += 1
        if run.contains(where: { $0.state.scale < (0.999 * c0 + gamma) * sZ }) { left += 1 }
      }
    }
    #expect(left * 10 > wrong, "s > (α + γ_Z)s_Z was left on \(left) of \(wrong)")
    #expect(entered * 3 > outside, "\(entered) of \(outside) entered the stable set")
  }

  @Test func `the feasible interval is exactly what (28) admits`() throws {
    var generator = SeededGenerator(seed: 29)
    for _ in 0..<1000 {
      let instance = RankOneInstance.anywhere(using: &generator)
      let flow = instance.flow
      let set = StableSet(
        targetScale: instance.sZ, gapRatio: instance.gamma, scale: instance.start.scale,
        coordinate: flow.coordinate(of: instance.start))
      let admitted = (1..<1000).map { instance.gamma + (1 - instance.gamma) * Double($0) / 1000 }
        .filter { flow.isInStableSet(instance.start, alpha: $0) }
      guard let interval = set.alphaInterval else {
        #expect(admitted.isEmpty)
        continue
      }
      #expect(set.member == true)
      // The grid's largest admitted α is within one cell of the end.
      #expect(interval.upper > (admitted.last ?? interval.lower))
      #expect(interval.upper - (admitted.last ?? interval.lower) <= (1 - instance.gamma) / 1000 * 1.001)
    }
  }

  @Test func `the reason says how far off a start is`() {
    let set = StableSet(targetScale: 1, gapRatio: 0.5, scale: 1, coordinate: 0.25)
    #expect(set.reason == "c_0 = 0.25 misses γ_Z = 0.5 by 0.25")
    #expect(
      StableSet(targetScale: 1, gapRatio: 0, scale: 1, coordinate: 1e-17, resolution: 1e-15).member == false)
  }
}
