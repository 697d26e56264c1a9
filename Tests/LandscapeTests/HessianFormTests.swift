import Landscape
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

@Suite struct HessianFormTests {
  private static let small = NetworkCase.zoo.filter { $0.network.parameterCount <= 60 }

  /// H_ij = ¼ (∇²L[e_i + e_j] − ∇²L[e_i − e_j]) from the printed formula (8), without differences of gradients.
  private func dense(_ example: NetworkCase) -> Matrix {
    let n = example.network.parameterCount
    let loss = NetworkLoss(problem: example.problem, widths: example.network.widths)
    func form(_ i: Int, _ j: Int, _ sign: Double) -> Double {
      var Δ = [Double](repeating: 0, count: n)
      Δ[i] += 1
      Δ[j] += sign
      return loss.hessianForm(
        at: example.network, along: LinearNetwork(widths: example.network.widths, parameters: Δ))
    }
    return Matrix(n, n) { i, j in 0.25 * (form(i, j, 1) - form(i, j, -1)) }
  }

  @Test(arguments: small) func `Hessian products are those of the matrix of formula (8), to 1e-12`(
    _ example: NetworkCase
  ) {
    let H = dense(example)
    let loss = NetworkLoss(problem: example.problem, widths: example.network.widths)
    for seed in 200..<205 {
      let Δ = example.direction(seed: UInt64(seed)).parameters
      let product = loss.hessianProduct(at: example.network.parameters, Δ)
      let expected = H * .column(Δ)
      #expect((expected - .column(product)).frobeniusNorm <= 1e-12 * max(H.frobeniusNorm, 1))
    }
    let spectrum = HessianSpectrum(of: loss, at: example.network.parameters, resolution: 0)
    let λ = SymmetricEigendecomposition(H).eigenvalues
    #expect(zip(spectrum.lowest, λ).allSatisfy { ($0 - $1).magnitude <= 1e-12 * max(H.frobeniusNorm, 1) })
    // Negative control: one entry wrong by a millionth is seen.
    var wrong = H
    wrong[0, 0] += 1e-6 * H.frobeniusNorm
    let e = [1.0] + Array(repeating: 0, count: H.rows - 1)
    let first = loss.hessianProduct(at: example.network.parameters, e)
    #expect((wrong * .column(e) - .column(first)).frobeniusNorm > 1e-12 * max(H.frobeniusNorm, 1))
  }
}
