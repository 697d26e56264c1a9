import LinearAlgebra
import LinearNetworks
import Testing

/// Trees, items and teachers.
@Suite struct HierarchyTests {
  @Test(arguments: [[2, 2, 2], [3, 2], [2, 3, 2], [4], [1, 2], [2, 1, 3]])
  func `a tree has the singular values of Haar's functions`(branching: [Int]) {
    let tree = SyntheticData.hierarchy(branching: branching)
    let found = tree.samples.outputs.singularValues
    let known = SyntheticData.hierarchySpectrum(branching: branching)
    #expect(found.count == known.count)
    for (a, b) in zip(found, known) { #expect(abs(a - b) < 1e-13 * known[0]) }
    #expect(tree.samples.inputs == .identity(tree.items.count))
    #expect(Set(tree.items + tree.nodes).count == tree.items.count + tree.nodes.count)
    // Every leaf has one node a level.
    for j in tree.items.indices {
      #expect(tree.samples.outputs.column(j).reduce(0, +) == Double(branching.count + 1))
    }
  }

  @Test func `items have all properties they are said to have`() {
    let items = SyntheticData.items
    let Y = items.samples.outputs
    #expect((Y.rows, Y.columns) == (16, 8))
    #expect(Y.row(0) == Array(repeating: 1, count: 8))
    // Modes are distinct, so that the order in which they are learnt is.
    let σ = Y.singularValues
    #expect(zip(σ, σ.dropFirst()).prefix(4).allSatisfy { $0 > 1.02 * $1 })
    #expect(Set(items.items).count == 8 && Set(items.properties).count == 16)
  }

  @Test(arguments: SyntheticData.Design.allCases)
  func `a teacher has its singular values, and its noise is as large as asked for`(
    design: SyntheticData.Design
  ) {
    let (samples, teacher) = SyntheticData.teacher(
      singularValues: [3, 1], noise: 0.2, design: design, samples: 40, inputs: 40, outputs: 30, seed: 5)
    let σ = teacher.singularValues
    #expect(abs(σ[0] - 3) < 1e-13 && abs(σ[1] - 1) < 1e-13 && σ[2] < 1e-13)
    let noise = samples.outputs - teacher * samples.inputs
    #expect(abs(noise.frobeniusNorm / (1200.0.squareRoot() * 0.2) - 1) < 0.1)
    if design == .identity { #expect(samples.inputs == .identity(40)) }
    if design == .whitened {
      let C = Matrix.product(samples.inputs, .plain, samples.inputs, .transposed)
      #expect((C - 40 * .identity(40)).frobeniusNorm < 1e-11)
    }
  }
}
