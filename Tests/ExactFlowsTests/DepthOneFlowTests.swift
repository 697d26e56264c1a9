import ExactFlows
import Foundation
import LinearAlgebra
import LinearNetworks
import Testing

struct DepthOneFlowTests {
  /// Inputs of a given condition number, possibly dependent, and a start.
  private func random(using generator: inout SeededGenerator) -> (problem: Problem, start: Matrix) {
    let (dx, dy) = (1 + Int(generator.next() % 6), 1 + Int(generator.next() % 4))
    let m = dx + Int(generator.next() % 10)
    let scales = (0..<dx).map { _ in pow(10, 3 * generator.uniform() - 1.5) }
    var X = Matrix.gaussian(dx, m, using: &generator).scalingRows(by: scales)
    if dx > 1, generator.next() % 3 == 0 {
      // A dependent input: ξ = 0.
      X = Matrix(dx, m) { i, j in i == dx - 1 ? 2 * X[0, j] : X[i, j] }
    }
    let Y = Matrix.gaussian(dy, m, using: &generator)
    return (Problem(inputs: X, outputs: Y), .gaussian(dy, dx, using: &generator))
  }

  @Test func `the solution satisfies the differential equation on 1,000 instances`() throws {
    var generator = SeededGenerator(seed: 41)
    for k in 0..<1000 {
      let (problem, start) = random(using: &generator)
      let flow = try ExactDepthOneFlow(problem: problem, start: start)
      let fastest = problem.inputScales[0] * problem.inputScales[0]
      let t = pow(10, 4 * generator.uniform() - 2) / fastest
      let h = min(0.03 / fastest, t / 5)
      let W = flow.state(at: t).endToEndMatrix
      let gradient = problem.gradient(W)
      let measured = derivative(of: { flow.state(at: $0).endToEndMatrix }, at: t, step: h)
      #expect(
        (measured + gradient).frobeniusNorm <= 1e-10 * fastest * (W.frobeniusNorm + start.frobeniusNorm),
        "\(k)")
    }
  }

  @Test func `a time in two parts is the time in one, to the error estimate`() throws {
    var generator = SeededGenerator(seed: 42)
    for k in 0..<300 {
      let (problem, start) = random(using: &generator)
      let flow = try ExactDepthOneFlow(problem: problem, start: start)
      let unit = 1 / (problem.inputScales[0] * problem.inputScales[0])
      let (t1, t2) = (unit * pow(10, 3 * generator.uniform()), unit * pow(10, 3 * generator.uniform()))
      let second = try ExactDepthOneFlow(problem: problem, start: flow.state(at: t1).endToEndMatrix).state(
        at: t2)
      let whole = flow.state(at: t1 + t2)
      let difference = (whole.endToEndMatrix - second.endToEndMatrix).frobeniusNorm
      #expect(
        difference <= whole.errorEstimate + second.errorEstimate + flow.state(at: t1).errorEstimate, "\(k)")
      #expect(whole.errorEstimate <= 1e-10 * (whole.endToEndMatrix.frobeniusNorm + start.frobeniusNorm))
    }
  }

  @Test func `the limit has no gradient and leaves unexcited inputs alone`() throws {
    var generator = SeededGenerator(seed: 43)
    for _ in 0..<100 {
      let (problem, start) = random(using: &generator)
      let flow = try ExactDepthOneFlow(problem: problem, start: start)
      let W = flow.limit.endToEndMatrix
      let ξ = problem.inputScales
      let labels = problem.targetSingularValues.map { $0 * Double(problem.sampleCount).squareRoot() }
      let scale = ξ[0] * (Matrix.column(labels).frobeniusNorm + ξ[0] * W.frobeniusNorm)
      #expect(problem.gradient(W).frobeniusNorm <= 1e-13 * scale)
      // Directions without data, the null space of X Xᵀ; its eigenvectors are known to eps times the largest over the smallest eigenvalue.
      let λ = SymmetricEigendecomposition(problem.inputCovariance)
      let silent = λ.eigenvectors.columns(0..<problem.inputs - problem.inputRank)
      let smallest = ξ[problem.inputRank - 1]
      let turned = min(1, 16 * .ulpOfOne * (ξ[0] / smallest) * (ξ[0] / smallest))
      #expect(
        ((W - start) * silent).frobeniusNorm
          <= (1e-13 + turned) * (start.frobeniusNorm + W.frobeniusNorm))
      #expect(flow.state(at: 0).endToEndMatrix == start)
      #expect(flow.state(at: 1e12).endToEndMatrix.isFinite)
    }
  }

  @Test func `integrating the layer gives the same matrix`() throws {
    var generator = SeededGenerator(seed: 44)
    let (problem, start) = random(using: &generator)
    let network = LinearNetwork(layers: [start])
    let flow = try ExactDepthOneFlow(problem: problem, start: network)
    let t = 3 / (problem.inputScales[0] * problem.inputScales[0])
    let integrated = integratedLayers(problem, network, to: t)
    #expect(
      (flow.state(at: t).endToEndMatrix - integrated.endToEndMatrix).frobeniusNorm <= 1e-9
        * start.frobeniusNorm)
  }

  @Test func `on whitened data it is the aligned solution of depth one`() throws {
    let Z = SyntheticData.target(singularValues: [3, 2, 1], inputs: 4, outputs: 3, seed: 5)
    let W = -0.3 * Z
    let problem = Problem(target: Z, sampleCount: 9)
    let general = try ExactDepthOneFlow(problem: problem, start: W)
    let aligned = try ExactAlignedFlow(problem: problem, start: LinearNetwork(layers: [W]))
    for t in [1e-12, 0.01, 0.1, 10] {
      let (a, b) = (general.state(at: t).endToEndMatrix, aligned.state(at: t).endToEndMatrix)
      #expect((a - b).frobeniusNorm <= 1e-14 * Z.frobeniusNorm)
    }
  }

  @Test func `other depths, shapes and NaN are refused`() throws {
    let problem = Problem(target: .identity(2), sampleCount: 3)
    let deep = LinearNetwork(layers: [.identity(2), .identity(2)])
    #expect(throws: DepthOneFailure.depth(found: 2)) { try ExactDepthOneFlow(problem: problem, start: deep) }
    #expect(throws: DepthOneFailure.shape(found: [3, 3], expected: [2, 2])) {
      try ExactDepthOneFlow(problem: problem, start: Matrix.identity(3))
    }
    #expect(throws: DepthOneFailure.notFinite) {
      try ExactDepthOneFlow(problem: problem, start: Matrix(rows: [[.infinity, 0], [0, 1]]))
    }
  }
}
