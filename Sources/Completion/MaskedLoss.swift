import Integration
import LinearAlgebra
import LinearNetworks

/// L_Ω(W) = ½ Σ_{(i,j) ∈ Ω} (W_ij − Z_ij)²: the loss of a matrix of which some entries are observed.
///
/// Its gradient is P_Ω(W − Z), its second derivative along A is P_Ω A. As a loss of the layers it is a ``NetworkLoss`` with gradient and Hessian products; X Xᵀ = I, and no theorem that needs all entries applies.
final class MaskedLoss: EndToEndLoss {
  private let rows: Int
  private let size: Int
  private let places: [Int]
  private let values: [Double]

  init(_ observed: ObservedMatrix) {
    rows = observed.rows
    size = observed.rows * observed.columns
    places = observed.entries.map { $0.row + $0.column * observed.rows }
    values = observed.entries.map(\.value)
  }

  func value(_ W: UnsafePointer<Double>) -> Double {
    var sum = 0.0
    for (k, place) in places.enumerated() {
      let residual = W[place] - values[k]
      sum += residual * residual
    }
    return 0.5 * sum
  }

  func gradient(_ W: UnsafePointer<Double>, into G: UnsafeMutablePointer<Double>) {
    G.update(repeating: 0, count: size)
    for (k, place) in places.enumerated() { G[place] = W[place] - values[k] }
  }

  func secondDerivative(along A: UnsafePointer<Double>, into product: UnsafeMutablePointer<Double>) {
    // A and product may be the same.
    let kept = places.map { A[$0] }
    product.update(repeating: 0, count: size)
    for (place, x) in zip(places, kept) { product[place] = x }
  }
}

extension NetworkLoss {
  /// L_Ω(W_N ⋯ W_1) for layers of the widths d_0 = columns, …, d_N = rows.
  ///
  /// - Parameters:
  ///   - observed: Z on Ω.
  ///   - widths: d_0, …, d_N.
  public convenience init(completing observed: ObservedMatrix, widths: [Int]) {
    // The problem stands for the shape, and for the preconditioner of implicit steps: all entries observed, the others as 0.
    self.init(
      problem: Problem(target: observed.filled, sampleCount: 1), widths: widths,
      replacement: MaskedLoss(observed))
  }
}
