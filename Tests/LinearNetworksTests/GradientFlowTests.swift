import Integration
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

struct GradientFlowTests {
  @Test(arguments: NetworkCase.zoo) func `the velocity is −∇L and the Jacobian −∇²L`(_ example: NetworkCase) {
    let loss = NetworkLoss(problem: example.problem, widths: example.network.widths)
    let flow = GradientFlow(NetworkLoss(problem: example.problem, widths: example.network.widths))
    let (w, Δ) = (example.network.parameters, example.direction(seed: 111).parameters)
    #expect(flow(w) == loss.gradient(w).map { -$0 })
    #expect(flow.dimension == w.count)
    #expect(flow.blocks.map(\.count) == example.network.layers.map(\.storage.count))
    var product = [Double](repeating: 0, count: w.count)
    flow.linearize(at: w)
    flow.applyJacobian(Δ, into: &product)
    #expect(product == loss.hessianProduct(at: w, Δ).map { -$0 })
  }

  /// The largest drift of an imbalance, relative to the largest squared layer norm on the way.
  private func drift(_ example: NetworkCase, by method: any IntegrationMethod, until time: Double) -> Double {
    let flow = GradientFlow(NetworkLoss(problem: example.problem, widths: example.network.widths))
    let recorder = Recorder(dimension: flow.dimension)
    let stepper = method.start(flow, from: example.network.parameters, at: 0, events: .none)
    let end = integrate(stepper, outputTimes: [], finalTime: time, observer: recorder)
    #expect(end == .reachedFinalTime)
    let start = example.network.imbalances
    let networks = recorder.steps.map { LinearNetwork(widths: example.network.widths, parameters: $0.state) }
    let size = networks.flatMap(\.layers).map(\.frobeniusNorm).max()!
    return networks.map { network in
      zip(network.imbalances, start).map { ($0 - $1).frobeniusNorm }.max()!
    }.max()! / (size * size)
  }

  private static let deep = NetworkCase.zoo.filter { $0.network.depth > 1 && $0.name != "wide" }

  @Test(arguments: deep) func `CVODE conserves the imbalances to 1e-9`(_ example: NetworkCase) {
    // The per-step tolerance of a default run.
    #expect(drift(example, by: CVODE(relativeTolerance: 1e-12), until: 20) <= 1e-9)
  }

  @Test(arguments: deep) func `Dormand and Prince's pair conserves the imbalances to 1e-9`(
    _ example: NetworkCase
  ) {
    #expect(drift(example, by: Integration.DormandPrince(relativeTolerance: 1e-12), until: 20) <= 1e-9)
  }

  @Test(arguments: deep) func `explicit Euler does not conserve them, and the drift is of first order`(
    _ example: NetworkCase
  ) {
    let (coarse, fine) = (
      drift(example, by: ExplicitEuler(step: 1e-3), until: 2),
      drift(example, by: ExplicitEuler(step: 5e-4), until: 2)
    )
    #expect(coarse > 1e-6)
    #expect((coarse / fine - 2).magnitude <= 0.1)
  }
}
