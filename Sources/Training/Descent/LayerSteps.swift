import Foundation
import LinearAlgebra
import LinearNetworks

/// A step for every layer, W_j ← W_j − η_j ∂L_N/∂W_j, which is descent with one step on other layers of the same product.
///
/// With η = (Π η_j)^{1/N} and V_j = W_j/c_j, c_j = √(η_j/η): Π c_j = 1, so that V_N ⋯ V_1 = W_N ⋯ W_1, and since ∂L_N/∂V_j = c_j ∂L_N/∂W_j the steps are V_j ← V_j − η ∂L_N/∂V_j. What is known of descent with one step, and of the flow beside it, so holds for the V_j;
/// their Hessian is that of the W_j between diag(c). Momentum and fading steps go along. A run takes the V_j, and its files have the W_j.
public struct LayerSteps: Codable, Sendable, Equatable {
  /// η_1, …, η_N.
  public let steps: [Double]

  /// - Parameter steps: positive, one for each layer.
  public init(_ steps: [Double]) {
    precondition(!steps.isEmpty && steps.allSatisfy { $0 > 0 && $0.isFinite }, "steps \(steps) of layers")
    self.steps = steps
  }

  /// η.
  public var mean: Double {
    // Relative to the first, so that equal steps are exactly their mean.
    steps[0] * exp(steps.reduce(0) { $0 + log($1 / steps[0]) } / Double(steps.count))
  }

  /// c_1, …, c_N.
  public var factors: [Double] {
    let η = mean
    return steps.map { ($0 / η).squareRoot() }
  }

  /// The layers V_j of a run for the layers W_j.
  public func taken(by W: LinearNetwork) -> LinearNetwork { scaled(W, factors.map { 1 / $0 }) }

  /// The layers W_j for the layers V_j of a run.
  public func given(_ V: LinearNetwork) -> LinearNetwork { scaled(V, factors) }

  private func scaled(_ network: LinearNetwork, _ factors: [Double]) -> LinearNetwork {
    precondition(network.depth == steps.count, "\(steps.count) steps for \(network.depth) layers")
    return LinearNetwork(layers: zip(factors, network.layers).map { $0 * $1 })
  }
}

extension TrainingRun {
  /// The layers as they were given and are saved: those of the run, but where every layer has a step of its own.
  public func given(_ network: LinearNetwork) -> LinearNetwork {
    options.descent?.layerSteps?.given(network) ?? network
  }

  /// c_j, with which the layers of the run are the given ones: 1 but for steps of layers.
  var layerFactors: [Double] {
    options.descent?.layerSteps?.factors ?? Array(repeating: 1, count: start.depth)
  }
}
