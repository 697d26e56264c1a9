import Foundation
import LinearAlgebra
import LinearNetworks

/// The theory's formulas written down as they are printed, without the library's rearrangements.
public enum Naive {
  /// ∇_{W_j} L_N = W_{>j}ᵀ G W_{<j}ᵀ for G = ∇L_1(W_N ⋯ W_1), j = 1, …, N.
  public static func gradient(_ layers: [Matrix], _ gradient: (Matrix) -> Matrix) -> [Matrix] {
    func product(_ factors: ArraySlice<Matrix>, _ order: Int) -> Matrix {
      factors.reduce(.identity(order)) { $1 * $0 }
    }
    let (dx, N) = (layers[0].columns, layers.count)
    let G = gradient(product(layers[...], dx))
    return (0..<N).map { j in
      let below = product(layers[..<j], dx)
      let above = product(layers[(j + 1)...], layers[j].rows)
      return above.transpose * G * below.transpose
    }
  }

  /// Aᵖ of a symmetric positive semidefinite matrix; A⁰ = I. Eigenvalues that are round-off count as zero.
  public static func power(_ A: Matrix, _ p: Double) -> Matrix {
    if p == 0 { return .identity(A.rows) }
    let eigen = SymmetricEigendecomposition(A)
    let zero = Double(A.rows) * .ulpOfOne * (eigen.eigenvalues.last ?? 0)
    let powers = eigen.eigenvalues.map { $0 > zero ? pow($0, p) : 0 }
    return Matrix.product(
      eigen.eigenvectors.scalingColumns(by: powers), .plain, eigen.eigenvectors, .transposed)
  }

  /// A_W(Δ) = Σ_{j=1}^N (WWᵀ)^{(N−j)/N} Δ (WᵀW)^{(j−1)/N}, equation (16).
  public static func preconditioned(_ Δ: Matrix, at W: Matrix, depth N: Int) -> Matrix {
    let (left, right) = (W * W.transpose, W.transpose * W)
    return (1...N).reduce(Matrix(zeros: W.rows, W.columns)) { sum, j in
      sum + power(left, Double(N - j) / Double(N)) * Δ * power(right, Double(j - 1) / Double(N))
    }
  }
}
