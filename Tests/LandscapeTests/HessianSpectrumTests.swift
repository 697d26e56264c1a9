import Landscape
import LinearAlgebra
import LinearNetworks
import Testing

@Suite struct HessianSpectrumTests {
  @Test func `Lanczos finds the lowest eigenvalue of a large network that a smaller equivalent one has`()
    throws
  {
    // Hidden widths beyond the rank add directions without curvature of their own at a saddle of two layers with W ≠ 0,
    // so the lowest eigenvalue is known from theory: at W = σ_2 u_2 v_2ᵀ, depth 2, it belongs to Z − W restricted: −m σ_1.
    let Z = Matrix.diagonal([3, 2, 1], rows: 12, columns: 20)
    let m = 5
    let problem = Problem(target: Z, sampleCount: m)
    let svd = Z.singularValueDecomposition
    let W = Matrix.product(2 * svd.U.columns(1..<2), .plain, svd.V.columns(1..<2), .transposed)
    let large = try LinearNetwork.balanced(factoring: W, widths: [20, 20, 12])
    let loss = NetworkLoss(problem: problem, widths: large.widths)
    #expect(large.parameterCount > HessianSpectrum.largestDenseOrder)
    let lanczos = HessianSpectrum(of: loss, at: large.parameters, resolution: 1e-8)
    #expect(lanczos.method == .lanczos)
    #expect((lanczos.lowest[0] + Double(m) * 3).magnitude <= 1e-6)
    // The eigenvector is one.
    let v = lanczos.eigenvectors.column(0)
    let Hv = loss.hessianProduct(at: large.parameters, v)
    let residual = Matrix.column(zip(Hv, v).map { $0 - lanczos.lowest[0] * $1 }).frobeniusNorm
    #expect(residual <= 1e-4)
  }

  @Test func `the dense spectrum of depth one is that of the input covariance`() {
    var generator = SeededGenerator(seed: 1)
    let problem = Problem(
      inputs: .gaussian(3, 10, using: &generator), outputs: .gaussian(2, 10, using: &generator))
    let loss = NetworkLoss(problem: problem, widths: [3, 2])
    let spectrum = HessianSpectrum(of: loss, at: [Double](repeating: 0.5, count: 6), resolution: 0)
    // Each eigenvalue of X Xᵀ once for every output.
    let expected = problem.inputScales.flatMap { [$0 * $0, $0 * $0] }.sorted()
    #expect(zip(spectrum.lowest, expected).allSatisfy { ($0 - $1).magnitude <= 1e-12 * expected.last! })
  }
}
