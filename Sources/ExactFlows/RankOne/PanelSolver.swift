import Foundation

/// Solves one panel of a rank-one trajectory at the Chebyshev–Radau points, in buffers of its own.
struct PanelSolver {
  /// How the size is found: y by quadrature, e by quadrature, or e by collocation where the transient has died.
  enum Method { case size, deviation, collocation }

  struct Problem {
    let depth: Double
    let exponent: Double
    let length: Double
    let scale: Double
    let deviation: Double
    /// c at the panel's origin.
    let rate: Double
    /// √Σ_{i≠*} A_i² at the panel's origin, the part of ‖W − limit‖ that the directions have; e matters beside it.
    let spread: Double
  }

  struct Outcome {
    /// Φ at the end (a lower bound by collocation), and the largest |Φ| of a quadrature.
    var phase = 0.0
    var reach = 0.0
    /// log(y_{k+1}/y_k), y_{k+1}/y_k and e_{k+1}.
    var logRatio = 0.0
    var ratio = 0.0
    var deviation = 0.0
    /// ∫_0^1 (y/y_k)^q df.
    var duration = 0.0
    /// The last coefficients relative to their series, and their larger ratio to what is accepted.
    var clockTail = 0.0
    var seriesTail = 0.0
    var tail = 0.0
    /// By how much the next panel may be longer.
    var growth = 1.0
  }

  typealias Vector = SIMD4<Double>
  private static var n: Int { PanelRule.count }
  private static var rows: Int { PanelRule.vectors }

  /// Nine blocks of n numbers, the clock's series, and an n × n matrix.
  private let memory: UnsafeMutablePointer<Vector>
  private var ratioSum: UnsafeMutablePointer<Vector> { memory }
  private var deficit: UnsafeMutablePointer<Vector> { memory + Self.rows }
  private var phase: UnsafeMutablePointer<Vector> { memory + 2 * Self.rows }
  private var growth: UnsafeMutablePointer<Vector> { memory + 3 * Self.rows }
  private var work: UnsafeMutablePointer<Vector> { memory + 4 * Self.rows }
  private var integral: UnsafeMutablePointer<Vector> { memory + 5 * Self.rows }
  private var value: UnsafeMutablePointer<Vector> { memory + 6 * Self.rows }
  private var clock: UnsafeMutablePointer<Vector> { memory + 7 * Self.rows }
  private var valueSeries: UnsafeMutablePointer<Vector> { memory + 8 * Self.rows }
  private var clockSeries: UnsafeMutablePointer<Vector> { memory + 9 * Self.rows }
  private var matrix: UnsafeMutablePointer<Double> {
    UnsafeMutableRawPointer(memory + 9 * Self.rows + PanelRule.seriesVectors)
      .assumingMemoryBound(to: Double.self)
  }

  init() {
    let count = 9 * Self.rows + PanelRule.seriesVectors + Self.rows * Self.n
    memory = .allocate(capacity: count)
    memory.initialize(repeating: .zero, count: count)
  }

  func release() { memory.deallocate() }

  func appendSeries(to series: inout [Double]) {
    func append(_ p: UnsafeMutablePointer<Vector>, _ count: Int) {
      p.withMemoryRebound(to: Double.self, capacity: 4 * count) {
        series.append(contentsOf: UnsafeBufferPointer(start: $0, count: 4 * count))
      }
    }
    append(clockSeries, PanelRule.seriesVectors)
    append(valueSeries, Self.rows)
  }

  func solve(
    _ p: Problem, modes: RankOneModes, amplitudes A: UnsafePointer<Vector>, by method: Method
  ) -> Outcome {
    PanelRule.tables.fractions.withUnsafeBufferPointer { f in
      PanelRule.tables.integration.withUnsafeBufferPointer { S in
        let (f, S) = (f.baseAddress!, S.baseAddress!)
        if method == .collocation {
          sumShifted(p, modes, A, f)
          return finish(p, collocated(p, S, leading: modes.leading), method)
        }
        sumGrowth(p, modes, A, f)
        return finish(p, integrated(p, S, method), method)
      }
    }
  }

  /// G/G_k − 1 and Σ w_i δ_i e^{2λ_i ξ} at the points, w_i = A_i².
  private func sumGrowth(
    _ p: Problem, _ modes: RankOneModes, _ A: UnsafePointer<Vector>, _ f: UnsafePointer<Vector>
  ) {
    for v in 0..<Self.rows { (ratioSum[v], deficit[v]) = (.zero, .zero) }
    for block in 0..<modes.vectors {
      let w = A[block] * A[block]
      let δ = modes.delays[block]
      for lane in 0..<4 where w[lane] > 1e-60 {
        let rate = 2 * p.length * modes.exponents[4 * block + lane]
        let (weight, drain) = (w[lane], w[lane] * δ[lane])
        for v in 0..<Self.rows {
          let E = exponentials(f[v] * rate)
          ratioSum[v] += E.minusOne * weight
          deficit[v] += E.whole * drain
        }
      }
    }
  }

  /// λ* − c at the points, from e^{−2δ_i ξ} alone, so that panels of any length are possible.
  private func sumShifted(
    _ p: Problem, _ modes: RankOneModes, _ A: UnsafePointer<Vector>, _ f: UnsafePointer<Vector>
  ) {
    for v in 0..<Self.rows { (ratioSum[v], deficit[v]) = (.zero, .zero) }
    for block in 0..<modes.vectors {
      let w = A[block] * A[block]
      let δ = modes.delays[block]
      for lane in 0..<4 where w[lane] > 1e-60 {
        let rate = -2 * p.length * δ[lane]
        for v in 0..<Self.rows {
          let E = exponential(f[v] * rate) * w[lane]
          ratioSum[v] += E
          deficit[v] += E * δ[lane]
        }
      }
    }
    for v in 0..<Self.rows { deficit[v] /= ratioSum[v] }
  }

  /// y/y_k or e by quadrature; leaves log(y/y_k) in `phase`.
  private func integrated(_ p: Problem, _ S: UnsafePointer<Vector>, _ method: Method) -> Outcome {
    var outcome = Outcome()
    for v in 0..<Self.rows {
      let Φ = logarithmOfOnePlus(ratioSum[v]) * (p.depth / 2)
      phase[v] = Φ
      for lane in 0..<4 where !(Φ[lane].magnitude <= outcome.reach) { outcome.reach = Φ[lane].magnitude }
    }
    outcome.phase = phase[Self.rows - 1][3]
    if !(outcome.reach <= 6.5) { return outcome }
    let Nh = p.depth * p.length
    for v in 0..<Self.rows {
      growth[v] = exponential(phase[v])
      // ∫(λ* − c)e^Φ, where λ* − c = deficit/(G/G_k).
      work[v] = deficit[v] / (ratioSum[v] + 1) * growth[v]
    }
    let last = Self.rows - 1
    PanelRule.apply(S, rows: Self.rows, work, into: integral)
    outcome.deviation = (p.deviation + Nh * integral[last][3]) / growth[last][3]
    if method == .deviation {
      let whole = 1 / (1 + p.deviation)
      for v in 0..<Self.rows {
        value[v] = (integral[v] * Nh + p.deviation) / growth[v]
        let change = (value[v] - p.deviation) * whole
        phase[v] = logarithmOfOnePlus(change)
      }
    } else {
      PanelRule.apply(S, rows: Self.rows, growth, into: integral)
      for v in 0..<Self.rows {
        let gain = integral[v] * (Nh * p.scale)
        value[v] = (gain + 1) / growth[v]
        phase[v] = logarithmOfOnePlus(gain) - phase[v]
      }
    }
    return outcome
  }

  /// e by collocation of e = e_k + N∫[(λ* − c) − c e]; leaves log(y/y_k) in `phase`.
  private func collocated(_ p: Problem, _ S: UnsafePointer<Vector>, leading: Double) -> Outcome {
    let (n, Nh) = (Self.n, p.depth * p.length)
    var outcome = Outcome()
    outcome.phase = Nh * p.rate
    PanelRule.apply(S, rows: Self.rows, deficit, into: integral)
    let matrix = matrix
    for j in 0..<n {
      let c = Nh * (leading - deficit[j / 4][j % 4])
      for i in 0..<n { matrix[i * n + j] = S[j * Self.rows + i / 4][i % 4] * c + (i == j ? 1 : 0) }
    }
    for v in 0..<Self.rows { value[v] = integral[v] * Nh + p.deviation }
    UnsafeMutableRawPointer(value).withMemoryRebound(to: Double.self, capacity: n) { x in
      eliminate(matrix, x, n)
    }
    outcome.deviation = value[Self.rows - 1][3]
    let whole = 1 / (1 + p.deviation)
    for v in 0..<Self.rows {
      phase[v] = logarithmOfOnePlus((value[v] - p.deviation) * whole)
    }
    return outcome
  }

  /// The clock, the series, and what their last coefficients say.
  private func finish(_ p: Problem, _ solved: Outcome, _ method: Method) -> Outcome {
    var outcome = solved
    if !(outcome.reach <= 6.5) { return outcome }
    let last = Self.rows - 1
    for v in 0..<Self.rows { clock[v] = exponential(phase[v] * p.exponent) }
    outcome.logRatio = phase[last][3]
    outcome.ratio = method == .size ? value[last][3] : (1 + outcome.deviation) / (1 + p.deviation)
    PanelRule.tables.integratedSeries.withUnsafeBufferPointer {
      PanelRule.apply($0.baseAddress!, rows: PanelRule.seriesVectors, clock, into: clockSeries)
    }
    PanelRule.tables.interpolation.withUnsafeBufferPointer {
      PanelRule.apply($0.baseAddress!, rows: Self.rows, value, into: valueSeries)
    }
    var sum = Vector.zero
    for v in 0..<PanelRule.seriesVectors { sum += clockSeries[v] }
    outcome.duration = sum.sum()
    let n = Self.n
    let a = UnsafeMutableRawPointer(valueSeries).assumingMemoryBound(to: Double.self)
    let b = UnsafeMutableRawPointer(clockSeries).assumingMemoryBound(to: Double.self)
    var size = 0.0
    for k in 0..<n { size = max(size, a[k].magnitude) }
    if method != .size { size = max(size, p.spread) }
    if size == 0 { size = 1 }
    outcome.seriesTail = max(a[n - 1].magnitude, a[n - 2].magnitude) / size
    outcome.clockTail = max(b[n].magnitude, b[n - 1].magnitude) / outcome.duration
    // Tuned: a hundredth of the accuracy promised, above the noise of the transforms.
    outcome.tail = max(outcome.seriesTail / 1e-14, outcome.clockTail / 1e-15)
    var terms = n
    while terms > 0, a[terms - 1].magnitude < 2e-15 * size, b[terms].magnitude < 1e-15 * outcome.duration {
      terms -= 1
    }
    outcome.growth =
      terms <= n / 2 ? 2.5 : terms <= n * 7 / 10 ? 1.5 : terms <= n - 2 ? 1.1 : 0.9
    return outcome
  }

  /// A x = b in place by elimination with row pivoting, A by rows.
  private func eliminate(_ A: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>, _ n: Int) {
    for k in 0..<n {
      var pivot = k
      for i in k + 1..<max(n, k + 1) where A[i * n + k].magnitude > A[pivot * n + k].magnitude { pivot = i }
      if pivot != k {
        for j in k..<n { swap(&A[k * n + j], &A[pivot * n + j]) }
        swap(&b[k], &b[pivot])
      }
      let inverse = 1 / A[k * n + k]
      for i in k + 1..<max(n, k + 1) {
        let factor = A[i * n + k] * inverse
        for j in k + 1..<n { A[i * n + j] -= factor * A[k * n + j] }
        b[i] -= factor * b[k]
      }
    }
    for k in stride(from: n - 1, through: 0, by: -1) {
      var sum = b[k]
      for j in k + 1..<max(n, k + 1) { sum -= A[k * n + j] * b[j] }
      b[k] = sum / A[k * n + k]
    }
  }
}
