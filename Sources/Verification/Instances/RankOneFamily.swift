import Foundation
import LinearAlgebra
import Theory

/// Random instances of Assumption 3.6. The defaults reach everywhere; statements that need less start elsewhere.
public struct RankOneFamily: Sendable {
  /// Where W_0 points.
  public enum Direction: Sendable {
    /// Any angle of u_0 to u_Z and of v_0 to v_Z.
    case anywhere
    /// c_0 > γ_Z: some N_{N,α} of (28) contains the start, if it is not too small.
    case stable
    /// c_0 ≤ γ_Z.
    case unstable
    /// u_0ᵀu_Z = −v_0ᵀv_Z, so that p_1 = 0.
    case boundary
  }

  /// N.
  public var depths = 2...10
  /// dx and dy.
  public var dimensions = 1...6
  /// log10 of s_Z.
  public var targetScale = -1.5...1.5
  /// log10 of s_0/s_Z.
  public var startScale = -2.0...1.5
  /// γ_Z, from a real number of (0, 1); small gaps matter as much as large ones.
  public var gap: @Sendable (Double) -> Double = { $0 * $0 }
  /// Where W_0 points.
  public var direction = Direction.anywhere

  /// The widest family.
  public init() {}

  /// A family that differs from the widest.
  public init(_ change: (inout RankOneFamily) -> Void) { change(&self) }

  /// An instance; nil where the dimensions leave no such direction.
  public func instance(_ draw: inout Draw) -> RankOneInstance? {
    let N = draw.integer(depths)
    let (dy, dx) = (draw.integer(dimensions), draw.integer(dimensions))
    let m = draw.integer(1...50)
    let k = min(dx, dy)
    let sZ = pow(10, draw.between(targetScale.lowerBound, targetScale.upperBound))
    var σ = [sZ]
    if k > 1 { σ.append(sZ * gap(draw.real())) }
    while σ.count < k { σ.append(σ.last! * draw.real()) }
    let (U, V) = (draw.orthonormal(dy, dy), draw.orthonormal(dx, dx))
    let Z = Matrix.product(
      U.columns(0..<k).scalingColumns(by: σ), .plain, V.columns(0..<k), .transposed)
    let target = TargetSpectrum(Z)
    guard target.rank > 0 else { return nil }
    let γ = k > 1 ? σ[1] / sZ : 0
    guard let (a, b) = cosines(dy, dx, γ, &draw) else { return nil }
    let u = unit(inBasis: U, cosine: a, &draw)
    let v = unit(inBasis: V, cosine: b, &draw)
    let s0 = sZ * pow(10, draw.between(startScale.lowerBound, startScale.upperBound))
    let flow = RankOneFlow(depth: N, sampleCount: Double(m), target: target)
    let start = RankOneState(scale: s0, left: u, right: v)
    let limit = min(flow.coordinate(of: start), γ + s0 / sZ, 1)
    let α = γ + draw.real() * ((limit > γ ? limit : 1) - γ)
    let β = max(1, s0 / sZ) * (1 + draw.real())
    return RankOneInstance(flow: flow, start: start, alpha: α, beta: β)
  }

  /// u_0ᵀu_Z and v_0ᵀv_Z.
  private func cosines(_ dy: Int, _ dx: Int, _ γ: Double, _ draw: inout Draw) -> (Double, Double)? {
    func any(_ n: Int, _ x: Double) -> Double { n == 1 ? (x < 0.5 ? -1 : 1) : cos(.pi * x) }
    switch direction {
    case .anywhere:
      return (any(dy, draw.real()), any(dx, draw.real()))
    case .stable:
      // c_0 between γ_Z and 1, shared between the two sides that can turn.
      let c = dx == 1 && dy == 1 ? 1 : γ + (1 - γ) * draw.real()
      let share = dx == 1 ? 1 : dy == 1 ? 0 : draw.real()
      return (pow(c, share), pow(c, 1 - share))
    case .unstable:
      let (a, b) = (any(dy, draw.real()), any(dx, draw.real()))
      return a * b <= γ ? (a, b) : (-a, b)
    case .boundary:
      if dx == 1 || dy == 1 { return dx == 1 && dy == 1 ? (1, -1) : nil }
      let a = any(dy, draw.real())
      return (a, -a)
    }
  }

  /// cos θ·(first column) + sin θ·(a direction of the others).
  private func unit(inBasis B: Matrix, cosine: Double, _ draw: inout Draw) -> [Double] {
    let n = B.rows
    if n == 1 { return [cosine < 0 ? -B[0, 0] : B[0, 0]] }
    let sine = ((1 - cosine) * (1 + cosine)).squareRoot()
    let w = (B * .column([cosine] + draw.direction(n - 1).map { sine * $0 })).storage
    let length = Matrix.column(w).frobeniusNorm
    return w.map { $0 / length }
  }
}
