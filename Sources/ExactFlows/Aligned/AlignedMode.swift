import Foundation

/// One mode of an aligned start: the signed size w(t) of a singular direction of Z, in closed form.
///
/// With s = |w| and σ the singular value of Z, ds/dt = N m s^{2−2/N}(±σ − s), the sign that of w. For N = 1 the equation is linear in w, which may
/// change its sign; for N = 2 it is logistic; for N ≥ 3 the separable integral (`AlignedClock`) is inverted by a bracketed Newton's method in the variable
/// in which it is nearly linear: the logarithm of the growth at first, that of the remaining gap in the end.
///
/// Edge cases: w = 0 stays zero for N ≥ 2. σ = 0 and signs against the target decay to zero, algebraically for N ≥ 3.
///
/// Accuracy: see ``State/errorEstimate``.
///
/// Source: Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks" (2014), for N = 2 and the
/// equation; the inversion is ours.
public struct AlignedMode: Sendable {
  public struct State: Sendable {
    /// w(t).
    public let value: Double
    /// σ − w(t), with its own relative accuracy where the mode is nearly learned.
    public let gap: Double
    /// A first-order bound on |error of w|: round-off, and the effect of a relative error of the time, of σ and of w(0) of a few eps.
    public let errorEstimate: Double
  }

  /// N.
  public let depth: Int
  /// m.
  public let sampleCount: Double
  /// σ ≥ 0.
  public let target: Double
  /// w(0), negative if it points against the target.
  public let start: Double
  /// Bounds on the relative errors of σ and w(0).
  private let targetError: Double
  private let startError: Double
  private let clock: AlignedClock?

  public init(depth N: Int, sampleCount m: Double, target σ: Double, start w: Double) {
    self.init(
      depth: N, sampleCount: m, target: σ, start: w, clock: N >= 3 ? AlignedClock(depth: N) : nil,
      targetError: .ulpOfOne, startError: .ulpOfOne)
  }

  /// Modes of one network share a clock.
  init(
    depth N: Int, sampleCount m: Double, target σ: Double, start w: Double, clock: AlignedClock?,
    targetError: Double,
    startError: Double
  ) {
    precondition(N >= 1, "the depth is at least 1, not \(N)")
    precondition(m > 0 && m.isFinite, "m = \(m) is not a number of samples")
    precondition(σ >= 0 && σ.isFinite && w.isFinite, "σ = \(σ) ≥ 0 and w(0) = \(w) must be finite")
    (depth, sampleCount, target, start) = (N, m, σ, w)
    (self.clock, self.targetError, self.startError) = (clock, targetError, startError)
  }

  /// The mode at time 0 ≤ t < ∞.
  public func state(at t: Double) -> State {
    precondition(t >= 0 && t < .infinity, "the time \(t) is not in [0, ∞)")
    let σ = target
    if t == 0 { return State(value: start, gap: σ - start, errorEstimate: 0) }
    if depth == 1 {
      let x = sampleCount * t
      let (kept, gained) = (exp(-x), -expm1(-x))
      let error = 4 * .ulpOfOne * (kept * start.magnitude * (1 + x) + gained * σ) + σ * gained * targetError
      return State(
        value: kept * start + gained * σ, gap: kept * (σ - start),
        errorEstimate: error + kept * start.magnitude * startError)
    }
    if start == 0 { return State(value: 0, gap: σ, errorEstimate: 0) }
    let s0 = start.magnitude
    let opposed = start < 0
    let (s, gap) =
      depth == 2
      ? logistic(s0, opposed ? -σ : σ, t) : σ == 0 ? decay(s0, t) : opposed ? oppose(s0, t) : approach(s0, t)
    return State(
      value: opposed ? -s : s, gap: opposed ? σ + s : gap, errorEstimate: error(s, gap: gap, t))
  }

  // MARK: Closed forms

  /// s = s_0/(e^{−x} + s_0 (1 − e^{−x})/σ), x = 2mσt: no term overflows unless s vanishes.
  private func logistic(_ s0: Double, _ σ: Double, _ t: Double) -> (Double, Double) {
    let mt = 2 * sampleCount * t
    let x = mt * σ
    let remaining = exp(-x)
    // (1 − e^{−x})/σ = 2mt at σ = 0, and to round-off while x is below eps.
    let integral = x.magnitude < .ulpOfOne ? mt : -expm1(-x) / σ
    let denominator = remaining + s0 * integral
    return (s0 / denominator, (σ - s0) * (remaining / denominator))
  }

  /// σ = 0: s^{−p} = s_0^{−p} + p N m t.
  private func decay(_ s0: Double, _ t: Double) -> (Double, Double) {
    let p = 2 - 2 / Double(depth)
    let s = s0 * exp(-log1p(p * Double(depth) * sampleCount * t * pow(s0, p)) / p)
    return (s, -s)
  }

  /// s → σ from below or above.
  private func approach(_ s0: Double, _ t: Double) -> (Double, Double) {
    if s0 == target { return (s0, 0) }
    return s0 < target ? rise(s0, t) : fall(s0, t)
  }

  /// log(s_0/σ), also where the quotient is nearly 1 or out of range.
  private func logRatio(_ s0: Double) -> Double {
    let ratio = s0 / target
    return ratio > 0.5 && ratio < 2 ? log1p((s0 - target) / target) : log(s0) - log(target)
  }

  /// log(N m t x^p), of the product where that is a number: logarithms of large powers would cancel.
  private func logUnits(_ t: Double, _ x: Double, _ p: Double) -> Double {
    let (Nmt, power) = (Double(depth) * sampleCount * t, power(x, p))
    let product = Nmt * power
    return power > 1e-290 && product > 1e-290 && product < 1e290 ? log(product) : log(Nmt) + p * log(x)
  }

  /// x^q for q = 1 − 2/N or 2 − 2/N, with the rounding of q undone: x = 1e-300 would make 690 times as much of it.
  private func power(_ x: Double, _ q: Double) -> Double {
    let N = Double(depth)
    // N q is an integer, so N q_exact − N q is found by one fused operation.
    let δ = ((q * N).rounded()).addingProduct(-q, N) / N
    return pow(x, q) * (1 + δ * log(x))
  }

  private func rise(_ s0: Double, _ t: Double) -> (Double, Double) {
    let clock = clock!
    let θ = clock.θ
    let l0 = -logRatio(s0)
    // τ e^{−θl_0} with τ = N m σ^p t.
    let τ = Double(depth) * sampleCount * t * target * power(s0, θ)
    if τ == 0 { return (s0, target - s0) }
    func early(_ δ: Double) -> (Double, Double) {
      let l = l0 - δ
      let gapRatio = -log1p(-exp(-l0) * expm1(δ) / -expm1(-l0))
      return (clock.rise(from: l0, to: l, δ: δ, gapRatio: gapRatio) - τ, exp(-θ * δ) / -expm1(-l))
    }
    if early(l0 / 2).0 >= 0 {
      let linear = θ * τ * -expm1(-l0)
      let guess = linear < 1 ? -log1p(-linear) / θ : l0 / 2
      let δ = AlignedMode.root(in: 0, l0 / 2, guess: guess, early)
      let s = s0 * exp(δ)
      return (s, l0 - δ > 0.5 ? target - s : target * -expm1(δ - l0))
    }
    // η = log(x/(1 − x)), in which the end of the rise is linear.
    let logGap0 = log(-expm1(-l0))
    func late(_ η: Double) -> (Double, Double) {
      let l = log1p(exp(-η))
      let softplus = η > 0 ? η + log1p(exp(-η)) : log1p(exp(η))
      let δ = l0 - l
      return (clock.rise(from: l0, to: l, δ: δ, gapRatio: logGap0 + softplus) - τ, exp(-θ * δ))
    }
    let middle = -log(expm1(l0 / 2))
    // Beyond 800 the gap is not a number any more.
    if late(800).0 <= 0 { return (target, 0) }
    let guess =
      θ * τ < 1 - exp(-θ * (l0 - 0.5)) ? -log(expm1(l0 + log1p(-θ * τ) / θ)) : (τ - 1 / θ) * exp(θ * l0)
    let η = AlignedMode.root(in: middle, 800, guess: guess, late)
    return (target / (1 + exp(-η)), target / (1 + exp(η)))
  }

  private func fall(_ s0: Double, _ t: Double) -> (Double, Double) {
    let clock = clock!
    let p = 1 + clock.θ
    let v0 = logRatio(s0)
    // log τ e^{pv_0}; the flow is resolved in log τ, so nothing overflows.
    let (logTime, logτ) = (logUnits(t, s0, p), logUnits(t, target, p))
    func early(_ y: Double) -> (Double, Double) {
      let δ = exp(y)
      let v = v0 - δ
      let F = clock.fall(from: v0, to: v, δ: δ)
      return (log(F) + p * δ - logTime, δ / (-expm1(-v) * F))
    }
    if early(log(v0 / 2)).0 >= 0 {
      let guess = log1p(p * exp(min(logTime, 700)) * -expm1(-v0)) / p
      let δ = exp(AlignedMode.root(in: -800, log(v0 / 2), guess: log(guess), early))
      let s = s0 * exp(-δ)
      return (s, v0 - δ > 0.5 ? target - s : target * -expm1(v0 - δ))
    }
    func late(_ y: Double) -> (Double, Double) {
      let v = log1p(exp(-y))
      let F = clock.fall(from: v0, to: v, δ: v0 - v)
      return (log(F) - p * v - logτ, 1 / F)
    }
    let middle = -log(expm1(v0 / 2))
    if late(800).0 <= 0 { return (target, 0) }
    let v = -(logτ + log(p)) / p
    let guess = v > 0.5 ? -log(expm1(min(v, 700))) : exp(min(logτ, 700))
    let y = AlignedMode.root(in: middle, 800, guess: guess, late)
    return (target * (1 + exp(-y)), -target * exp(-y))
  }

  /// s → 0 against the target.
  private func oppose(_ s0: Double, _ t: Double) -> (Double, Double) {
    let clock = clock!
    let θ = clock.θ
    let p = 1 + θ
    let v0 = logRatio(s0)
    let logNmt = log(Double(depth) * sampleCount * t)
    let above = logUnits(t, s0, p)
    // τ e^{θv_0} = N m σ s_0^θ t.
    let product = Double(depth) * sampleCount * t * target * power(s0, θ)
    let below = product > 1e-290 && product < 1e290 ? log(product) : logNmt + log(target) + θ * log(s0)
    func duration(_ y: Double) -> (Double, Double) {
      let δ = exp(y)
      let v = v0 - δ
      let F = clock.fallOpposed(from: v0, to: v, δ: δ)
      return v >= 0
        ? (log(F) + p * δ - above, δ / ((1 + exp(-v)) * F)) : (log(F) + θ * δ - below, δ / ((1 + exp(v)) * F))
    }
    let end = log(4000.0)
    if duration(end).0 <= 0 { return (0, -target) }
    let first = log1p(p * exp(min(above, 700)) / (1 + exp(-v0))) / p
    let then = v0 > 0 ? v0 : 0
    let guess =
      v0 > 0 && first <= v0
      ? first : then + log1p(θ * exp(min(logNmt + p * log(target) + θ * min(v0, 0), 700))) / θ
    let δ = exp(AlignedMode.root(in: -800, end, guess: log(guess), duration))
    let s = s0 * exp(-δ)
    return (s, -target - s)
  }

  // MARK: Errors

  /// Round-off and the effect of errors of t, σ and s_0, from the scaling s(t; σ, s_0) = σ x(σ^p t; s_0/σ).
  private func error(_ s: Double, gap: Double, _ t: Double) -> Double {
    let N = Double(depth)
    let p = 2 - 2 / N
    let s0 = start.magnitude
    let σ = start < 0 ? -target : target
    let motion = N * sampleCount * t * pow(s, p) * gap.magnitude
    // s_0 ∂s/∂s_0 = s_0 f(s)/f(s_0).
    let f = (σ - s0) == 0 ? 1 : exp(p * (log(s) - log(s0))) * (gap / (σ - s0)).magnitude
    let memory = s == 0 ? 0 : s0 * f
    // Logarithms of sizes e^{±x} carry an error of x·eps.
    let range = (log(s0) - (target > 0 ? log(target) : 0)).magnitude + max(0, log(s0).magnitude - 300)
    let path = s == 0 ? 0 : (log(s) - log(s0)).magnitude
    let approach = start < 0 || target == 0 || s == 0 ? path : min(path, (log(s) - log(target)).magnitude)
    let scale = max(1, range / 16) + approach
    let bound =
      4 * .ulpOfOne * scale * (s + 2 * motion + memory) + targetError * (s + p * motion + memory)
      + startError * memory
    return min(bound.isNaN ? .infinity : bound, max(s, s0, target))
  }

  /// The zero of an increasing function given with its slope, by Newton's method with bisection as its guard.
  private static func root(
    in a: Double, _ b: Double, guess: Double, _ f: (Double) -> (value: Double, slope: Double)
  ) -> Double {
    var (a, b) = (a, b)
    var x = guess > a && guess < b ? guess : (a + b) / 2
    for _ in 0..<200 {
      let (value, slope) = f(x)
      if value == 0 || value.isNaN { return x }
      if value < 0 { a = x } else { b = x }
      var next = x - value / slope
      if !(next > a && next < b) { next = (a + b) / 2 }
      if (next - x).magnitude <= .ulpOfOne * x.magnitude || b - a <= .ulpOfOne * b.magnitude { return next }
      x = next
    }
    return x
  }
}
