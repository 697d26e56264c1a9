import LinearAlgebra

/// One condition of a theorem, with its measured value.
public struct Hypothesis: Codable, Equatable, Sendable {
  /// What the condition is about, in words.
  public let name: String
  /// The measured quantity in the notation of the theory.
  public let symbol: String
  /// Where the condition is stated.
  public let equation: String
  /// The measured quantity; nil if it does not exist (γ_Z of Z = 0).
  @ExplicitNull public private(set) var value: Double?
  /// Whether ``value`` meets ``requirement``.
  public let holds: Bool
  /// The condition on the value, in words and symbols.
  public let requirement: String

  init(_ name: String, symbol: String, equation: String, value: Double?, requirement: String, holds: Bool) {
    self.name = name
    self.symbol = symbol
    self.equation = equation
    self.value = value?.finiteOrNil
    self.requirement = requirement
    self.holds = holds
  }
}

/// Assumption 3.6 and s_0 > 0: the setting of Theorems 3.8 and 4.4, measured.
struct RankOneAssumption {
  let hypotheses: [Hypothesis]

  /// Defects of whitening and balance up to this count as round-off: 1e-10, the default relative tolerance of the
  /// integration, below which a run cannot tell a defect from its own error.
  static let defectTolerance = 1e-10

  init(_ subject: CertificateSubject, spectrum: TargetSpectrum, startSingularValues: [Double]) {
    let tolerance = Self.defectTolerance
    let s0 = startSingularValues.first ?? 0
    let s1 = startSingularValues.count > 1 ? startSingularValues[1] : 0
    hypotheses = [
      Hypothesis(
        "depth", symbol: "N", equation: "Assumption 3.6", value: Double(subject.depth), requirement: "N ≥ 2",
        holds: subject.depth >= 2),
      Hypothesis(
        "bottleneck width", symbol: "r", equation: "(9)", value: Double(subject.bottleneck),
        requirement: "r = 1",
        holds: subject.bottleneck == 1),
      Hypothesis(
        "whitened data", symbol: "‖XXᵀ/m − I‖", equation: "Definition 3.5", value: subject.whiteningDefect,
        requirement: "≤ \(text(tolerance))", holds: subject.whiteningDefect <= tolerance),
      Hypothesis(
        "rank of the target", symbol: "rank Z", equation: "Assumption 3.6", value: Double(spectrum.rank),
        requirement: "rank Z ≥ 1",
        holds: spectrum.rank >= 1),
      Hypothesis(
        "spectral gap", symbol: "γ_Z", equation: "(26)", value: spectrum.gapRatio,
        requirement: "γ_Z < 1 beyond round-off",
        holds: spectrum.hasGap),
      Hypothesis(
        "balanced start", symbol: "max ‖D_j‖/max ‖W_j‖²", equation: "(14)", value: subject.relativeImbalance,
        requirement: "≤ \(text(tolerance))", holds: subject.relativeImbalance <= tolerance),
      // With r = 1 the rank is at most one up to the round-off of the product of the layers.
      Hypothesis(
        "rank-one start", symbol: "s_0", equation: "(37)", value: s0, requirement: "s_0 > 0, rank W_0 = 1",
        holds: s0 > 0 && s1 <= tolerance * s0),
    ]
  }

  var failures: [Hypothesis] { hypotheses.filter { !$0.holds } }
  var holds: Bool { failures.isEmpty }

  /// "r = 3 (bottleneck width, needs r = 1, (9))", every failing hypothesis.
  var failureText: String {
    failures.map { h in
      let value = h.value.map { " = " + text($0) } ?? " does not exist"
      return "\(h.symbol)\(value) (\(h.name): needs \(h.requirement), \(h.equation))"
    }.joined(separator: "; ")
  }
}
