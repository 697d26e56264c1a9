import Landscape
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

@Suite struct NeuralTangentKernelTests {
  /// J: the derivative of vec(W X) by all weights, one weight a column, by the product rule.
  private func jacobian(_ example: NetworkCase) -> Matrix {
    let n = example.network.parameterCount
    let (dy, dx) = (example.problem.outputs, example.problem.inputs)
    var J = Matrix(zeros: dy * dx, n)
    for i in 0..<n {
      var e = [Double](repeating: 0, count: n)
      e[i] = 1
      let Δ = LinearNetwork(widths: example.network.widths, parameters: e)
      var (constant, A) = (example.network.layers[0], Δ.layers[0])
      for (W, D) in zip(example.network.layers, Δ.layers).dropFirst() {
        (constant, A) = (W * constant, W * A + D * constant)
      }
      let image = A * example.inputs
      for k in 0..<dy * dx { J[k, i] = image.storage[k] }
    }
    return J
  }

  @Test(arguments: NetworkCase.zoo) func `the extreme eigenvalues are those of J Jᵀ`(_ example: NetworkCase) {
    let J = jacobian(example)
    let λ = SymmetricEigendecomposition(Matrix.product(J, .plain, J, .transposed)).eigenvalues
    let kernel = NeuralTangentKernel(of: example.problem, at: example.network)
    #expect((kernel.largest - λ.last!).magnitude <= 1e-12 * λ.last!)
    #expect((kernel.smallest - max(λ.first!, 0)).magnitude <= 1e-12 * λ.last!)
  }

  @Test func `beyond the dense limit Lanczos finds the largest to a millionth`() {
    let example = NetworkCase.random(widths: [40, 5, 20], seed: 31)
    let J = jacobian(example)
    // The positive eigenvalues of JᵀJ are those of JJᵀ.
    let λ = J.spectralNorm
    let kernel = NeuralTangentKernel(of: example.problem, at: example.network)
    #expect((kernel.largest - λ * λ).magnitude <= 1e-6 * λ * λ)
    #expect(kernel.smallest >= 0 && kernel.smallest <= 1e-4 * λ * λ)
  }

  @Test func `at a minimiser that fits the labels the kernel's largest eigenvalue is the sharpness`() throws {
    // There the Hessian is its Gauss–Newton part.
    var generator = SeededGenerator(seed: 32)
    let X = Matrix.randomOrthonormal(3, 3, using: &generator).scalingColumns(by: [2, 1, 0.5])
    let problem = Problem(inputs: X, outputs: .diagonal([3, 2], rows: 2, columns: 3))
    let W = GlobalMinimum(of: problem, rank: 2).minimiser
    let network = try LinearNetwork.balanced(factoring: W, widths: [3, 2, 4, 2])
    let sharpness = NetworkHessian(of: problem, at: network, resolution: 0).largest
    let kernel = NeuralTangentKernel(of: problem, at: network)
    #expect((kernel.largest - sharpness).magnitude <= 1e-12 * sharpness)
  }
}
