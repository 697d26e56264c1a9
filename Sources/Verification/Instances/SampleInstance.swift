import Foundation
import LinearAlgebra
import LinearNetworks

/// Samples and a network on them.
public struct SampleInstance: Instance {
  /// X, dx × m.
  public let inputs: Matrix
  /// Y, dy × m.
  public let outputs: Matrix
  /// W_1, …, W_N.
  public let network: LinearNetwork

  /// An instance from its parts.
  public init(inputs: Matrix, outputs: Matrix, network: LinearNetwork) {
    (self.inputs, self.outputs, self.network) = (inputs, outputs, network)
  }

  public var exhibit: Exhibit {
    Exhibit(data: .samples(inputs: inputs, outputs: outputs), start: network)
  }

  /// W = W_N ⋯ W_1.
  public var W: Matrix { network.endToEndMatrix }
  /// r.
  public var bottleneck: Int { network.bottleneckWidth }
  /// Π_j ‖W_j‖, which bounds every entry of W and the rounding of its product.
  public var productOfNorms: Double { network.layers.reduce(1) { $0 * $1.frobeniusNorm } }
  /// ‖Y‖ + Π_j‖W_j‖·‖X‖, which bounds the residual.
  public var residualSize: Double { outputs.frobeniusNorm + productOfNorms * inputs.frobeniusNorm }

  /// A dot product of n terms errs by n·eps of Σ|terms|; a chain of N + 1 matrices of at most n columns by (N + 1)n·eps, squared twice that.
  public var roundOff: Double {
    let n = max(network.widths.max()!, inputs.columns)
    return 4 * Double((network.depth + 2) * n + 8) * eps
  }

  /// σ_1/σ_min of X; infinite if X Xᵀ is singular.
  public var inputCondition: Double {
    let σ = inputs.singularValues
    guard inputs.columns >= inputs.rows, let last = σ.last, last > 1e-12 * σ[0] else { return .infinity }
    return σ[0] / last
  }

  /// W_{>j} and W_{<j}.
  func around(_ j: Int) -> (above: Matrix, below: Matrix) {
    (
      network.layers.dropFirst(j).reduce(Matrix.identity(network.layers[j - 1].rows)) { $1 * $0 },
      network.layers.prefix(j - 1).reduce(Matrix.identity(inputs.rows)) { $1 * $0 }
    )
  }

  /// ‖∇L_N‖², from the definition ∇_{W_j}L_N = W_{>j}ᵀ (W X − Y) Xᵀ W_{<j}ᵀ.
  var squaredGradient: Double {
    let force = Matrix.product(W * inputs - outputs, .plain, inputs, .transposed)
    return (1...network.depth).reduce(0) { sum, j in
      let (above, below) = around(j)
      let g = Matrix.product(Matrix.product(above, .transposed, force, .plain), .plain, below, .transposed)
        .frobeniusNorm
      return sum + g * g
    }
  }

  /// P_X = X†X, the projection on the row space of X.
  public var projection: Matrix {
    let svd = inputs.singularValueDecomposition
    let V = svd.V.columns(0..<svd.rank(tolerance: 1e-10 * svd.singularValues[0]))
    return Matrix.product(V, .plain, V, .transposed)
  }
}

/// Random samples and networks of few dimensions.
public struct SampleFamily: Sendable {
  /// How the layers are drawn.
  public enum Start: Sendable {
    /// Independent entries.
    case independent
    /// Balanced, of a rank up to the narrowest width.
    case balanced
  }

  /// N.
  public var depths = 1...4
  /// d_0, …, d_N.
  public var widths = 1...4
  /// Samples beyond dx; negative makes X Xᵀ singular.
  public var surplus = 0...4
  /// X Xᵀ/m = I.
  public var isWhitened = false
  /// How the layers are drawn.
  public var start = Start.independent

  /// The widest family.
  public init() {}

  /// A family that differs from the widest.
  public init(_ change: (inout SampleFamily) -> Void) { change(&self) }

  /// An instance; nil for a family without samples for these dimensions.
  public func instance(_ draw: inout Draw) -> SampleInstance? {
    let N = draw.integer(depths)
    let d = (0...N).map { _ in draw.integer(widths) }
    let m = d[0] + draw.integer(surplus)
    guard m >= 1 else { return nil }
    let X =
      isWhitened
      ? Double(m).squareRoot() * draw.orthonormal(m, d[0]).transpose
      : draw.logarithmic(0.1, 10) * draw.matrix(d[0], m)
    let Y = draw.logarithmic(0.1, 10) * draw.matrix(d[N], m)
    switch start {
    case .independent:
      let layers = (1...N).map { j in draw.logarithmic(0.3, 2) * draw.matrix(d[j], d[j - 1]) }
      return SampleInstance(inputs: X, outputs: Y, network: LinearNetwork(layers: layers))
    case .balanced:
      let ρ = draw.integer(1...d.min()!)
      let W = draw.logarithmic(0.1, 3) * (draw.matrix(d[N], ρ) * draw.matrix(ρ, d[0]))
      guard let network = try? LinearNetwork.balanced(factoring: W, widths: d) else { return nil }
      return SampleInstance(inputs: X, outputs: Y, network: network)
    }
  }
}
