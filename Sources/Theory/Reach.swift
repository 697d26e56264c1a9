import LinearAlgebra

/// What a balanced start can never reach, whatever the time: Lemma 3.3 conserves the rank of W(t), and with it, where W is square and
/// invertible, the sign of its determinant.
///
/// - rank W_0 = ρ < min(r, rank Z): every limit has rank at most ρ, so the loss stays above the minimum over rank r.
/// - dx = dy = r, W_0 and Z invertible, det W_0 · det Z < 0: W(t) cannot come to the minimiser Z (XXᵀ/m)^{−1}, whose determinant has the
///   sign of det Z, since it would have to pass through a singular matrix; the limit is singular itself. Half of all balanced square
///   starts are of this kind: the stable set of these saddles is not a null set within the balanced networks.
///
/// Depth one is excluded: its W(t) moves freely.
///
/// Source: Eftekhari (2020), Lemma 3.3; D10 of Documentation/derived.md.
enum Reach {
  /// The obstacle, if there is one.
  static func obstacle(_ subject: CertificateSubject, rank: Int, balanced: Bool) -> Statement? {
    guard subject.depth >= 2, balanced else { return nil }
    let r = subject.bottleneck
    let targetRank = subject.target.singularValueDecomposition.rank()
    if rank < min(r, targetRank) {
      return Statement(
        "Lemma 3.3",
        "rank W_0 = \(rank) is conserved, so the limit has rank \(rank) at most, not \(min(r, targetRank))")
    }
    let isSquare = subject.target.rows == subject.target.columns && subject.target.rows == r
    if isSquare, rank == r, targetRank == r,
      subject.start.determinantSign * subject.target.determinantSign < 0
    {
      return Statement(
        "Lemma 3.3",
        "det W_0 and det Z have opposite signs and det W(t) never vanishes, so the limit is a singular matrix, a saddle"
      )
    }
    return nil
  }
}
