import Foundation
import LinearAlgebra

/// Random data sets with known properties; equal seeds give equal data.
public enum SyntheticData {
  /// Samples as columns.
  public struct Samples: Sendable {
    /// X, dx × m.
    public let inputs: Matrix
    /// Y, dy × m.
    public let outputs: Matrix
  }

  /// Whitened random inputs, X Xᵀ/m = I to round-off, and independent Gaussian outputs: the data of the paper's Figure 1.
  ///
  /// - Parameters: m ≥ dx samples.
  public static func whitened(samples m: Int, inputs dx: Int, outputs dy: Int, seed: UInt64) -> Samples {
    var generator = SeededGenerator(seed: seed)
    let X = Double(m).squareRoot() * Matrix.randomOrthonormal(m, dx, using: &generator).transpose
    return Samples(inputs: X, outputs: .gaussian(dy, m, using: &generator))
  }

  /// Z = U diag(σ) Vᵀ with the given singular values and random singular vectors, so that γ_Z = σ_2/σ_1 is chosen.
  public static func target(singularValues σ: [Double], inputs dx: Int, outputs dy: Int, seed: UInt64)
    -> Matrix
  {
    precondition(σ.count <= min(dx, dy), "\(σ.count) singular values in \(dy)×\(dx)")
    var generator = SeededGenerator(seed: seed)
    let U = Matrix.randomOrthonormal(dy, σ.count, using: &generator)
    let V = Matrix.randomOrthonormal(dx, σ.count, using: &generator)
    return Matrix.product(U.scalingColumns(by: σ), .plain, V, .transposed)
  }

  /// Centred whitened inputs and outputs Y = Z X with the target of ``target(singularValues:inputs:outputs:seed:)``, so that Y Xᵀ/m = Z, and centring and whitening change nothing.
  ///
  /// - Parameters: m > dx samples.
  public static func spectrum(
    singularValues σ: [Double], samples m: Int, inputs dx: Int, outputs dy: Int, seed: UInt64
  ) -> Samples {
    precondition(m > dx, "\(m) centred samples span fewer than \(dx) dimensions")
    var generator = SeededGenerator(seed: seed)
    // Orthonormal columns beside the constant one are centred.
    let constant = Matrix(m, 1) { _, _ in 1 / Double(m).squareRoot() }
    let columns = constant.appendingColumns(.gaussian(m, dx, using: &generator)).orthonormalFactor
    let X = Double(m).squareRoot() * columns.columns(1..<dx + 1).transpose
    return Samples(
      inputs: X, outputs: target(singularValues: σ, inputs: dx, outputs: dy, seed: seed &+ 1) * X)
  }

  /// The spiked covariance model: inputs N(0, I + Σ_i θ_i v_i v_iᵀ) with random orthonormal v_i; the outputs are the inputs (an autoencoder's data, PCA).
  ///
  /// Source: Johnstone, "On the distribution of the largest eigenvalue in principal components analysis", Ann. Statist. 29 (2001).
  public static func spiked(spikes θ: [Double], samples m: Int, inputs dx: Int, seed: UInt64) -> Samples {
    precondition(θ.count <= dx, "\(θ.count) spikes in \(dx) dimensions")
    var generator = SeededGenerator(seed: seed)
    let V = Matrix.randomOrthonormal(dx, θ.count, using: &generator)
    let isotropic = Matrix.gaussian(dx, m, using: &generator)
    // x = g + V (√(1+θ) − 1) Vᵀ g has covariance I + V θ Vᵀ.
    let gain = θ.map { (1 + $0).squareRoot() - 1 }
    let X = isotropic + V * Matrix.product(V, .transposed, isotropic, .plain).scalingRows(by: gain)
    return Samples(inputs: X, outputs: X)
  }

  /// Gaussian inputs and labels of a random linear teacher of rank `rank`, y = W* x + noise·ε, with W* of Frobenius norm 1.
  public static func teacher(
    rank: Int, noise: Double, samples m: Int, inputs dx: Int, outputs dy: Int, seed: UInt64
  ) -> (samples: Samples, teacher: Matrix) {
    var generator = SeededGenerator(seed: seed)
    let P = Matrix.gaussian(dy, rank, using: &generator)
    let Q = Matrix.gaussian(rank, dx, using: &generator)
    let W = (1 / (P * Q).frobeniusNorm) * (P * Q)
    let X = Matrix.gaussian(dx, m, using: &generator)
    return (Samples(inputs: X, outputs: W * X + noise * Matrix.gaussian(dy, m, using: &generator)), W)
  }
}
