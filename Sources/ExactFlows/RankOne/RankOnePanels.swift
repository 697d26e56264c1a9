import Foundation

/// A rank-one trajectory as a chain of panels in x, each with polynomials for the clock and for the size.
///
/// With G(x) = Σ A_i(0)² e^{2λ_i x}, c = ½(log G)′ (nondecreasing) and Φ = (N/2) log(G(x)/G(x_k)), on the panel from x_k:
///
///     y(x) = e^{−Φ} [y_k + N ∫ e^Φ],   y = 1/s                                   (size)
///     e(x) = e^{−Φ} [e_k + N ∫ (λ* − c) e^Φ],   e = λ* y − 1                      (deviation)
///     t(x) = t_k + (h y_k^q / m) ∫_0^f (y/y_k)^q,   q = 1 − 2/N, x = x_k + h f     (clock)
///
/// All terms of the size have one sign, and Φ is an integral from x_k, so nothing cancels and nothing leaves the range of
/// double precision before s itself does. The deviation keeps its digits where y → 1/λ*. Once the transient e^{−Φ} has
/// died, y is as smooth as the directions, and e′ = N((λ* − c) − c e) is collocated on panels as long as *they* allow: the
/// number of panels does not grow with N. Beyond the last panel the solution is elementary to double precision.
struct RankOnePanels: Sendable {
  enum Kind: Sendable, Equatable {
    /// The series is y/y_k.
    case size
    /// The series is e.
    case deviation
    /// c = λ* > 0 and e ≈ 0: t − t_k = λ*^{−q} ξ/m, and e(ξ) by its linear equation.
    case approach
    /// c = 0: y = y_k + Nξ.
    case coasting
    /// c = λ* < 0 and y ≫ 1/|c|: y = y_k e^{N|c|ξ}.
    case decay
  }

  struct Panel: Sendable {
    let kind: Kind
    /// x_k and h.
    let origin: Double
    let length: Double
    /// t_k as an unevaluated sum of two numbers.
    let time: (high: Double, low: Double)
    /// h y_k^q/m, the clock's scale, and ∫_0^1 (y/y_k)^q.
    let rate: Double
    let duration: Double
    /// √(start slope/end slope) of the clock, for the first guess of its inverse.
    let skew: Double
    let scale: Double
    let logScale: Double
    let deviation: Double
    /// Absolute error of t at the panel's end, and relative error of its series.
    let clockError: Double
    let seriesError: Double
  }

  typealias Vector = SIMD4<Double>
  static let seriesStride = 4 * (PanelRule.seriesVectors + PanelRule.vectors)

  let depth: Double
  let sampleCount: Double
  /// q = 1 − 2/N.
  let exponent: Double
  let modes: RankOneModes

  private(set) var panels: [Panel] = []
  /// For each regular panel: n + 1 clock coefficients (padded), then n of the size.
  private(set) var series: [Double] = []
  /// For each panel: the amplitudes at its origin.
  private(set) var amplitudes: [Vector]
  private(set) var isComplete = false

  /// The state at the end of the chain.
  private var head: Head
  struct Head: Sendable {
    var x = 0.0
    var time = (high: 0.0, low: 0.0)
    var scale: Double
    var logScale: Double
    var deviation: Double
    /// A bound on log(transient part of e), and the length to try next.
    var logTransient = Double.infinity
    var length: Double
    var clockError = 0.0
  }

  init(_ flow: ExactRankOneFlow) {
    let (modes, coordinates) = (flow.modes, flow.coordinates)
    depth = Double(flow.depth)
    sampleCount = flow.sampleCount
    exponent = 1 - 2 / Double(flow.depth)
    self.modes = modes
    amplitudes = (0..<modes.vectors).map { v in Vector((0..<4).map { modes.start[4 * v + $0] }) }
    amplitudes.reserveCapacity(24 * modes.vectors)
    panels.reserveCapacity(24)
    series.reserveCapacity(24 * Self.seriesStride)
    let fastest = modes.exponents.indices.reduce(0.0) {
      modes.start[$1] == 0 ? $0 : max($0, modes.exponents[$1].magnitude)
    }
    head = Head(
      scale: coordinates.scale, logScale: log(coordinates.scale),
      deviation: modes.leading / coordinates.scale - 1, length: fastest > 0 ? 1 / fastest : .infinity)
  }

  /// Appends panels until the last one ends after t, or the rest is elementary.
  mutating func extend(untilTime t: Double) {
    let solver = PanelSolver()
    defer { solver.release() }
    while !isComplete, head.time.high <= t { append(solver) }
  }

  /// x and t at the end of the chain.
  var headPathLength: Double { head.x }
  var headTime: Double { head.time.high }

  /// The panel that holds time t ≥ 0, among those present.
  func index(ofTime t: Double) -> Int {
    var (low, high) = (0, panels.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if panels[middle].time.high <= t { low = middle } else { high = middle }
    }
    return low
  }

  /// Appends one panel.
  mutating func append() {
    let solver = PanelSolver()
    defer { solver.release() }
    append(solver)
  }

  private mutating func append(_ solver: PanelSolver) {
    precondition(!isComplete, "the last panel has no end")
    let M = modes.vectors
    let first = amplitudes.count - M
    var (deficit, spread) = (0.0, 0.0)
    amplitudes.withUnsafeBufferPointer { A in
      var (sum, rest) = (Vector.zero, Vector.zero)
      for v in 0..<M {
        let w = A[first + v] * A[first + v]
        sum += w * modes.delays[v]
        rest.replace(with: rest + w, where: modes.delays[v] .> 0)
      }
      (deficit, spread) = (sum.sum(), rest.sum())
    }
    let c = modes.leading - deficit
    if let kind = elementaryKind(c: c, spread: spread) {
      panels.append(elementaryPanel(kind))
      isComplete = true
      return
    }
    let s = head.scale
    if modes.leading > 0 {
      // A deviation that is not small is known best from s itself.
      if s < modes.leading / 4 || s > 4 * modes.leading { head.deviation = modes.leading / s - 1 }
      if c > 0 { head.logTransient = min(head.logTransient, log(modes.leading) + log(1 / s + 1 / c)) }
    }
    let σ = modes.leading
    let byDeviation = σ > 0 && s > σ / 4 && s < 4 * σ
    // Transients must have died below the round-off of what they would be added to.
    let slow = σ > 0 && c > 0 && head.logTransient < -38 + log(max(deficit / σ, 1e-300))
    var h = head.length
    if σ > 0 && !slow { h = min(h, 20 / σ) }
    let smooth = h
    let transient = Self.transientLength(c: c, s: s, depth: depth)
    if !slow { h = min(h, transient) }
    var attempts = 0
    while true {
      let collocate = slow && depth * c * h > 4
      let outcome = amplitudes.withUnsafeBufferPointer { A in
        solver.solve(
          PanelSolver.Problem(
            depth: depth, exponent: exponent, length: h, scale: s, deviation: head.deviation, rate: c,
            spread: spread.squareRoot()),
          modes: modes, amplitudes: A.baseAddress! + first,
          by: collocate ? .collocation : byDeviation ? .deviation : .size)
      }
      attempts += 1
      if !(outcome.reach <= 6.5) || !outcome.tail.isFinite {
        precondition(attempts < 400, "no panel from x = \(head.x), s = \(s), c = \(c) has finite values")
        h *= outcome.reach > 6.5 && outcome.reach.isFinite ? max(4.5 / outcome.reach, 0.01) : 0.3
        continue
      }
      // Where round-off keeps the last coefficients up, they enter the error estimate as they are.
      if attempts < 40, outcome.tail > 1 {
        h *= outcome.tail > 1e4 ? 0.4 : 0.65
        continue
      }
      accept(outcome, from: solver, length: h, kind: collocate || byDeviation ? .deviation : .size)
      // Smoothness seen on a panel cut short by the transient says nothing against longer ones later.
      let cut = !slow && h == transient
      head.length = cut ? max(smooth, h * outcome.growth) : h * outcome.growth
      return
    }
  }

  /// How far the polynomials of a panel may reach while the transient lives.
  ///
  /// With c frozen, y vanishes (and y^q branches) where N c ξ = log(1 − c y): behind us at a real distance while s > c, at
  /// ±iπ sideways otherwise. The factors 1.6, 4 and 5 are tuned for n = 20.
  private static func transientLength(c: Double, s: Double, depth N: Double) -> Double {
    let r = c / s
    if r == 0 { return 1.6 / (N * s) }
    if r < 1 {
      let D = r.magnitude < 1e-5 ? 1 / (N * s) : (log1p(-r) / (N * c)).magnitude
      return min(1.6 * D, 5 / (N * c.magnitude))
    }
    return (r > 400 ? 5 : 4) / (N * c)
  }

  private func elementaryKind(c: Double, spread: Double) -> Kind? {
    if modes.leading > 0 {
      return depth * spread < 1e-16 && head.deviation.magnitude < 1e-16 ? .approach : nil
    }
    if modes.leading == 0 { return depth * spread < 1e-17 ? .coasting : nil }
    return depth * spread < 1e-17 && head.scale < 1e-17 * modes.leading.magnitude ? .decay : nil
  }

  private func elementaryPanel(_ kind: Kind) -> Panel {
    Panel(
      kind: kind, origin: head.x, length: .infinity, time: head.time, rate: clockRate(), duration: .infinity,
      skew: 1, scale: head.scale, logScale: head.logScale, deviation: head.deviation,
      clockError: head.clockError, seriesError: 0)
  }

  /// y_k^q/m.
  private func clockRate() -> Double {
    (head.scale > 1e-305 ? pow(head.scale, -exponent) : exp(-exponent * head.logScale)) / sampleCount
  }

  private mutating func accept(
    _ outcome: PanelSolver.Outcome, from solver: PanelSolver, length h: Double, kind: Kind
  ) {
    let rate = h * clockRate()
    let duration = outcome.duration
    let error = rate * duration * (outcome.clockTail + 4 * .ulpOfOne)
    head.clockError += error
    panels.append(
      Panel(
        kind: kind, origin: head.x, length: h, time: head.time, rate: rate, duration: duration,
        skew: exp(-exponent * outcome.logRatio / 2), scale: head.scale, logScale: head.logScale,
        deviation: head.deviation, clockError: head.clockError, seriesError: outcome.seriesTail))
    solver.appendSeries(to: &series)
    let M = modes.vectors
    let first = amplitudes.count - M
    amplitudes.append(contentsOf: repeatElement(.zero, count: M))
    amplitudes.withUnsafeMutableBufferPointer { A in
      modes.delays.withUnsafeBufferPointer { δ in
        modes.advance(A.baseAddress! + first, by: h, delays: δ.baseAddress!, into: A.baseAddress! + first + M)
      }
    }
    // t_{k+1} = t_k + rate·duration with the rounding of the sum kept (Knuth's two-sum).
    let step = rate * duration
    let sum = head.time.high + step
    let part = sum - head.time.high
    let lost = (head.time.high - (sum - part)) + (step - part)
    head.time = (sum, head.time.low + lost)
    head.x += h
    head.logTransient -= outcome.phase
    head.logScale -= outcome.logRatio
    head.deviation = outcome.deviation
    head.scale =
      kind == .deviation
      ? modes.leading / (1 + outcome.deviation)
      : head.scale > 1e-305 ? head.scale / outcome.ratio : exp(head.logScale)
    if head.scale > 1e-305 { head.logScale = log(head.scale) }
  }
}
