import Foundation

extension DepthTwoElimination.Weights {
  /// w_i = √d_i = g_i e^{κ_i} with d_i = m∫_0^t e^{2mλ_iτ}dτ, and e^{mλ_it}/w_i.
  ///
  /// - Parameters:
  ///   - eigenvalues: λ_i.
  ///   - clusters: which rows share one.
  ///   - m: the unit of 1/time.
  ///   - δλ: a bound on the error of an eigenvalue.
  ///   - t: the time, not negative.
  init(
    eigenvalues: [Double], clusters: [Int], sampleCount m: Double, eigenvalueError δλ: Double, at t: Double
  ) {
    let mt = m * t
    // ∫_0^{mt} e^{−2|λ|τ}dτ, written so that λ = 0 needs no limit.
    let roots = eigenvalues.map { λ in
      let x = 2 * λ.magnitude * mt
      return (x < 1e-300 ? mt : -expm1(-x) / (2 * λ.magnitude)).squareRoot()
    }
    let growth = eigenvalues.map { mt * $0 }
    self.init(
      factors: roots, exponents: growth.map { max(0, $0) },
      // For λ ≥ 0 the exponentials cancel.
      ratios: zip(growth, roots).map { exp(min(0, $0)) / $1 },
      exponentErrors: growth.map { $0 > 0 ? mt * δλ + $0 * .ulpOfOne : 0 },
      ratioErrors: growth.map { $0 < 0 ? mt * δλ - $0 * .ulpOfOne : 0 }, clusters: clusters)
  }
}
