import LinearAlgebra
import LinearNetworks

/// The lower end of the spectrum of ∇²L_N at a network.
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
  /// parameters × lowest.count, orthonormal columns in the same order.
  public let eigenvectors: Matrix
  /// The largest eigenvalue; for Lanczos to three digits.
  public let largest: Double
  /// Bound on the error of the eigenvalues: round-off for dense, the tolerance of Lanczos otherwise.
  public let accuracy: Double

  /// Up to here all eigenvalues are computed (tuned: 0.1 s at this order).
  public static let largestDenseOrder = 600

  /// - Parameters:
  ///   - loss: L_N.
  ///   - weights: where the Hessian is taken.
  ///   - resolution: absolute accuracy wanted of Lanczos; ignored for small networks.
  public init(of loss: NetworkLoss, at weights: [Double], resolution: Double) {
    let n = weights.count
    weights.withUnsafeBufferPointer { loss.linearize(at: $0.baseAddress!) }
    if n <= HessianSpectrum.largestDenseOrder {
      let decomposition = SymmetricEigendecomposition(HessianSpectrum.dense(loss, order: n))
      method = .dense
      lowest = decomposition.eigenvalues
      eigenvectors = decomposition.eigenvectors
      largest = lowest.last!
      accuracy = Double(n) * .ulpOfOne * max(lowest.last!.magnitude, lowest.first!.magnitude)
      return
    }
    method = .lanczos
    var generator = SeededGenerator(seed: 0)
    let start = (0..<n).map { _ in generator.normal() }
    let hessian = SymmetricOperator(order: n) { loss.hessianProduct($0, into: $1) }
    let top = ExtremeEigenpairs(of: hessian, at: .highest, count: 1, tolerance: 1e-3, start: start)
    let shift = max(top.eigenvalues.first ?? 0, resolution)
    // Lanczos converges relative to the eigenvalue it seeks, and the lowest may be zero: so the largest of shift − H is sought.
    let flipped = SymmetricOperator(order: n) { x, y in
      loss.hessianProduct(x, into: y)
      for i in 0..<n { y[i] = shift * x[i] - y[i] }
    }
    let tolerance = min(max(resolution / shift, 1e-12), 1e-3)
    let pairs = ExtremeEigenpairs(of: flipped, at: .highest, count: 2, tolerance: tolerance, start: start, restarts: 300)
    lowest = pairs.eigenvalues.map { shift - $0 }
    eigenvectors = pairs.eigenvectors
    largest = shift
    accuracy = pairs.metTolerance ? tolerance * shift : .infinity
  }

  private static func dense(_ loss: NetworkLoss, order n: Int) -> Matrix {
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
}
