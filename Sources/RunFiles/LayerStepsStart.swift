import LinearNetworks
import Training

extension TrainingOptions {
  /// Where a run starts that is given a network: at that network, but where every layer has a step of its own.
  ///
  /// - Throws: ``SessionError/layerSteps(steps:layers:)`` for another number of steps than layers.
  package func start(given network: LinearNetwork) throws(SessionError) -> LinearNetwork {
    guard let steps = descent?.layerSteps else { return network }
    guard steps.steps.count == network.depth else {
      throw .layerSteps(steps: steps.steps.count, layers: network.depth)
    }
    return steps.taken(by: network)
  }
}
