import Integration
import LinearAlgebra
import LinearNetworks

/// How the state vector of an integration stands for a network: its layers (13), or its end-to-end matrix (17).
enum FlowState: Sendable {
  case layers(widths: [Int])
  case induced(widths: [Int], rank: Int)

  /// The network of a state; for the induced flow its balanced factorisation, cut to the conserved rank.
  func network(_ state: UnsafePointer<Double>) -> LinearNetwork {
    switch self {
    case .layers(let widths):
      let count = NetworkShape(widths: widths).parameterCount
      return LinearNetwork(
        widths: widths, parameters: Array(UnsafeBufferPointer(start: state, count: count)))
    case .induced(let widths, let rank):
      let count = widths.last! * widths[0]
      let W = Matrix(
        rows: widths.last!, columns: widths[0],
        storage: Array(UnsafeBufferPointer(start: state, count: count)))
      let truncated = rank < min(W.rows, W.columns) ? W.singularValueDecomposition.truncated(to: rank) : W
      // The rank is at most the bottleneck, so the factorisation exists.
      return try! LinearNetwork.balanced(factoring: truncated, widths: widths)
    }
  }

  /// The state of a network.
  func state(of network: LinearNetwork) -> [Double] {
    switch self {
    case .layers: network.parameters
    case .induced: network.endToEndMatrix.storage
    }
  }
}
