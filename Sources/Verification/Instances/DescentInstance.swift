import Foundation
import LinearAlgebra
import LinearNetworks

/// A network on samples, and a step of gradient descent.
public struct DescentInstance: Instance {
  /// X, Y and the start.
  public let sample: SampleInstance
  /// η.
  public let step: Double

  /// An instance from its parts.
  public init(sample: SampleInstance, step: Double) { (self.sample, self.step) = (sample, step) }

  public var exhibit: Exhibit {
    Exhibit(
      data: .samples(inputs: sample.inputs, outputs: sample.outputs), start: sample.network, step: step)
  }

  /// An instance whose step has a given ηΛ of D21.
  ///
  /// - Parameters:
  ///   - sample: X, Y and the start.
  ///   - share: ηΛ(η), positive.
  /// - Returns: nil where no step has it, up to round-off.
  static func at(share: Double, _ sample: SampleInstance) -> DescentInstance? {
    let bound = LayerBound(sample)
    // ηΛ(η) grows with η: bisection of log η.
    var (low, high) = (1e-12 * share / bound.curvature(0), share / bound.curvature(0))
    guard low > 0, high.isFinite else { return nil }
    for _ in 0..<80 {
      let middle = (low * high).squareRoot()
      if middle * bound.curvature(middle) < share { low = middle } else { high = middle }
    }
    guard (low * bound.curvature(low) / share - 1).magnitude < 1e-9 else { return nil }
    return DescentInstance(sample: sample, step: low)
  }

  /// The start and the iterates after it, θ_{k+1} = θ_k − η∇L_N(θ_k), with a step that many times as long.
  func iterates(_ count: Int, longer factor: Double = 1) -> [SampleInstance] {
    let loss = NetworkLoss(problem: exhibit.problem, widths: sample.network.widths)
    var θ = sample.network.parameters
    var found = [sample]
    for _ in 0..<count {
      let g = loss.gradient(θ)
      for i in θ.indices { θ[i] -= factor * step * g[i] }
      guard θ.allSatisfy({ $0.magnitude < 1e100 }) else { break }
      found.append(
        SampleInstance(
          inputs: sample.inputs, outputs: sample.outputs,
          network: LinearNetwork(widths: sample.network.widths, parameters: θ)))
    }
    return found
  }
}

extension SampleInstance {
  /// ‖WX − Y P_X‖², twice the loss without what no linear predictor reaches.
  func squaredResidual(_ labels: Matrix) -> Double {
    let d = (W * inputs - labels).frobeniusNorm
    return d * d
  }

  /// D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ.
  var imbalances: [Matrix] {
    zip(network.layers, network.layers.dropFirst()).map { W, next in
      Matrix.product(next, .transposed, next, .plain) - Matrix.product(W, .plain, W, .transposed)
    }
  }
}

/// What D21 bounds from samples and start alone: ‖D_j‖ ≤ δ_j, ‖W_j‖² ≤ b² and ‖∇²L_N‖ ≤ Λ, by its definitions.
struct LayerBound {
  private let depth: Int
  /// ‖D_j(0)‖.
  private let initial: [Double]
  /// ε_0 = 2(L_N − min L_N), s_0 = ‖WX − Y P_X‖ and w = ‖Y X†‖ + s_0/√λ_min.
  let excess: Double
  private let distance, size: Double
  private let largest: Double

  init(_ sample: SampleInstance) {
    let labels = sample.outputs * sample.projection
    let σ = labels.singularValues
    let ξ = sample.inputs.singularValues
    depth = sample.network.depth
    initial = sample.imbalances.map(\.spectralNorm)
    let squared = sample.squaredResidual(labels)
    excess = max(0, squared - σ.dropFirst(sample.bottleneck).reduce(0) { $0 + $1 * $1 })
    distance = squared.squareRoot()
    let best = sample.inputs.pseudoinverse(of: labels)
    size = best.spectralNorm + distance / ξ[sample.inputs.rows - 1]
    largest = ξ[0] * ξ[0]
  }

  /// δ_j = ‖D_j(0)‖ + ηε_0.
  func imbalances(_ η: Double) -> [Double] { initial.map { $0 + η * excess } }

  /// b²: the root a of a^N = w² + C(a + S)^{N−1}, of which there is one by Descartes' rule, and S.
  func layers(_ η: Double) -> Double {
    let N = Double(depth)
    let δ = imbalances(η)
    let S = δ.reduce(0, +)
    func weighted(_ δ: [Double]) -> Double {
      δ.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element }
    }
    let C = min(weighted(δ), weighted(δ.reversed()))
    func excess(_ a: Double) -> Double { pow(a, N) - size * size - C * pow(a + S, N - 1) }
    var (low, high) = (0.0, max(pow(size, 2 / N), C, S, 1e-300))
    while excess(high) < 0 { high *= 2 }
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if excess(middle) < 0 { low = middle } else { high = middle }
    }
    return high + S
  }

  /// Λ = Nλ_max b^{2N−2} + (N−1) b^{N−2} √λ_max s_0, with another power of b in the first term if that is asked for.
  func curvature(_ η: Double, power: Double = 2) -> Double {
    let N = Double(depth)
    let b = layers(η).squareRoot()
    return N * largest * pow(b, power * (N - 1))
      + (N - 1) * pow(b, N - 2) * largest.squareRoot() * distance
  }
}

extension Matrix {
  /// B A†, for A of full row rank.
  fileprivate func pseudoinverse(of B: Matrix) -> Matrix {
    let svd = singularValueDecomposition
    let right = B * svd.V
    return Matrix.product(
      right.scalingColumns(by: svd.singularValues.map { $0 > 0 ? 1 / $0 : 0 }), .plain, svd.U, .transposed)
  }
}
