import Foundation

/// Rank one at depth two, where x = m t and every integral is elementary.
///
/// With w_i = A_i(0)² and I_i = 2∫_0^x e^{2λ_i ξ} dξ:
///
///     y(x) = (1/s_0 + Σ w_i I_i)/G,   e(x) = (e_0 + Σ w_i δ_i I_i)/G,   G = Σ w_i e^{2λ_i x},
///
/// numerator and denominator divided by e^{2λ* x} if λ* > 0, so that nothing overflows; all terms but e_0 are ≥ 0.
struct RankOneDepthTwo: Sendable {
  let modes: RankOneModes
  let sampleCount: Double
  let scale: Double

  init(_ coordinates: RankOneCoordinates, sampleCount: Double) {
    modes = RankOneModes(coordinates)
    self.sampleCount = sampleCount
    scale = coordinates.scale
  }

  func sample(pathLength x: Double, time: Double) -> RankOneSample {
    let top = modes.leading
    let damping = top > 0 ? exp(-2 * top * x) : 1
    var (G, gain, drain) = (0.0, 0.0, 0.0)
    for v in 0..<modes.vectors {
      for lane in 0..<4 {
        let A = modes.start[4 * v + lane]
        if A == 0 { continue }
        let (w, λ, δ) = (A * A, modes.exponents[4 * v + lane], modes.delays[v][lane])
        let shifted = exp(-2 * δ * x)
        // I_i e^{−2λ* x} if λ* > 0, else I_i.
        let I =
          λ > 0
          ? -shifted * expm1(-2 * λ * x) / λ
          : damping * (λ == 0 ? 2 * x : expm1(2 * λ * x) / λ)
        G += w * shifted
        gain += w * I
        drain += w * δ * I
      }
    }
    let whole = damping / scale + gain
    var s = G / whole
    var logS = log(G) - log(whole)
    if top <= 0 {
      logS += 2 * top * x
      s = top == 0 ? s : exp(logS)
    } else if s < 1e-290 {
      s = exp(logS)
    }
    var e = top / s - 1
    if s > top / 4, s < 4 * top { e = ((top / scale - 1) * damping + drain) / G }
    // A deviation that started beyond the range of double precision is gone with its damping.
    if !e.isFinite, s > 0 { e = top / s - 1 }
    return RankOneSample(
      time: time, pathLength: x, scale: s, logScale: logS, deviation: e, clockError: 0,
      seriesError: 4 * .ulpOfOne)
  }

  func appendAmplitudes(pathLength x: Double, to out: inout [SIMD4<Double>]) {
    let first = out.count
    for v in 0..<modes.vectors {
      out.append(SIMD4((0..<4).map { modes.start[4 * v + $0] }))
    }
    out.withUnsafeMutableBufferPointer { o in
      modes.delays.withUnsafeBufferPointer { δ in
        modes.advance(o.baseAddress! + first, by: x, delays: δ.baseAddress!, into: o.baseAddress! + first)
      }
    }
  }
}
