import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

/// The compressed problem against the raw samples.
struct ProblemTests {
  private func roundOff(_ data: RegressionCase) -> Double {
    20 * Double(data.inputs.rows + data.outputs.rows + data.sampleCount) * .ulpOfOne
  }

  /// ‖Y‖ + ‖W‖‖X‖, what Y − W X is exact relative to.
  private func size(_ data: RegressionCase, _ W: Matrix) -> Double {
    data.outputs.frobeniusNorm + W.frobeniusNorm * data.inputs.frobeniusNorm
  }

  private func matrices(_ data: RegressionCase) -> [Matrix] {
    var generator = SeededGenerator(seed: 41)
    let (dy, dx) = (data.outputs.rows, data.inputs.rows)
    return [Matrix(zeros: dy, dx)] + (0..<5).map { _ in .gaussian(dy, dx, using: &generator) }
  }

  @Test(arguments: RegressionCase.zoo) func `the loss is that of the raw samples`(_ data: RegressionCase) {
    let problem = Problem(inputs: data.inputs, outputs: data.outputs)
    #expect(problem.sampleCount == data.sampleCount)
    for W in matrices(data) {
      let direct = (data.outputs - W * data.inputs).frobeniusNorm
      let size = size(data, W)
      #expect((problem.loss(W) - 0.5 * direct * direct).magnitude <= roundOff(data) * size * size)
    }
  }

  @Test(arguments: RegressionCase.zoo) func `the gradient is that of the raw samples`(_ data: RegressionCase)
  {
    let problem = Problem(inputs: data.inputs, outputs: data.outputs)
    for W in matrices(data) {
      let direct = (W * data.inputs - data.outputs) * data.inputs.transpose
      #expect(
        (problem.gradient(W) - direct).frobeniusNorm <= roundOff(data) * size(data, W)
          * data.inputs.frobeniusNorm)
    }
  }

  @Test(arguments: RegressionCase.zoo) func `X Xᵀ and Y Xᵀ are those of the raw samples`(
    _ data: RegressionCase
  ) {
    let (X, Y) = (data.inputs, data.outputs)
    let problem = Problem(inputs: X, outputs: Y)
    let covariance = Double(data.sampleCount) * problem.inputCovariance
    let norm = X.frobeniusNorm
    #expect((Matrix.column(problem.inputScales).frobeniusNorm - norm).magnitude <= roundOff(data) * norm)
    #expect((covariance - X * X.transpose).frobeniusNorm <= roundOff(data) * norm * norm)
    let cross = Double(data.sampleCount) * problem.crossCovariance
    #expect((cross - Y * X.transpose).frobeniusNorm <= roundOff(data) * norm * Y.frobeniusNorm)
  }

  @Test(arguments: RegressionCase.zoo) func `σ_i(Y P_X) is that of the raw samples`(_ data: RegressionCase) {
    let problem = Problem(inputs: data.inputs, outputs: data.outputs)
    // P_X does not depend on the units of the inputs, so the direct projection may remove them.
    let unit = data.inputs.scalingRows(
      by: (0..<data.inputs.rows).map { 1 / Matrix.column(data.inputs.row($0)).frobeniusNorm })
    let Q = unit.transpose.orthonormalFactor
    let direct = (data.outputs * Q).singularValues
    // A relative change of the inputs' columns turns P_X by at most their condition number times as much.
    let σ = unit.singularValues
    let condition = data.sampleCount < data.inputs.rows ? 1 : σ.first! / σ.last!
    let tolerance = roundOff(data) * condition * data.outputs.frobeniusNorm
    let root = Double(data.sampleCount).squareRoot()
    let found = problem.targetSingularValues
    #expect(found.count == min(data.inputs.rows, data.outputs.rows))
    for (i, σ) in found.enumerated() {
      #expect((root * σ - (i < direct.count ? direct[i] : 0)).magnitude <= tolerance)
    }
    let outside = (data.outputs - data.outputs * Q * Q.transpose).frobeniusNorm
    let reachable = problem.spectralLoss.reachableLabels
    let lost = (problem.spectralLoss.labels - reachable).frobeniusNorm
    let irreducible = problem.spectralLoss.irreducible + 0.5 * lost * lost
    #expect((irreducible - 0.5 * outside * outside).magnitude <= tolerance * data.outputs.frobeniusNorm)
  }

  @Test func `inputs of deficient rank leave their null space out`() {
    var generator = SeededGenerator(seed: 42)
    // Rank 2 in four inputs, 30 samples.
    let X = Matrix.gaussian(4, 2, using: &generator) * Matrix.gaussian(2, 30, using: &generator)
    let Y = Matrix.gaussian(3, 30, using: &generator)
    let problem = Problem(inputs: X, outputs: Y)
    #expect(problem.inputRank == 2)
    let Q = X.columnSpaceBasis().columns == 2 ? X.transpose.columnSpaceBasis() : Matrix(zeros: 30, 0)
    let direct = (Y * Q).singularValues
    let found = problem.targetSingularValues.map { $0 * 30.0.squareRoot() }
    #expect(found.count == 3)
    for (i, σ) in found.enumerated() {
      #expect((σ - (i < 2 ? direct[i] : 0)).magnitude <= 1e3 * .ulpOfOne * Y.frobeniusNorm)
    }
  }

  @Test func `factors with more rows than inputs keep what they cannot reach`() {
    var generator = SeededGenerator(seed: 43)
    let (A, B) = (Matrix.gaussian(9, 2, using: &generator), Matrix.gaussian(9, 3, using: &generator))
    let problem = Problem(sampleCount: 9, inputFactor: A, crossFactor: B, irreducible: 0.25)
    let W = Matrix.gaussian(3, 2, using: &generator)
    let direct = (B.transpose - W * A.transpose).frobeniusNorm
    let expected = 0.5 * direct * direct + 0.25
    #expect((problem.loss(W) - expected).magnitude <= 100 * .ulpOfOne * expected)
  }

  @Test func `a whitened problem is its target`() {
    let Z = Matrix(rows: [[3, 1, 0], [-1, 2, 0.5]])
    let problem = Problem(target: Z, sampleCount: 7)
    #expect(problem.isWhitened())
    #expect(problem.whiteningDefect <= 4 * .ulpOfOne)
    #expect((problem.crossCovariance - Z).maximumMagnitude <= 8 * .ulpOfOne * Z.maximumMagnitude)
    for (a, b) in zip(problem.targetSingularValues, Z.singularValues) {
      #expect((a - b).magnitude <= 16 * .ulpOfOne * Z.spectralNorm)
    }
    // ½‖Y P_X − W X‖² = (m/2)‖Z − W‖², equation (24).
    let W = Matrix(rows: [[1, 0, 2], [0, -1, 1]])
    let distance = (Z - W).frobeniusNorm
    #expect((problem.loss(W) - 3.5 * distance * distance).magnitude <= 32 * .ulpOfOne * problem.loss(W))
  }

  @Test func `the whitening defect measures the distance from X Xᵀ = m I`() {
    let data = RegressionCase.whitened(inputs: 4, outputs: 2, samples: 50, seed: 44)
    #expect(Problem(inputs: data.inputs, outputs: data.outputs).whiteningDefect <= 1e3 * .ulpOfOne)
    // One input 1 % too long: (1.01)² − 1.
    let longer = Problem(inputs: data.inputs.scalingRows(by: [1, 1.01, 1, 1]), outputs: data.outputs)
    #expect((longer.whiteningDefect - 0.0201).magnitude <= 1e-12)
    #expect(!longer.isWhitened())
    #expect(longer.isWhitened(tolerance: 0.021))
  }
}
