import Foundation
import LinearAlgebra
import TestSupport
import Testing
import Theory

struct FinalRateTests {
  private func predicted(_ instance: RankOneInstance) throws -> FinalRate {
    try #require(
      FinalRate(
        spectrum: instance.flow.target, start: instance.start, depth: instance.flow.depth,
        sampleCount: instance.flow.sampleCount))
  }

  /// The decay rate of ‖Z_1−W‖² over its last decades, in a run to 1e-9 s_Z.
  private func measured(_ instance: RankOneInstance) throws -> Double {
    let run = instance.trajectory(until: 1000, tolerance: 1e-11) {
      instance.flow.distanceSquared(of: $0) < 1e-18 * instance.sZ * instance.sZ
    }
    return try #require(instance.observed(run, accuracy: 1e-10).finalRate(.distance))
  }

  /// Singular values with gaps, so that the slowest mode is alone over the last decades.
  private func separated(_ rows: Int, _ columns: Int, using generator: inout SeededGenerator)
    -> RankOneInstance
  {
    let sZ = exp(4 * generator.uniform() - 2)
    let second = 0.3 + 0.6 * generator.uniform()
    let sigma = [1, second, second - 0.25, 0.02].prefix(min(rows, columns)).map { sZ * $0 }
    let U = Matrix.randomOrthonormal(rows, sigma.count, using: &generator)
    let V = Matrix.randomOrthonormal(columns, sigma.count, using: &generator)
    let Z = Matrix.product(U.scalingColumns(by: sigma), .plain, V, .transposed)
    let target = TargetSpectrum(Z)
    func direction(_ n: Int, _ z: [Double]) -> [Double] { unit(z.map { $0 + 0.5 * generator.normal() }) }
    return RankOneInstance(
      flow: RankOneFlow(
        depth: 2 + Int(generator.next() % 9), sampleCount: 1 + 10 * generator.uniform(), target: target),
      start: RankOneState(
        scale: sZ * (0.3 + 2 * generator.uniform()), left: direction(rows, target.leftVectors[0]),
        right: direction(columns, target.rightVectors[0])))
  }

  @Test func `the measured rate is the predicted one: general, scalar output, scalar input`() throws {
    var generator = SeededGenerator(seed: 531)
    var (count, withGap, wrongFormula, k) = (0, 0, 0, 0)
    while count < 1000 {
      k += 1
      let rows = k % 5 == 0 ? 1 : 2 + Int(generator.next() % 4)
      let columns = k % 5 == 1 ? 1 : 2 + Int(generator.next() % 4)
      let instance = separated(rows, columns, using: &generator)
      // A start in sight of the target, with the slowest mode well excited: no plateau, and no long wait for the
      // other modes to vanish beside it.
      guard instance.flow.coordinate(of: instance.start) > 0.1 else { continue }
      let target = instance.flow.target
      if min(rows, columns) > 1 {
        func part(_ x: [Double], _ z: [Double]) -> Double { zip(x, z).reduce(0) { $0 + $1.0 * $1.1 } }
        let p2 =
          part(instance.start.left, target.leftVectors[1])
          + part(instance.start.right, target.rightVectors[1])
        guard p2.magnitude > 0.3 else { continue }
        withGap += 1
      }
      count += 1
      let rate = try predicted(instance)
      let expected = 2 * instance.rateUnit * (min(rows, columns) == 1 ? 1 : 1 - instance.gamma)
      #expect((rate.rate - expected).magnitude <= 1e-12 * expected)
      let seen = try measured(instance)
      // At ‖Z_1−W‖ ≈ 1e-8 s_Z = e^(−0.7x) the next mode, which decays faster by 0.25, has e^(−0.25x) ≈ 1e-3 of its share.
      #expect((seen / rate.rate - 1).magnitude < 0.02, "\(seen) against \(rate)")
      if (seen / (2 * instance.rateUnit * (1 + instance.gamma)) - 1).magnitude > 0.02 { wrongFormula += 1 }
    }
    // Negative control: 1 + γ_Z for 1 − γ_Z is seen wherever γ_Z ≠ 0.
    #expect(withGap > 300)
    #expect(wrongFormula == withGap)
  }

  @Test func `only excited modes count`() throws {
    let sZ = 1.7
    for depth in [2, 3, 7] {
      func instance(
        _ left: [Double], _ right: [Double], size: Double = 2, sigma: [Double] = [sZ, 0.8 * sZ, 0.3 * sZ]
      )
        -> RankOneInstance
      {
        RankOneInstance(
          flow: RankOneFlow(
            depth: depth, sampleCount: 3,
            target: TargetSpectrum(Matrix.diagonal(sigma, rows: left.count, columns: right.count))),
          start: RankOneState(scale: size, left: unit(left), right: unit(right)))
      }
      let cases: [(RankOneInstance, FinalRate.Mode, Double)] = [
        (instance([1, 0.3, 0.1], [1, 0.2, 0.2]), .direction(pair: 2), 0.2),
        (instance([1, 0, 0.4], [1, 0, 0.2]), .direction(pair: 3), 0.7),
        (instance([1, 0.5, 0], [1, -0.5, 0]), .opposedDirection(pair: 2), 1.8),
        (instance([1, 0, 0, 0.5], [1, 0, 0]), .nullDirection, 1),
        (instance([1, 0, 0], [1, 0, 0]), .size, Double(depth)),
        (instance([1], [1], sigma: [sZ]), .size, Double(depth)),
        (instance([1, 0.5], [1, 0.1], sigma: [sZ]), .nullDirection, 1),
      ]
      for (instance, mode, relative) in cases {
        let rate = try predicted(instance)
        #expect(rate.slowestMode == mode)
        let expected = 2 * instance.rateUnit * relative
        #expect((rate.rate - expected).magnitude <= 1e-12 * expected)
        #expect((try measured(instance) / expected - 1).magnitude < 0.02, "\(mode), N = \(depth)")
      }
      let atTarget = instance([1, 0, 0], [1, 0, 0], size: sZ)
      #expect(
        FinalRate(spectrum: atTarget.flow.target, start: atTarget.start, depth: depth, sampleCount: 3) == nil)
    }
  }

  @Test func `the modes are the eigenvalues of the linearised flow at Z_1`() {
    var generator = SeededGenerator(seed: 532)
    for _ in 0..<50 {
      let (rows, columns) = (1 + Int(generator.next() % 5), 1 + Int(generator.next() % 5))
      let instance = separated(rows, columns, using: &generator)
      let flow = instance.flow
      let (u, v, sZ) = (flow.target.leftVectors[0], flow.target.rightVectors[0], instance.sZ)
      // The velocity at Z_1 in the coordinates (s, u, v), by central differences along the tangent space.
      func velocity(_ x: [Double]) -> [Double] {
        let d = flow.velocity(
          at: RankOneState(
            scale: sZ * (1 + x[0]), left: unit(zip(u, x[1...rows]).map { $0 + $1 }),
            right: unit(zip(v, x[(rows + 1)...]).map { $0 + $1 })))
        return [d.scale / sZ] + d.left + d.right
      }
      let n = 1 + rows + columns
      // Tangent directions: s; u and v each orthogonal to itself.
      let basis = Matrix(n, n) { i, j in
        if i == 0 || j == 0 { return i == j ? 1 : 0 }
        let (w, offset) = i <= rows ? (u, 1) : (v, rows + 1)
        guard (j <= rows) == (i <= rows) else { return 0 }
        return (i == j ? 1 : 0) - w[i - offset] * w[j - offset]
      }
      let h = 1e-6
      let jacobian = (0..<n).map { j -> [Double] in
        let e = basis.column(j)
        return zip(velocity(e.map { h * $0 }), velocity(e.map { -h * $0 })).map { ($0 - $1) / (2 * h) }
      }
      let J = Matrix(n, n) { i, j in jacobian[j][i] / instance.rateUnit }
      let found = SymmetricEigendecomposition(0.5 * (J + J.transpose)).eigenvalues
      var expected = [-Double(flow.depth), 0, 0]
      for sigma in flow.target.singularValues.dropFirst() {
        expected += [-(1 - sigma / sZ), -(1 + sigma / sZ)]
      }
      expected += Array(repeating: -1, count: max(rows, columns) - min(rows, columns))
      // Differences of step 1e-6: truncation 1e-12, round-off 1e-10, times N.
      for (a, b) in zip(found, expected.sorted()) { #expect((a - b).magnitude < 1e-7) }
    }
  }
}
