import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

struct QuadraticLossTests {
  private let loss = QuadraticLoss(
    inputScales: [2, 1, 0.5, 0], labels: Matrix(rows: [[1, 2, 3, 4], [-1, 0, 1, 2]]), irreducible: 0.75)

  @Test func `value and gradient are those of ½‖M − W diag(ξ)‖² + constant`() {
    let W = Matrix(rows: [[1, -1, 2, 5], [0, 3, 4, -5]])
    // W diag(ξ) − M = [1 −3 −2 −4; 1 3 1 −2], all exact in binary.
    #expect(loss.residual(W) == Matrix(rows: [[1, -3, -2, -4], [1, 3, 1, -2]]))
    #expect((loss.value(W) - (0.5 * 45 + 0.75)).magnitude <= 4 * .ulpOfOne * 23)
    #expect(loss.gradient(W) == Matrix(rows: [[2, -3, -1, 0], [2, 3, 0.5, 0]]))
  }

  @Test func `an input without data is not reachable`() {
    #expect(loss.excitedInputs == [0, 1, 2])
    #expect(loss.reachableLabels == Matrix(rows: [[1, 2, 3, 0], [-1, 0, 1, 0]]))
  }

  @Test func `an input of round-off size counts as without data, a small one does not`() {
    func excited(_ ξ: Double) -> [Int] {
      QuadraticLoss(inputScales: [1, ξ], labels: Matrix(zeros: 1, 2), irreducible: 0).excitedInputs
    }
    #expect(excited(.ulpOfOne) == [0])
    #expect(excited(1e-14) == [0, 1])
  }

  @Test func `the gradient vanishes exactly at the solution`() {
    let scales = [3.0, 1.5, 0.25]
    let W = Matrix(rows: [[1, 2, 3], [4, 5, 6]])
    let solved = QuadraticLoss(inputScales: scales, labels: W.scalingColumns(by: scales), irreducible: 0)
    #expect(solved.gradient(W) == Matrix(zeros: 2, 3))
    #expect(solved.value(W) == 0)
  }

  @Test func `the gradient has Taylor slope 2`() throws {
    var generator = SeededGenerator(seed: 51)
    let (W, Δ) = (Matrix.gaussian(2, 4, using: &generator), Matrix.gaussian(2, 4, using: &generator))
    func remainder(_ gradient: Matrix) -> (Double) -> Double {
      { ε in loss.value(W + ε * Δ) - loss.value(W) - ε * Matrix.inner(gradient, Δ) }
    }
    let right = loss.gradient(W)
    let slope = try #require(TaylorSlope.measure(magnitude: loss.value(W), remainder: remainder(right)))
    #expect((slope - 2).magnitude <= 0.01)
    var wrong = right
    wrong[0, 1] *= 1.01
    let refused = try #require(TaylorSlope.measure(magnitude: loss.value(W), remainder: remainder(wrong)))
    #expect((refused - 1).magnitude <= 0.01)
  }
}
