import LinearAlgebra

/// One theorem and whether it speaks about this problem and start.
public struct Statement: Codable, Equatable, Sendable {
  /// "Theorem 4.4", "Lemma 3.3", …
  public let equation: String
  /// Whether its hypotheses hold here.
  public let applies: Bool
  /// What it says here, or the hypothesis that fails.
  public let text: String

  init(_ equation: String, applies: Bool = true, _ text: String) {
    self.equation = equation
    self.applies = applies
    self.text = text
  }
}

extension Statement {
  /// What holds at every width, for every start; `rank` is that of W_0.
  static func general(_ subject: CertificateSubject, rank: Int, balanced: Bool) -> [Statement] {
    let r = subject.bottleneck
    var statements = [
      Statement(
        "Theorem 2.7",
        "min L_N = ½‖Y P_X⊥‖² + ½ Σ_{i>\(r)} σ_i(Y P_X)², reached by the best rank-\(r) approximation"),
      Statement("(15)", "the flow conserves every D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ"),
    ]
    statements.append(
      balanced && subject.depth >= 2
        ? Statement(
          "Lemma 3.3", "balanced, so rank W(t) = rank W_0 = \(rank) for all t; only the limit may have less")
        : Statement(
          "Lemma 3.3", applies: false,
          balanced ? "needs N ≥ 2: a single layer changes its rank freely" : "needs a balanced start (14)"))
    if let obstacle = Reach.obstacle(subject, rank: rank, balanced: balanced) { statements.append(obstacle) }
    if balanced, rank == 1, r > 1 {
      statements.append(
        Statement(
          "D2",
          "balanced of rank one, so W(t) moves as with hidden widths 1: certify r = 1 for its rates"))
    }
    statements.append(
      Statement(
        "Theorem 2.8",
        "if XXᵀ is invertible and rank(Y P_X) ≥ \(r), a limit of rank \(r) without negative curvature "
          + "is a global minimiser"))
    return statements
  }
}
