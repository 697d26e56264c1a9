import LinearAlgebra
import LinearNetworks

/// The sharpness λ_max(∇²L_N) along a run: the largest eigenvalue alone, each time from the eigenvector of the last.
///
/// Gradient descent with step η is unstable where η λ_max > 2: a step along that eigenvector overshoots by more than it corrects.
///
/// Lanczos' method on Hessian products, with every vector kept orthogonal to all before it. The first vector is the last eigenvector with a tenth of a random one, so that a direction that has become the sharpest since is
/// not missed; what is found is an eigenvalue to within ``tolerance``, and as Lanczos' method finds the ends of a spectrum first, the largest but for starts that are orthogonal to it.
///
/// All weights of the network are meant, also those of spare hidden dimensions. These need no look: in the bases Q_j of a `Reduction` of LinearNetworks the second derivative (8) is a sum of one over the reduced
/// layers and one over what Δ_j has outside, in which ‖A X‖² is at most what the same Δ_j gives with a unit vector of Q_j in the place of the outer one, and −2⟨Y − W X, B X⟩ the same. So the largest eigenvalue is that of the
/// reduced network.
///
/// - Complexity: 10 to 20 Hessian products a value. A class, because it owns their buffers.
///
/// Source: equation (8); Cohen, Kaur, Li, Kolter, Talwalkar, "Gradient descent on neural networks typically occurs at the edge of stability", ICLR (2021).
public final class Sharpness {
  /// By how much a value may be wrong, relative to itself: the residual of its eigenvector.
  public static let tolerance = 1e-5
  /// Vectors that are kept before the method begins anew from the best of them (tuned).
  private static let basisSize = 40

  private let problem: Problem
  private let loss: NetworkLoss
  private var generator = SeededGenerator(seed: 2)
  /// The last eigenvector.
  private var vector: [Double] = []

  /// - Parameters:
  ///   - problem: what the network is trained on.
  ///   - widths: d_0, …, d_N.
  public init(of problem: Problem, widths: [Int]) {
    self.problem = problem
    // In the eigenvectors of X Xᵀ, which turn the first layer alone, products cost less.
    loss = NetworkLoss(problem: problem.diagonal, widths: widths)
  }

  /// λ_max(∇²L_N) at a network, in the coordinates of the problem.
  public static func value(of problem: Problem, at network: LinearNetwork) -> Double {
    let reduction = Reduction(of: problem, from: network)
    return Sharpness(of: reduction.problem, widths: reduction.widths).value(at: reduction.reduce(network))
  }

  /// λ_max(∇²L_N) at a network, in the coordinates of the problem.
  public func value(at network: LinearNetwork) -> Double {
    let θ = problem.inEigenbasis(network).parameters
    θ.withUnsafeBufferPointer { loss.linearize(at: $0.baseAddress!) }
    let n = θ.count
    var start = (0..<n).map { _ in generator.normal() }
    let length = norm(start)
    if vector.count == n {
      for i in 0..<n { start[i] = vector[i] + 0.1 * start[i] / length }
    }
    var best = 0.0
    for _ in 0..<50 {
      let (value, ritz, isFound) = krylov(from: start)
      best = value
      start = ritz
      if isFound { break }
    }
    vector = start
    return best
  }

  /// The largest Ritz value of the Krylov space of a vector, with its unit vector, and whether it is an eigenvalue.
  private func krylov(from start: [Double]) -> (value: Double, vector: [Double], isFound: Bool) {
    let n = start.count
    let m = min(n, Self.basisSize)
    var V = [Double](repeating: 0, count: n * (m + 1))
    var (α, β) = ([Double](), [Double]())
    let length = norm(start)
    for i in 0..<n { V[i] = start[i] / length }
    var product = [Double](repeating: 0, count: m + 1)
    for k in 0..<m {
      var (a, b) = (0.0, 0.0)
      V.withUnsafeMutableBufferPointer { V in
        let (v, w) = (V.baseAddress! + k * n, V.baseAddress! + (k + 1) * n)
        loss.hessianProduct(v, into: w)
        // Twice is enough for orthogonality to round-off (Parlett, The Symmetric Eigenvalue Problem, section 6.9).
        for pass in 0..<2 {
          product.withUnsafeMutableBufferPointer { c in
            gemm(.transposed, .plain, k + 1, 1, n, 1, V.baseAddress!, n, w, n, 0, c.baseAddress!, k + 1)
            gemm(.plain, .plain, n, 1, k + 1, -1, V.baseAddress!, n, c.baseAddress!, k + 1, 1, w, n)
            if pass == 0 { a = c[k] }
          }
        }
        b = norm2(w, n)
      }
      α.append(a)
      let scale = α.reduce(0) { max($0, $1.magnitude) } + (β.max() ?? 0)
      let isInvariant = k + 1 == n || b <= 1e-14 * scale || b == 0
      if isInvariant || k + 1 == m || k % 4 == 3 {
        let T = Matrix(k + 1, k + 1) { i, j in
          i == j ? α[i] : (i - j).magnitude == 1 ? β[min(i, j)] : 0
        }
        let eigen = SymmetricEigendecomposition(T)
        let (θ, s) = (eigen.eigenvalues[k], eigen.eigenvectors.column(k))
        let isFound = isInvariant || b * s[k].magnitude <= Self.tolerance * θ.magnitude
        if isFound || k + 1 == m {
          var ritz = [Double](repeating: 0, count: n)
          gemm(.plain, .plain, n, 1, k + 1, 1, V, n, s, k + 1, 0, &ritz, n)
          return (θ, ritz, isFound)
        }
      }
      β.append(b)
      for i in (k + 1) * n..<(k + 2) * n { V[i] /= b }
    }
    preconditionFailure("a Krylov space of at least one dimension has a largest Ritz value")
  }

  private func norm(_ x: [Double]) -> Double {
    x.withUnsafeBufferPointer { norm2($0.baseAddress!, $0.count) }
  }
}
