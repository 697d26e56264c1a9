import ExactFlows
import Foundation
import LinearAlgebra
import TestSupport
import Testing

struct AlignedModeTests {
  /// N m |w|^{2−2/N}(σ − w).
  private func velocity(_ mode: AlignedMode, _ w: Double) -> Double {
    let N = Double(mode.depth)
    return N * mode.sampleCount * pow(w.magnitude, 2 - 2 / N) * (mode.target - w)
  }

  /// The local unit of rates: of growth or decay, and of the approach.
  private func rate(_ mode: AlignedMode, _ w: Double) -> Double {
    let N = Double(mode.depth)
    return N * mode.sampleCount * pow(w.magnitude, 1 - 2 / N) * (mode.target + w.magnitude)
  }

  /// Depths 1 to 10,000, either sign, σ = 0 among them; sizes within `decades` of 1.
  private func random(_ decades: Double, using generator: inout SeededGenerator) -> AlignedMode {
    let depths = [1, 2, 3, 3, 4, 5, 7, 10, 30, 100, 1000, 10000]
    let N = depths[Int(generator.next() % UInt64(depths.count))]
    let sign: Double = generator.next() % 4 == 0 ? -1 : 1
    let σ = generator.next() % 8 == 0 ? 0 : pow(10, decades * (2 * generator.uniform() - 1))
    return AlignedMode(
      depth: N, sampleCount: 1 + 49 * generator.uniform(), target: σ,
      start: sign * pow(10, decades * (2 * generator.uniform() - 1)))
  }

  @Test
  func `the solution satisfies the differential equation on 1,000 instances of every depth, size and sign`() {
    var generator = SeededGenerator(seed: 21)
    var worst = 0.0
    for k in 0..<1000 {
      let mode = random(k % 4 == 0 ? 90 : 2, using: &generator)
      let t = pow(10, 4 * generator.uniform() - 2) / rate(mode, mode.start)
      guard t > 0, t.isFinite else { continue }
      let state = mode.state(at: t)
      let here = rate(mode, state.value)
      // Blow-up like 1/(T − t) at the end of a plateau limits the steps to a part of the distance.
      let h = min(0.015 / here, t / 80)
      let measured = derivative(of: { Matrix.column([mode.state(at: $0).value]) }, at: t, step: h)[0, 0]
      let scale = max(state.value.magnitude, mode.depth == 1 ? mode.target : 0)
      // Near the end of a plateau one rounding of t, eps·t, moves the state by eps·t·rate.
      let allowed = 1e-10 + 20 * .ulpOfOne * t * here / (h * here)
      let residual = (measured - velocity(mode, state.value)).magnitude / (here * scale)
      #expect(
        residual <= allowed, "\(k): N = \(mode.depth), σ = \(mode.target), w₀ = \(mode.start), t = \(t)")
      if t * here < 100 { worst = max(worst, residual) }
    }
    #expect(worst < 1e-10)
  }

  @Test func `a time in two parts is the time in one`() {
    var generator = SeededGenerator(seed: 22)
    for k in 0..<1000 {
      let mode = random(k % 2 == 0 ? 1 : 40, using: &generator)
      let t1 = pow(10, 3 * generator.uniform() - 2) / rate(mode, mode.start)
      let middle = mode.state(at: t1)
      let t2 = pow(10, 3 * generator.uniform() - 2) / rate(mode, middle.value)
      guard (t1 + t2).isFinite, t1 > 0, middle.value != 0 else { continue }
      let whole = mode.state(at: t1 + t2)
      let second = AlignedMode(
        depth: mode.depth, sampleCount: mode.sampleCount, target: mode.target, start: middle.value
      ).state(at: t2)
      let allowed = 4 * whole.errorEstimate + 4 * second.errorEstimate + 1e-15 * middle.value.magnitude
      #expect((whole.value - second.value).magnitude <= allowed, "\(k): N = \(mode.depth)")
      // The bounds are not vacuous where the start does not sit on a plateau.
      if t1 * rate(mode, mode.start) < 10, mode.target == 0 || k % 2 == 0 {
        #expect(allowed <= 1e-11 * max(whole.value.magnitude, mode.start.magnitude, mode.target))
      }
    }
  }

  @Test func `extreme modes agree with 40-digit arithmetic`() throws {
    let file = try ReferenceFile.decode(AlignedModes.self, named: "aligned-modes")
    #expect(file.modes.count > 90)
    for (k, known) in file.modes.enumerated() {
      let mode = AlignedMode(
        depth: known.depth, sampleCount: known.sampleCount, target: known.target, start: known.start)
      let state = mode.state(at: known.time)
      let (value, gap) = (Double(known.value)!, Double(known.gap)!)
      let label: Comment =
        "\(k): N = \(known.depth), σ = \(known.target), w₀ = \(known.start), t = \(known.time): \(state.value) against \(value), estimate \(state.errorEstimate)"
      // Relative to the start on its plateau the end is as sensitive as the estimate says; elsewhere 1e-12 holds.
      #expect((state.value - value).magnitude <= state.errorEstimate, label)
      #expect(
        (state.value - value).magnitude <= 1e-12 * value.magnitude
          || state.errorEstimate > 1e-13 * value.magnitude, label)
      #expect((state.gap - gap).magnitude <= 2 * state.errorEstimate, label)
    }
  }

  @Test func `an accurate gap is left when the value is σ`() {
    // N = 3: near σ the gap decays like e^{−N m σ^p t}, far below the last digit of s.
    let mode = AlignedMode(depth: 3, sampleCount: 1, target: 1, start: 0.5)
    let (a, b) = (mode.state(at: 20), mode.state(at: 30))
    #expect(a.value == 1 && b.value == 1)
    let ratio = exp(-30.0)
    #expect((b.gap / a.gap - ratio).magnitude <= 1e-12 * ratio)
    #expect(mode.state(at: 1e12).gap == 0)
  }

  @Test func `stationary modes stay, and depth one crosses zero`() {
    for N in [2, 3, 10000] {
      #expect(AlignedMode(depth: N, sampleCount: 1, target: 2, start: 0).state(at: 1e12).value == 0)
      #expect(AlignedMode(depth: N, sampleCount: 1, target: 2, start: 2).state(at: 1e12).value == 2)
    }
    let linear = AlignedMode(depth: 1, sampleCount: 1, target: 2, start: -2)
    #expect((linear.state(at: log(2.0)).value).magnitude <= 1e-15)
    #expect(linear.state(at: 1e12).value == 2)
  }
}

private struct AlignedModes: Decodable {
  struct Mode: Decodable {
    let depth: Int
    let sampleCount, target, start, time: Double
    let value, gap: String
  }
  let origin: String
  let modes: [Mode]
}
