import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

struct LinearNetworkTests {
  @Test(arguments: NetworkCase.zoo) func `parameters make the network again`(_ example: NetworkCase) {
    let network = example.network
    #expect(LinearNetwork(widths: network.widths, parameters: network.parameters) == network)
    #expect(network.parameters.count == network.parameterCount)
    #expect(NetworkShape(widths: network.widths).parameterCount == network.parameterCount)
  }

  @Test func `shape and product of a small network`() {
    let network = LinearNetwork(layers: [
      Matrix(rows: [[1, 2], [3, 4], [5, 6]]), Matrix(rows: [[1, 0, -1]]),
    ])
    #expect(network.depth == 2)
    #expect(network.widths == [2, 3, 1])
    #expect(network.bottleneckWidth == 1)
    #expect(network.parameters == [1, 3, 5, 2, 4, 6, 1, 0, -1])
    #expect(network.endToEndMatrix == Matrix(rows: [[-4, -4]]))
    #expect(NetworkShape(widths: [2, 3, 1]).blocks == [0..<6, 6..<9])
  }

  @Test func `imbalances are W_{j+1}ᵀW_{j+1} − W_jW_jᵀ`() {
    let network = LinearNetwork(layers: [
      Matrix(rows: [[1, 2], [0, 1]]), Matrix(rows: [[2, 0], [1, 1]]),
    ])
    // W_2ᵀW_2 = [5 1; 1 1], W_1W_1ᵀ = [5 2; 2 1].
    #expect(network.imbalances == [Matrix(rows: [[0, -1], [-1, 0]])])
    #expect(!network.isBalanced())
    #expect(LinearNetwork(layers: [Matrix(rows: [[1, 2]])]).imbalances.isEmpty)
  }

  @Test(arguments: [1e-200, 1e-100, 1, 1e100, 1e200])
  func `the relative imbalance does not depend on the scale`(scale: Double) {
    let network = NetworkCase.random(widths: [3, 4, 2, 3], seed: 61).network
    let scaled = LinearNetwork(layers: network.layers.map { scale * $0 })
    #expect(network.relativeImbalance > 0.1)
    #expect(
      (scaled.relativeImbalance - network.relativeImbalance).magnitude <= 64 * .ulpOfOne
        * network.relativeImbalance)
  }

  @Test func `the relative imbalance is the largest ‖D_j‖ over the largest ‖W_j‖²`() {
    let network = NetworkCase.random(widths: [3, 4, 2, 3], seed: 62).network
    let size = network.layers.map(\.frobeniusNorm).max()!
    let expected = network.imbalances.map(\.frobeniusNorm).max()! / (size * size)
    #expect((network.relativeImbalance - expected).magnitude <= 64 * .ulpOfOne * expected)
  }

  @Test func `the zero network and one layer are balanced`() {
    #expect(LinearNetwork(layers: [Matrix(zeros: 2, 3), Matrix(zeros: 1, 2)]).relativeImbalance == 0)
    #expect(LinearNetwork(layers: [Matrix(rows: [[1, 5]])]).isBalanced(tolerance: 0))
  }
}
