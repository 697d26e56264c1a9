import LinearAlgebra

/// The completion of least nuclear norm: min ‖X‖_* over the matrices with X_ij = Z_ij on Ω, with a certificate of how good it is.
///
/// What depth two is conjectured to select from small starts (Gunasekar et al. 2017), and what depth three does not (Arora, Cohen, Hu, Luo 2019).
///
/// Douglas and Rachford's splitting of ‖·‖_* and the indicator of the observed entries: singular values are shrunk by γ, entries set. The dual is max ⟨Z, Λ⟩ over Λ on Ω with ‖Λ‖_2 ≤ 1; the iteration gives a candidate for it, which scaled to
/// ‖Λ‖_2 = 1 bounds the minimum from below, and the projection onto the entries bounds it from above: both bounds are told, and hold whether or not the iteration has come to an end.
///
/// Source: Eckstein and Bertsekas (1992); Candès and Recht (2009) for the dual.
public struct NuclearNormCompletion: Sendable {
  /// X: the observed entries are exact.
  public let matrix: Matrix
  /// ‖X‖_*, an upper bound of the minimum.
  public let upperBound: Double
  /// ⟨Z, Λ⟩/max(1, ‖Λ‖_2), a lower bound of the minimum.
  public let lowerBound: Double
  /// Steps taken.
  public let steps: Int

  /// (upper − lower)/upper; 0 for Z = 0.
  public var relativeGap: Double { upperBound > 0 ? (upperBound - lowerBound) / upperBound : 0 }

  /// Iterates until the bounds meet, or to the end of its means.
  ///
  /// - Parameters:
  ///   - observed: Z on Ω.
  ///   - tolerance: of ``relativeGap``.
  ///   - mostSteps: after which it ends in any case.
  ///   - isInterrupted: asked at every step.
  ///
  /// Complexity: a singular value decomposition a step, and two more where the bounds are looked at.
  public init(
    of observed: ObservedMatrix, tolerance: Double = 1e-6, mostSteps: Int = 2000,
    isInterrupted: () -> Bool = { false }
  ) {
    let Z = observed.filled
    let places = observed.entries.map { $0.row + $0.column * observed.rows }
    func setting(_ A: Matrix) -> Matrix {
      var X = A
      for place in places { X.storage[place] = Z.storage[place] }
      return X
    }
    let scale = Z.spectralNorm
    guard scale > 0 else {
      (matrix, upperBound, lowerBound, steps) = (Z, 0, 0, 0)
      return
    }
    // Half of the largest singular value (tuned: the order of what has to be shrunk in the beginning).
    let γ = 0.5 * scale
    var Y = Z
    var best: (matrix: Matrix, value: Double) = (Z, Z.singularValues.reduce(0, +))
    var lower = 0.0
    var k = 0
    while k < mostSteps, !isInterrupted() {
      // X = the projection of Y onto the entries; V = shrink(2X − Y); Y ← Y + V − X.
      let X = setting(Y)
      let reflected = 2 * X - Y
      let svd = reflected.singularValueDecomposition
      let kept = svd.singularValues.prefix { $0 > γ }.count
      let V =
        svd.U.columns(0..<kept).scalingColumns(by: svd.singularValues.prefix(kept).map { $0 - γ })
        * svd.V.columns(0..<kept).transpose
      // At a fixed point V = X, and (X − Y)/γ, which vanishes outside Ω, is a subgradient of ‖·‖_* at X.
      let Λ = (1 / γ) * (X - Y)
      Y = Y + V - X
      k += 1
      guard k % 10 == 0 || k == mostSteps else { continue }
      let size = Λ.spectralNorm
      if size > 0 { lower = max(lower, Matrix.inner(Z, Λ) / max(1, size)) }
      let candidate = setting(V)
      let value = candidate.singularValues.reduce(0, +)
      if value < best.value { best = (candidate, value) }
      if best.value - lower <= tolerance * best.value { break }
    }
    (matrix, upperBound, lowerBound, steps) = (best.matrix, best.value, lower, k)
  }
}
