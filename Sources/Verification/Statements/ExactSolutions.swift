import ExactFlows
import Foundation
import LinearAlgebra
import LinearNetworks

extension Claim {
  /// D4.
  static let exactRankOne = Claim(
    "d4-rank-one", title: "The exact rank-one flow is the flow of the layers",
    formula: "W(t) of D4 = W_N(t)⋯W_1(t) of (13)", source: "D4", cost: .heavy,
    instances: RankOneFamily {
      $0.depths = 2...6
      $0.startScale = -1...0.7
    }.instance,
    mutants: [
      Mutant("the flow of depth N + 1") { $0.againstStepping(depth: $0.depth + 1) },
      Mutant("t halved") { $0.againstStepping(depth: $0.depth, clock: 0.5) },
    ]
  ) { $0.againstStepping(depth: $0.depth) }

  /// D7.
  static let exactDepthTwo = Claim(
    "d7-depth-two", title: "The exact flow of depth two is the flow of the layers",
    formula: "W(t) of D7 = W_2(t)W_1(t) of (13), any rank", source: "D7", cost: .heavy,
    instances: TargetFamily { $0.depths = 2...2 }.instance,
    mutants: [Mutant("t halved") { $0.depthTwo(clock: 0.5) }]
  ) { $0.depthTwo(clock: 1) }

  /// D7b.
  static let exactLambdaBalanced = Claim(
    "d7b-lambda-balanced", title: "The exact flow of two layers with D_1 = λI is the flow of the layers",
    formula: "W(t) of D7b = W_2(t)W_1(t) of (13), any shape that carries λ", source: "D7b", cost: .heavy,
    instances: TargetFamily { $0.depths = 2...2 }.lambdaBalanced,
    mutants: [
      Mutant("t halved") { $0.lambdaBalanced(clock: 0.5) },
      Mutant("balanced layers with the same W_0") { $0.asIfBalanced },
    ]
  ) { $0.lambdaBalanced(clock: 1) }

  /// D8.
  static let exactAligned = Claim(
    "d8-aligned", title: "Aligned modes decouple",
    formula: "W_0 = U_Z diag(w_i)V_Zᵀ ⇒ W(t) = U_Z diag(w_i(t))V_Zᵀ, dw_i/dt = N m |w_i|^p (σ_i − w_i)",
    source: "D8", cost: .heavy,
    instances: TargetFamily { $0.depths = 2...5 }.aligned,
    mutants: [
      Mutant("modes of depth N + 1") { $0.aligned(depth: $0.depth + 1) },
      Mutant("t halved") { $0.aligned(depth: $0.depth, clock: 0.5) },
    ]
  ) { $0.aligned(depth: $0.depth) }

  /// D9.
  static let exactDepthOne = Claim(
    "d9-depth-one", title: "One layer is a linear equation",
    formula: "W(t) = W* + (W_0 − W*)E e^{−ξ²t}Eᵀ on the row space of X", source: "D9", cost: .heavy,
    instances: SampleFamily {
      $0.depths = 1...1
      $0.surplus = -1...4
    }.instance,
    mutants: [Mutant("t halved") { $0.depthOne(clock: 0.5) }]
  ) { $0.depthOne(clock: 1) }

  /// D10.
  static let signOfDeterminant = Claim(
    "d10-determinant", title: "The sign of the determinant is kept",
    formula:
      "dx = dy = r, N = 2, balanced, det W_0 · det Z < 0 ⇒ ‖W(t) − Z‖ ≥ s_min(Z) for all t, and the limit is singular",
    source: "D10",
    instances: { draw in
      let d = draw.integer(1...4)
      return TargetFamily {
        $0.depths = 2...2
        $0.dimensions = d...d
        $0.hidden = d...d
      }.instance(&draw)
    },
    hypotheses: [
      Hypothesis("W_0 and Z invertible, well conditioned") { i in
        let (σ, s) = (i.target.singularValues, i.W.singularValues)
        return σ.last! > 1e-2 * σ[0] && s.last! > 1e-4 * s[0]
      },
      Hypothesis(
        "det W_0 · det Z < 0",
        broken: { draw in
          let d = draw.integer(1...4)
          return TargetFamily {
            $0.depths = 2...2
            $0.dimensions = d...d
            $0.hidden = d...d
          }.instance(&draw)
        }
      ) { $0.W.determinantSign * $0.target.determinantSign < 0 },
    ],
    mutants: [Mutant("‖W(t) − Z‖ ≥ s_max(Z)") { i in i.staysAway(by: i.target.spectralNorm) }]
  ) { $0.staysAway(by: $0.target.singularValues.last!) }
}

/// A closed form against time stepping.
private func agreement(
  _ exhibit: Exhibit, _ times: [Double], size: Double, _ exact: (Double) -> (Matrix, error: Double)
) -> [Comparison] {
  guard let flow = IntegratedFlow(exhibit, at: times) else { return [] }
  let matrices = flow.matrices
  return times.indices.map { k in
    let (W, error) = exact(times[k])
    return .equal(
      (W - matrices[k]).frobeniusNorm, 0, unit: size, roundOff: (error + 2 * flow.errors[k]) / size,
      time: times[k])
  }
}

extension RankOneInstance {
  fileprivate func againstStepping(depth N: Int, clock: Double = 1) -> [Comparison] {
    guard
      let exact = try? ExactRankOneFlow(
        target: flow.target.matrix, sampleCount: flow.sampleCount, depth: N, scale: start.scale,
        left: start.left, right: start.right)
    else { return [] }
    let last = 3 / rateUnit
    let times = (1...8).map { last * pow(1e-3, 1 - Double($0) / 8) }
    let trajectory = exact.trajectory(until: last)
    return agreement(exhibit, times, size: start.scale + sZ) { t in
      let state = trajectory.state(at: clock * t)
      return (state.endToEndMatrix, 4 * state.errorEstimate * state.scale)
    }
  }
}

extension TargetInstance {
  fileprivate func depthTwo(clock: Double) -> [Comparison] {
    guard
      let exact = try? ExactDepthTwoFlow(
        target: target, sampleCount: Double(sampleCount), start: network)
    else { return [] }
    return agreement(exhibit, times(count: 8, reach: 4), size: size) { t in
      let state = exact.state(at: clock * t)
      return (state.endToEndMatrix, state.errorEstimate)
    }
  }

  fileprivate func lambdaBalanced(clock: Double) -> [Comparison] {
    guard
      let exact = try? ExactLambdaBalancedFlow(
        target: target, sampleCount: Double(sampleCount), start: network)
    else { return [] }
    return agreement(exhibit, times(count: 8, reach: 4), size: size) { t in
      let state = exact.state(at: clock * t)
      return (state.endToEndMatrix, state.errorEstimate)
    }
  }

  /// The closed form of balanced layers with the same product, beside these layers.
  fileprivate var asIfBalanced: [Comparison] {
    guard let start = try? LinearNetwork.balanced(factoring: W, widths: network.widths),
      let exact = try? ExactDepthTwoFlow(target: target, sampleCount: Double(sampleCount), start: start)
    else { return [] }
    return agreement(exhibit, times(count: 8, reach: 4), size: size) { t in
      let state = exact.state(at: t)
      return (state.endToEndMatrix, state.errorEstimate)
    }
  }

  fileprivate func aligned(depth N: Int, clock: Double = 1) -> [Comparison] {
    guard
      let exact = try? ExactAlignedFlow(
        target: target, sampleCount: Double(sampleCount), depth: N, start: W)
    else { return [] }
    return agreement(exhibit, times(count: 8, reach: 4), size: size) { t in
      let state = exact.state(at: clock * t)
      return (state.endToEndMatrix, state.errorEstimate)
    }
  }

  /// ‖W(t) − Z‖ along the closed form of depth two, and the least singular value of its limit.
  fileprivate func staysAway(by distance: Double) -> [Comparison] {
    guard
      let exact = try? ExactDepthTwoFlow(
        target: target, sampleCount: Double(sampleCount), start: network)
    else { return [] }
    let along: [Comparison] = times(count: 12, reach: 1000).map { t in
      let state = exact.state(at: t)
      return .atMost(
        distance, (state.endToEndMatrix - target).frobeniusNorm, unit: size,
        roundOff: state.errorEstimate / size + roundOff, time: t)
    }
    let limit = exact.limit
    return along + [
      .atMost(
        limit.endToEndMatrix.singularValues.last!, 0, unit: size,
        roundOff: limit.errorEstimate / size + roundOff)
    ]
  }
}

extension SampleInstance {
  fileprivate func depthOne(clock: Double) -> [Comparison] {
    let problem = exhibit.problem
    guard let exact = try? ExactDepthOneFlow(problem: problem, start: network) else { return [] }
    let ξ = problem.inputScales[0]
    let times = (1...8).map { 20 / (ξ * ξ) * pow(1e-3, 1 - Double($0) / 8) }
    return agreement(exhibit, times, size: max(W.frobeniusNorm, exact.limit.endToEndMatrix.frobeniusNorm)) {
      t in
      let state = exact.state(at: clock * t)
      return (state.endToEndMatrix, state.errorEstimate)
    }
  }
}
