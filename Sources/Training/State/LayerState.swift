import Foundation
import LinearAlgebra
import LinearNetworks

/// y holds the layers, which follow (13).
final class LayerState: FlowState {
  private let loss: NetworkLoss
  private let initialImbalances: [Matrix]
  private var gradient: [Double]
  let largestEntry: Double

  /// States of the reduced problem, beside the start, whose imbalances are conserved.
  init(_ problem: Problem, start: LinearNetwork) {
    loss = NetworkLoss(problem: problem, widths: start.widths)
    initialImbalances = start.imbalances
    largestEntry = pow(Self.largestEndToEndEntry(problem), 1 / Double(start.depth))
    gradient = Array(repeating: 0, count: loss.shape.parameterCount)
  }

  var dimension: Int { loss.shape.parameterCount }

  func vector(of network: LinearNetwork) -> [Double] { network.parameters }
  func velocity(_ y: [Double]) -> [Double] { loss.gradient(y).map { -$0 } }
  func endToEndMatrix(_ y: UnsafePointer<Double>) -> Matrix { loss.endToEndMatrix(y) }

  func endToEndEntries(_ y: UnsafePointer<Double>) -> UnsafePointer<Double> { loss.endToEndEntries(y) }

  func gradientNorm(_ y: UnsafePointer<Double>) -> Double {
    gradient.withUnsafeMutableBufferPointer { loss.gradient(y, into: $0.baseAddress!) }
    return Matrix.column(gradient).frobeniusNorm
  }

  func imbalance(_ y: UnsafePointer<Double>) -> (size: Double, drift: Double) {
    let network = network(y)
    let scale = network.layers.reduce(0) { max($0, $1.frobeniusNorm) }
    guard scale > 0 else { return (0, 0) }
    let imbalances = network.imbalances
    let drift = zip(imbalances, initialImbalances).reduce(0) { max($0, ($1.0 - $1.1).frobeniusNorm) }
    // Where squares neither underflow nor overflow the matrices serve twice.
    let size =
      scale > 1e-100 && scale < 1e100
      ? imbalances.reduce(0) { max($0, $1.frobeniusNorm) } / scale / scale : network.relativeImbalance
    return (size, drift / scale / scale)
  }

  func network(_ y: UnsafePointer<Double>) -> LinearNetwork {
    LinearNetwork(
      widths: loss.shape.widths, parameters: Array(UnsafeBufferPointer(start: y, count: dimension)))
  }
}
