import Foundation

/// What the clock and the size say at one x; the directions stand beside it as amplitudes.
struct RankOneSample: Sendable {
  var time: Double
  var pathLength: Double
  var scale: Double
  /// log s where s has left double precision; otherwise NaN, since the logarithm is not always asked for.
  var logScale: Double
  /// λ*/s − 1 with its own digits; infinite where s is far below λ*, and meaningless for λ* ≤ 0.
  var deviation: Double
  /// Errors of quadrature: absolute of t, relative of s.
  var clockError: Double
  var seriesError: Double
}

/// max_i |x_i|.
@inline(__always)
private func largestMagnitude(_ x: SIMD4<Double>) -> Double {
  max(max(x[0].magnitude, x[1].magnitude), max(x[2].magnitude, x[3].magnitude))
}

extension RankOnePanels {
  /// The samples at times that all lie in one regular panel, four at a time, and their amplitudes.
  func sample(
    panel k: Int, times: ArraySlice<Double>, into samples: inout [RankOneSample],
    amplitudes out: inout [Vector]
  ) {
    let panel = panels[k]
    guard panel.length.isFinite else {
      for t in times {
        let ξ = elementaryLength(panel, elapsed: (t - panel.time.high) - panel.time.low)
        samples.append(elementarySample(panel, ξ, time: t))
        appendAmplitudes(panel: k, ξ: ξ, to: &out)
      }
      return
    }
    let M = modes.vectors
    let start = out.count
    out.append(contentsOf: repeatElement(.zero, count: M * times.count))
    withBuffers(&out) { S, A, δ, o in
      let clock = S + k * Self.seriesStride
      let size = clock + 4 * PanelRule.seriesVectors
      var target = UnsafeMutableRawPointer(o + start).assumingMemoryBound(to: Double.self)
      var first = times.startIndex
      while first < times.endIndex {
        let lanes = min(4, times.endIndex - first)
        var β = Vector.zero
        for lane in 0..<4 {
          let t = times[first + min(lane, lanes - 1)]
          β[lane] = (t - panel.time.high) - panel.time.low
        }
        let τ = invert(panel, clock, β / panel.rate)
        let value = PanelRule.value(size, terms: PanelRule.count, τ)
        let ξ = (τ + 1) * (0.5 * panel.length)
        for lane in 0..<lanes {
          samples.append(sample(panel, ξ[lane], value: value[lane], time: times[first + lane]))
        }
        modes.advance(A + k * M, by: ξ, delays: δ, lanes: lanes, into: target)
        target += 4 * M * lanes
        first += 4
      }
    }
  }

  /// The sample at x_k + ξ of panel k, its time by the clock.
  func sample(panel k: Int, ξ: Double) -> RankOneSample {
    let panel = panels[k]
    guard panel.length.isFinite else {
      let β = elementaryDuration(panel, ξ)
      return elementarySample(panel, ξ, time: panel.time.high + (panel.time.low + panel.rate * β))
    }
    return series.withUnsafeBufferPointer { S in
      let clock = S.baseAddress! + k * Self.seriesStride
      let τ = Vector(repeating: 2 * (ξ / panel.length) - 1)
      let β = PanelRule.value(clock, terms: PanelRule.count + 1, τ)[0]
      let value = PanelRule.value(clock + 4 * PanelRule.seriesVectors, terms: PanelRule.count, τ)[0]
      return sample(panel, ξ, value: value, time: panel.time.high + (panel.time.low + panel.rate * max(β, 0)))
    }
  }

  /// The amplitudes at x_k + ξ.
  func appendAmplitudes(panel k: Int, ξ: Double, to out: inout [Vector]) {
    let M = modes.vectors
    let first = out.count
    out.append(contentsOf: repeatElement(.zero, count: M))
    withBuffers(&out) { _, A, δ, o in modes.advance(A + k * M, by: ξ, delays: δ, into: o + first) }
  }

  /// The series, the amplitudes, the delays and the output as plain memory.
  @inline(__always)
  private func withBuffers(
    _ out: inout [Vector],
    _ body: (
      UnsafePointer<Double>, UnsafePointer<Vector>, UnsafePointer<Vector>, UnsafeMutablePointer<Vector>
    ) -> Void
  ) {
    // The elementary cases have no series at all; their base is never read.
    series.withUnsafeBufferPointer { S in
      amplitudes.withUnsafeBufferPointer { A in
        modes.delays.withUnsafeBufferPointer { δ in
          out.withUnsafeMutableBufferPointer { o in
            guard let series = S.baseAddress ?? UnsafePointer(bitPattern: 8) else { return }
            body(series, A.baseAddress!, δ.baseAddress!, o.baseAddress!)
          }
        }
      }
    }
  }

  private func sample(_ panel: Panel, _ ξ: Double, value: Double, time: Double) -> RankOneSample {
    var (s, logS, e) = (0.0, Double.nan, 0.0)
    if panel.kind == .deviation {
      e = value
      s = modes.leading / (1 + e)
    } else {
      s = panel.scale / value
      if s < 1e-305 {
        logS = panel.logScale - log(value)
        s = exp(logS)
      }
      e = modes.leading / s - 1
    }
    return RankOneSample(
      time: time, pathLength: panel.origin + ξ, scale: s, logScale: logS, deviation: e,
      clockError: panel.clockError, seriesError: panel.seriesError)
  }

  /// τ with clock(τ) = β: Newton's method, kept inside a bracket. The clock increases.
  private func invert(_ panel: Panel, _ clock: UnsafePointer<Double>, _ β: Vector) -> Vector {
    var low = Vector(repeating: -1)
    var high = Vector(repeating: 1)
    // The Möbius map with the right ends and the right ratio of end slopes.
    let u = clamped(β / panel.duration, 0, 1)
    var τ = 2 * (u / (u + (1 - u) * panel.skew)) - 1
    for iteration in 0..<60 {
      // While the guess is rough, half of a series that converges to round-off is enough.
      let terms = iteration < 2 ? PanelRule.count / 2 + 2 : PanelRule.count + 1
      let (value, slope) = PanelRule.valueAndSlope(clock, terms: terms, τ)
      let residual = value - β
      if iteration >= 2 {
        low.replace(with: τ, where: residual .<= 0)
        high.replace(with: τ, where: residual .>= 0)
      }
      var next = τ - residual / slope
      let outside = (next .< low) .| (next .> high)
      next.replace(with: 0.5 * (low + high), where: outside)
      let step = largestMagnitude(next - τ)
      τ = next
      // The error after a step of Newton's method is of the order of its square; a step into the bracket's middle is none of them.
      if iteration >= 2, step < 1e-8, !any(outside) || step < 1e-15 { break }
    }
    return clamped(τ, -1, 1)
  }

  /// ∫_0^ξ (y/y_k)^q on the last panel, and its inverse.
  private func elementaryDuration(_ panel: Panel, _ ξ: Double) -> Double {
    switch panel.kind {
    case .coasting:
      let a = (exponent + 1) * depth * panel.scale
      return expm1((exponent + 1) * log1p(depth * panel.scale * ξ)) / a
    case .decay:
      let a = exponent * depth * -modes.leading
      return expm1(a * ξ) / a
    default: return ξ
    }
  }

  private func elementaryLength(_ panel: Panel, elapsed: Double) -> Double {
    let β = max(elapsed / panel.rate, 0)
    switch panel.kind {
    case .coasting:
      let a = (exponent + 1) * depth * panel.scale
      return expm1(log1p(a * β) / (exponent + 1)) / (depth * panel.scale)
    case .decay:
      let a = exponent * depth * -modes.leading
      return log1p(a * β) / a
    default: return β
    }
  }

  private func elementarySample(_ panel: Panel, _ ξ: Double, time: Double) -> RankOneSample {
    var logS = panel.logScale
    var e = 0.0
    switch panel.kind {
    case .coasting: logS -= log1p(depth * panel.scale * ξ)
    case .decay: logS += depth * modes.leading * ξ
    default:
      e = approachDeviation(panel, ξ)
      logS = log(modes.leading / (1 + e))
    }
    let s =
      switch panel.kind {
      case .coasting where panel.scale > 1e-305: panel.scale / (1 + depth * panel.scale * ξ)
      case .approach: modes.leading / (1 + e)
      default: exp(logS)
      }
    return RankOneSample(
      time: time, pathLength: panel.origin + ξ, scale: s, logScale: logS, deviation: e,
      clockError: panel.clockError, seriesError: 4 * .ulpOfOne)
  }

  /// e(ξ) where e′ = N(Σ w_i δ_i e^{−2δ_i ξ} − λ* e), the equation of the deviation to first order.
  private func approachDeviation(_ panel: Panel, _ ξ: Double) -> Double {
    let μ = depth * modes.leading
    var e = panel.deviation * exp(-μ * ξ)
    let first = amplitudes.count - modes.vectors
    for v in 0..<modes.vectors {
      for lane in 0..<4 {
        let (A, δ) = (amplitudes[first + v][lane], modes.delays[v][lane])
        if A == 0 || δ == 0 { continue }
        // (e^{−2δξ} − e^{−μξ})/(μ − 2δ), a divided difference of e^{−·ξ}.
        let (slow, gap) = (min(2 * δ, μ), (2 * δ - μ).magnitude)
        let quotient = gap * ξ < 1e-300 ? ξ : -expm1(-gap * ξ) / gap
        e += depth * A * A * δ * exp(-slow * ξ) * quotient
      }
    }
    return e
  }
}
