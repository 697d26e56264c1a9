import LinearAlgebra
import LinearNetworks

/// A gradient flow that is known at any time without visiting the times before it.
public protocol ExactSolution: Sendable {
  /// The state as the closed form gives it, with what is special about the case.
  associatedtype State: ExactState

  /// What is solved and how, in one clause that names its derivation.
  var summary: String { get }

  /// W(t) with a bound on its error, t ≥ 0.
  func state(at t: Double) -> State

  /// The layers that the start has become at time t.
  func network(at t: Double) -> LinearNetwork

  /// t ↦ W(t) for many times: keeps what it has worked out, so that later calls are cheaper. For one task.
  func evaluator() -> (Double) -> any ExactState

  /// t ↦ the layers, for many times: cheapest where they increase. For one task.
  func layersEvaluator() -> (Double) -> LinearNetwork
}

extension ExactSolution {
  public func evaluator() -> (Double) -> any ExactState { { state(at: $0) } }
  public func layersEvaluator() -> (Double) -> LinearNetwork { { network(at: $0) } }
}

/// One moment of an exact flow.
public protocol ExactState: Sendable {
  /// t.
  var time: Double { get }
  /// W(t), dy × dx.
  var endToEndMatrix: Matrix { get }
  /// W(t) by factors, where the case has them.
  var factors: FactoredMatrix { get }
  /// The layers up to one rotation of the hidden layer, where W does not tell their Gram matrices; nil where they are those of balanced layers.
  var layers: LinearNetwork? { get }
  /// A first-order bound on ‖error of W(t)‖_F / ‖W(t)‖_F.
  var relativeError: Double { get }
}

extension ExactState {
  public var factors: FactoredMatrix { FactoredMatrix(endToEndMatrix) }
  public var layers: LinearNetwork? { nil }
}

/// An absolute bound relative to ‖W‖; infinite where W vanishes and the bound does not.
func relative(_ error: Double, to W: Matrix) -> Double {
  error / max(W.frobeniusNorm, .leastNormalMagnitude)
}
