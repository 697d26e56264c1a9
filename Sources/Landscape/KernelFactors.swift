import LinearAlgebra
import LinearNetworks

/// The neural tangent kernel K = Σ_j B_j ⊗ A_j by its factors, from which inner products of kernels follow without the kernels: ⟨B ⊗ A, B′ ⊗ A′⟩ = ⟨A, A′⟩⟨B, B′⟩.
///
/// A_j = W_{>j}W_{>j}ᵀ, B_j = XᵀW_{<j}ᵀW_{<j}X in an orthonormal basis of the row space of X, as in ``NeuralTangentKernel``.
///
/// Complexity: O(N²(dy² + rank(X)²)) for an inner product.
public struct KernelFactors: Sendable {
  private let terms: [(A: Matrix, B: Matrix)]
  /// ‖K‖_F.
  public private(set) var norm = 0.0

  /// The kernel of a network on a problem.
  public init(of problem: Problem, at network: LinearNetwork) {
    let loss = problem.spectralLoss
    terms = NeuralTangentKernel.terms(loss, problem.inEigenbasis(network), loss.excitedInputs)
    norm = inner(self).squareRoot()
  }

  /// ⟨K, K′⟩.
  public func inner(_ other: KernelFactors) -> Double {
    terms.reduce(0) { sum, term in
      other.terms.reduce(sum) { $0 + Matrix.inner(term.A, $1.A) * Matrix.inner(term.B, $1.B) }
    }
  }

  /// 1 − ⟨K, K′⟩/(‖K‖ ‖K′‖), between 0 and 1; NaN where a kernel is zero.
  ///
  /// Accuracy: some units of round-off, absolutely.
  public func distance(to other: KernelFactors) -> Double {
    guard norm > 0, other.norm > 0 else { return .nan }
    return max(0, 1 - inner(other) / norm / other.norm)
  }
}
