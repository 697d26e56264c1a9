import Foundation
import Integration
import LinearAlgebra
import LinearNetworks
import Testing

@Suite struct PreconditionerTests {
  private func applied(_ flow: GradientFlow, _ weights: [Double], _ r: [Double], gamma: Double) -> [Double] {
    weights.withUnsafeBufferPointer { flow.preparePreconditioner(at: $0.baseAddress!) }
    return [Double](unsafeUninitializedCapacity: r.count) { z, n in
      r.withUnsafeBufferPointer {
        flow.applyPreconditioner($0.baseAddress!, gamma: gamma, into: z.baseAddress!)
      }
      n = r.count
    }
  }

  @Test func `for a single layer it is the inverse, however badly the inputs are scaled`() {
    var generator = SeededGenerator(seed: 1)
    let X = Matrix.gaussian(4, 20, using: &generator).scalingRows(by: [1e4, 1, 1e-2, 1e-4])
    let problem = Problem(inputs: X, outputs: .gaussian(3, 20, using: &generator))
    let network = LinearNetwork(layers: [.gaussian(3, 4, using: &generator)])
    // Where X Xᵀ is diagonal, as in every run.
    let reduction = Reduction(keepingWidthsOf: network, for: problem)
    let loss = NetworkLoss(problem: reduction.problem, widths: [4, 3])
    let weights = reduction.reduce(network).parameters
    let r = Matrix.gaussian(3, 4, using: &generator).storage
    for gamma in [1e-12, 1e-4, 1, 1e8] {
      let z = applied(GradientFlow(loss), weights, r, gamma: gamma)
      let Hz = loss.hessianProduct(at: weights, z)
      // (I + γH) z = r entry by entry: H is diagonal here.
      for i in r.indices { #expect((z[i] + gamma * Hz[i] - r[i]).magnitude <= 1e-13 * (r[i].magnitude + 1)) }
      // The same solution in the coordinates of the problem.
      func own(_ parameters: [Double]) -> [Double] {
        reduction.expand(LinearNetwork(widths: [4, 3], parameters: parameters)).parameters
      }
      let whole = applied(
        GradientFlow(NetworkLoss(problem: problem, widths: [4, 3])), network.parameters, own(r), gamma: gamma)
      let difference = Matrix.column(zip(whole, own(z)).map { $0 - $1 }).frobeniusNorm
      #expect(difference <= 1e-14 * Matrix.column(z).frobeniusNorm)
    }
  }

  @Test func `in deep networks it solves the Gauss–Newton blocks of the layers`() throws {
    var generator = SeededGenerator(seed: 2)
    // Where W fits all labels the Hessian has no other part.
    let exact = Problem(target: .gaussian(3, 4, using: &generator), sampleCount: 5)
    let network = try LinearNetwork.balanced(factoring: exact.crossCovariance, widths: [4, 3, 5, 3])
    let loss = NetworkLoss(problem: exact, widths: network.widths)
    let r = Matrix.gaussian(1, network.parameterCount, using: &generator).storage
    let gamma = 0.3
    let z = applied(GradientFlow(loss), network.parameters, r, gamma: gamma)
    for block in loss.shape.blocks {
      // Only this layer's part of z, so that H z within the block is the diagonal block's product.
      let part = z.indices.map { block.contains($0) ? z[$0] : 0 }
      let Hz = loss.hessianProduct(at: network.parameters, part)
      for i in block { #expect((part[i] + gamma * Hz[i] - r[i]).magnitude <= 1e-11) }
    }
  }

  @Test func `it saves implicit runs on badly scaled data most of their Jacobian products`() throws {
    var generator = SeededGenerator(seed: 3)
    let scales = (0..<60).map { pow(10, -Double($0) / 15) }
    let X = Matrix.gaussian(60, 150, using: &generator).scalingRows(by: scales)
    let problem = Problem(inputs: X, outputs: .gaussian(8, 150, using: &generator))
    let network = try Start.random(norm: 1).network(
      widths: [60, 4, 4, 8], target: Matrix.gaussian(8, 60, using: &generator), seed: 1)
    let weights = network.parameters
    func products(_ field: any DifferentiableVectorField) -> Int {
      let stepper = CVODE(relativeTolerance: 1e-8).start(field, from: weights, at: 0, events: .none)
      let watcher = Silent()
      #expect(integrate(stepper, outputTimes: [], finalTime: 100, observer: watcher) == .reachedFinalTime)
      return stepper.work.jacobianProducts
    }
    let flow = GradientFlow(NetworkLoss(problem: problem, widths: network.widths))
    #expect(2 * products(flow) < products(Plain(flow)))
  }
}

private final class Silent: IntegrationObserver {
  func output(time: Double, state: UnsafePointer<Double>) {}
  func event(_ occurrence: EventOccurrence) {}
  func stepped(_ stepper: any Stepper) -> Bool { true }
}

/// A field without its preconditioner.
private final class Plain: DifferentiableVectorField {
  let field: GradientFlow
  init(_ field: GradientFlow) { self.field = field }
  var dimension: Int { field.dimension }
  var blocks: [Range<Int>] { field.blocks }
  func evaluate(_ y: UnsafePointer<Double>, into derivative: UnsafeMutablePointer<Double>) {
    field.evaluate(y, into: derivative)
  }
  func linearize(at y: UnsafePointer<Double>) { field.linearize(at: y) }
  func applyJacobian(_ v: UnsafePointer<Double>, into product: UnsafeMutablePointer<Double>) {
    field.applyJacobian(v, into: product)
  }
}
