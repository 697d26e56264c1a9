/// The minimiser of ‖A x − b‖² + μ²‖x‖² for a symmetric operator, by products alone.
///
/// For μ = 0 it is the solution of least norm. In exact arithmetic the iterates are those of conjugate gradients on (A² + μ²) x = A b, but without squaring
/// the condition number of A.
///
/// Accuracy: stops when the normal equations hold to `tolerance`: ‖Aᵀr − μ²x‖ ≤ tolerance·‖Ā‖·‖r̄‖ in LSQR's estimates, or after `iterations`.
///
/// Complexity: two applications of A and six vector operations an iteration.
///
/// Source: Paige, Saunders, "LSQR: an algorithm for sparse linear equations and sparse least squares", ACM TOMS (1982).
public struct DampedLeastSquares: Sendable {
  /// x.
  public let solution: [Double]
  /// Whether the tolerance was met.
  public let metTolerance: Bool
  /// Iterations taken.
  public let iterations: Int

  /// Solves for one right-hand side.
  ///
  /// - Parameters:
  ///   - A: a symmetric operator of order n.
  ///   - b: n numbers.
  ///   - μ: the damping, not negative.
  ///   - tolerance: relative, of the normal equations.
  ///   - limit: the most iterations.
  public init(
    of A: SymmetricOperator, b: [Double], damping μ: Double, tolerance: Double, iterations limit: Int
  ) {
    precondition(b.count == A.order, "\(b.count) numbers for an operator of order \(A.order)")
    precondition(μ >= 0, "a damping is not negative: \(μ)")
    let n = A.order
    var x = [Double](repeating: 0, count: n)
    var (u, v, image) = (b, x, x)
    func norm(_ a: [Double]) -> Double { a.withUnsafeBufferPointer { norm2($0.baseAddress!, n) } }
    func scale(_ a: inout [Double], _ factor: Double) { for i in 0..<n { a[i] *= factor } }
    func apply(_ a: [Double]) {
      a.withUnsafeBufferPointer { p in
        image.withUnsafeMutableBufferPointer { A.apply(p.baseAddress!, $0.baseAddress!) }
      }
    }
    var beta = norm(u)
    guard beta > 0 else {
      (solution, metTolerance, iterations) = (x, true, 0)
      return
    }
    scale(&u, 1 / beta)
    apply(u)
    v = image
    var alpha = norm(v)
    guard alpha > 0 else {
      // b is orthogonal to the range.
      (solution, metTolerance, iterations) = (x, true, 0)
      return
    }
    scale(&v, 1 / alpha)
    var w = v
    var (phiBar, rhoBar) = (beta, alpha)
    var squares = alpha * alpha
    var damped = 0.0
    var count = 0
    var met = false
    while count < limit, !met {
      count += 1
      apply(v)
      for i in 0..<n { u[i] = image[i] - alpha * u[i] }
      beta = norm(u)
      if beta > 0 {
        scale(&u, 1 / beta)
        apply(u)
        for i in 0..<n { v[i] = image[i] - beta * v[i] }
        alpha = norm(v)
        if alpha > 0 { scale(&v, 1 / alpha) }
      } else {
        alpha = 0
      }
      squares += alpha * alpha + beta * beta + μ * μ
      // The damping is rotated away first, then β.
      let rhoDamped = (rhoBar * rhoBar + μ * μ).squareRoot()
      let sine = μ / rhoDamped
      damped += sine * phiBar * sine * phiBar
      phiBar *= rhoBar / rhoDamped
      let rho = (rhoDamped * rhoDamped + beta * beta).squareRoot()
      let (c, s) = (rhoDamped / rho, beta / rho)
      let theta = s * alpha
      rhoBar = -c * alpha
      let phi = c * phiBar
      phiBar *= s
      for i in 0..<n {
        x[i] += phi / rho * w[i]
        w[i] = v[i] - theta / rho * w[i]
      }
      let residual = (phiBar * phiBar + damped).squareRoot()
      let normal = alpha * (s * phi).magnitude
      met = alpha == 0 || normal <= tolerance * squares.squareRoot() * residual
    }
    (solution, metTolerance, iterations) = (x, met, count)
  }
}
