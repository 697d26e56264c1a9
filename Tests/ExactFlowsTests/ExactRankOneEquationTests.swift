import ExactFlows
import Foundation
import LinearAlgebra
import TestSupport
import Testing

/// By how much the exact solution misses the flow's equations at t, relative to their largest terms.
///
/// Derivatives are central differences of order 8 with steps of 1/100 of the fastest time scale, whose own error is below
/// 1e-11 where t itself resolves such steps. `depth` is the N of the size's equation.
private func violation(
  _ instance: RankOneInstance, _ trajectory: ExactRankOneTrajectory, at t: Double, depth: Double
) -> (size: Double, directions: Double, resolution: Double) {
  let here = trajectory.state(at: t)
  let rate = instance.rate(here)
  let h = 0.01 / rate
  let weights = [4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280]
  var (logS, du, dv) = (0.0, [Double](repeating: 0, count: here.left.count), here.right.map { _ in 0.0 })
  for (k, weight) in weights.enumerated() {
    let (t1, t2) = (t + Double(k + 1) * h, t - Double(k + 1) * h)
    let (up, down) = (trajectory.state(at: t1), trajectory.state(at: t2))
    // What t resolves is not exactly h.
    let step = (t1 - t2) / Double(2 * (k + 1))
    logS += weight / step * (up.logScale - down.logScale)
    let (u1, u2, v1, v2) = (up.left, down.left, up.right, down.right)
    for i in du.indices { du[i] += weight / step * (u1[i] - u2[i]) }
    for i in dv.indices { dv[i] += weight / step * (v1[i] - v2[i]) }
  }
  let (u, v, s) = (here.left, here.right, here.scale)
  let Zv = (instance.target * .column(v)).storage
  let Zu = Matrix.product(instance.target, .transposed, .column(u), .plain).storage
  let c = zip(u, Zv).reduce(0) { $0 + $1.0 * $1.1 }
  // ds/dt = N m s^{2−2/N}(c − s), du/dt = m s^{1−2/N}(Zv − c u), dv/dt = m s^{1−2/N}(Zᵀu − c v).
  let turning = instance.sampleCount * pow(s, 1 - 2 / Double(instance.depth))
  let size = (logS - depth * turning * (c - s)).magnitude / rate
  var worst = 0.0
  for i in du.indices { worst = max(worst, (du[i] - turning * (Zv[i] - c * u[i])).magnitude) }
  for i in dv.indices { worst = max(worst, (dv[i] - turning * (Zu[i] - c * v[i])).magnitude) }
  return (size, worst / rate, .ulpOfOne * t / h)
}

@Suite struct `The exact rank-one solution solves the flow's equations` {
  @Test func `on 1,000 random instances to 1e-10, and with a wrong depth it does not`() throws {
    var (checked, refused, refusable) = (0, 0, 0)
    for index in 0..<1650 {
      let instance = RankOneInstance(index)
      let flow = try instance.flow()
      var g = SeededGenerator(seed: UInt64(index))
      let t = instance.time(flow, &g)
      let trajectory = flow.trajectory(until: 2 * t)
      let state = trajectory.state(at: t)
      guard 4 * 0.01 / instance.rate(state) < 0.5 * t, state.scale > 1e-300 else { continue }
      let N = Double(instance.depth)
      let found = violation(instance, trajectory, at: t, depth: N)
      // Beyond that, neighbouring numbers t are too far apart for differences.
      guard found.resolution < 1e-11 else { continue }
      checked += 1
      #expect(found.size <= 1e-10, "\(instance), t = \(t): \(found)")
      #expect(found.directions <= 1e-10, "\(instance), t = \(t): \(found)")
      let moving = (state.projection - state.scale).magnitude / (state.projection.magnitude + state.scale)
      if moving > 1e-2 {
        refusable += 1
        if violation(instance, trajectory, at: t, depth: N * 1.001).size > 1e-7 { refused += 1 }
      }
    }
    #expect(checked >= 1000, "\(checked) instances were checked")
    #expect(refusable > 100 && refused == refusable, "\(refused) of \(refusable) wrong depths were noticed")
  }

  @Test func `a restart from any state continues the same trajectory`() throws {
    var (checked, sharp) = (0, 0)
    for index in 0..<1000 {
      let instance = RankOneInstance(index)
      let flow = try instance.flow()
      var g = SeededGenerator(seed: UInt64(index) &+ 77)
      let (t1, t2) = (instance.time(flow, &g), instance.time(flow, &g))
      let middle = flow.state(at: t1)
      let end = flow.state(at: t1 + t2)
      guard middle.scale > 1e-250, end.scale > 1e-250 else { continue }
      let again = try ExactRankOneFlow(
        target: instance.target, sampleCount: instance.sampleCount, depth: instance.depth,
        scale: middle.scale, left: middle.left, right: middle.right
      ).state(at: t2)
      let error = max(
        (again.scale / end.scale - 1).magnitude, largestDifference(again.left, end.left),
        largestDifference(again.right, end.right))
      let estimate = middle.errorEstimate + end.errorEstimate + again.errorEstimate
      checked += 1
      if error <= 1e-10 { sharp += 1 }
      #expect(
        error <= max(1e-10, 4 * estimate), "\(instance), \(t1) + \(t2): \(error), estimated \(estimate)")
    }
    #expect(checked >= 900)
    #expect(Double(sharp) >= 0.97 * Double(checked), "\(sharp) of \(checked) to 1e-10")
  }

  @Test func `on 1,000 instances u and v stay unit vectors, W of rank one and the layers balanced`() throws {
    var layered = 0
    for index in 0..<1000 {
      let instance = RankOneInstance(index)
      let flow = try instance.flow()
      var g = SeededGenerator(seed: UInt64(index) &+ 3)
      let state = flow.state(at: instance.time(flow, &g))
      for w in [state.left, state.right] {
        let length = w.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect((length - 1).magnitude < 1e-12, "\(instance): \(length)")
      }
      #expect(state.logScale.isFinite, "\(instance)")
      guard instance.depth <= 100, state.scale > 1e-100, state.scale < 1e100 else { continue }
      layered += 1
      let hidden = (1..<instance.depth).map { j in j % 2 == 0 ? [1.0] : [0.6, -0.8] }
      let network = state.layers(hidden: hidden)
      #expect(network.isBalanced(tolerance: 1e-12), "\(instance): \(network.relativeImbalance)")
      let W = network.endToEndMatrix
      // One rounding of s^{1/N}, and of each product.
      let roundOff = max(1e-12, 2 * Double(instance.depth) * .ulpOfOne)
      #expect(
        largestDifference(W.storage, state.endToEndMatrix.storage) <= roundOff * state.scale, "\(instance)")
    }
    #expect(layered > 500)
  }

  @Test func `states made together are those made one by one`() throws {
    for index in 0..<300 {
      let instance = RankOneInstance(index)
      let flow = try instance.flow()
      var g = SeededGenerator(seed: UInt64(index) &+ 5)
      let times = [0] + (0..<12).map { _ in instance.time(flow, &g) }
      let states = flow.trajectory(until: times.max()!).states(at: times)
      #expect(states.matrices.count == times.count)
      for (state, W) in zip(states, states.matrices) {
        let expected = state.endToEndMatrix
        #expect(
          largestDifference(W.storage, expected.storage) <= 1e-14 * state.scale,
          "\(instance), t = \(state.time)")
      }
    }
  }

  @Test func `an independent integrator agrees to 1e-9`() throws {
    for index in 0..<24 {
      var g = SeededGenerator(seed: UInt64(900 + index))
      let (dy, dx, N) = (1 + index % 4, 2 + index % 3, [2, 3, 5, 8][index % 4])
      let Z = Matrix.gaussian(dy, dx, using: &g)
      let u0 = (0..<dy).map { _ in g.normal() }
      let v0 = (0..<dx).map { _ in g.normal() }
      let flow = try ExactRankOneFlow(
        target: Z, sampleCount: 1, depth: N, scale: pow(10, -1 + 2 * g.uniform()), left: u0, right: v0)
      let start = flow.state(at: 0)
      // y = (s, u, v).
      func field(_ y: [Double]) -> [Double] {
        let (s, u, v) = (y[0], Array(y[1...dy]), Array(y[(dy + 1)...]))
        let Zv = (Z * .column(v)).storage
        let Zu = Matrix.product(Z, .transposed, .column(u), .plain).storage
        let c = zip(u, Zv).reduce(0) { $0 + $1.0 * $1.1 }
        let turning = pow(max(s, 0), 1 - 2 / Double(N))
        return [Double(N) * turning * s * (c - s)] + zip(Zv, u).map { turning * ($0 - c * $1) }
          + zip(Zu, v).map { turning * ($0 - c * $1) }
      }
      let end = 0.2 + 2 * g.uniform()
      var reached: [Double] = []
      DormandPrince(tolerance: 1e-12).integrate(
        from: [start.scale] + start.left + start.right, to: end, field
      ) { _, y in
        reached = y
        return true
      }
      let state = flow.state(at: end)
      let error = largestDifference([state.scale] + state.left + state.right, reached)
      #expect(error <= 1e-9 * max(1, state.scale), "N = \(N), \(dy)×\(dx): \(error)")
    }
  }
}
