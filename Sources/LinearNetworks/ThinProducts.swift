import Integration
import LinearAlgebra

/// What a ``NetworkLoss`` takes of G = (W X − Y) Xᵀ, without G or W, where X Xᵀ = diag(ξ²) and the labels M are diagonal and the first layer is narrow.
///
/// With S = W_1 diag(ξ²), K = S W_1ᵀ and C = B_NᵀB_N, B_N = W_N ⋯ W_2:
///
///     G W_1ᵀ = B_N K − M diag(ξ) W_1ᵀ,
///     B_Nᵀ G = C S − B_Nᵀ M diag(ξ).
///
/// Accuracy: some eps·‖B_N‖‖W_1 X‖² and eps·‖B_N‖²‖W_1 X Xᵀ‖, what rounding of W and of G makes.
///
/// Complexity: O((dx + dy) d_1²).
final class ThinProducts {
  private let dx, d1, dy: Int
  /// ξ², and the diagonal of M diag(ξ).
  private let squares, labels: [Double]
  /// S and its derivative, d_1 × dx.
  private let S, dS: UnsafeMutablePointer<Double>
  /// K, C and their derivatives, d_1 × d_1.
  private let K, dK, C, dC: UnsafeMutablePointer<Double>

  /// Nil where W costs less: labels that are not diagonal, or half as many hidden dimensions as inputs or outputs.
  init?(_ problem: Problem, _ widths: [Int]) {
    guard problem.eigenvectors == nil, let diagonal = problem.spectralLoss.diagonalLabels,
      2 * widths[1] < min(widths[0], widths.last!)
    else { return nil }
    (dx, d1, dy) = (widths[0], widths[1], widths.last!)
    squares = problem.inputScales.map { $0 * $0 }
    labels = zip(diagonal, problem.inputScales).map(*)
    (S, dS) = (zeroedBuffer(d1 * dx), zeroedBuffer(d1 * dx))
    (K, dK, C, dC) = (
      zeroedBuffer(d1 * d1), zeroedBuffer(d1 * d1), zeroedBuffer(d1 * d1), zeroedBuffer(d1 * d1)
    )
  }

  deinit { for p in [S, dS, K, dK, C, dC] { p.deallocate() } }

  /// G W_1ᵀ at W_1 and B_N, at which everything else is then taken.
  func outer(_ W1: UnsafePointer<Double>, _ B: UnsafePointer<Double>, into D: UnsafeMutablePointer<Double>) {
    scale(W1, into: S)
    gemm(.plain, .transposed, d1, d1, dx, 1, S, d1, W1, d1, 0, K, d1)
    gemm(.transposed, .plain, d1, d1, dy, 1, B, dy, B, dy, 0, C, d1)
    gemm(.plain, .plain, dy, d1, d1, 1, B, dy, K, d1, 0, D, dy)
    subtractLabels(times: W1, from: D)
  }

  /// B_Nᵀ G.
  func inner(_ B: UnsafePointer<Double>, into g: UnsafeMutablePointer<Double>) {
    gemm(.plain, .plain, d1, dx, d1, 1, C, d1, S, d1, 0, g, d1)
    subtractLabels(transposedTimes: B, from: g)
  }

  /// The derivative of G W_1ᵀ along Δ_1 and Ḃ_N.
  func outerDerivative(
    _ W1: UnsafePointer<Double>, _ B: UnsafePointer<Double>, _ Δ: UnsafePointer<Double>,
    _ dB: UnsafePointer<Double>, into dD: UnsafeMutablePointer<Double>
  ) {
    scale(Δ, into: dS)
    gemm(.plain, .transposed, d1, d1, dx, 1, dS, d1, W1, d1, 0, dK, d1)
    addTranspose(dK)
    gemm(.transposed, .plain, d1, d1, dy, 1, dB, dy, B, dy, 0, dC, d1)
    addTranspose(dC)
    gemm(.plain, .plain, dy, d1, d1, 1, dB, dy, K, d1, 0, dD, dy)
    gemm(.plain, .plain, dy, d1, d1, 1, B, dy, dK, d1, 1, dD, dy)
    subtractLabels(times: Δ, from: dD)
  }

  /// The derivative of B_Nᵀ G, after ``outerDerivative(_:_:_:_:into:)``.
  func innerDerivative(_ dB: UnsafePointer<Double>, into product: UnsafeMutablePointer<Double>) {
    gemm(.plain, .plain, d1, dx, d1, 1, dC, d1, S, d1, 0, product, d1)
    gemm(.plain, .plain, d1, dx, d1, 1, C, d1, dS, d1, 1, product, d1)
    subtractLabels(transposedTimes: dB, from: product)
  }

  /// A diag(ξ²) for A: d_1 × dx.
  private func scale(_ A: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    for i in 0..<dx {
      let square = squares[i]
      for k in i &* d1..<(i &+ 1) &* d1 { result[k] = A[k] * square }
    }
  }

  /// D − M diag(ξ) Aᵀ for A: d_1 × dx.
  private func subtractLabels(times A: UnsafePointer<Double>, from D: UnsafeMutablePointer<Double>) {
    labels.withUnsafeBufferPointer { m in
      for k in 0..<d1 {
        for i in m.indices { D[i &+ k &* dy] -= m[i] * A[k &+ i &* d1] }
      }
    }
  }

  /// g − Aᵀ M diag(ξ) for A: dy × d_1.
  private func subtractLabels(transposedTimes A: UnsafePointer<Double>, from g: UnsafeMutablePointer<Double>)
  {
    labels.withUnsafeBufferPointer { m in
      for k in 0..<d1 {
        for i in m.indices { g[k &+ i &* d1] -= m[i] * A[i &+ k &* dy] }
      }
    }
  }

  /// A + Aᵀ for A: d_1 × d_1.
  private func addTranspose(_ A: UnsafeMutablePointer<Double>) {
    for j in 0..<d1 {
      for i in 0...j {
        let sum = A[i &+ j &* d1] + A[j &+ i &* d1]
        (A[i &+ j &* d1], A[j &+ i &* d1]) = (sum, sum)
      }
    }
  }
}
