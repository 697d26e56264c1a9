import LinearAlgebra
import Testing

@Suite struct SingularValueGroupsTests {
  private let eps = Double.ulpOfOne

  @Test func `values that differ by round-off are one group, others are not`() {
    let σ: [Double] = [2, 2 - 20 * eps, 1, 1 - 64 * eps, 1 - 200 * eps, 0.5]
    let groups = SingularValueGroups(σ)
    #expect(groups.resolution == 64 * eps)
    #expect(groups.ranges == [0..<2, 2..<4, 4..<5, 5..<6])
    #expect(groups.positiveCount == 6)
    #expect(groups.averaged(σ)[0] == groups.averaged(σ)[1])
    #expect(groups.averaged(σ)[4] == σ[4])
  }

  @Test func `a group is never wider than the resolution, however close its neighbours are`() {
    let σ = (0..<10).map { 1 - 20 * Double($0) * eps }
    let groups = SingularValueGroups(σ)
    #expect(groups.ranges.allSatisfy { σ[$0.lowerBound] - σ[$0.upperBound - 1] <= groups.resolution })
    #expect(groups.ranges.map(\.count).reduce(0, +) == 10)
  }

  @Test func `values that cannot be told from zero are in no group`() {
    let σ: [Double] = [3, 1e-3, 90 * eps, 0]
    let groups = SingularValueGroups(σ)
    #expect(groups.positiveCount == 2)
    #expect(groups.averaged(σ) == [3, 1e-3, 0, 0])
    #expect(SingularValueGroups([0, 0]).ranges.isEmpty)
    #expect(SingularValueGroups([]).positiveCount == 0)
  }

  @Test func `leading subspaces are unique between groups only`() {
    let groups = SingularValueGroups([3, 2, 2, 1])
    #expect((0...5).map { groups.separates(first: $0) } == [true, true, false, true, true, true])
  }

  @Test(arguments: [(4, 7), (60, 60), (300, 40)])
  func `equal and zero singular values of a matrix are recognised after rounding`(_ shape: (Int, Int)) {
    var generator = SeededGenerator(seed: 5)
    let U = Matrix.randomOrthonormal(shape.0, 4, using: &generator)
    let V = Matrix.randomOrthonormal(shape.1, 4, using: &generator)
    let A = Matrix.product(U.scalingColumns(by: [2, 2, 1, 1]), .plain, V, .transposed)
    let groups = SingularValueGroups(A.singularValues)
    #expect(groups.ranges == [0..<2, 2..<4])
    // Negative control: a difference of 10⁻¹² is one.
    let B = Matrix.product(U.scalingColumns(by: [2, 2 - 1e-12, 1, 1]), .plain, V, .transposed)
    #expect(SingularValueGroups(B.singularValues).ranges == [0..<1, 1..<2, 2..<4])
  }
}
