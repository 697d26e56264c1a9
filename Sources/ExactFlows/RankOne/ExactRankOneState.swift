import Foundation
import LinearAlgebra
import LinearNetworks

/// One state W(t) = s u vᵀ of an exact rank-one flow, held in the coordinates of ``RankOneCoordinates``.
///
/// u, v and W are expanded on request; what is small near the target (s − s_Z, 1 − c) has digits of its own.
public struct ExactRankOneState: ExactState {
  public let time: Double
  /// x(t) = m ∫_0^t s^{1−2/N}, the time of the directions.
  public let pathLength: Double
  /// s, zero only where it is below the range of double precision, and log s, which never leaves it.
  public let scale: Double
  public let logScale: Double
  /// P_i, Q_i and ν, with Σ P_i² + Σ Q_i² + ν² = 1.
  public let growing: [Double]
  public let decaying: [Double]
  public let resting: Double
  public let coordinates: RankOneCoordinates
  let depth: Int
  let sampleCount: Double
  let deviation: Double
  let leading: Double
  let clockError: Double
  let seriesError: Double

  /// a_i = u_iᵀu and b_i = v_iᵀv.
  public var leftCoordinates: [Double] { zip(growing, decaying).map(+) }
  public var rightCoordinates: [Double] { zip(growing, decaying).map(-) }

  /// By how much the parts of u_0, v_0 outside the bases have shrunk, 1/√G.
  public var restFactor: Double { coordinates.resting > 0 ? resting / coordinates.resting : 0 }

  /// u(t), dy entries.
  public var left: [Double] {
    let basis = coordinates.isLeftBasisTrivial ? nil : coordinates.leftBasis
    return expand(basis, leftCoordinates, coordinates.leftRest)
  }
  /// v(t), dx entries.
  public var right: [Double] {
    let basis = coordinates.isRightBasisTrivial ? nil : coordinates.rightBasis
    return expand(basis, rightCoordinates, coordinates.rightRest)
  }

  /// W(t), dy × dx.
  public var endToEndMatrix: Matrix {
    let (u, v) = (left, right)
    return Matrix(u.count, v.count) { i, j in scale * u[i] * v[j] }
  }

  public var factors: FactoredMatrix {
    FactoredMatrix(left: scale * Matrix.column(left), right: .column(right))
  }

  /// 1 − (uᵀu_Z)(vᵀv_Z) = Σ_{i>1} (P_i² + Q_i²) + 2Q_1² + ν²: no cancellation.
  public var misalignment: Double {
    var sum = 2 * decaying[0] * decaying[0] + resting * resting
    for i in growing.indices.dropFirst() { sum += growing[i] * growing[i] + decaying[i] * decaying[i] }
    return sum
  }

  /// s − s_Z, with the digits of the deviation where the target is the limit.
  private var excess: Double {
    let sZ = coordinates.leadingValue
    return leading > 0 && leading == sZ && deviation > -0.5 && deviation < 4
      ? -sZ * deviation / (1 + deviation) : scale - sZ
  }

  /// ‖Z_1 − W(t)‖_F = √((s − s_Z)² + 2 s s_Z·misalignment).
  public var distanceToTarget: Double {
    let sZ = coordinates.leadingValue
    return hypot(excess, scale.squareRoot() * sZ.squareRoot() * (2 * misalignment).squareRoot())
  }

  /// The loss above its least value over rank one,
  /// (m/2)[(s − s_Z)² + 2s(Σ (s_Z − σ_i) P_i² + Σ (s_Z + σ_i) Q_i² + s_Z ν²)]: no cancellation.
  public var lossGap: Double {
    let (σ, sZ) = (coordinates.singularValues, coordinates.leadingValue)
    var sum = sZ * resting * resting
    for i in σ.indices {
      sum += (sZ - σ[i]) * growing[i] * growing[i] + (sZ + σ[i]) * decaying[i] * decaying[i]
    }
    return sampleCount / 2 * (excess * excess + 2 * scale * sum)
  }

  /// uᵀZv = Σ σ_i (P_i² − Q_i²).
  public var projection: Double {
    let σ = coordinates.singularValues
    return σ.indices.reduce(0) { $0 + σ[$1] * (growing[$1] + decaying[$1]) * (growing[$1] - decaying[$1]) }
  }

  /// An estimate, meant as a bound, of the relative error of W, u and v in norm.
  ///
  /// Three parts: the quadratures (the last coefficients of each panel's series); the rounding of Z, of the start and of
  /// the singular vectors, enlarged by what the flow amplifies; and the rounding of t itself, 2 eps·t, times the speed of
  /// the state: a trajectory that leaves a plateau at t = 1e100 changes entirely between two neighbouring numbers t.
  /// Where the start was put on the basin's boundary (``ExactRankOneLimit``), the estimate is about that start.
  public var errorEstimate: Double {
    let σ = coordinates.singularValues
    let N = Double(depth)
    let dimension = Double(coordinates.leftRest.count + coordinates.rightRest.count)
    var (mean, square, amplification) = (0.0, 0.0, 1.0)
    for i in σ.indices {
      let (P, Q) = (growing[i], decaying[i])
      mean += σ[i] * (P - Q) * (P + Q)
      square += σ[i] * σ[i] * (P * P + Q * Q)
      if coordinates.growing[i] != 0 {
        amplification = max(amplification, (P / coordinates.growing[i]).magnitude)
      }
      if coordinates.decaying[i] != 0 {
        amplification = max(amplification, (Q / coordinates.decaying[i]).magnitude)
      }
    }
    let path = min(σ[0] * pathLength, coordinates.sensitivity)
    let rounding = 2 * .ulpOfOne * (4 + dimension.squareRoot())
    let direction = rounding * (1 + path) * amplification
    // What the size inherits: c relatively while s follows c, N∫c while the transient lives.
    let largest = max(mean.magnitude, scale)
    let transient = largest > 0 ? (scale - mean).magnitude / largest : 0
    let size =
      seriesError + direction * (1 + (σ[0] > 0 && mean > 0 ? min(σ[0] / mean, 1e3) : 1))
      + rounding * N * min(transient, 1) * min(amplification * σ[0] * pathLength, amplification + 1e3)
    let rate = sampleCount * exp((1 - 2 / N) * logScale)
    let speed = rate * (N * (mean - scale).magnitude + max(0, 2 * (square - mean * mean)).squareRoot())
    return size + direction + speed * (clockError + 2 * .ulpOfOne * time)
  }

  public var relativeError: Double { errorEstimate }

  /// The layers W_j = s^{1/N} q_j q_{j−1}ᵀ with q_0 = v(t), q_N = u(t) and constant unit q_1, …, q_{N−1}.
  ///
  /// - Parameter hidden: q_1, …, q_{N−1}; the widths of the network follow from them.
  public func layers(hidden: [[Double]]) -> LinearNetwork {
    precondition(
      hidden.count == depth - 1, "depth \(depth) has \(depth - 1) hidden layers, not \(hidden.count)")
    let root = exp(logScale / Double(depth))
    let chain = [right] + hidden + [left]
    return LinearNetwork(
      layers: zip(chain, chain.dropFirst()).map { from, to in
        Matrix(to.count, from.count) { i, j in root * to[i] * from[j] }
      })
  }

  /// The vector of coordinates x, in a basis or as they are.
  private func expand(_ basis: Matrix?, _ x: [Double], _ rest: [Double]) -> [Double] {
    var w = basis.map { ($0 * .column(x)).storage } ?? x + Array(repeating: 0, count: rest.count - x.count)
    let factor = restFactor
    if factor > 0 { for i in w.indices { w[i] += factor * rest[i] } }
    return w
  }
}
