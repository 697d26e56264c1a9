import Landscape
import LinearAlgebra
import LinearNetworks
import Regression
import TestSupport
import Testing

@Suite struct PrincipalComponentsTests {
  private func components(_ data: RegressionCase, _ preparation: Preparation) throws -> PrincipalComponents {
    var compression = SampleCompression(columns: data.table.columns)
    compression.append(data.table)
    return try PrincipalComponents(compression, columns: data.inputColumns, preparation: preparation)
  }

  @Test(arguments: FittedLossTests.shapes)
  func `the loss of every rank is the global minimum with the inputs as outputs`(_ data: RegressionCase)
    throws
  {
    for preparation in [Preparation.none, .center, .standardize] where data.sampleCount > 1 {
      let pca = try components(data, preparation)
      let X = data.prepared(try data.factor(preparation)).X
      let problem = Problem(inputs: X, outputs: X)
      let scale = 0.5 * Matrix.inner(X, X)
      for r in 0...pca.components.columns {
        #expect((GlobalMinimum(of: problem, rank: r).loss - pca.loss(rank: r)).magnitude <= 1e-12 * scale)
        let V = pca.components.columns(0..<r)
        let E = X - V * Matrix.product(V, .transposed, X, .plain)
        #expect((0.5 * Matrix.inner(E, E) - pca.loss(rank: r)).magnitude <= 1e-12 * scale)
      }
      let V = pca.components
      let gram = Matrix.product(V, .transposed, V, .plain) - .identity(V.columns)
      #expect(gram.frobeniusNorm <= 1e-13)
      if scale > 0 { #expect((pca.explainedVarianceRatio.reduce(0, +) - 1).magnitude <= 1e-14) }
    }
  }

  @Test func `the network is balanced and reconstructs, and so does the predictor in units of the data`()
    throws
  {
    let data = RegressionCase.random(
      inputs: 5, outputs: 1, samples: 60, scales: [1, 10, 0.1, 1, 3], seed: 81)
    let pca = try components(data, .standardize)
    let network = pca.network(rank: 2, widths: [5, 2, 3, 5])
    let V = pca.components.columns(0..<2)
    let projector = Matrix.product(V, .plain, V, .transposed)
    #expect((network.endToEndMatrix - projector).frobeniusNorm <= 1e-14)
    #expect(network.relativeImbalance <= 1e-14)
    let p = pca.predictor(rank: 5)
    #expect((p.coefficients - .identity(5)).frobeniusNorm <= 1e-12)
    #expect(p.intercept.allSatisfy { $0.magnitude <= 1e-12 })
  }

  @Test func `a spiked covariance has as many components as spikes by BIC, pure noise has none`() throws {
    func chosen(_ spikes: [Double]) throws -> Int {
      let samples = SyntheticData.spiked(spikes: spikes, samples: 500, inputs: 12, seed: 7)
      let pca = try components(
        RegressionCase("spiked", inputs: samples.inputs, outputs: samples.outputs), .center)
      let bic = pca.informationCriteria.bic
      return bic.indices.min { bic[$0] < bic[$1] }!
    }
    #expect(try chosen([10, 5]) == 2)
    #expect(try chosen([]) == 0)
  }

  @Test func `constant columns are left out and named, and a table of constants is refused`() throws {
    let data = RegressionCase.random(inputs: 3, outputs: 1, samples: 9, seed: 82)
    let constant = RegressionCase(
      "constant", inputs: Matrix(3, 9) { i, t in i == 0 ? 5 : data.inputs[i, t] }, outputs: data.outputs)
    let pca = try components(constant, .center)
    #expect(pca.constantColumns == ["x1"])
    #expect(pca.columns.map(\.name) == ["x2", "x3"])
    let flat = RegressionCase(
      "flat", inputs: Matrix(2, 4) { i, _ in Double(i) }, outputs: Matrix(zeros: 1, 4))
    #expect(throws: RegressionError.noVaryingInput) { try components(flat, .center) }
  }
}
