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

  func write(_ W: FactoredMatrix, into y: UnsafeMutablePointer<Double>) {
    precondition(loss.shape.depth == 1, "W does not say what \(loss.shape.depth) layers are")
    W.matrix.storage.withUnsafeBufferPointer { y.update(from: $0.baseAddress!, count: $0.count) }
  }

  func endToEnd(_ y: UnsafePointer<Double>) -> FactoredMatrix { loss.endToEnd(y) }

  func gradientNorm(_ y: UnsafePointer<Double>, _ W: @autoclosure () -> SingularValueDecomposition) -> Double
  {
    gradient.withUnsafeMutableBufferPointer { loss.gradient(y, into: $0.baseAddress!) }
    return Matrix.column(gradient).frobeniusNorm
  }

  func largestLayer(_ y: UnsafePointer<Double>, _ W: @autoclosure () -> SingularValueDecomposition) -> Double
  {
    loss.shape.blocks.reduce(0) { max($0, norm2(y + $1.lowerBound, $1.count)) }
  }

  func imbalance(_ y: UnsafePointer<Double>) -> (size: Double, drift: Double) {
    let network = layers(y)
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

  func network(_ y: UnsafePointer<Double>, _ W: @autoclosure () -> SingularValueDecomposition)
    -> LinearNetwork
  { layers(y) }

  private func layers(_ y: UnsafePointer<Double>) -> LinearNetwork {
    LinearNetwork(
      widths: loss.shape.widths, parameters: Array(UnsafeBufferPointer(start: y, count: dimension)))
  }
}
