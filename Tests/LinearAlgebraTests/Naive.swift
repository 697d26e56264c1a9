import LinearAlgebra

/// Σ_k A_ik B_kj by three loops.
func naiveProduct(_ A: Matrix, _ B: Matrix) -> Matrix {
  Matrix(A.rows, B.columns) { i, j in (0..<A.columns).reduce(0) { $0 + A[i, $1] * B[$1, j] } }
}

/// ‖QᵀQ − I‖_F, zero for orthonormal columns.
func orthogonalityDefect(_ Q: Matrix) -> Double {
  (Matrix.product(Q, .transposed, Q, .plain) - .identity(Q.columns)).frobeniusNorm
}

/// c·eps·max(m, n)·√min(m, n): what a backward stable factorization of an m × n matrix may lose relative to its
/// norm, with c = 4 for the sum of a few such steps.
func backwardTolerance(_ m: Int, _ n: Int) -> Double {
  4 * .ulpOfOne * Double(max(m, n)) * Double(min(m, n)).squareRoot()
}

/// A = U diag(σ) Vᵀ with random orthonormal factors.
func matrix(singularValues sigma: [Double], rows: Int, columns: Int, using generator: inout SeededGenerator)
  -> Matrix
{
  let U = Matrix.randomOrthonormal(rows, sigma.count, using: &generator)
  let V = Matrix.randomOrthonormal(columns, sigma.count, using: &generator)
  return Matrix.product(U.scalingColumns(by: sigma), .plain, V, .transposed)
}
