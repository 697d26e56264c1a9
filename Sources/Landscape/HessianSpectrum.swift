import LinearAlgebra
import LinearNetworks

/// The lower end of the spectrum of ∇²L_N at a network, and the largest eigenvalue.
public struct HessianSpectrum: Sendable {
  /// How the eigenvalues were found.
  public enum Method: String, Codable, Sendable {
    /// All of them, from the Hessian as a matrix.
    case dense
    /// The lowest six, from Hessian products alone.
    case lanczos
  }

  /// How the eigenvalues were found.
  public let method: Method
  /// The lowest eigenvalues, increasing: all of them if `method` is dense.
  public let lowest: [Double]
  /// The number of weights.
  public var order: Int { eigenvectors.rows }
  /// parameters × lowest.count, orthonormal columns in the same order.
  public let eigenvectors: Matrix
  /// The largest eigenvalue; for Lanczos to six digits.
  public let largest: Double
  /// Bound on the error of the eigenvalues: round-off for dense, the tolerance of Lanczos otherwise.
  public let accuracy: Double

  /// Up to here all eigenvalues are computed (tuned: 0.1 s at this order).
  public static let largestDenseOrder = 600

  /// Up to here all eigenvalues are computed if Lanczos does not meet its tolerance, as where many lie close to zero (tuned: 2 s at this order).
  static let largestDenseOrderAfterLanczos = 2000

  /// - Parameters:
  ///   - loss: L_N.
  ///   - weights: where the Hessian is taken.
  ///   - resolution: absolute accuracy wanted of Lanczos; ignored for small networks.
  ///   - relativeResolution: the same relative to the largest eigenvalue; the coarser of the two is aimed at.
  ///   - denseUpTo: the number of weights up to which all eigenvalues are computed.
  public init(
    of loss: NetworkLoss, at weights: [Double], resolution: Double, relativeResolution: Double = 0,
    denseUpTo: Int = HessianSpectrum.largestDenseOrder
  ) {
    let n = weights.count
    weights.withUnsafeBufferPointer { loss.linearize(at: $0.baseAddress!) }
    if n > denseUpTo, let found = HessianSpectrum.lanczos(loss, order: n, resolution, relativeResolution) {
      self = found
    } else {
      self = HessianSpectrum.dense(loss, order: n)
    }
  }

  private init(
    _ method: Method, lowest: [Double], eigenvectors: Matrix, largest: Double, accuracy: Double
  ) {
    (self.method, self.lowest, self.eigenvectors) = (method, lowest, eigenvectors)
    (self.largest, self.accuracy) = (largest, accuracy)
  }

  /// Nil if Lanczos does not meet its tolerance and all eigenvalues are better computed.
  private static func lanczos(
    _ loss: NetworkLoss, order n: Int, _ resolution: Double, _ relativeResolution: Double
  ) -> HessianSpectrum? {
    var generator = SeededGenerator(seed: 0)
    let start = (0..<n).map { _ in generator.normal() }
    let hessian = SymmetricOperator(order: n) { loss.hessianProduct($0, into: $1) }
    let top = ExtremeEigenpairs(of: hessian, at: .highest, count: 1, tolerance: 1e-6, start: start)
    let shift = max(top.eigenvalues.first ?? 0, resolution)
    // Lanczos converges relative to the eigenvalue it seeks, and the lowest may be zero: so the largest of shift − H is sought.
    let flipped = SymmetricOperator(order: n) { x, y in
      loss.hessianProduct(x, into: y)
      for i in 0..<n { y[i] = shift * x[i] - y[i] }
    }
    var tolerance = min(max(resolution / shift, relativeResolution, 1e-12), 1e-3)
    // Where nothing else is left a few hundred products have to do (tuned: seconds for 100,000 weights).
    var pairs = ExtremeEigenpairs(
      of: flipped, at: .highest, count: 2, tolerance: tolerance, start: start,
      restarts: n <= largestDenseOrderAfterLanczos ? 300 : 25)
    if !pairs.metTolerance, n <= largestDenseOrderAfterLanczos { return nil }
    // A looser tolerance gives at least one pair: relative to the spectrum, any Ritz value is right to 1.
    while pairs.eigenvalues.isEmpty, tolerance < 1 {
      tolerance = min(max(1e4 * tolerance, 1e-3), 1)
      pairs = ExtremeEigenpairs(
        of: flipped, at: .highest, count: 1, tolerance: tolerance, start: start, restarts: 25)
    }
    return HessianSpectrum(
      .lanczos, lowest: pairs.eigenvalues.map { shift - $0 }, eigenvectors: pairs.eigenvectors,
      largest: shift,
      accuracy: pairs.metTolerance ? tolerance * shift : .infinity)
  }

  /// ∇²L_N as a matrix at the weights of the last linearisation, column by column from Hessian products.
  static func matrix(_ loss: NetworkLoss, order n: Int) -> Matrix {
    var H = Matrix(zeros: n, n)
    var unit = [Double](repeating: 0, count: n)
    H.storage.withUnsafeMutableBufferPointer { h in
      for i in 0..<n {
        unit[i] = 1
        loss.hessianProduct(unit, into: h.baseAddress! + i * n)
        unit[i] = 0
      }
    }
    return H
  }

  private static func dense(_ loss: NetworkLoss, order n: Int) -> HessianSpectrum {
    // Rounding leaves H symmetric to eps only; LAPACK reads one triangle, and the difference is within the accuracy.
    let decomposition = SymmetricEigendecomposition(matrix(loss, order: n))
    let λ = decomposition.eigenvalues
    return HessianSpectrum(
      .dense, lowest: λ, eigenvectors: decomposition.eigenvectors, largest: λ.last!,
      accuracy: Double(n) * .ulpOfOne * max(λ.last!.magnitude, λ.first!.magnitude))
  }
}
