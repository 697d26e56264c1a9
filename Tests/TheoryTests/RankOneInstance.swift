import Foundation
import LinearAlgebra
import TestSupport
import Theory

/// A random problem of Assumption 3.6 with a start.
struct RankOneInstance {
  var flow: RankOneFlow
  var start: RankOneState

  var sZ: Double { flow.target.leadingValue }
  var gamma: Double { flow.target.gapRatio ?? 0 }
  /// k = m s_Z^p, the unit of rates.
  var rateUnit: Double { flow.sampleCount * pow(sZ, flow.exponent) }

  init(flow: RankOneFlow, start: RankOneState) {
    self.flow = flow
    self.start = start
  }

  /// - Parameters:
  ///   - gamma: γ_Z; used if min(dx, dy) > 1.
  ///   - turn: size of the random vector added to u_Z and v_Z before they are normalised.
  ///   - size: s_0 / s_Z.
  init(
    depth: Int, rows: Int, columns: Int, gamma: Double, turn: Double, size: Double,
    using generator: inout SeededGenerator
  ) {
    let k = min(rows, columns)
    let sZ = exp(4 * generator.uniform() - 2)
    var sigma = [sZ]
    if k > 1 { sigma.append(gamma * sZ) }
    while sigma.count < k { sigma.append(sigma[sigma.count - 1] * generator.uniform()) }
    let U = Matrix.randomOrthonormal(rows, k, using: &generator)
    let V = Matrix.randomOrthonormal(columns, k, using: &generator)
    let target = TargetSpectrum(Matrix.product(U.scalingColumns(by: sigma), .plain, V, .transposed))
    func near(_ z: [Double]) -> [Double] { unit(z.map { $0 + turn * generator.normal() }) }
    flow = RankOneFlow(depth: depth, sampleCount: 1 + 49 * generator.uniform(), target: target)
    start = RankOneState(
      scale: size * sZ, left: near(target.leftVectors[0]), right: near(target.rightVectors[0]))
  }

  /// Depth 2…10, dimensions 1…6, γ_Z uniform on (0, 0.95), starts anywhere in direction and of size 0.05…10.
  static func anywhere(using generator: inout SeededGenerator) -> RankOneInstance {
    RankOneInstance(
      depth: 2 + Int(generator.next() % 9), rows: 1 + Int(generator.next() % 6),
      columns: 1 + Int(generator.next() % 6), gamma: 0.95 * generator.uniform(),
      turn: 2 * generator.uniform(), size: exp(-3 + 5.3 * generator.uniform()), using: &generator)
  }

  /// The states at all accepted steps up to `end`/(m s_Z^p), or until `stop`.
  func trajectory(
    until end: Double, tolerance: Double = 1e-10, backward: Bool = false,
    stop: (RankOneState) -> Bool = { _ in false }
  ) -> [(time: Double, state: RankOneState)] {
    let rows = start.left.count
    func state(_ y: [Double]) -> RankOneState {
      // The flow keeps |u| = |v| = 1; the integrator only nearly.
      RankOneState(scale: y[0], left: unit(Array(y[1...rows])), right: unit(Array(y[(rows + 1)...])))
    }
    var recorded: [(time: Double, state: RankOneState)] = []
    let finished = DormandPrince(tolerance: tolerance).integrate(
      from: [start.scale] + start.left + start.right, to: end / rateUnit,
      { y in
        let W = RankOneState(scale: y[0], left: Array(y[1...rows]), right: Array(y[(rows + 1)...]))
        let v = flow.velocity(at: W)
        let all = [v.scale] + v.left + v.right
        return backward ? all.map { -$0 } : all
      },
      visit: { t, y in
        recorded.append((t, state(y)))
        return !stop(recorded[recorded.count - 1].state)
      })
    precondition(finished, "the test integrator ran out of steps")
    return recorded
  }

  /// What `Observation` is given.
  func observed(_ run: [(time: Double, state: RankOneState)], accuracy: Double = 1e-8) -> ObservedTrajectory {
    ObservedTrajectory(
      times: run.map(\.time), distancesSquared: run.map { flow.distanceSquared(of: $0.state) },
      scales: run.map(\.state.scale), coordinates: run.map { flow.coordinate(of: $0.state) },
      accuracy: accuracy)
  }

  /// The certificate's input, every hypothesis met.
  var subject: CertificateSubject {
    CertificateSubject(
      depth: flow.depth, bottleneck: 1, sampleCount: flow.sampleCount, whiteningDefect: 0,
      target: flow.target.matrix, start: start.matrix, relativeImbalance: 0)
  }
}

func unit(_ x: [Double]) -> [Double] {
  let norm = Matrix.column(x).frobeniusNorm
  return x.map { $0 / norm }
}
