import Integration
import LinearAlgebra
import LinearNetworks

/// The layers at time t by the library's explicit method with relative tolerance 1e-11.
func integratedLayers(_ problem: Problem, _ start: LinearNetwork, to end: Double) -> LinearNetwork {
  let field = GradientFlow(NetworkLoss(problem: problem, widths: start.widths), negligibleNorm: 1e-3)
  let stepper = Integration.DormandPrince(relativeTolerance: 1e-11).start(
    field, from: start.parameters, at: 0, events: .none)
  while stepper.time < end {
    guard case .stepped = stepper.advance(notBeyond: end) else {
      preconditionFailure("the integration failed")
    }
  }
  return LinearNetwork(
    widths: start.widths, parameters: Array(UnsafeBufferPointer(start: stepper.state, count: field.dimension))
  )
}
