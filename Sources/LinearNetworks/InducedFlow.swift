import Foundation
import Integration
import LinearAlgebra

/// The flow of the end-to-end matrix of a balanced network, dW/dt = −A_W(∇L_1(W)).
///
/// A_W(Δ) = Σ_{j=1}^N (WWᵀ)^{(N−j)/N} Δ (WᵀW)^{(j−1)/N}. In the singular value decomposition W = U diag(σ) Vᵀ it multiplies entry (a, b) of
/// UᵀΔV by K_ab = Σ_j σ_a^{2(N−j)/N} σ_b^{2(j−1)/N}.
///
/// Only explicit methods should step this field, and only where W has full rank or `rank` is given: round-off leaves the manifold of
/// matrices of the starting rank, where A_W is not Lipschitz for N ≥ 3. The field therefore takes σ = 0 beyond `rank`, which the exact flow
/// conserves (Lemma 3.3). Accurate runs use ``GradientFlow``, whose solution is the same.
///
/// Complexity: one singular value decomposition of W an evaluation, O(dx·dy·ρ) for rank ρ.
///
/// Source: Eftekhari (2020), equations (16) and (17).
public final class InducedFlow: VectorField {
  /// What is trained on: its loss is L_1.
  public let problem: Problem
  /// N.
  public let depth: Int
  /// The conserved rank of W, beyond which σ is taken as zero.
  public let rank: Int

  /// The flow of W for N = `depth` balanced layers, started at rank `rank`.
  public init(problem: Problem, depth: Int, rank: Int) {
    precondition(depth >= 1, "the depth is at least 1, not \(depth)")
    (self.problem, self.depth, self.rank) = (problem, depth, rank)
  }

  public var dimension: Int { problem.outputs * problem.inputs }

  public func evaluate(_ y: UnsafePointer<Double>, into derivative: UnsafeMutablePointer<Double>) {
    let W = Matrix(
      rows: problem.outputs, columns: problem.inputs,
      storage: Array(UnsafeBufferPointer(start: y, count: dimension)))
    let velocity = velocity(at: W)
    for i in 0..<dimension { derivative[i] = -velocity.storage[i] }
  }

  /// A_W(∇L_1(W)).
  public func velocity(at W: Matrix) -> Matrix {
    guard W.isFinite else { return W }
    return InducedFlow.preconditioned(problem.gradient(W), at: W, depth: depth, rank: rank)
  }

  /// ‖∇L_N‖, all balanced layers together, from W alone: ‖∇L_N‖² = ⟨∇L_1, A_W(∇L_1)⟩.
  ///
  /// It is −dL/dt, and ∇_{W_j}L_N = W_{>j}ᵀ ∇L_1 W_{<j}ᵀ with W_{>j}W_{>j}ᵀ = (WWᵀ)^{(N−j)/N}, W_{<j}ᵀW_{<j} = (WᵀW)^{(j−1)/N}.
  public func gradientNorm(at W: Matrix) -> Double {
    depth == 1
      ? problem.gradient(W).frobeniusNorm : gradientNorm(at: W.singularValueDecomposition(ofRank: rank))
  }

  /// ‖∇L_N‖ of balanced layers from the singular value decomposition of W, N ≥ 2, in O((dx + dy)k²) beside two products with Y Xᵀ.
  ///
  /// ‖∇_{W_j}L_N‖ = ‖S^{(N−j)/N} Uᵀ ∇L_1 V S^{(j−1)/N}‖, without U at the last layer and without V at the first.
  package func gradientNorm(at svd: SingularValueDecomposition) -> Double {
    let N = Double(depth)
    let (U, σ, V) = (
      svd.U, svd.singularValues,
      problem.eigenvectors == nil ? svd.V : problem.inEigenbasis(svd.V.transpose).transpose
    )
    let loss = problem.spectralLoss
    let squares = loss.inputScales.map { $0 * $0 }
    let ΛV = V.scalingRows(by: squares)
    let ξV = V.scalingRows(by: loss.inputScales)
    let GV = U * Matrix.product(V, .transposed, ΛV, .plain).scalingRows(by: σ) - loss.labels(times: ξV)
    let UG =
      ΛV.transpose.scalingRows(by: σ)
      - loss.transposedLabels(times: U).transpose.scalingColumns(by: loss.inputScales)
    func powers(_ j: Double) -> [Double] { σ.map { pow($0, j / N) } }
    var norm = hypot(
      GV.scalingColumns(by: powers(N - 1)).frobeniusNorm, UG.scalingRows(by: powers(N - 1)).frobeniusNorm)
    if depth > 2 {
      let UGV = UG * V
      for j in 2..<depth {
        let inner = UGV.scalingRows(by: powers(N - Double(j))).scalingColumns(by: powers(Double(j) - 1))
        norm = hypot(norm, inner.frobeniusNorm)
      }
    }
    return norm
  }

  /// A_W(Δ), equation (16).
  public static func preconditioned(_ Δ: Matrix, at W: Matrix, depth N: Int, rank: Int) -> Matrix {
    if N == 1 { return Δ }
    let svd = W.singularValueDecomposition(ofRank: rank)
    let (U, σ, V) = (svd.U, svd.singularValues, svd.V)
    let ρ = σ.count
    // κ_a = K_a0: against a zero singular value only the end term of the sum is left.
    let κ = σ.map { pow($0, 2 * Double(N - 1) / Double(N)) }
    let UΔ = Matrix.product(U, .transposed, Δ, .plain)
    let ΔV = Δ * V
    let UΔV = UΔ * V
    // With P = U Uᵀ and Q = V Vᵀ: U(K∘UᵀΔV)Vᵀ + U κ UᵀΔ(I − Q) + (I − P)ΔV κ Vᵀ, collected by factors.
    let core = Matrix(ρ, ρ) { a, b in (kernel(σ[a], σ[b], N) - κ[a] - κ[b]) * UΔV[a, b] }
    return U * (Matrix.product(core, .plain, V, .transposed) + UΔ.scalingRows(by: κ))
      + Matrix.product(ΔV.scalingColumns(by: κ), .plain, V, .transposed)
  }

  /// K_ab = Σ_{j=1}^N σ_a^{2(N−j)/N} σ_b^{2(j−1)/N}.
  static func kernel(_ a: Double, _ b: Double, _ N: Int) -> Double {
    let (α, β) = (pow(a, 2 / Double(N)), pow(b, 2 / Double(N)))
    // Horner's rule on the homogeneous polynomial of degree N − 1: no division, so equal and zero σ need no special case.
    var sum = 0.0
    var power = 1.0
    for _ in 1...N {
      sum = sum * α + power
      power *= β
    }
    return sum
  }
}
