import ExactFlows
import LinearAlgebra
import TestSupport
import Testing

@Suite struct `Exact rank-one flow against reference files` {
  @Test(arguments: ReferenceTrajectory.all.map(\.name))
  func `agrees to 1e-12 in every entry`(name: String) throws {
    let reference = ReferenceTrajectory.named(name)
    let flow = try ExactRankOneFlow(
      target: reference.target, sampleCount: reference.sampleCount, depth: reference.depth,
      scale: reference.initialScale, left: reference.initialLeft, right: reference.initialRight)
    let trajectory = flow.trajectory(until: reference.states.last!.time)
    for (expected, state) in zip(reference.states, trajectory.states(at: reference.states.map(\.time))) {
      func check(_ found: Double, _ wanted: Double, _ what: String) {
        let error = (found - wanted).magnitude / wanted.magnitude
        #expect(error <= 1e-12, "\(name), t = \(expected.time), \(what): \(found) for \(wanted)")
      }
      print(
        name, trajectory.panelCount, expected.time, (state.scale - expected.scale) / expected.scale,
        (state.distanceToTarget - expected.distanceToTarget) / expected.distanceToTarget,
        zip(state.left, expected.left).map { ($0 - $1) / $1 },
        zip(state.right, expected.right).map { ($0 - $1) / $1 }, state.errorEstimate)
      check(state.scale, expected.scale, "s")
      check(state.distanceToTarget, expected.distanceToTarget, "distance")
      for i in expected.left.indices { check(state.left[i], expected.left[i], "u[\(i)]") }
      for i in expected.right.indices { check(state.right[i], expected.right[i], "v[\(i)]") }
      let (W, V) = (state.matrix, expected.endToEndMatrix)
      for i in W.storage.indices { check(W.storage[i], V.storage[i], "W[\(i)]") }
    }
  }
}
