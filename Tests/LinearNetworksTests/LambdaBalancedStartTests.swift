import LinearAlgebra
import LinearNetworks
import Testing

/// Starts with prescribed imbalances, symmetric ones, and scalings.
@Suite struct LambdaBalancedStartTests {
  private let target = SyntheticData.target(singularValues: [2, 1], inputs: 4, outputs: 3, seed: 1)

  private func network(_ start: Start, _ widths: [Int]) throws -> LinearNetwork {
    try start.network(
      widths: widths, target: Matrix(widths.last!, widths[0]) { 1 / Double(1 + $0 + $1) }, seed: 7)
  }

  @Test(arguments: [
    ([4, 3, 3], [2.0]), ([4, 3, 3], [-2]), ([4, 2, 3], [0]), ([4, 2, 3], [1e-6]), ([2, 3, 3], [5]),
    ([4, 3, 2], [-5]),
    ([4, 3, 3, 3], [1, -0.5]), ([4, 3, 3, 3], [1, 2]), ([3, 2, 2, 2, 3], [0.5, -0.25, 3]), ([1, 1, 1], [7]),
    ([5, 4, 2, 4, 5], [-1, 0, 1]),
  ])
  func `D_j is λ_j I and the product is that of the random start`(widths: [Int], λ: [Double]) throws {
    let network = try network(.lambda(λ, norm: 0.5), widths)
    #expect(network.widths == widths)
    let size = network.layers.reduce(0) { max($0, $1.frobeniusNorm) }
    for (D, value) in zip(network.imbalances, λ) {
      #expect((D - value * .identity(D.rows)).frobeniusNorm < 1e-13 * size * size)
    }
    let W = try self.network(.random(norm: 0.5), widths).endToEndMatrix
    #expect((network.endToEndMatrix - W).frobeniusNorm < 1e-12 * W.frobeniusNorm)
  }

  @Test func `one λ stands for all hidden layers`() throws {
    let network = try network(.lambda([0.5], norm: 1), [3, 3, 3, 3])
    for D in network.imbalances { #expect((D - 0.5 * .identity(3)).frobeniusNorm < 1e-13 * 10) }
  }

  @Test(arguments: [
    // W_2 of three rows has no rank four, W_1 of two columns no rank three.
    ([4, 4, 3], [1.0]), ([2, 3, 4], [-1]), ([5, 4, 2, 4, 5], [1, 0, 1]), ([4, 5, 4], [1]),
  ])
  func `λ that the widths cannot carry is refused`(widths: [Int], λ: [Double]) {
    #expect(throws: StartError.self) { try network(.lambda(λ, norm: 1), widths) }
  }

  @Test func `numbers of λ that fit no network are refused`() {
    #expect(throws: StartError.lambdas(found: 3, hidden: 1)) {
      try network(.lambda([1, 2, 3], norm: 1), [3, 3, 3])
    }
    // A single layer has no hidden one: its λ would say nothing.
    #expect(throws: StartError.lambdas(found: 1, hidden: 0)) {
      try network(.lambda([1], norm: 1), [3, 3])
    }
    #expect(throws: StartError.factors(found: 2, layers: 3)) {
      try network(.scaled(.random(norm: 1), by: [1, 2]), [3, 3, 3, 3])
    }
  }

  @Test func `what is wrong with the number of λ or factors is said of what they belong to`() {
    #expect(
      StartError.lambdas(found: 3, hidden: 2).problem
        == "3 numbers λ do not fit 2 hidden layers: give one for all, or one for each.")
    #expect(StartError.lambdas(found: 1, hidden: 0).problem.hasPrefix("a single layer has no hidden layer"))
    #expect(
      StartError.factors(found: 2, layers: 3).problem
        == "2 factors do not fit 3 layers: give one for all, or one for each.")
  }

  @Test func `symmetric layers are transposes of each other, and two of them are balanced`() throws {
    for widths in [[4, 3, 4], [4, 3, 3, 4], [4, 3, 2, 3, 4], [3, 3]] {
      let layers = try network(.symmetric(scale: 0.5), widths).layers
      for (W, mirrored) in zip(layers, layers.reversed()) { #expect(W == mirrored.transpose) }
    }
    let two = try network(.symmetric(scale: 1), [4, 3, 4])
    #expect(two.isBalanced(tolerance: 1e-15))
    #expect(SymmetricEigendecomposition(two.endToEndMatrix).eigenvalues.allSatisfy { $0 > -1e-14 })
    #expect(throws: StartError.notSymmetric(widths: [4, 3, 3])) {
      try network(.symmetric(scale: 1), [4, 3, 3])
    }
  }

  @Test func `each layer takes its own factor`() throws {
    let plain = try network(.layers(.gaussian, scale: 1), [4, 3, 3]).layers
    let scaled = try network(.scaled(.layers(.gaussian, scale: 1), by: [2, 0.5]), [4, 3, 3]).layers
    #expect(scaled == [2 * plain[0], 0.5 * plain[1]])
  }

  @Test func `NTK and mean-field outputs scale as one over the root of the width and one over the width`()
    throws
  {
    // Entries of f = W_2W_1 are sums of `width` products of independent normal numbers.
    for (initialization, power) in [(Initialization.ntk, 0.0), (.meanField, -0.5)] {
      for width in [400, 1600] {
        let W = try network(.layers(initialization, scale: 1), [20, width, 20]).endToEndMatrix
        let deviation = W.frobeniusNorm / 20
        // Of 400 entries the deviation is known to some 5 %.
        #expect(abs(deviation / [0: 1, -0.5: 1 / Double(width).squareRoot()][power]! - 1) < 0.2, "\(width)")
      }
    }
  }
}
