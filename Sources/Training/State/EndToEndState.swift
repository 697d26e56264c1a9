import Foundation
import LinearAlgebra
import LinearNetworks

/// y holds W alone, of a closed form or of (17), and stands for balanced layers, which keep the imbalance of the start.
///
/// The closed forms of low rank k give W = L Rᵀ by factors, and y is [L; R]: then nothing of a look at the run has the size of W.
final class EndToEndState: FlowState {
  private let widths: [Int]
  /// The columns of L and R; nil where y holds W itself.
  private let factorColumns: Int?
  /// The conserved rank of W (Lemma 3.3).
  private let rank: Int
  private let flow: InducedFlow
  private let initialImbalance: Double

  /// States of the reduced problem, whose layers have the widths and the imbalance of the start.
  ///
  /// - Parameter factored: whether y is to hold factors, where that is shorter.
  init(_ problem: Problem, start: LinearNetwork, factored: Bool) {
    widths = start.widths
    let W = start.factoredEndToEnd
    let k = start.bottleneckWidth
    factorColumns = factored && W.right != nil ? k : nil
    rank = W.singularValueDecomposition(ofRank: k).rank()
    flow = InducedFlow(problem: problem, depth: start.depth, rank: rank)
    initialImbalance = start.relativeImbalance
    largestEntry = Self.largestEndToEndEntry(problem)
  }

  var dimension: Int { factorColumns.map { (outputs + inputs) * $0 } ?? outputs * inputs }
  let largestEntry: Double
  private var outputs: Int { widths.last! }
  private var inputs: Int { widths[0] }

  func vector(of network: LinearNetwork) -> [Double] {
    var y = [Double](repeating: 0, count: dimension)
    y.withUnsafeMutableBufferPointer { write(network.factoredEndToEnd, into: $0.baseAddress!) }
    return y
  }

  func write(_ W: FactoredMatrix, into y: UnsafeMutablePointer<Double>) {
    guard let k = factorColumns else {
      return W.matrix.storage.withUnsafeBufferPointer { y.update(from: $0.baseAddress!, count: $0.count) }
    }
    guard let right = W.right, W.left.columns <= k else {
      preconditionFailure("\(W.left.columns) factors in a state of \(k)")
    }
    // Directions that a closed form leaves out are zero.
    y.update(repeating: 0, count: dimension)
    W.left.storage.withUnsafeBufferPointer { y.update(from: $0.baseAddress!, count: $0.count) }
    right.storage.withUnsafeBufferPointer {
      (y + outputs * k).update(from: $0.baseAddress!, count: $0.count)
    }
  }

  func velocity(_ y: [Double]) -> [Double] {
    precondition(factorColumns == nil, "a closed form has no use of velocities")
    return flow(y)
  }

  func endToEnd(_ y: UnsafePointer<Double>) -> FactoredMatrix {
    func matrix(_ rows: Int, _ columns: Int, from p: UnsafePointer<Double>) -> Matrix {
      Matrix(
        rows: rows, columns: columns,
        storage: Array(UnsafeBufferPointer(start: p, count: rows * columns)))
    }
    guard let k = factorColumns else { return FactoredMatrix(matrix(outputs, inputs, from: y)) }
    return FactoredMatrix(left: matrix(outputs, k, from: y), right: matrix(inputs, k, from: y + outputs * k))
  }

  func gradientNorm(_ y: UnsafePointer<Double>, _ W: @autoclosure () -> SingularValueDecomposition) -> Double
  {
    flow.gradientNorm(at: resolved(W()))
  }

  /// The singular values of W up to the conserved rank that are above its round-off.
  ///
  /// What has vanished below that is not known: layers of its root would be as large as the root of round-off, and so would a gradient that should be zero.
  private func resolved(_ W: SingularValueDecomposition) -> SingularValueDecomposition {
    W.prefix(min(rank, W.rank()))
  }

  /// (Σ σ_i^{2/N})^{1/2}: balanced layers have one size.
  func largestLayer(_ y: UnsafePointer<Double>, _ W: @autoclosure () -> SingularValueDecomposition) -> Double
  {
    W().singularValues.prefix(rank).reduce(0) { hypot($0, pow($1, 1 / Double(widths.count - 1))) }
  }

  func imbalance(_ y: UnsafePointer<Double>) -> (size: Double, drift: Double) { (initialImbalance, 0) }

  /// The balanced factorisation of W, cut to the conserved rank.
  func network(_ y: UnsafePointer<Double>, _ W: @autoclosure () -> SingularValueDecomposition)
    -> LinearNetwork
  {
    let svd = resolved(W())
    // The rank is at most the bottleneck, so the factorisation exists.
    return .balanced(left: svd.U, singularValues: svd.singularValues, right: svd.V, widths: widths)
  }
}
