import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

struct SyntheticDataTests {
  @Test(arguments: [(50, 5, 1), (5, 5, 3), (400, 30, 2)]) func `whitened inputs have X Xᵀ = m I to round-off`(
    m: Int, dx: Int, dy: Int
  ) {
    let samples = SyntheticData.whitened(samples: m, inputs: dx, outputs: dy, seed: 1)
    #expect(samples.inputs.rows == dx && samples.inputs.columns == m)
    #expect(samples.outputs.rows == dy && samples.outputs.columns == m)
    let covariance = (1 / Double(m)) * (samples.inputs * samples.inputs.transpose)
    #expect((covariance - .identity(dx)).maximumMagnitude <= 10 * Double(m) * .ulpOfOne)
  }

  @Test func `a target has the singular values chosen`() {
    let σ = [4, 2.5, 2.5, 1e-3]
    let Z = SyntheticData.target(singularValues: σ, inputs: 7, outputs: 5, seed: 2)
    #expect(Z.rows == 5 && Z.columns == 7)
    for (found, chosen) in zip(Z.singularValues, σ + [0]) {
      #expect((found - chosen).magnitude <= 100 * .ulpOfOne * σ[0])
    }
  }

  @Test func `a spectrum has the target as Y Xᵀ/m and nothing irreducible`() {
    let σ = [3.0, 1]
    let samples = SyntheticData.spectrum(singularValues: σ, samples: 60, inputs: 5, outputs: 3, seed: 3)
    let problem = Problem(inputs: samples.inputs, outputs: samples.outputs)
    #expect(problem.isWhitened(tolerance: 1e-12))
    for (found, chosen) in zip(problem.targetSingularValues, σ + [0]) {
      #expect((found - chosen).magnitude <= 1e3 * .ulpOfOne * σ[0])
    }
    let Z = SyntheticData.target(singularValues: σ, inputs: 5, outputs: 3, seed: 4)
    #expect((problem.crossCovariance - Z).maximumMagnitude <= 1e3 * .ulpOfOne * σ[0])
    #expect(problem.spectralLoss.irreducible <= 1e-24)
  }

  @Test func `the spiked covariance is I + Σ θ_i v_i v_iᵀ`() {
    let (m, dx) = (200_000, 6)
    let samples = SyntheticData.spiked(spikes: [9, 3], samples: m, inputs: dx, seed: 5)
    #expect(samples.outputs == samples.inputs)
    let covariance = (1 / Double(m)) * (samples.inputs * samples.inputs.transpose)
    let eigenvalues = SymmetricEigendecomposition(covariance).eigenvalues.reversed()
    for (found, expected) in zip(eigenvalues, [10.0, 4, 1, 1, 1, 1]) {
      // A sample eigenvalue spreads by √(2/m) of itself, a cluster of d by at most √(d/m) twice; with room: six of them.
      #expect((found / expected - 1).magnitude <= 6 * (2 * Double(dx) / Double(m)).squareRoot())
    }
  }

  @Test(arguments: [(1, 2), (3, 3)]) func `without noise the teacher's loss is zero`(rank: Int, dy: Int) {
    let (samples, W) = SyntheticData.teacher(
      rank: rank, noise: 0, samples: 40, inputs: 5, outputs: dy, seed: 6)
    #expect((W.frobeniusNorm - 1).magnitude <= 4 * .ulpOfOne)
    #expect(W.singularValueDecomposition.rank(tolerance: 1e-12) == rank)
    let problem = Problem(inputs: samples.inputs, outputs: samples.outputs)
    let size = samples.outputs.frobeniusNorm
    #expect(problem.loss(W) <= 1e4 * .ulpOfOne * .ulpOfOne * size * size)
  }

  @Test func `the noise has the standard deviation asked for`() {
    let (samples, W) = SyntheticData.teacher(
      rank: 1, noise: 0.3, samples: 20_000, inputs: 3, outputs: 2, seed: 7)
    let noise = samples.outputs - W * samples.inputs
    let deviation = noise.frobeniusNorm / 40_000.0.squareRoot()
    #expect((deviation / 0.3 - 1).magnitude <= 5 / 80_000.0.squareRoot())
  }

  @Test func `equal seeds give equal data, others differ`() {
    func inputs(_ seed: UInt64) -> [Matrix] {
      [
        SyntheticData.whitened(samples: 9, inputs: 3, outputs: 2, seed: seed).outputs,
        SyntheticData.target(singularValues: [2, 1], inputs: 3, outputs: 2, seed: seed),
        SyntheticData.spectrum(singularValues: [1], samples: 9, inputs: 3, outputs: 2, seed: seed).outputs,
        SyntheticData.spiked(spikes: [2], samples: 9, inputs: 3, seed: seed).inputs,
        SyntheticData.teacher(rank: 1, noise: 1, samples: 9, inputs: 3, outputs: 2, seed: seed).samples
          .outputs,
      ]
    }
    #expect(inputs(8) == inputs(8))
    #expect(zip(inputs(8), inputs(9)).allSatisfy { $0 != $1 })
  }
}
