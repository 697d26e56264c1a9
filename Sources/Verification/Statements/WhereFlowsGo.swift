import ExactFlows
import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Theory
import Training

// D13, D14 and D19: to which stationary point a flow goes, of any rank.

extension Claim {
  /// D13.
  static let depthTwoBasin = Claim(
    "d13-basin", title: "The limits of two layers, of any rank",
    formula:
      "N = 2, whitened, balanced, W_0 = U_0S_0V_0ᵀ ⇒ W(t) → Z_S, S the first linearly independent rows of [u_iᵀU_0 + v_iᵀV_0], σ_i falling",
    source: "D13", instances: gradedStart,
    hypotheses: [
      Hypothesis("rows clearly dependent or independent") { $0.learnt() != nil }
    ],
    mutants: [
      Mutant("one column of U_0 turned about") { $0.reachesLearnt(turning: true) },
      Mutant("always the leading directions") { $0.reachesLearnt(leading: true) },
    ]
  ) { $0.reachesLearnt() }

  /// D14.
  static let levelCertificate = Claim(
    "d14-level", title: "Below the lowest saddle level there is only the minimum",
    formula:
      "∇L_N = 0, ε = 2(L_N − min L_N) > 0 ⇒ ε ≥ σ̂_r² − σ̂_{r+1}² (r < ρ = rank Y P_X), σ̂_ρ² (r ≥ ρ)",
    source: "D14",
    instances: StationaryFamily {
      $0.depths = 2...4
      $0.missing = 0...2
    }.instance,
    mutants: [
      Mutant("σ̂_r² for the level") { $0.keepsTheLevel { σ, r in r > 0 ? σ[r - 1] * σ[r - 1] : 0 } },
      Mutant("1.01 times the level") { i in
        i.keepsTheLevel { 1.01 * StationaryInstance.lowestLevel($0, $1) }
      },
    ]
  ) { $0.keepsTheLevel(StationaryInstance.lowestLevel) }

  /// D19.
  static let almostEveryBalanced = Claim(
    "d19-balanced", title: "Almost every balanced start finds the best predictor of its rank",
    formula:
      "balanced of rank r, N ≥ 2, distinct σ̂_i ⇒ W(t) → the best of rank r; where r = dx = dy and det W_0 det W* < 0, of rank r − 1",
    source: "D19", cost: .heavy, instances: besideMirrored,
    hypotheses: [
      Hypothesis("distinct singular values, not close to each other") { i in
        let σ = i.target.singularValues
        return zip(σ, σ.dropFirst() + [0]).allSatisfy { $1 < 0.8 * $0 } && σ.last! > 0.1 * σ[0]
      }
    ],
    mutants: [Mutant("the signs exchanged") { $0.findsTheBest(exchanged: true) }]
  ) { $0.findsTheBest() }
}

/// A start of two layers in the singular directions of Z, in some of which its two sides cancel exactly.
private func gradedStart(_ draw: inout Draw) -> TargetInstance? {
  let n = draw.integer(1...4)
  let r = draw.integer(1...n)
  let σ = (0..<n).map { pow(0.6, Double($0)) * draw.between(0.9, 1.1) }
  let (dy, dx) = (n + draw.integer(0...1), n + draw.integer(0...1))
  let U = draw.orthonormal(n, r)
  // Rows that are the same on both sides, opposite, or unrelated.
  let isRelated = draw.real() < 0.7
  let signs = (0..<n).map { _ in draw.real() < 0.4 ? -1.0 : 1 }
  let V = isRelated ? U.scalingRows(by: signs) : draw.orthonormal(n, r)
  let roots = (0..<r).map { _ in draw.logarithmic(0.1, 2) }
  let (left, right) = (U.scalingColumns(by: roots), V.scalingColumns(by: roots))
  func padded(_ A: Matrix, _ rows: Int) -> Matrix {
    rows == A.rows ? A : A.appendingRows(Matrix(zeros: rows - A.rows, A.columns))
  }
  return TargetInstance(
    target: Matrix(dy, dx) { $0 == $1 && $0 < n ? σ[$0] : 0 }, sampleCount: draw.integer(1...20),
    network: LinearNetwork(layers: [padded(right, dx).transpose, padded(left, dy)]))
}

/// Balanced starts at random, and beside W_0 = −c Z, from which a determinant of the wrong sign keeps away or not.
private func besideMirrored(_ draw: inout Draw) -> TargetInstance? {
  TargetFamily {
    $0.depths = 3...3
    $0.dimensions = 1...2
    $0.hidden = 2...2
    $0.startScale = 0.3...1.5
  }.instance(&draw).flatMap { i in
    let n = min(i.target.rows, i.target.columns)
    let mirrored = draw.real() < 0.5
    let noise = draw.matrix(i.target.rows, i.target.columns)
    let W =
      mirrored
      ? -draw.between(0.3, 1) * i.target + (0.05 * i.target.frobeniusNorm / noise.frobeniusNorm) * noise
      : (draw.between(0.3, 1) * i.target.frobeniusNorm / noise.frobeniusNorm) * noise
    let σ = W.singularValues
    guard σ[n - 1] > 0.02 * σ[0],
      let network = try? LinearNetwork.balanced(
        factoring: W, widths: [W.columns] + Array(repeating: n, count: i.depth - 1) + [W.rows])
    else { return nil }
    return TargetInstance(target: i.target, sampleCount: i.sampleCount, network: network)
  }
}

extension TargetInstance {
  /// S of D13, directions from 0, for a diagonal Z; nil where a row is neither clearly independent of those before nor clearly dependent.
  fileprivate func learnt(turning: Bool = false) -> [Int]? {
    let (first, last) = (network.layers[0], network.layers[1])
    let r = last.columns
    let n = (0..<min(target.rows, target.columns)).filter { target[$0, $0] > 0 }.count
    // U_0 and V_0: the columns of W_2 and rows of W_1 at length one.
    func rows(_ i: Int) -> [Double] {
      (0..<r).map { k in
        let length = last.columns(k..<k + 1).frobeniusNorm
        let u = last[i, k] / length
        return (turning && k == 0 ? -u : u) + first[k, i] / length
      }
    }
    var (kept, basis): ([Int], [[Double]]) = ([], [])
    for i in 0..<n where basis.count < r {
      var x = rows(i)
      for b in basis {
        let c = dot(b, x)
        for k in x.indices { x[k] -= c * b[k] }
      }
      let length = dot(x, x).squareRoot()
      guard length < 1e-13 || length > 0.02 else { return nil }
      if length > 0.02 {
        kept.append(i)
        basis.append(x.map { $0 / length })
      }
    }
    return kept
  }

  /// ‖Z_S − W‖/‖Z‖ ≤ 10⁻⁵ at one of the times 10, 10^1.5, … in units of 1/(mσ_1).
  fileprivate func reachesLearnt(turning: Bool = false, leading: Bool = false) -> [Comparison] {
    guard let found = learnt(turning: turning),
      let flow = try? ExactDepthTwoFlow(target: target, sampleCount: Double(sampleCount), start: network)
    else { return [] }
    let kept = leading ? Array(0..<network.bottleneckWidth) : found
    let limit = Matrix(target.rows, target.columns) { $0 == $1 && kept.contains($0) ? target[$0, $1] : 0 }
    let unit = 1 / (Double(sampleCount) * target.spectralNorm)
    var last: Comparison?
    for k in 0..<24 {
      let t = pow(10, 1 + Double(k) / 2) * unit
      let distance = (flow.state(at: t).endToEndMatrix - limit).frobeniusNorm / target.frobeniusNorm
      last = .atMost(distance, 1e-5, unit: 1, roundOff: roundOff, time: t)
      if distance <= 1e-5 { break }
    }
    return last.map { [$0] } ?? []
  }

  /// The limit has the loss that D19 names: relative to ½σ̂_r², what telling its ranks apart takes.
  fileprivate func findsTheBest(exchanged: Bool = false) -> [Comparison] {
    let outcome = exhibit.flow {
      $0.tolerance = 1e-6
      $0.finalTime = 1e3 / (Double(sampleCount) * pow(target.singularValues.last!, 2 - 2 / Double(depth)))
    }
    guard !outcome.ending.isFailure, let gap = outcome.records.last?.gap else { return [] }
    let r = network.bottleneckWidth
    let last = target.singularValues[r - 1]
    let unit = 0.5 * Double(sampleCount) * last * last
    let isSquare = target.rows == r && target.columns == r
    let agrees = isSquare ? W.determinantSign == target.determinantSign : true
    let expected = agrees != exchanged ? 0.0 : 1
    // How long a start waits is not bounded: one that is still above its limit says nothing.
    if outcome.ending == .reachedFinalTime, gap / unit > expected + 0.02 { return [] }
    return [.equal(gap / unit, expected, unit: 1, roundOff: 0.02)]
  }
}

extension StationaryInstance {
  /// The smallest positive 2(L_S − min L_N) without ties, from σ̂ and r.
  fileprivate static func lowestLevel(_ σ: [Double], _ r: Int) -> Double {
    let ρ = σ.filter { $0 > 1e-12 * σ[0] }.count
    guard r > 0, ρ > 0 else { return 0 }
    if r >= ρ { return σ[ρ - 1] * σ[ρ - 1] }
    return (σ[r - 1] - σ[r]) * (σ[r - 1] + σ[r])
  }

  fileprivate func keepsTheLevel(_ level: ([Double], Int) -> Double) -> [Comparison] {
    let labels = sample.outputs * sample.projection
    let σ = labels.singularValues
    guard let first = σ.first, first > 0 else { return [] }
    let r = sample.bottleneck
    let residual = (sample.W * sample.inputs - labels).frobeniusNorm
    let rest = σ.dropFirst(r).reduce(0) { $0 + $1 * $1 }
    let unit = labels.frobeniusNorm * labels.frobeniusNorm
    let excess = (residual * residual - rest) / unit
    // At the minimum nothing is claimed.
    guard excess > 1e3 * roundOff else { return [] }
    return [.atMost(level(σ, r) / unit, excess, unit: 1, roundOff: 1e3 * roundOff)]
  }
}
