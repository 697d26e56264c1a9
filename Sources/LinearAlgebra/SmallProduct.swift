/// The number of multiplications up to which a product is cheaper in a plain loop than in a call of BLAS.
///
/// Tuned: a call of OpenBLAS takes 70 ns before it multiplies anything; the two break even at about 5 × 5 × 5.
@usableFromInline let smallProductLimit = 125

/// C ← α op(A) op(B) + β C by inner products, for matrices so small that a call of BLAS would cost more.
///
/// Arguments as in ``gemm(_:_:_:_:_:_:_:_:_:_:_:_:_:)``; C is not read if β = 0.
///
/// Accuracy: each entry within k·eps·|α| Σ_p |a_ip b_pj| of the exact one, as in BLAS; the order of the sum differs.
@usableFromInline
func smallProduct(
  _ opA: Transposition, _ opB: Transposition, _ m: Int, _ n: Int, _ k: Int, _ alpha: Double,
  _ A: UnsafePointer<Double>, _ lda: Int, _ B: UnsafePointer<Double>, _ ldb: Int, _ beta: Double,
  _ C: UnsafeMutablePointer<Double>, _ ldc: Int
) {
  // Distances in memory: between rows of op(A) and along its rows; along the columns of op(B) and between them.
  let (rowStep, alongRow) = opA == .plain ? (1, lda) : (lda, 1)
  let (alongColumn, columnStep) = opB == .plain ? (1, ldb) : (ldb, 1)
  // Overflow of an index is impossible here, and its checks would cost as much as the multiplications.
  for j in 0..<n {
    let (b, c) = (B + j &* columnStep, C + j &* ldc)
    for i in 0..<m {
      var (x, y, sum) = (A + i &* rowStep, b, 0.0)
      for _ in 0..<k {
        sum += x.pointee * y.pointee
        x += alongRow
        y += alongColumn
      }
      c[i] = beta == 0 ? alpha * sum : alpha * sum + beta * c[i]
    }
  }
}
