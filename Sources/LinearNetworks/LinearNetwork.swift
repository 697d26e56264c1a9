import LinearAlgebra

/// A linear network x ↦ W_N ⋯ W_1 x.
///
/// Layer j maps d_{j−1} to d_j dimensions; `layers[j − 1]` is W_j, of shape d_j × d_{j−1}.
///
/// Source: Eftekhari (2020), equations (1)–(3).
public struct LinearNetwork: Sendable, Equatable {
  /// W_1, …, W_N, in the order in which they are applied.
  public let layers: [Matrix]

  /// The network of W_1, …, W_N, whose shapes must compose.
  public init(layers: [Matrix]) {
    precondition(!layers.isEmpty, "a network has at least one layer")
    for (j, (W, next)) in zip(layers, layers.dropFirst()).enumerated() {
      precondition(
        W.rows == next.columns,
        "layer \(j + 1) has \(W.rows) outputs but layer \(j + 2) takes \(next.columns) inputs")
    }
    self.layers = layers
  }

  /// N, the number of layers.
  public var depth: Int { layers.count }

  /// d_0 = dx, d_1, …, d_N = dy.
  public var widths: [Int] { [layers[0].columns] + layers.map(\.rows) }

  /// r = min_j d_j, equation (9).
  public var bottleneckWidth: Int { widths.min()! }

  /// Σ_j d_j d_{j−1}.
  public var parameterCount: Int { layers.reduce(0) { $0 + $1.storage.count } }

  /// W = W_N ⋯ W_1.
  public var endToEndMatrix: Matrix { layers.dropFirst().reduce(layers[0]) { $1 * $0 } }

  /// W = (W_N ⋯ W_{k+1})(W_k ⋯ W_1) by the factors on the two sides of the narrowest hidden layer k.
  package var factoredEndToEnd: FactoredMatrix {
    guard depth > 1, let k = (1..<depth).min(by: { layers[$0].columns < layers[$1].columns }),
      2 * layers[k].columns < min(layers[0].columns, layers[depth - 1].rows)
    else { return FactoredMatrix(endToEndMatrix) }
    let left = layers[k...].dropFirst().reduce(layers[k]) { $1 * $0 }
    let right = layers[..<k].dropFirst().reduce(layers[0]) { $1 * $0 }
    return FactoredMatrix(left: left, right: right.transpose)
  }

  /// The imbalance matrices D_j = W_{j+1}ᵀ W_{j+1} − W_j W_jᵀ, j = 1, …, N−1.
  ///
  /// Gradient flow conserves every D_j exactly; integrators do not, so their drift exposes integration error.
  ///
  /// - Returns: N−1 symmetric matrices, the j-th of shape d_j × d_j.
  /// - Complexity: O(Σ_j d_j² (d_{j−1} + d_{j+1})).
  ///
  /// Source: Eftekhari (2020), equations (14) and (15).
  public var imbalances: [Matrix] {
    zip(layers, layers.dropFirst()).map { W, next in .differenceOfSquares(next, W) }
  }

  /// max_j ‖D_j‖_F / max_j ‖W_j‖_F²; zero for a balanced network, and by convention for the zero network.
  public var relativeImbalance: Double {
    let scale = layers.reduce(0) { max($0, $1.frobeniusNorm) }
    if scale == 0 { return 0 }
    // Scaled before squaring, so that networks of size 1e-200 or 1e200 neither underflow nor overflow.
    return LinearNetwork(layers: layers.map { (1 / scale) * $0 }).imbalances.reduce(0) {
      max($0, $1.frobeniusNorm)
    }
  }

  /// Whether the network is balanced (14) to within `tolerance` .
  public func isBalanced(tolerance: Double = .hypothesisTolerance) -> Bool { relativeImbalance <= tolerance }

  /// All weights in one array: layer after layer, each by columns.
  public var parameters: [Double] { layers.flatMap(\.storage) }

  /// The network with the given widths and weights, the inverse of ``parameters``.
  public init(widths: [Int], parameters: [Double]) {
    let shape = NetworkShape(widths: widths)
    precondition(parameters.count == shape.parameterCount, "\(parameters.count) weights for widths \(widths)")
    self.init(
      layers: shape.blocks.enumerated().map { j, block in
        Matrix(rows: widths[j + 1], columns: widths[j], storage: Array(parameters[block]))
      })
  }
}

/// Where each layer lies in an array of all weights.
public struct NetworkShape: Sendable, Equatable {
  /// d_0, …, d_N.
  public let widths: [Int]
  /// The range of layer j + 1's weights.
  public let blocks: [Range<Int>]

  /// The shape of widths d_0, …, d_N, all positive, N ≥ 1.
  public init(widths: [Int]) {
    precondition(widths.count >= 2, "a network has at least one layer, so at least two widths")
    precondition(widths.allSatisfy { $0 > 0 }, "widths are positive, not \(widths)")
    self.widths = widths
    var start = 0
    blocks = zip(widths, widths.dropFirst()).map { a, b in
      defer { start += a * b }
      return start..<start + a * b
    }
  }

  /// N.
  public var depth: Int { widths.count - 1 }
  /// About how many multiplications a gradient takes: the products of all layers, forwards, backwards and for the gradient, that begin at the narrower of d_0 and d_1.
  package var gradientProducts: Double {
    let weights = zip(widths, widths.dropFirst()).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    return 3 * weights * Double(min(widths[0], widths[1]))
  }

  /// Σ_j d_j d_{j−1}.
  public var parameterCount: Int { blocks.last!.upperBound }
}
