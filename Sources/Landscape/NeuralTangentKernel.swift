import LinearAlgebra
import LinearNetworks

/// The extreme eigenvalues of the neural tangent kernel K = J Jᵀ, J the derivative of the outputs W_N⋯W_1X with respect to all weights.
///
/// K maps a change R of the outputs to Σ_j (W_{>j}W_{>j}ᵀ) R (Xᵀ W_{<j}ᵀW_{<j} X); along gradient flow d(W X)/dt = −K(W X − Y). It vanishes on what does not lie in the row space of X, which is left
/// out: K acts on dy × rank X numbers, exactly, through the Gram matrices of the layers' products, however many samples there are. K and the Gauss–Newton part ‖A X‖² of the Hessian (8)
/// have the same positive eigenvalues.
///
/// Accuracy: n·eps·λ_max up to 1200 = n outputs times inputs, by Lanczos beyond, with ``accuracy`` beside it.
///
/// Source: Jacot, Gabriel, Hongler, "Neural tangent kernel", NeurIPS (2018); Eftekhari (2020), equation (8).
public struct NeuralTangentKernel: Sendable {
  /// λ_min, over the row space of X.
  public let smallest: Double
  /// λ_max.
  public let largest: Double
  /// No eigenvalue is below ``smallest`` by more: round-off, or what a second run of Lanczos from a random vector leaves open (false with a probability of at most 10⁻⁶).
  public let accuracy: Double

  /// Relative accuracy of Lanczos (tuned).
  static let lanczosTolerance = 1e-6

  /// The kernel of a network on a problem.
  public init(of problem: Problem, at network: LinearNetwork) {
    let loss = problem.spectralLoss
    let excited = loss.excitedInputs
    let terms = NeuralTangentKernel.terms(loss, problem.inEigenbasis(network), excited)
    let (p, q) = (loss.outputs, excited.count)
    let n = p * q
    guard n > 0 else {
      (smallest, largest, accuracy) = (0, 0, 0)
      return
    }
    if n <= HessianSpectrum.largestDenseOrderOfVerdict {
      var K = Matrix(zeros: n, n)
      // K = Σ_j B_j ⊗ A_j on vec R, R of p × q.
      for (A, B) in terms {
        for l in 0..<q {
          for j in 0..<q {
            let b = B[j, l]
            for k in 0..<p { for i in 0..<p { K[i + j * p, k + l * p] += A[i, k] * b } }
          }
        }
      }
      let λ = SymmetricEigendecomposition(K).eigenvalues
      (smallest, largest) = (max(λ.first!, 0), λ.last!)
      accuracy = min(Double(n) * .ulpOfOne * λ.last!, smallest)
      return
    }
    func apply(_ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
      let R = Matrix(rows: p, columns: q, storage: Array(UnsafeBufferPointer(start: x, count: n)))
      let image = terms.reduce(Matrix(zeros: p, q)) { $0 + $1.A * R * $1.B }
      for i in 0..<n { y[i] = image.storage[i] }
    }
    var generator = SeededGenerator(seed: 0)
    let start = (0..<n).map { _ in generator.normal() }
    let tolerance = NeuralTangentKernel.lanczosTolerance
    let top =
      ExtremeEigenpairs(
        of: SymmetricOperator(order: n, apply: apply), at: .highest, count: 1, tolerance: tolerance,
        start: start
      ).eigenvalues.first ?? 0
    let flipped = SymmetricOperator(order: n) { x, y in
      apply(x, y)
      for i in 0..<n { y[i] = top * x[i] - y[i] }
    }
    let low =
      ExtremeEigenpairs(
        of: flipped, at: .highest, count: 1, tolerance: tolerance, start: start, restarts: 100
      ).eigenvalues.first ?? top
    let random = RandomStartBounds(
      of: SymmetricOperator(order: n, apply: apply), steps: HessianSpectrum.randomSteps,
      failureProbability: HessianSpectrum.failureProbability, using: &generator)
    // K has no negative eigenvalues.
    smallest = max(min(top - low, random.smallestRitzValue), 0)
    largest = max(top, random.largestRitzValue)
    accuracy = max(smallest - max(random.lower, 0), 0)
  }

  /// A_j = W_{>j}W_{>j}ᵀ and B_j = diag(ξ) W_{<j}ᵀW_{<j} diag(ξ) on the excited inputs.
  static func terms(
    _ loss: QuadraticLoss, _ network: LinearNetwork, _ excited: [Int]
  ) -> [(A: Matrix, B: Matrix)] {
    let W = network.layers
    let N = W.count
    let ξ = excited.map { loss.inputScales[$0] }
    // W_{>j} for j = N, …, 1.
    var above = [Matrix.identity(loss.outputs)]
    for j in stride(from: N - 1, through: 1, by: -1) { above.append(above.last! * W[j]) }
    var below = Matrix.diagonal(ξ)
    return (1...N).map { j in
      if j == 2 {
        below = W[0].columns(excited).scalingColumns(by: ξ)
      } else if j > 2 {
        below = W[j - 2] * below
      }
      let U = above[N - j]
      return (
        Matrix.product(U, .plain, U, .transposed), Matrix.product(below, .transposed, below, .plain)
      )
    }
  }
}
