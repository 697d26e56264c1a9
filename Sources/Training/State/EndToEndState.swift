import LinearAlgebra
import LinearNetworks

/// y holds W alone, of a closed form or of (17), and stands for balanced layers, which keep the imbalance of the start.
final class EndToEndState: FlowState {
  private let widths: [Int]
  /// The conserved rank of W (Lemma 3.3).
  private let rank: Int
  private let flow: InducedFlow
  private let initialImbalance: Double

  /// States of the reduced problem, whose layers have the widths and the imbalance of the start.
  init(_ problem: Problem, start: LinearNetwork) {
    widths = start.widths
    rank = start.endToEndMatrix.singularValueDecomposition.rank()
    flow = InducedFlow(problem: problem, depth: start.depth, rank: rank)
    initialImbalance = start.relativeImbalance
    largestEntry = Self.largestEndToEndEntry(problem)
  }

  var dimension: Int { flow.dimension }
  let largestEntry: Double

  func vector(of network: LinearNetwork) -> [Double] { network.endToEndMatrix.storage }
  func velocity(_ y: [Double]) -> [Double] { flow(y) }

  func endToEndMatrix(_ y: UnsafePointer<Double>) -> Matrix {
    Matrix(
      rows: widths.last!, columns: widths[0], storage: Array(UnsafeBufferPointer(start: y, count: dimension)))
  }

  func endToEndEntries(_ y: UnsafePointer<Double>) -> UnsafePointer<Double> { y }

  func gradientNorm(_ y: UnsafePointer<Double>) -> Double { flow.gradientNorm(at: endToEndMatrix(y)) }
  func imbalance(_ y: UnsafePointer<Double>) -> (size: Double, drift: Double) { (initialImbalance, 0) }

  /// The balanced factorisation of W, cut to the conserved rank.
  func network(_ y: UnsafePointer<Double>) -> LinearNetwork {
    let W = endToEndMatrix(y)
    let truncated =
      rank < min(W.rows, W.columns) ? W.singularValueDecomposition(ofRank: rank).truncated(to: rank) : W
    // The rank is at most the bottleneck, so the factorisation exists.
    return try! LinearNetwork.balanced(factoring: truncated, widths: widths)
  }
}
