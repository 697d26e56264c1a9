import Foundation
import LinearAlgebra
import LinearNetworks
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
    flow = RankOneFlow(
      depth: depth, sampleCount: (1 + 49 * generator.uniform()).rounded(.down), target: target)
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

  /// What `Observation` is given: squared relative distances and gaps, with what an error of W leaves in them.
  ///
  /// - Parameter accuracy: the error of W relative to max(s_Z, s).
  func observed(_ run: [(time: Double, state: RankOneState)], accuracy: Double = 1e-8) -> ObservedTrajectory {
    func value(_ square: Double, _ length: Double, of W: RankOneState) -> ObservedTrajectory.Value {
      let error = accuracy * max(sZ, W.scale)
      return .init(square / (sZ * sZ), error: (2 * length * error + error * error) / (sZ * sZ))
    }
    return ObservedTrajectory(
      times: run.map(\.time),
      gaps: run.map { _, W in
        // 2(L_N − min L_N)/m = ‖Z_1 − W‖² − 2⟨W, Z − Z_1⟩.
        let rest = flow.target.matrix - flow.target.leadingMatrix
        let gap = flow.distanceSquared(of: W) - 2 * inner(W.matrix, rest)
        return value(gap, (flow.target.matrix - W.matrix).frobeniusNorm, of: W)
      },
      distances: run.map { _, W in
        let square = flow.distanceSquared(of: W)
        return value(square, square.squareRoot(), of: W)
      })
  }

  private func inner(_ A: Matrix, _ B: Matrix) -> Double {
    zip(A.storage, B.storage).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// What the certificate is about: the whitened problem of Z, and balanced layers one neuron wide.
  var setting: Setting {
    let (rows, columns) = (start.left.count, start.right.count)
    return Setting(
      problem: Problem(target: flow.target.matrix, sampleCount: Int(flow.sampleCount)),
      start: .balanced(
        left: .column(start.left), singularValues: [start.scale], right: .column(start.right),
        widths: [columns] + Array(repeating: 1, count: flow.depth - 1) + [rows]))
  }

  /// Theorem 4.4 for the start, without the detour over layers.
  var rate: NonLocalRate { rate(from: start) }

  /// Theorem 4.4 applied again to a later state.
  func rate(from W: RankOneState, at time: Double = 0) -> NonLocalRate {
    NonLocalRate(
      depth: flow.depth, sampleCount: flow.sampleCount, targetScale: sZ, gapRatio: gamma, scale: W.scale,
      coordinate: flow.coordinate(of: W), distanceSquared: flow.distanceSquared(of: W), time: time)
  }
}

func unit(_ x: [Double]) -> [Double] {
  let norm = Matrix.column(x).frobeniusNorm
  return x.map { $0 / norm }
}
