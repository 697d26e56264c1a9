import Foundation

/// Bounds of the whole spectrum of a symmetric operator by Lanczos' method from a random vector, that fail with a stated probability only.
///
/// An eigenvector to which the starting vector is nearly orthogonal is missed by any method that uses products alone. For a start drawn uniformly from the sphere that is improbable: after k steps the
/// extreme Ritz values θ_max and θ_min are within ε(λ_max − λ_min) of the ends λ_max and λ_min, except with probability at most 2·1.648 √n e^{−√ε(2k−1)}.
///
/// Accuracy: the theorem is for exact arithmetic. Rounding lets Ritz values converge several times, which takes the extreme ones no further from the ends (Greenbaum, 1989).
///
/// Complexity: k applications; three vectors.
///
/// Source: Kuczyński, Woźniakowski, "Estimating the largest eigenvalue by the power and Lanczos algorithms with a random start", SIAM J. Matrix Anal. Appl. (1992), Theorem 4.2.
public struct RandomStartBounds: Sendable {
  /// All eigenvalues lie between, except with probability ``failureProbability``.
  public let lower, upper: Double
  /// The extreme Ritz values, which lie within the spectrum.
  public let smallestRitzValue, largestRitzValue: Double
  /// How probable it is at most that an eigenvalue lies outside.
  public let failureProbability: Double

  /// Bounds from a start of its own.
  ///
  /// - Parameters:
  ///   - A: the operator, of order two or more.
  ///   - steps: k; fewer where the Krylov space is exhausted.
  ///   - p: the probability of failure that is accepted.
  ///   - generator: draws the starting vector.
  public init(
    of A: SymmetricOperator, steps: Int, failureProbability p: Double, using generator: inout SeededGenerator
  ) {
    precondition(steps >= 1 && p > 0 && p < 1, "\(steps) steps, probability \(p)")
    let n = A.order
    var q = (0..<n).map { _ in generator.normal() }
    func norm(_ a: [Double]) -> Double { a.withUnsafeBufferPointer { norm2($0.baseAddress!, n) } }
    let size = norm(q)
    for i in 0..<n { q[i] /= size }
    var previous = [Double](repeating: 0, count: n)
    var image = previous
    var (diagonal, beside): ([Double], [Double]) = ([], [])
    var β = 0.0
    for _ in 0..<min(steps, n) {
      q.withUnsafeBufferPointer { x in
        image.withUnsafeMutableBufferPointer { A.apply(x.baseAddress!, $0.baseAddress!) }
      }
      var α = 0.0
      for i in 0..<n { α += q[i] * image[i] }
      for i in 0..<n { image[i] -= α * q[i] + β * previous[i] }
      diagonal.append(α)
      β = norm(image)
      if !(β > 0) { break }
      beside.append(β)
      previous = q
      for i in 0..<n { q[i] = image[i] / β }
    }
    let k = diagonal.count
    var T = Matrix.diagonal(diagonal)
    for i in 0..<k - 1 { (T[i + 1, i], T[i, i + 1]) = (beside[i], beside[i]) }
    let θ = SymmetricEigendecomposition(T).eigenvalues
    (smallestRitzValue, largestRitzValue) = (θ.first!, θ.last!)
    // ε with 2·1.648 √n e^{−√ε(2k−1)} = p, and the spread of the spectrum from that of the Ritz values.
    let root = log(2 * 1.648 * Double(n).squareRoot() / p) / Double(2 * k - 1)
    let ε = root * root
    let spread = 2 * ε < 1 ? (θ.last! - θ.first!) / (1 - 2 * ε) : .infinity
    (lower, upper) = (θ.first! - ε * spread, θ.last! + ε * spread)
    failureProbability = p
  }
}
