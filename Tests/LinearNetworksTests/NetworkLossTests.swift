import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

struct NetworkLossTests {
  private func flat(_ layers: [Matrix]) -> [Double] { layers.flatMap(\.storage) }
  private func norm(_ x: [Double]) -> Double { Matrix.column(x).frobeniusNorm }
  private func inner(_ x: [Double], _ y: [Double]) -> Double { Matrix.inner(.column(x), .column(y)) }
  /// A direction with a sizeable part along the gradient, so that a wrong gradient shows.
  private func descent(_ example: NetworkCase, _ gradient: [Double], seed: UInt64) -> LinearNetwork {
    let along = gradient.map { $0 / norm(gradient) }
    return LinearNetwork(
      widths: example.network.widths, parameters: moved(along, 1, example.direction(seed: seed).parameters))
  }
  private func moved(_ x: [Double], _ ε: Double, _ d: [Double]) -> [Double] { zip(x, d).map { $0 + ε * $1 } }

  /// c·eps·Π max(‖W_i‖, 1)·(…): the round-off of the products in a gradient or, times depth, in a Hessian product.
  private func roundOff(_ example: NetworkCase) -> Double {
    let size = example.network.layers.reduce(1) { $0 * max($1.frobeniusNorm, 1) }
    let ξ = example.problem.inputScales.max()!
    let inner = Double(example.network.widths.reduce(0, +))
    return 4 * inner * .ulpOfOne * size * ξ * (size * ξ + example.outputs.frobeniusNorm)
  }

  @Test(arguments: NetworkCase.zoo) func `L_N is L_1 of the product`(_ example: NetworkCase) {
    let loss = NetworkLoss(problem: example.problem, widths: example.network.widths)
    let weights = example.network.parameters
    let W = example.network.endToEndMatrix
    #expect((loss.value(weights) - example.problem.loss(W)).magnitude <= roundOff(example))
    #expect(
      (weights.withUnsafeBufferPointer { loss.endToEndMatrix($0.baseAddress!) } - W).maximumMagnitude
        <= roundOff(example))
  }

  @Test(arguments: NetworkCase.zoo) func `the gradient is W_{>j}ᵀ G W_{<j}ᵀ`(_ example: NetworkCase) {
    let loss = NetworkLoss(problem: example.problem, widths: example.network.widths)
    let naive = flat(Naive.gradient(example.network.layers, example.gradient))
    let gradient = loss.gradient(example.network.parameters)
    #expect(norm(zip(gradient, naive).map { $0 - $1 }) <= roundOff(example))
    #expect(norm(naive) > 1e6 * roundOff(example))
  }

  /// r(ε) = L(w + εΔ) − L(w) − ε⟨gradient, Δ⟩ [− ½ε² form].
  private func slope(_ example: NetworkCase, _ Δ: [Double], gradient: [Double], form: Double? = nil)
    -> Double?
  {
    let loss = NetworkLoss(problem: example.problem, widths: example.network.widths)
    let w = example.network.parameters
    // The rounding of the loss itself, and of the weights that go in.
    return TaylorSlope.measure(magnitude: loss.value(w) + norm(gradient) * norm(w)) { ε in
      loss.value(moved(w, ε, Δ)) - loss.value(w) - ε * inner(gradient, Δ) - 0.5 * ε * ε * (form ?? 0)
    }
  }

  @Test(arguments: NetworkCase.zoo) func `the gradient has Taylor slope 2, a wrong one slope 1`(
    _ example: NetworkCase
  ) throws {
    let loss = NetworkLoss(problem: example.problem, widths: example.network.widths)
    let gradient = loss.gradient(example.network.parameters)
    let Δ = descent(example, gradient, seed: 91).parameters
    let right = try #require(slope(example, Δ, gradient: gradient))
    #expect((right - 2).magnitude <= 0.02)

    // Negative controls: all entries 0.1 % too large, and only the largest one.
    let scaled = try #require(slope(example, Δ, gradient: gradient.map { 1.001 * $0 }))
    #expect((scaled - 1).magnitude <= 0.02)
    var wrongEntry = gradient
    let i = gradient.indices.max { gradient[$0].magnitude < gradient[$1].magnitude }!
    wrongEntry[i] *= 1.01
    let entry = try #require(slope(example, Δ, gradient: wrongEntry))
    #expect((entry - 1).magnitude <= 0.02)
  }

  @Test(arguments: NetworkCase.zoo) func `the second derivative has Taylor slope 3, a wrong one slope 2`(
    _ example: NetworkCase
  ) throws {
    let loss = NetworkLoss(problem: example.problem, widths: example.network.widths)
    let gradient = loss.gradient(example.network.parameters)
    let direction = descent(example, gradient, seed: 92)
    let Δ = direction.parameters
    let form = loss.hessianForm(at: example.network, along: direction)
    let right = slope(example, Δ, gradient: gradient, form: form)
    if example.network.depth == 1 {
      #expect(right == nil, "the expansion of a quadratic ends with its second term")
    } else {
      #expect((try #require(right) - 3).magnitude <= 0.02)
    }
    let wrong = try #require(slope(example, Δ, gradient: gradient, form: 1.01 * form))
    #expect((wrong - 2).magnitude <= 0.02)
  }

  @Test(arguments: NetworkCase.zoo)
  func `the Hessian product is the gradient's derivative: slope 2, a wrong one slope 1`(
    _ example: NetworkCase
  ) throws {
    let loss = NetworkLoss(problem: example.problem, widths: example.network.widths)
    let (w, Δ) = (example.network.parameters, example.direction(seed: 93).parameters)
    let gradient = loss.gradient(w)
    let product = loss.hessianProduct(at: w, Δ)
    func slope(_ H: [Double]) -> Double? {
      TaylorSlope.measure(magnitude: norm(gradient) + norm(product) * norm(w)) { ε in
        norm(zip(loss.gradient(moved(w, ε, Δ)), zip(gradient, H)).map { $0 - $1.0 - ε * $1.1 })
      }
    }
    if example.network.depth == 1 {
      #expect(slope(product) == nil, "the gradient of a quadratic is linear")
    } else {
      #expect((try #require(slope(product)) - 2).magnitude <= 0.02)
    }
    #expect((try #require(slope(product.map { 1.001 * $0 })) - 1).magnitude <= 0.02)
  }

  @Test(arguments: NetworkCase.zoo) func `equation (8) is ⟨Δ, HΔ⟩`(_ example: NetworkCase) {
    let loss = NetworkLoss(problem: example.problem, widths: example.network.widths)
    for seed in 94..<100 {
      let direction = example.direction(seed: UInt64(seed))
      let product = loss.hessianProduct(at: example.network.parameters, direction.parameters)
      let form = loss.hessianForm(at: example.network, along: direction)
      #expect(
        (form - inner(direction.parameters, product)).magnitude <= 4 * Double(example.network.depth)
          * roundOff(example))
    }
  }

  @Test(arguments: NetworkCase.zoo) func `the Hessian is symmetric`(_ example: NetworkCase) {
    let loss = NetworkLoss(problem: example.problem, widths: example.network.widths)
    let w = example.network.parameters
    let (a, b) = (example.direction(seed: 101).parameters, example.direction(seed: 102).parameters)
    let (Ha, Hb) = (loss.hessianProduct(at: w, a), loss.hessianProduct(at: w, b))
    #expect((inner(b, Ha) - inner(a, Hb)).magnitude <= 4 * Double(example.network.depth) * roundOff(example))
    #expect(inner(a, Hb).magnitude > 1e3 * roundOff(example))
  }

  @Test func `at zero the gradient vanishes from depth two and the Hessian from depth three`() {
    for widths in [[3, 2, 2], [3, 2, 2, 2], [3, 2, 2, 2, 2]] {
      let example = NetworkCase.random(widths: widths, seed: 103)
      let loss = NetworkLoss(problem: example.problem, widths: widths)
      let zero = [Double](repeating: 0, count: loss.shape.parameterCount)
      #expect(loss.gradient(zero) == zero)
      let product = loss.hessianProduct(at: zero, example.direction(seed: 104).parameters)
      // At depth two the origin is a strict saddle: −⟨Y Xᵀ, Δ_2Δ_1⟩ is left.
      #expect((norm(product) > 0.1) == (widths.count == 3))
    }
  }

  @Test func `one instance may be asked at many points in any order`() {
    let example = NetworkCase.zoo[3]
    let used = NetworkLoss(problem: example.problem, widths: example.network.widths)
    let (a, b) = (example.network.parameters, example.direction(seed: 105).parameters)
    let expected = NetworkLoss(problem: example.problem, widths: example.network.widths).gradient(a)
    _ = used.hessianProduct(at: b, a)
    _ = used.value(b)
    #expect(used.gradient(a) == expected)
  }
}
