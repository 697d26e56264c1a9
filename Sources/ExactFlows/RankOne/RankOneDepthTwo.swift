import Foundation

/// Rank one at depth two, where x = m t and every integral is elementary.
///
/// With w_i = A_i(0)² and I_i = 2∫_0^x e^{2λ_i ξ} dξ:
///
///     y(x) = (1/s_0 + Σ w_i I_i)/G,   e(x) = (e_0 + Σ w_i δ_i I_i)/G,   G = Σ w_i e^{2λ_i x},
///
/// numerator and denominator divided by e^{2λ* x} if λ* > 0, so that nothing overflows; all terms but e_0 are ≥ 0.
/// For λ* ≤ 0 the numerator of y is divided by nothing and s = e^{2λ* x} G′/(1/s_0 + …), G′ = G e^{−2λ* x}.
struct RankOneDepthTwo: Sendable {
  let modes: RankOneModes
  let sampleCount: Double
  let scale: Double
  private let start: [SIMD4<Double>]

  init(_ flow: ExactRankOneFlow) {
    let modes = flow.modes
    self.modes = modes
    start = (0..<modes.vectors).map { v in SIMD4((0..<4).map { modes.start[4 * v + $0] }) }
    sampleCount = flow.sampleCount
    scale = flow.coordinates.scale
  }

  /// The sample at x, and its amplitudes appended to `out`.
  func sample(
    pathLength x: Double, time: Double, amplitudes out: inout [SIMD4<Double>]
  ) -> RankOneSample {
    typealias Vector = SIMD4<Double>
    let top = modes.leading
    let damping = top > 0 ? exp(-2 * top * x) : 1
    var (G4, gain4, drain4) = (Vector.zero, Vector.zero, Vector.zero)
    let first = out.count
    let count = modes.vectors
    for _ in 0..<count { out.append(.zero) }
    out.withUnsafeMutableBufferPointer { o in
      for v in 0..<count {
        let δ = modes.delays[v]
        let moved = start[v] * exponential(δ * -x)
        o[first + v] = moved
        let (square, weight) = (moved * moved, start[v] * start[v])
        // With φ = 1 − e^{−2|λ|x}: I e^{−2λ* x} = e^{−2δx} φ/|λ| for λ > 0, and e^{−2λ* x} φ/|λ| for λ < 0.
        let φ = -exponentials(modes.speeds[v] * (-2 * x)).minusOne
        var I = φ / modes.speeds[v] * (weight * damping)
        I.replace(with: φ / modes.speeds[v] * square, where: modes.signs[v] .> 0)
        I.replace(with: weight * (2 * x * damping), where: modes.signs[v] .== 0)
        G4 += square
        gain4 += I
        drain4 += I * δ
      }
      let factor = 1 / G4.sum().squareRoot()
      for v in 0..<count { o[first + v] *= factor }
    }
    let (G, gain) = (G4.sum(), gain4.sum())
    let whole = damping / scale + gain
    var s = G / whole
    var logS = Double.nan
    if top < 0 {
      logS = 2 * top * x + log(G) - log(whole)
      s = exp(logS)
    } else if s < 1e-305 {
      logS = log(G) - log(whole)
    }
    var e = top / s - 1
    if s > top / 4, s < 4 * top, (top / scale).isFinite {
      e = ((top / scale - 1) * damping + drain4.sum()) / G
    }
    return RankOneSample(
      time: time, pathLength: x, scale: s, logScale: logS, deviation: e, clockError: 0,
      seriesError: 4 * .ulpOfOne)
  }
}
