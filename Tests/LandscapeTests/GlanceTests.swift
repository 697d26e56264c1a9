import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

/// The curvature beside a verdict that does not need it.
@Suite struct GlanceTests {
  @Test
  func `away from stationary points the smallest eigenvalue is bounded to a part in a hundred thousand`()
    throws
  {
    var generator = SeededGenerator(seed: 31)
    let (inputs, hidden, outputs) = (50, 18, 12)
    let E = Matrix.randomOrthonormal(inputs, inputs, using: &generator)
    let scales = (0..<inputs).map { i -> Double in 30 * pow(0.5, 8 * Double(i) / Double(inputs)) }
    let X = E.scalingColumns(by: scales)
    let problem = Problem(inputs: X, outputs: Matrix.gaussian(outputs, inputs, using: &generator))
    let network = LinearNetwork(layers: [
      0.3 * Matrix.gaussian(hidden, inputs, using: &generator),
      0.3 * Matrix.gaussian(hidden, hidden, using: &generator),
      0.3 * Matrix.gaussian(outputs, hidden, using: &generator),
    ])
    #expect(network.parameterCount > 1200 && network.parameterCount < 2000)
    let verdict = VerdictRule(for: problem, rank: outputs).verdict(on: network).verdict
    #expect(verdict.kind == .notStationary)
    let all = NetworkHessian(of: problem, at: network, resolution: 0, denseUpTo: 2000)
    let (λ, error) = (
      try #require(verdict.smallestHessianEigenvalue), try #require(verdict.smallestHessianEigenvalueError)
    )
    #expect(λ < 0 && (λ - all.smallest).magnitude <= error + all.accuracy)
    // The count goes that far below the value, eightfold steps further where it finds one.
    #expect(error <= 1e-3 * all.largest)
  }
}
