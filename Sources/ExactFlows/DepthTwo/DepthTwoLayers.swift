import Foundation
import LinearAlgebra
import LinearNetworks

/// The layers of depth two: Q(t) itself, not only QQᵀ(t).
///
/// QQᵀ determines Q up to a rotation G of the hidden layer, and G depends on the path. With C from Q = e^{mFt}Q_0 C the flow gives C′ = −½ M^{−1}M′C,
/// M = I + m Q_0ᵀ(∫e^{2mFτ}dτ)Q_0. The symmetric root C = M^{−1/2} satisfies this only if M and M′ commute at all times: always for rank one, never in general
/// (its rotation is wrong at order t³: t³[M′(0), M″(0)]/48). So the rotation is integrated, and nothing else.
///
/// dQ/dt = XQ with the symmetric X = m(F − ½QQᵀ) known in closed form. Relative to an anchor Q_a, let Y(t) be the factor of QQᵀ(t) with
/// N = Q_aᵀY symmetric and positive (the Procrustes rotation of any factor). Then Q = YG with G′ = ΩG, and differentiating the symmetry of N shows
/// NΩ + ΩN = J − Jᵀ with J = (XQ_a)ᵀ(Y − Q_a), a product of two factors that vanish where the flow rests. Panels with 16 Gauss nodes (order 32) follow
/// it; each ends in a new anchor on the exact QQᵀ, so that only the rotation carries an error.
///
/// Directions that are both below about 1e-6 of Q's norm are not resolved against each other in double precision, and are not turned:
/// ``DepthTwoLayers/rotationError`` says so.
public struct DepthTwoLayers: Sendable {
  public let time: Double
  public let network: LinearNetwork
  /// An estimate of ‖δG‖_F, the error of the hidden rotation, beside that of W(t): the accumulated series tails and round-off; at least 1 where a rotation
  /// among negligible directions was not resolved.
  public let rotationError: Double
}

extension ExactDepthTwoFlow {
  /// The layers at increasing times; one pass over the rotation serves all.
  ///
  /// - Parameters:
  ///   - times: not negative, increasing.
  ///   - tolerance: the error allowed in the rotation for each panel.
  ///
  /// Edge cases: at rank 0 and 1 there is no rotation.
  ///
  /// Complexity: a few dozen panels, each of 16 states of ρ coordinates.
  public func layers(at times: [Double], tolerance: Double = 1e-14) -> [DepthTwoLayers] {
    precondition(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 }, "the times must not decrease")
    var transport = RotationTransport(flow: self, tolerance: tolerance)
    return times.map { t in
      precondition(t >= 0 && t < .infinity, "the time \(t) is not in [0, ∞)")
      if t == 0 || rank == 0 { return DepthTwoLayers(time: t, network: start, rotationError: 0) }
      return DepthTwoLayers(
        time: t, network: network(of: transport.factor(at: t)), rotationError: transport.error)
    }
  }

  /// The layers of a factor of QQᵀ.
  private func network(of factor: Matrix) -> LinearNetwork {
    let (output, input) = sides(of: factor)
    return LinearNetwork(layers: [
      Matrix.product(hiddenBasis, .plain, input, .transposed),
      Matrix.product(output, .plain, hiddenBasis, .transposed),
    ])
  }

  /// One pass over the rotation, as long as the times increase.
  public func layersEvaluator() -> (Double) -> LinearNetwork {
    var transport = RotationTransport(flow: self, tolerance: 1e-10)
    return { t in
      if t == 0 || rank == 0 { return start }
      if t < transport.time { transport = RotationTransport(flow: self, tolerance: 1e-10) }
      return network(of: transport.factor(at: t))
    }
  }

  /// The layers at one time.
  public func layers(at t: Double) -> DepthTwoLayers { layers(at: [t])[0] }

  public var summary: String { "depth two on whitened data has a closed form at any rank (D7)" }

  /// The layers at one time; their hidden rotation, which W does not show, to 1e-10 a panel.
  public func network(at t: Double) -> LinearNetwork { layers(at: [t], tolerance: 1e-10)[0].network }
}

/// dQ/dt = m(F − ½QQᵀ)Q with a symmetric F and QQᵀ in closed form, in the eigenvectors of F: the layers up to a rotation of the hidden layer.
protocol HiddenRotation: Sendable {
  /// The columns of Q.
  var rank: Int { get }
  /// m.
  var sampleCount: Double { get }
  /// Those of F, for the rows of Q.
  var eigenvalues: [Double] { get }
  /// The largest of them, or 0.
  var largestEigenvalue: Double { get }

  /// Q(t) up to a rotation from the right, and a bound on its error.
  func factor(at t: Double) -> (Y: Matrix, error: Double)
}

extension ExactDepthTwoFlow: HiddenRotation {
  var largestEigenvalue: Double { targetSingularValues.first ?? 0 }
}

/// Q(t) in the eigenvectors of F, carried along.
struct RotationTransport {
  let flow: any HiddenRotation
  let tolerance: Double
  private(set) var time = 0.0
  private var anchor: Matrix
  private var panel: Double
  /// The sum of the panels' errors.
  private(set) var error = 0.0

  private static let rule = CollocationPanel.sixteen
  private static let integration = CollocationPanel.sixteen.integrationMatrix

  init(flow: any HiddenRotation, tolerance: Double) {
    (self.flow, self.tolerance) = (flow, tolerance)
    anchor = flow.factor(at: 0).Y
    // The first panel: one unit of the fastest rate.
    let size = anchor.frobeniusNorm
    panel = 1 / (flow.sampleCount * (flow.largestEigenvalue + size * size))
  }

  mutating func factor(at end: Double) -> Matrix {
    while time < end {
      var length = min(panel, end - time)
      var cut = length < panel
      while true {
        let (rotation, tail, noise, unresolved) = rotated(over: length)
        // Where directions drop out of resolution Ω jumps, and no panel is short enough; the error is then reported as a whole turn.
        let allowed = unresolved ? 1 : max(tolerance, noise)
        // A panel that time itself cannot resolve is taken as it is.
        if tail <= allowed || time + length * 1e-3 == time {
          let next = cut ? end : min(end, time + length)
          anchor = aligned(at: next) * rotation
          time = next
          error = unresolved ? max(error, 1) : error + max(tail, noise)
          // Error of order 16 in the length (the tail of the series); at most tenfold at once.
          let growth = min(10, 0.8 * pow(allowed / max(tail, 1e-30), 1 / 16.0))
          panel = cut ? max(panel, length * growth) : length * max(growth, 0.3)
          break
        }
        length *= tail.isFinite ? max(0.1, min(0.7, 0.8 * pow(allowed / tail, 1 / 16.0))) : 0.1
        (panel, cut) = (length, false)
      }
    }
    return anchor
  }

  /// The factor of QQᵀ(t) nearest to the anchor.
  private func aligned(at t: Double) -> Matrix {
    let Y = flow.factor(at: t).Y
    let svd = Matrix.product(Y, .transposed, anchor, .plain).singularValueDecomposition
    return Y * Matrix.product(svd.U, .plain, svd.V, .transposed)
  }

  /// Ω at a time, and a bound on its round-off.
  private func angularVelocity(at t: Double) -> (Ω: Matrix, noise: Double) {
    let Y = aligned(at: t)
    let Δ = Y - anchor
    let m = flow.sampleCount
    let N = Matrix.product(anchor, .transposed, Y, .plain)
    let motion =
      m * (anchor.scalingRows(by: flow.eigenvalues) - 0.5 * Matrix.product(Y, .plain, N, .transposed))
    let turn = Matrix.product(motion, .transposed, Δ, .plain)
    let eigen = SymmetricEigendecomposition(N)
    let E = eigen.eigenvectors
    let J = Matrix.product(E, .transposed, (turn - turn.transpose) * E, .plain)
    let ν = eigen.eigenvalues.map { max($0, 0) }
    let largest = ν.last ?? 0
    var smallest = largest
    var noise = 0.0
    let Ω = Matrix(J.rows, J.columns) { a, b in
      let sum = ν[a] + ν[b]
      if a == b { return 0 }
      if sum <= 1e4 * .ulpOfOne * largest {
        noise = .infinity
        return 0
      }
      smallest = min(smallest, sum)
      return J[a, b] / sum
    }
    let size = Y.frobeniusNorm
    let rate = m * (flow.largestEigenvalue + 0.5 * size * size)
    let error = 4 * .ulpOfOne * (motion.frobeniusNorm * size + rate * size * Δ.frobeniusNorm)
    noise += smallest > 0 ? error / smallest : 0
    return (Matrix.product(E * Ω, .plain, E, .transposed), noise)
  }

  /// G at the end of a panel from G = I at its start, the tail of its series, and its round-off.
  private func rotated(over length: Double) -> (Matrix, tail: Double, noise: Double, unresolved: Bool) {
    let ρ = flow.rank
    if ρ < 2 { return (.identity(ρ), 0, 0, false) }
    let rule = RotationTransport.rule
    let half = length / 2
    let velocities = rule.nodes.map { angularVelocity(at: time + half * ($0 + 1)) }
    let Ω = velocities.map { half * $0.Ω }
    let size = Ω.reduce(0) { max($0, $1.frobeniusNorm) }
    let unresolved = velocities.contains { !$0.noise.isFinite }
    var noise = Double.ulpOfOne
    for (w, velocity) in zip(rule.weights, velocities) where velocity.noise.isFinite {
      noise += half * w * velocity.noise
    }
    noise = min(noise, 1)
    guard size < 0.5 else { return (.identity(ρ), size.isFinite ? 2 : .infinity, noise, unresolved) }
    // Picard's iteration on the collocation equations; it contracts by 2‖Ω‖ at least.
    var G = [Matrix](repeating: .identity(ρ), count: rule.nodes.count)
    var F = Ω
    for _ in 0..<80 {
      var change = 0.0
      let updated = G.indices.map { i in
        let row = RotationTransport.integration[i]
        var sum = Matrix.identity(ρ)
        for j in F.indices {
          for k in sum.storage.indices { sum.storage[k] += row[j] * F[j].storage[k] }
        }
        change = max(change, (sum - G[i]).maximumMagnitude)
        return sum
      }
      G = updated
      F = zip(Ω, G).map { $0 * $1 }
      if change <= 2 * .ulpOfOne { break }
    }
    var end = Matrix.identity(ρ)
    var tail = Matrix(zeros: ρ, ρ)
    let s = rule.nodes.count
    for (j, f) in F.enumerated() {
      // The last two Legendre coefficients bound what the series leaves out.
      let last = rule.weights[j] * (rule.polynomials[s - 1][j].magnitude * (Double(s) - 0.5))
      for k in end.storage.indices {
        end.storage[k] += rule.weights[j] * f.storage[k]
        tail.storage[k] += (rule.polynomials[s - 1][j] < 0 ? -last : last) * f.storage[k]
      }
    }
    // Nearest orthogonal matrix: collocation at Gauss nodes conserves orthogonality up to round-off.
    let svd = end.singularValueDecomposition
    return (
      Matrix.product(svd.U, .plain, svd.V, .transposed), tail.frobeniusNorm / Double(s), noise, unresolved
    )
  }
}
