/// The polynomial with given values and derivatives at a few times, as weights of these: y(t) = Σ_k a_k y_k + b_k y′_k.
///
/// With ℓ_k the Lagrange polynomials of the times, a_k = (1 − 2(t − t_k) ℓ_k′(t_k)) ℓ_k(t)² and b_k = (t − t_k) ℓ_k(t)². The weights are the same for every entry of y, so that a
/// state costs one pass over the nodes.
///
/// Accuracy: of order 2K for K nodes; within a step h between two of them the error is Π_k (t − t_k)²·y⁽²ᴷ⁾/(2K)! with some derivative nearby. Round-off is some eps·Σ(|a_k y_k| + |b_k y′_k|), which grows where nodes lie
/// nearer to each other than a quarter of that step.
struct HermiteInterpolation {
  /// a_k and b_k.
  let values, derivatives: [Double]

  /// - Parameters:
  ///   - t: where.
  ///   - times: t_k, all different.
  init(at t: Double, through times: [Double]) {
    let squares = times.map { node in
      let ℓ = times.reduce(1) { $1 == node ? $0 : $0 * ((t - $1) / (node - $1)) }
      return ℓ * ℓ
    }
    values = zip(times, squares).map { node, square in
      (1 - 2 * times.reduce(0) { $1 == node ? $0 : $0 + (t - node) / (node - $1) }) * square
    }
    derivatives = zip(times, squares).map { (t - $0) * $1 }
  }

  /// y ← y + sign·(a_k y_k + b_k y′_k).
  ///
  /// - Parameters:
  ///   - k: the node.
  ///   - numbers: y_k and y′_k, one after the other.
  ///   - sign: a factor.
  ///   - y: is added to.
  ///   - count: its entries.
  func add(
    _ k: Int, _ numbers: UnsafePointer<Double>, times sign: Double = 1, to y: UnsafeMutablePointer<Double>,
    count: Int
  ) {
    let (a, b) = (sign * values[k], sign * derivatives[k])
    let derivative = numbers + count
    for i in 0..<count { y[i] += a * numbers[i] + b * derivative[i] }
  }
}
