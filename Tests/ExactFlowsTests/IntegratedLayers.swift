import Integration
import LinearAlgebra
import LinearNetworks

/// The layers at time t by the library's explicit method with relative tolerance 1e-11.
func integratedLayers(_ problem: Problem, _ start: LinearNetwork, to end: Double) -> LinearNetwork {
  // The field lives in the eigen-coordinates of the inputs.
  let rotated = LinearNetwork(layers: [start.layers[0] * problem.inputBasis] + start.layers.dropFirst())
  let field = GradientFlow(NetworkLoss(loss: problem.loss, widths: start.widths), negligibleNorm: 1e-3)
  let stepper = Integration.DormandPrince(relativeTolerance: 1e-11).start(
    field, from: rotated.parameters, at: 0, events: .none)
  while stepper.time < end {
    guard case .stepped = stepper.advance(notBeyond: end) else {
      preconditionFailure("the integration failed")
    }
  }
  let reached = LinearNetwork(
    widths: start.widths, parameters: Array(UnsafeBufferPointer(start: stepper.state, count: field.dimension))
  )
  let first = Matrix.product(reached.layers[0], .plain, problem.inputBasis, .transposed)
  return LinearNetwork(layers: [first] + reached.layers.dropFirst())
}
