import ExactFlows
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite struct `Events of the exact rank-one flow` {
  @Test func `are roots to round-off at every depth`() throws {
    for N in [2, 3, 10, 1000] {
      let flow = try ExactRankOneFlow(
        target: Matrix(rows: [[1.5, 0.2, -0.3], [0.1, 0.7, 0.4]]), sampleCount: 20, depth: N, scale: 40,
        left: [0.8, 0.6], right: [0.5, -0.5, 0.4])
      let sZ = flow.coordinates.leadingValue
      let near = try #require(flow.nearRegime())
      #expect((near.scale / (6.0.squareRoot() * sZ) - 1).magnitude < 1e-14, "N = \(N): \(near.scale)")
      #expect((flow.state(at: near.time).scale / near.scale - 1).magnitude < 1e-12)
      for ε in [0.5, 1e-6, 1e-30, 1e-200] {
        let state = try #require(flow.distanceSquared(relativeToTargetAtMost: ε))
        let ratio = state.distanceToTarget / (ε.squareRoot() * sZ)
        #expect((ratio - 1).magnitude < 1e-12, "N = \(N), ε = \(ε): \(ratio)")
        let again = flow.state(at: state.time).distanceToTarget
        #expect((again / state.distanceToTarget - 1).magnitude < 1e-11, "N = \(N), ε = \(ε)")
        let gap = try #require(flow.lossGap(atMost: ε))
        #expect((gap.lossGap / ε - 1).magnitude < 1e-12, "N = \(N), ε = \(ε): \(gap.lossGap)")
      }
    }
  }

  @Test func `the first event counts, and one already past is at the start`() throws {
    let flow = try ExactRankOneFlow(
      target: Matrix(rows: [[2, 0], [0, 1]]), sampleCount: 1, depth: 4, scale: 0.5, left: [1, 0.2],
      right: [1, 0.1])
    #expect(flow.nearRegime()?.time == 0)
    let ε = 0.01
    let event = try #require(flow.distanceSquared(relativeToTargetAtMost: ε))
    let trajectory = flow.trajectory(until: event.time)
    for f in stride(from: 0.01, to: 0.999, by: 0.01) {
      #expect(trajectory.state(at: f * event.time).distanceToTarget > 0.1 * 2)
    }
  }

  @Test func `plateaus end where the pairs cross and where s reaches half of c`() throws {
    // p_1 = 1e-4·p_2: a plateau at the second pair; a small start: a plateau at the origin before.
    let flow = try ExactRankOneFlow(
      target: Matrix(rows: [[2, 0], [0, 1]]), sampleCount: 1, depth: 3, scale: 1e-6, left: [1e-4, 1],
      right: [1e-4, 1])
    let ends = flow.plateauEnds()
    #expect(ends.map(\.place) == [.origin, .saddle(pair: 2)])
    #expect((ends[0].state.scale / (0.5 * ends[0].state.projection) - 1).magnitude < 1e-12)
    let crossing = ends[1].state
    #expect((crossing.growing[0] / crossing.growing[1] - 1).magnitude < 1e-12)
    // log(1e4)/(2 − 1) in the time x.
    #expect((crossing.pathLength - 4 * log(10)).magnitude < 1e-12 * 10)
    let straight = try ExactRankOneFlow(
      target: Matrix(rows: [[2, 0], [0, 1]]), sampleCount: 1, depth: 3, scale: 3, left: [1, 0.1],
      right: [1, 0.2])
    #expect(straight.plateauEnds().isEmpty)
  }

  @Test func `limits are the exact basin's`() throws {
    let Z = Matrix(rows: [[2, 0, 0], [0, 1, 0]])
    func limit(_ u: [Double], _ v: [Double]) throws -> ExactRankOneLimit {
      try ExactRankOneFlow(target: Z, sampleCount: 1, depth: 3, scale: 1, left: u, right: v).limit
    }
    #expect(try limit([1, 1], [0, 0, 1]) == .target)
    #expect(try limit([-1, 1], [1, 1, 0]) == .saddle(pair: 2))
    #expect(try limit([-0.6, -0.8], [0.6, 0.8, 0]) == .origin)
  }

  @Test func `an anti-aligned start decays algebraically for N > 2 and exponentially for N = 2`() throws {
    // D5: s^{−(N−2)/N} grows by (N − 2) m s_Z a unit of time.
    for N in [3, 5, 8] {
      let flow = try ExactRankOneFlow(
        target: Matrix(rows: [[0.75, 0]]), sampleCount: 4, depth: N, scale: 1.5, left: [-1], right: [1, 0])
      #expect(flow.limit == .origin)
      let q = 1 - 2 / Double(N)
      let (a, b) = (flow.state(at: 1e9), flow.state(at: 2e9))
      let slope = (exp(-q * b.logScale) - exp(-q * a.logScale)) / 1e9
      #expect((slope / (Double(N - 2) * 4 * 0.75) - 1).magnitude < 1e-6, "N = \(N): \(slope)")
    }
    let two = try ExactRankOneFlow(
      target: Matrix(rows: [[0.75, 0]]), sampleCount: 4, depth: 2, scale: 1.5, left: [-1], right: [1, 0])
    let far = two.state(at: 1e6)
    #expect(far.scale == 0)
    #expect((far.logScale / (-2 * 4 * 0.75 * 1e6) - 1).magnitude < 1e-6)
  }

  @Test func `with a part outside the bases the origin is approached like 1 over x, at depth two as well`()
    throws
  {
    for N in [2, 3, 6] {
      let flow = try ExactRankOneFlow(
        target: Matrix(rows: [[0.75, 0], [0, 0]]), sampleCount: 4, depth: N, scale: 1.5, left: [-0.6, 0.8],
        right: [0.6, 0.8])
      #expect(flow.limit == .origin)
      let n = Double(N)
      let expected = -n / (2 * n - 2) * log((2 * n - 2) * 4 * 1e12)
      // The next term is of relative order 1/x.
      #expect((flow.state(at: 1e12).logScale - expected).magnitude < 1e-3, "N = \(N)")
    }
  }

  @Test func `one flow reaches across the whole range of sizes and times`() throws {
    for (scale, N) in [(1e-300, 3), (1e-300, 10_000), (1e100, 3), (1e100, 10_000), (1e-150, 2), (1e100, 2)] {
      let flow = try ExactRankOneFlow(
        target: Matrix(rows: [[1, 0.5], [0.3, -0.8]]), sampleCount: 3, depth: N, scale: scale, left: [1, 2],
        right: [1, -1])
      let times = (-12...12).map { pow(10, Double($0)) }
      let states = flow.trajectory(until: 1e12).states(at: times)
      for state in states {
        #expect(state.logScale.isFinite && state.pathLength.isFinite && state.errorEstimate.isFinite)
        for w in [state.left, state.right] {
          #expect((w.reduce(0) { $0 + $1 * $1 } - 1).magnitude < 1e-12)
        }
      }
      if scale > 1 { #expect(states.last!.distanceToTarget < 1e-13) }
    }
  }

  @Test func `depth 10,000 needs no more than twice the panels of depth 10`() throws {
    func panels(_ N: Int) throws -> Int {
      try ExactRankOneFlow(
        target: Matrix(rows: [[1, 0.5], [0.3, -0.8]]), sampleCount: 3, depth: N, scale: 10, left: [1, 2],
        right: [1, -1]
      ).trajectory(until: 20).panelCount
    }
    #expect(try panels(10_000) <= 2 * panels(10))
  }

  @Test func `random instances reach t = 1e12 with few panels and settle at their limits`() throws {
    var most = 0
    for index in 0..<400 {
      let instance = RankOneInstance(index)
      let flow = try instance.flow()
      let trajectory = flow.trajectory(until: 1e12)
      most = max(most, trajectory.panelCount)
      let state = trajectory.state(at: 1e12)
      #expect(state.logScale.isFinite && state.errorEstimate.isFinite, "\(instance)")
      // A start of 1e-60 at great depth has not moved by then.
      let gap = flow.coordinates.leadingValue - (flow.coordinates.singularValues.dropFirst().first ?? 0)
      guard flow.limit == .target, state.pathLength * gap > 50 else { continue }
      #expect(
        state.distanceToTarget <= 1e-12 * flow.coordinates.leadingValue,
        "\(instance): \(state.distanceToTarget)")
    }
    #expect(most <= 400, "\(most) panels")
  }

  @Test func `bad arguments are refused by name`() {
    func refusal(_ N: Int, _ m: Double, _ s: Double, _ u: [Double]) -> ExactRankOneError? {
      do throws(ExactRankOneError) {
        _ = try ExactRankOneFlow(
          target: Matrix(rows: [[1, 2]]), sampleCount: m, depth: N, scale: s, left: u, right: [1, 1])
        return nil
      } catch {
        return error
      }
    }
    #expect(refusal(2, 1, 1, [1]) == nil)
    #expect(refusal(1, 1, 1, [1]) == .depth(1))
    #expect(refusal(3, 0, 1, [1]) == .sampleCount(0))
    #expect(refusal(3, 1, 0, [1]) == .scale(0))
    #expect(refusal(3, 1, 1, [0]) == .zeroDirection(side: "left"))
    #expect(refusal(3, 1, 1, [1, 1]) == .shape(left: 2, right: 2, target: [1, 2]))
    #expect(refusal(3, 1, 1, [.infinity]) == .direction(side: "left", index: 0, value: .infinity))
  }
}
