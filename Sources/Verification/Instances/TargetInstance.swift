import Foundation
import LinearAlgebra
import LinearNetworks

/// A whitened problem, given by its target, and a balanced network of any rank.
public struct TargetInstance: Instance {
  /// Z, dy × dx.
  public let target: Matrix
  /// m.
  public let sampleCount: Int
  /// W_1, …, W_N.
  public let network: LinearNetwork

  /// An instance from its parts.
  public init(target: Matrix, sampleCount: Int, network: LinearNetwork) {
    (self.target, self.sampleCount, self.network) = (target, sampleCount, network)
  }

  public var exhibit: Exhibit { Exhibit(data: .target(target, sampleCount: sampleCount), start: network) }

  /// N.
  public var depth: Int { network.depth }
  /// W_0.
  public var W: Matrix { network.endToEndMatrix }
  /// ‖Z‖ + ‖W_0‖ in the Frobenius norm.
  public var size: Double { target.frobeniusNorm + W.frobeniusNorm }
  /// The round-off of a few products and singular values of matrices of this size.
  public var roundOff: Double { 16 * Double(target.rows + target.columns + depth) * eps }

  /// Logarithmic times from a fiftieth of the fastest time scale up to `reach`/(m s_Z^p).
  func times(count: Int = 12, reach: Double) -> [Double] {
    let sZ = target.spectralNorm
    let p = 2 - 2 / Double(depth)
    let top = max(sZ, network.layers.map { pow($0.frobeniusNorm, Double(depth)) }.max()!)
    let first = 0.02 / (Double(sampleCount * depth) * pow(top, p))
    let last = reach / (Double(sampleCount) * pow(sZ, p))
    return (0..<count).map { first * pow(last / first, Double($0) / Double(count - 1)) }
  }
}

/// Random targets and balanced networks of few dimensions.
public struct TargetFamily: Sendable {
  /// N.
  public var depths = 2...4
  /// dx and dy.
  public var dimensions = 1...4
  /// Hidden widths; they are at least 1 and at most this.
  public var hidden = 1...4
  /// ‖W_0‖/‖Z‖.
  public var startScale = 0.1...3.0

  /// The widest family.
  public init() {}

  /// A family that differs from the widest.
  public init(_ change: (inout TargetFamily) -> Void) { change(&self) }

  /// An instance with any balanced start.
  public func instance(_ draw: inout Draw) -> TargetInstance? {
    let shape = shape(&draw)
    let Z = target(shape.widths, &draw)
    let r = shape.widths.min()!
    let ρ = draw.integer(1...r)
    let W = draw.matrix(shape.widths.last!, ρ) * draw.matrix(ρ, shape.widths[0])
    return instance(Z, shape, W, &draw)
  }

  /// Two layers with W_2ᵀW_2 − W_1W_1ᵀ = λI, |λ| from a hundredth to five times ‖Z‖, of a sign that the widths carry.
  public func lambdaBalanced(_ draw: inout Draw) -> TargetInstance? {
    guard let balanced = instance(&draw) else { return nil }
    let (Z, widths) = (balanced.target, balanced.network.widths)
    let signs = [1.0, -1].filter { widths[1] <= ($0 > 0 ? widths[2] : widths[0]) }
    guard !signs.isEmpty else { return nil }
    let λ = signs[draw.integer(0...signs.count - 1)] * draw.logarithmic(0.01, 5) * Z.frobeniusNorm
    var generator = SeededGenerator(seed: UInt64(draw.integer(0...1_000_000)))
    guard
      let network = try? LinearNetwork.lambdaBalanced(
        factoring: balanced.W, widths: widths, λ: [λ], using: &generator)
    else { return nil }
    return TargetInstance(target: Z, sampleCount: balanced.sampleCount, network: network)
  }

  /// An instance whose start shares its singular vectors with Z, with any signs.
  public func aligned(_ draw: inout Draw) -> TargetInstance? {
    let shape = shape(&draw)
    let Z = target(shape.widths, &draw)
    let svd = Z.singularValueDecomposition
    let ρ = min(shape.widths.min()!, svd.singularValues.count)
    let w = (0..<ρ).map { _ in draw.logistic() }
    let W = Matrix.product(
      svd.U.columns(0..<ρ).scalingColumns(by: w), .plain, svd.V.columns(0..<ρ), .transposed)
    return instance(Z, shape, W, &draw)
  }

  /// An instance with ‖Z − W_0‖ < s_min(Z) and r = min(dx, dy).
  public func lazy(_ draw: inout Draw) -> TargetInstance? {
    var shape = shape(&draw)
    let r = min(shape.widths[0], shape.widths.last!)
    for j in shape.widths.indices { shape.widths[j] = max(shape.widths[j], r) }
    let Z = target(shape.widths, &draw)
    guard let least = Z.singularValues.last, least > 1e-3 * Z.spectralNorm else { return nil }
    let away = draw.matrix(Z.rows, Z.columns)
    let W = Z + (least * draw.real() / away.frobeniusNorm) * away
    guard let network = try? LinearNetwork.balanced(factoring: W, widths: shape.widths) else { return nil }
    return TargetInstance(target: Z, sampleCount: shape.samples, network: network)
  }

  private func shape(_ draw: inout Draw) -> (widths: [Int], samples: Int) {
    let N = draw.integer(depths)
    let (dx, dy) = (draw.integer(dimensions), draw.integer(dimensions))
    return ([dx] + (1..<N).map { _ in draw.integer(hidden) } + [dy], draw.integer(1...20))
  }

  private func target(_ widths: [Int], _ draw: inout Draw) -> Matrix {
    let A = draw.matrix(widths.last!, widths[0])
    return (draw.logarithmic(0.1, 10) / A.frobeniusNorm) * A
  }

  private func instance(
    _ Z: Matrix, _ shape: (widths: [Int], samples: Int), _ W: Matrix, _ draw: inout Draw
  ) -> TargetInstance? {
    let scale = draw.logarithmic(startScale.lowerBound, startScale.upperBound)
    guard W.frobeniusNorm > 0,
      let network = try? LinearNetwork.balanced(
        factoring: (scale * Z.frobeniusNorm / W.frobeniusNorm) * W, widths: shape.widths)
    else { return nil }
    return TargetInstance(target: Z, sampleCount: shape.samples, network: network)
  }
}
