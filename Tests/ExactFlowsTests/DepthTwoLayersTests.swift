import ExactFlows
import Foundation
import LinearAlgebra
import LinearNetworks
import Testing

struct DepthTwoLayersTests {
  @Test func `extreme states agree with arithmetic of thousands of digits`() throws {
    let file = try ReferenceFile.decode(DepthTwoReference.self, named: "depth-two")
    #expect(file.depthTwo.count >= 18)
    for (k, known) in file.depthTwo.enumerated() {
      let start = LinearNetwork(layers: [Matrix(rows: known.W1), Matrix(rows: known.W2)])
      let flow = try ExactDepthTwoFlow(
        target: Matrix(rows: known.Z), sampleCount: known.sampleCount, start: start)
      let state = flow.state(at: known.time)
      let expected = Matrix(rows: known.W.map { $0.map { Double($0)! } })
      let error = (state.endToEndMatrix - expected).frobeniusNorm
      let label: Comment =
        "\(k), t = \(known.time): error \(error / expected.frobeniusNorm), estimate \(state.errorEstimate / expected.frobeniusNorm)"
      #expect(error <= 1e-12 * expected.frobeniusNorm, label)
      #expect(error <= state.errorEstimate, label)
      #expect(state.errorEstimate <= 1e-9 * expected.frobeniusNorm, label)
    }
  }

  @Test func `layers agree with 40-digit integration, hidden rotation included`() throws {
    let known = try ReferenceFile.decode(DepthTwoReference.self, named: "depth-two").layers
    let start = LinearNetwork(layers: [Matrix(rows: known.W1), Matrix(rows: known.W2)])
    let flow = try ExactDepthTwoFlow(
      target: Matrix(rows: known.Z), sampleCount: known.sampleCount, start: start)
    for (state, known) in zip(known.states, flow.layers(at: known.states.map(\.time))) {
      let layers = known.network
      #expect(known.rotationError <= 1e-10)
      let W1 = Matrix(rows: state.W1.map { $0.map { Double($0)! } })
      let W2 = Matrix(rows: state.W2.map { $0.map { Double($0)! } })
      #expect((layers.layers[0] - W1).frobeniusNorm <= 1e-12 * W1.frobeniusNorm, "t = \(state.time)")
      #expect((layers.layers[1] - W2).frobeniusNorm <= 1e-12 * W2.frobeniusNorm, "t = \(state.time)")
    }
  }

  @Test func `integrating the layers gives the same layers`() throws {
    var generator = SeededGenerator(seed: 51)
    for k in 0..<20 {
      let instance = DepthTwoInstance.anywhere(size: 0.5, using: &generator)
      let problem = Problem(target: instance.target, sampleCount: 4)
      let flow = try ExactDepthTwoFlow(problem: problem, start: instance.start)
      let times = [1.0, 4.0].map { $0 / (4 * instance.target.spectralNorm) }
      for (t, found) in zip(times, flow.layers(at: times)) {
        let layers = found.network
        let integrated = integratedLayers(problem, instance.start, to: t)
        for (a, b) in zip(layers.layers, integrated.layers) {
          #expect((a - b).frobeniusNorm <= 3e-9 * b.frobeniusNorm, "instance \(k), t = \(t)")
        }
        #expect(layers.relativeImbalance <= 1e-13)
        let W = flow.state(at: t).endToEndMatrix
        #expect((layers.endToEndMatrix - W).frobeniusNorm <= 1e-12 * W.frobeniusNorm)
      }
    }
  }

  @Test func `layers reach any time from tiny starts, through every plateau`() throws {
    var generator = SeededGenerator(seed: 52)
    let Z = SyntheticData.target(singularValues: [3, 1, 0.01], inputs: 4, outputs: 5, seed: 8)
    for size in [1.0, 1e-6, 1e-30] {
      let W = size * Matrix.gaussian(5, 4, using: &generator)
      let start = balancedNetwork(W, rank: 4, widths: [4, 6, 5], using: &generator)
      let flow = try ExactDepthTwoFlow(target: Z, sampleCount: 1, start: start)
      for found in flow.layers(at: [1e-12, 1, 1e3, 1e4, 1e8]) {
        let (t, layers) = (found.time, found.network)
        let expected = flow.state(at: t).endToEndMatrix
        #expect(
          (layers.endToEndMatrix - expected).frobeniusNorm <= 1e-11 * expected.frobeniusNorm,
          "\(size), t = \(t)")
      }
      // The same in one leap.
      let (leap, walk) = (flow.layers(at: 100), flow.layers(at: [1, 10, 20, 100])[3])
      let allowed = 1e-11 + leap.rotationError + walk.rotationError
      for (a, b) in zip(leap.network.layers, walk.network.layers) {
        #expect((a - b).frobeniusNorm <= allowed * b.frobeniusNorm)
      }
    }
  }

  /// Q(t) = e^{mFt}Q_0 C with C = M^{−1/2} R: R = I + t³[M′(0), M″(0)]/48 + O(t⁴), so the symmetric root alone is wrong.
  @Test func `the symmetric root is not the solution, and misses by the commutator`() throws {
    var generator = SeededGenerator(seed: 53)
    let Z = Matrix.gaussian(3, 4, using: &generator)
    let W = Matrix.gaussian(3, 2, using: &generator) * Matrix.gaussian(2, 4, using: &generator)
    let start = balancedNetwork(W, rank: 2, widths: [4, 2, 3], using: &generator)
    let flow = try ExactDepthTwoFlow(target: Z, sampleCount: 1, start: start)
    let Q0 = start.layers[0].transpose.appendingRows(start.layers[1])
    let F = Matrix(7, 7) { i, j in i >= 4 && j < 4 ? Z[i - 4, j] : i < 4 && j >= 4 ? Z[j - 4, i] : 0 }
    let eigen = SymmetricEigendecomposition(F)
    func function(_ f: (Double) -> Double) -> Matrix {
      Matrix.product(
        eigen.eigenvectors.scalingColumns(by: eigen.eigenvalues.map(f)), .plain, eigen.eigenvectors,
        .transposed)
    }
    func gram(_ A: Matrix) -> Matrix { Matrix.product(Q0, .transposed, A * Q0, .plain) }
    let (first, second) = (gram(.identity(7)), 2 * gram(F))
    let commutator = first * second - second * first
    #expect(commutator.frobeniusNorm > 0.1)
    for t in [0.01, 0.02] {
      let M = .identity(2) + gram(function { $0.magnitude < 1e-12 ? t : expm1(2 * $0 * t) / (2 * $0) })
      let root = SymmetricEigendecomposition(M)
      let inverseRoot = Matrix.product(
        root.eigenvectors.scalingColumns(by: root.eigenvalues.map { 1 / $0.squareRoot() }), .plain,
        root.eigenvectors,
        .transposed)
      let symmetric = function { exp($0 * t) } * Q0 * inverseRoot
      let layers = flow.layers(at: t).network.layers
      let Q = layers[0].transpose.appendingRows(layers[1])
      let turned = symmetric + (t * t * t / 48) * (symmetric * commutator)
      let (wrong, right) = ((Q - symmetric).frobeniusNorm, (Q - turned).frobeniusNorm)
      #expect(wrong > 0.2 * t * t * t / 48 * commutator.frobeniusNorm)
      #expect(right < 0.2 * wrong, "t = \(t)")
    }
  }
}

private struct DepthTwoReference: Decodable {
  struct State: Decodable {
    let Z: [[Double]]
    let sampleCount: Double
    let W1, W2: [[Double]]
    let time: Double
    let W: [[String]]
  }
  struct Layers: Decodable {
    struct State: Decodable {
      let time: Double
      let W1, W2: [[String]]
    }
    let Z: [[Double]]
    let sampleCount: Double
    let W1, W2: [[Double]]
    let states: [State]
  }
  let origin: String
  let depthTwo: [State]
  let layers: Layers
}
