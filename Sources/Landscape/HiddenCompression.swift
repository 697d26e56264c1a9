import LinearAlgebra
import LinearNetworks

/// A network without the hidden dimensions that neither of the layers around them uses: W_j = Q_j C_j Q_{j−1}ᵀ.
///
/// Q_j spans the range of W_j and of W_{j+1}ᵀ; the s_j = d_j − ρ_j dimensions outside are spare. The gradient has the form Q_j (·) Q_{j−1}ᵀ too, and the Hessian is
/// block diagonal: the Hessian of the C_j; for every spare dimension of layer j the block [0 C; Cᵀ 0], C = W_{>j+1}ᵀ G W_{<j}ᵀ with G = (W X − Y) Xᵀ, in which the weights into
/// that dimension meet those out of it, with eigenvalues ±σ_i(C) and zeros; and zeros for weights between spare dimensions. So the whole spectrum of a network, with
/// multiplicities, follows from a smaller one.
///
/// Why a user cares: balanced networks of rank ρ, and networks wider than the sum of the widths around, have their verdict at the cost of a small one.
///
/// Accuracy: dimensions in which both layers are below round-off, 8·max(shape)·eps of their norms, count as spare.
///
/// Source: D2 of Documentation/derived.md.
public struct HiddenCompression: Sendable {
  /// C_1, …, C_N; the inputs and outputs keep their dimensions.
  public let network: LinearNetwork
  /// s_1, …, s_{N−1}.
  public let spareDimensions: [Int]
  /// Q_0, …, Q_N; nil stands for the identity.
  private let bases: [Matrix?]
  private let original: [Int]

  /// The compression of a network.
  public init(_ whole: LinearNetwork) {
    original = whole.widths
    let hidden = zip(whole.layers, whole.layers.dropFirst()).map { HiddenCompression.basis($0, $1) }
    bases = [nil] + hidden + [nil]
    spareDimensions = zip(hidden, whole.widths.dropFirst()).map { basis, width in
      basis.map { width - $0.columns } ?? 0
    }
    network = HiddenCompression.compress(whole, bases)
  }

  /// Σ_j d_j d_{j−1} of the whole network.
  var weights: Int { zip(original, original.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } }

  /// Q_jᵀ W_j Q_{j−1}: another network that uses no more than the same hidden dimensions.
  func compress(_ whole: LinearNetwork) -> LinearNetwork { HiddenCompression.compress(whole, bases) }

  private static func compress(_ whole: LinearNetwork, _ bases: [Matrix?]) -> LinearNetwork {
    LinearNetwork(
      layers: whole.layers.enumerated().map { j, W in
        let right = bases[j].map { W * $0 } ?? W
        return bases[j + 1].map { Matrix.product($0, .transposed, right, .plain) } ?? right
      })
  }

  /// Q_j C_j Q_{j−1}ᵀ: a network, or a direction, of the compressed layers among all weights.
  public func expand(_ compressed: LinearNetwork) -> LinearNetwork {
    precondition(
      compressed.widths == network.widths, "widths \(compressed.widths) in a compression to \(network.widths)"
    )
    return LinearNetwork(
      layers: compressed.layers.enumerated().map { j, C in
        let left = bases[j + 1].map { $0 * C } ?? C
        return bases[j].map { Matrix.product(left, .plain, $0, .transposed) } ?? left
      })
  }

  /// The direction Δ_j = e aᵀ Q_{j−1}ᵀ, Δ_{j+1} = Q_{j+1} b eᵀ of all weights, e a unit vector of a spare dimension of layer j (from 1).
  func spareDirection(layer j: Int, into a: [Double], outOf b: [Double]) -> LinearNetwork {
    let basis = bases[j]!
    // The unit vector with the largest part outside the basis, which is at least √(s/d) of it, projected twice.
    let inside = (0..<basis.rows).map { Matrix.column(basis.row($0)).frobeniusNorm }
    var e = Matrix(zeros: basis.rows, 1)
    e[inside.indices.min { inside[$0] < inside[$1] }!, 0] = 1
    for _ in 0..<2 {
      e -= basis * Matrix.product(basis, .transposed, e, .plain)
      e = (1 / e.frobeniusNorm) * e
    }
    let a = bases[j - 1].map { $0 * .column(a) } ?? .column(a)
    let b = bases[j + 1].map { $0 * .column(b) } ?? .column(b)
    return LinearNetwork(
      layers: zip(original, original.dropFirst()).enumerated().map { i, shape in
        switch i {
        case j - 1: Matrix.product(e, .plain, a, .transposed)
        case j: Matrix.product(b, .plain, e, .transposed)
        default: Matrix(zeros: shape.1, shape.0)
        }
      })
  }

  /// An orthonormal basis of range W + range W_nextᵀ; nil if that is everything, one direction if it is nothing.
  private static func basis(_ W: Matrix, _ next: Matrix) -> Matrix? {
    let stacked = [W, next.transpose].filter { $0.frobeniusNorm > 0 }.map { (1 / $0.frobeniusNorm) * $0 }
    guard let first = stacked.first else {
      return W.rows > 1 ? Matrix.identity(W.rows).columns(0..<1) : nil
    }
    let all = stacked.dropFirst().reduce(first) { $0.appendingColumns($1) }
    let basis = all.columnSpaceBasis(
      relativeTolerance: 8 * Double(max(all.rows, all.columns)) * .ulpOfOne)
    return basis.columns < W.rows ? basis : nil
  }
}
