import ExactFlows
import LinearAlgebra
import TestSupport
import Testing

@Suite struct `Exact rank-one flow against reference files` {
  @Test(arguments: ReferenceTrajectory.all.map(\.name))
  func `agrees to 1e-12 in every entry`(name: String) throws {
    let reference = ReferenceTrajectory.named(name)
    let flow = try ExactRankOneFlow(reference)
    let times = reference.states.map(\.time)
    let states = flow.trajectory(until: times.last!).states(at: times)
    for ((expected, state), W) in zip(zip(reference.states, states), states.matrices) {
      func check(_ found: Double, _ wanted: Double, _ what: String) {
        let error = (found - wanted).magnitude / wanted.magnitude
        #expect(error <= 1e-12, "\(name), t = \(expected.time), \(what): \(found) for \(wanted)")
      }
      check(state.scale, expected.scale, "s")
      check(state.distanceToTarget, expected.distanceToTarget, "distance")
      for i in expected.left.indices { check(state.left[i], expected.left[i], "u[\(i)]") }
      for i in expected.right.indices { check(state.right[i], expected.right[i], "v[\(i)]") }
      let V = expected.endToEndMatrix
      for i in V.storage.indices {
        check(state.endToEndMatrix.storage[i], V.storage[i], "W[\(i)]")
        check(W.storage[i], V.storage[i], "W[\(i)] of all states")
      }
    }
  }

  @Test(arguments: ReferenceTrajectory.extreme.map(\.name))
  func `agrees to 1e-12 where sizes, depths and starts are extreme`(name: String) throws {
    let reference = ReferenceTrajectory.named(name)
    let flow = try ExactRankOneFlow(reference)
    let times = reference.states.map(\.time)
    for (expected, state) in zip(reference.states, flow.trajectory(until: times.last!).states(at: times)) {
      let place = "\(name), t = \(expected.time)"
      #expect(
        (state.scale - expected.scale).magnitude <= 1e-12 * expected.scale, "\(place), s = \(state.scale)")
      if expected.distanceToTarget > 0 {
        let error = (state.distanceToTarget / expected.distanceToTarget - 1).magnitude
        #expect(error <= 1e-12, "\(place), distance \(state.distanceToTarget)")
      }
      // Entries through zero are held to the length of the unit vector.
      #expect(largestDifference(state.left, expected.left) <= 1e-13, "\(place), u")
      #expect(largestDifference(state.right, expected.right) <= 1e-13, "\(place), v")
    }
  }

  @Test(arguments: (ReferenceTrajectory.all + ReferenceTrajectory.extreme).map(\.name))
  func `the error estimate bounds the error and is not absurd`(name: String) throws {
    let reference = ReferenceTrajectory.named(name)
    let flow = try ExactRankOneFlow(reference)
    let trajectory = flow.trajectory(until: reference.states.last!.time)
    for expected in reference.states {
      let state = trajectory.state(at: expected.time)
      let error = max(
        (state.scale - expected.scale).magnitude / expected.scale,
        largestDifference(state.left, expected.left), largestDifference(state.right, expected.right))
      #expect(state.errorEstimate >= error, "t = \(expected.time): \(error) against \(state.errorEstimate)")
      #expect(state.errorEstimate <= 1e-9, "t = \(expected.time): \(state.errorEstimate)")
    }
  }
}

extension ExactRankOneFlow {
  /// The flow of a reference file.
  init(_ reference: ReferenceTrajectory) throws {
    try self.init(
      target: reference.target, sampleCount: reference.sampleCount, depth: reference.depth,
      scale: reference.initialScale, left: reference.initialLeft, right: reference.initialRight)
  }
}

func largestDifference(_ x: [Double], _ y: [Double]) -> Double {
  zip(x, y).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
}
