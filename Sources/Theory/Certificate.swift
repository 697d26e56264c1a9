import LinearAlgebra

/// What the theory promises about gradient flow on one problem from one start, with every hypothesis measured.
///
/// A value made of numbers: nothing is integrated. Its JSON keys are a promise to readers; absent values are `null`.
public struct Certificate: Codable, Equatable, Sendable {
  /// s_Z, the largest singular value of Z.
  public let targetScale: Double
  /// Assumption 3.6 and s_0 > 0, one by one.
  public let hypotheses: [Hypothesis]
  /// (28), Lemma 3.7.
  public let stableSet: StableSet
  /// Theorem 4.4.
  public internal(set) var rate: NonLocalRate
  /// D5 of the derived results.
  public let basin: ExactBasin
  /// The exact asymptotic rate of ‖Z_1−W‖² in 1/time, D6; nil unless W(t) → Z_1 is predicted.
  @ExplicitNull public private(set) var finalRate: Double?
  /// The mode that decides `finalRate`.
  @ExplicitNull public private(set) var finalRateMode: String?
  /// (39).
  public let lazyRegime: LazyRegime
  /// Theorem 3.8 in one sentence, or what is known instead.
  public let conclusion: String
  /// Which theorems apply, which do not and why, and what still holds.
  public let statements: [Statement]
  /// Promise against observation; nil before a run.
  @ExplicitNull public internal(set) var observation: Observation?

  /// Measures every hypothesis, and evaluates every theorem and derived result about the rank-one flow.
  public init(_ subject: CertificateSubject) {
    let spectrum = TargetSpectrum(subject.target)
    let svd = subject.start.singularValueDecomposition
    let start = RankOneState(scale: svd.singularValues[0], left: svd.U.column(0), right: svd.V.column(0))
    let assumption = RankOneAssumption(subject, spectrum: spectrum, startSingularValues: svd.singularValues)
    let balanced = subject.relativeImbalance <= RankOneAssumption.defectTolerance
    let general = Statement.general(subject, rank: svd.rank(), balanced: balanced)
    targetScale = spectrum.leadingValue
    hypotheses = assumption.hypotheses
    lazyRegime = Self.lazyRegime(subject, spectrum: spectrum)
    observation = nil
    guard assumption.holds else {
      let reason = assumption.failureText
      stableSet = StableSet(undefinedBecause: reason)
      rate = NonLocalRate(unavailableBecause: reason)
      basin = ExactBasin(undefinedBecause: reason)
      (finalRate, finalRateMode) = (nil, nil)
      let obstacle = Reach.obstacle(subject, rank: svd.rank(), balanced: balanced)
      conclusion =
        obstacle.map { "The global minimum will not be reached: \($0.text) (\($0.equation))." }
        ?? "No convergence theorem of the rank-one setting applies: \(reason)."
      statements =
        ["Theorem 3.8", "Theorem 4.4", "D5", "D6"].map {
          Statement(
            $0, applies: false, "needs \(assumption.failures.map(\.requirement).joined(separator: ", "))")
        } + general
      return
    }

    let flow = RankOneFlow(depth: subject.depth, sampleCount: subject.sampleCount, target: spectrum)
    let gamma = spectrum.gapRatio ?? 0
    let (sZ, c0) = (targetScale, flow.coordinate(of: start))
    stableSet = StableSet(
      targetScale: sZ, gapRatio: gamma, scale: start.scale, coordinate: c0,
      resolution: Excitation(spectrum: spectrum, start: start).threshold(spectrum.groups[0]))
    rate =
      stableSet.member == true
      ? NonLocalRate(
        depth: subject.depth, sampleCount: subject.sampleCount, targetScale: sZ, gapRatio: gamma,
        scale: start.scale, coordinate: c0, distanceSquared: flow.distanceSquared(of: start))
      : NonLocalRate(unavailableBecause: "no α in (γ_Z, 1) satisfies (37): \(stableSet.reason)")
    basin = ExactBasin(spectrum: spectrum, start: start, depth: subject.depth)
    let final =
      basin.limit == .target
      ? FinalRate(
        spectrum: spectrum, start: start, depth: subject.depth, sampleCount: subject.sampleCount) : nil
    finalRate = final?.rate.finiteOrNil
    finalRateMode = final?.slowestMode.description
    conclusion = Self.conclusion(stableSet: stableSet, basin: basin)
    statements =
      [
        Statement("Theorem 3.8", applies: stableSet.member == true, stableSet.reason),
        Statement("Theorem 4.4", applies: rate.applies, rate.reason ?? "both exponents are positive"),
        Statement("D5", "p_1 decides: the limit is \(basin.limit?.description ?? "unknown")"),
        Statement(
          "D6", applies: final != nil,
          final.map { "slowest excited mode: \($0.slowestMode)" }
            ?? "W(t) does not approach Z_1, or starts there"),
      ] + general
  }

  /// Whether Assumption 3.6 holds and s_0 > 0, so that the rank-one theorems speak.
  public var hypothesesHold: Bool { hypotheses.allSatisfy(\.holds) }

  private static func lazyRegime(_ subject: CertificateSubject, spectrum: TargetSpectrum) -> LazyRegime {
    let tolerance = RankOneAssumption.defectTolerance
    guard subject.whiteningDefect <= tolerance else {
      return LazyRegime(undefinedBecause: "needs whitened data (Definition 3.5)")
    }
    guard subject.relativeImbalance <= tolerance else {
      return LazyRegime(undefinedBecause: "needs a balanced start (14)")
    }
    return LazyRegime(
      spectrum: spectrum, start: subject.start, bottleneck: subject.bottleneck, depth: subject.depth,
      sampleCount: subject.sampleCount)
  }

  private static func conclusion(stableSet: StableSet, basin: ExactBasin) -> String {
    if stableSet.member == true {
      // c_0 > γ_Z ≥ 0 makes p_1 ≠ 0, so the exact basin takes the exception of measure zero away.
      return "Gradient flow converges to the global minimiser Z_1 (Theorem 3.8; no exception, D5)."
    }
    switch basin.limit {
    case .target:
      return
        "Outside the stable set of Theorem 3.8, yet gradient flow converges to Z_1, as p_1 ≠ 0 (D5)."
    case .saddle(let i):
      return
        "Gradient flow converges to the saddle σ_\(i)u_\(i)v_\(i)ᵀ, as p_i = 0 for all i < \(i) (D5)."
    case .origin:
      return "Gradient flow converges to the origin, as p_i = 0 for all σ_i > 0 (D5)."
    case nil:
      return "No limit is predicted."
    }
  }
}
