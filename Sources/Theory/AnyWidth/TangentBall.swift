import Foundation
import LinearAlgebra
import LinearNetworks
import Prose

/// D18c: a rate in a ball around the start that the flow cannot leave, at any depth and width, on any data: wide and large starts, and any start near its limit.
///
/// With 𝒥 the derivative of Ŵ by the layers, ‖𝒥(θ) − 𝒥(θ_0)‖ ≤ η(R) for ‖θ − θ_0‖ ≤ R, a polynomial in R whose coefficients are the norms of partial products; so the kernel 𝒥𝒥ᵀ stays above
/// μ(R) = (√μ_0 − η(R))². Along the flow d√ε/dt ≤ −√(κ μ)‖∇L_N‖, hence √ε ≤ √ε_0 − √κ Φ(ℓ) with ℓ the length of the path and Φ(R) = ∫_0^R √μ. If Φ at the radius where μ vanishes exceeds √(ε_0/κ), the path
/// stays within R*, Φ(R*) = √(ε_0/κ), and
///
///     ε(t) ≤ ε_0 e^{−2κ μ(R*) t},   κ = κ(ε_0) of D15, 1 where r = min(dx, dy).
///
/// μ_0 is the smallest eigenvalue of the kernel on the tangent space; of large networks a lower bound by singular values of partial products.
///
/// Source: D18 of Documentation/derived.md; Chatterjee (2022) for the idea of the ball.
struct TangentBall: Theorem {
  let reference = Reference.tangentBall

  func conditions(in setting: Setting) -> [Condition] {
    let r = setting.bottleneck
    let isFull = r == min(setting.inputRank, setting.outputs)
    let level = isFull ? .infinity : setting.lowestLevel ?? .infinity
    let isBelow = setting.excess + setting.excessError < level
    var conditions = [
      Condition("depth", "N", .tangentBall, setting.depth, .atLeast, 2),
      // All N²/2 partial products are formed, and beyond some dozen layers the polynomial is hopeless.
      Condition("depth up to which the ball is computed", "N", .tangentBall, setting.depth, .atMost, 32),
    ]
    if !isFull {
      // On the whole space a positive kernel is enough; on a tangent space of rank r there must be one.
      conditions += [
        Condition("rank of the target", "rank(Y P_X)", .tangentBall, setting.targetRank, .atLeast, max(r, 1)),
        Condition("rank of the start", "rank W_0", .tangentBall, setting.startRank, .atLeast, max(r, 1)),
      ]
      conditions.append(.belowLevel(setting, .levelCertificate))
    }
    let holds = conditions.allSatisfy { $0.holds == true } && isBelow
    let ball = holds ? KernelBall(setting) : nil
    conditions.append(
      Condition(
        "length of the path to the minimum, in units of what the ball allows", "√(ε_0/κ)/Φ", .tangentBall,
        ball?.share, .below, 1))
    return conditions
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    guard let ball = KernelBall(setting), let radius = ball.radius else {
      throw Silence("the ball is too small")
    }
    guard setting.excess > setting.excessError else {
      throw Silence("the start is at the minimum, up to round-off")
    }
    let μ = ball.kernel(at: radius)
    let rate = 2 * ball.κ * μ
    guard rate > 0, rate.isFinite else { throw Silence("its rate is no positive number") }
    let excess = setting.excess + setting.excessError
    return Conclusion(
      "the layers move by \(number(radius, digits: 3)) at most, and the gap falls at least like e^(−\(number(rate)) t)",
      limit: .globalMinimiser,
      bound: Bound(
        on: .gap, DecayCurve(points: [(setting.time, log(excess / setting.targetPower))], rate: rate)),
      quantities: [
        Quantity("R*", "how far the layers can move", radius),
        Quantity("μ_0", "smallest eigenvalue of the tangent kernel at the start", ball.μ0),
        Quantity("μ(R*)", "what is left of it in the ball", μ),
      ])
  }
}

/// The tangent kernel of a start, and how fast it can change.
package struct KernelBall {
  /// μ_0, the smallest eigenvalue of the kernel on the tangent space, or a lower bound.
  package var smallestEigenvalue: Double { μ0 }
  /// The largest norm of a partial product that enters η.
  package var largestFactor: Double { coefficients.flatMap { $0 }.max() ?? 0 }
  let μ0: Double
  let κ: Double
  /// √(ε_0/κ), the length of Φ that is needed.
  let needed: Double
  /// c_{j,k}: the coefficients of the Lipschitz polynomial.
  private let coefficients: [[Double]]
  private let depth: Int

  init?(_ setting: Setting) {
    // Without data nothing moves.
    guard setting.inputRank > 0 else { return nil }
    let r = setting.bottleneck
    let isFull = r == min(setting.inputRank, setting.outputs)
    let excess = setting.excess + setting.excessError
    if isFull {
      κ = 1
    } else {
      let (σ, next) = (setting.singularValue(r), setting.singularValue(r + 1))
      let A = max(0, σ * σ - excess).squareRoot()
      κ = 2 * (A - next) / (σ + A)
    }
    guard κ > 0 else { return nil }
    needed = (excess / κ).squareRoot()
    depth = setting.depth
    let products = PartialProducts(setting)
    μ0 = products.smallestKernel(rank: r, isFull: isFull)
    coefficients = products.lipschitzCoefficients
    guard μ0 > 0 else { return nil }
  }

  /// η(R), by which no singular value of 𝒥 changes within the distance R.
  package func change(_ R: Double) -> Double {
    let M = Double(depth - 1)
    return coefficients.reduce(0) { sum, c in
      var (term, binomial, power) = (0.0, 1.0, 1.0)
      for k in 1..<depth {
        binomial *= (M - Double(k) + 1) / Double(k)
        power *= R / M.squareRoot()
        term += c[k] * binomial.squareRoot() * power
      }
      return sum + term * term
    }.squareRoot()
  }

  /// μ(R).
  func kernel(at R: Double) -> Double {
    let root = max(0, μ0.squareRoot() - change(R))
    return root * root
  }

  /// Φ(R), by the rule of the left rectangle's complement: √μ falls, so that its value at the right end of each piece is a lower bound.
  private func length(_ R: Double) -> Double {
    let pieces = 64
    return (1...pieces).reduce(0) { $0 + kernel(at: R * Double($1) / Double(pieces)).squareRoot() } * R
      / Double(pieces)
  }

  /// Where μ vanishes.
  private var largestRadius: Double {
    // Found by its power of two first: the layers may be in any unit.
    var high = 1.0
    while change(high) >= μ0.squareRoot(), high > 1e-300 { high /= 2 }
    while change(high) < μ0.squareRoot(), high < 1e300 { high *= 2 }
    var low = 0.0
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if change(middle) < μ0.squareRoot() { low = middle } else { high = middle }
    }
    return low
  }

  /// √(ε_0/κ) in units of the largest Φ.
  var share: Double { needed / length(largestRadius) }

  /// R*; nil where the ball is too small.
  var radius: Double? {
    var (low, high) = (0.0, largestRadius)
    guard length(high) > needed else { return nil }
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if length(middle) < needed { low = middle } else { high = middle }
    }
    return high
  }
}

/// The norms of the partial products W_{b−1}⋯W_{a+1}, with the inputs' scale below the first.
private struct PartialProducts {
  private let layers: [Matrix]
  private let scales: [Double]
  private let N: Int
  private let outputs, inputs: Int

  init(_ setting: Setting) {
    layers = setting.restricted.layers
    scales = setting.inputScales
    N = setting.depth
    (outputs, inputs) = (setting.outputs, setting.inputRank)
  }

  /// W_{>j} = W_N⋯W_{j+1}, j = 1, …, N; the identity for j = N.
  private func above(_ j: Int) -> Matrix {
    layers[j...].reduce(nil as Matrix?) { p, W in p.map { W * $0 } ?? W } ?? .identity(outputs)
  }
  /// W_{<j}Ξ = W_{j−1}⋯W_1Ξ.
  private func below(_ j: Int) -> Matrix { layers[..<(j - 1)].reduce(Matrix.diagonal(scales)) { $1 * $0 } }

  /// The smallest eigenvalue of 𝒥𝒥ᵀ = Σ_j (Ξ W_{<j}ᵀW_{<j} Ξ) ⊗ (W_{>j}W_{>j}ᵀ) on the tangent space of dimension r(dy + n − r), or a lower bound.
  func smallestKernel(rank r: Int, isFull: Bool) -> Double {
    let order = outputs * inputs
    if order <= 120 {
      var K = Matrix(zeros: order, order)
      for j in 1...N {
        let (P, Q) = (above(j), below(j))
        let (left, right) = (
          Matrix.product(P, .plain, P, .transposed), Matrix.product(Q, .transposed, Q, .plain)
        )
        for b in 0..<inputs {
          for d in 0..<inputs where right[b, d] != 0 {
            for a in 0..<outputs {
              for c in 0..<outputs { K[a + b * outputs, c + d * outputs] += left[a, c] * right[b, d] }
            }
          }
        }
      }
      let values = SymmetricEigendecomposition(K).eigenvalues
      let tangent = isFull ? order : r * (outputs + inputs - r)
      // Round-off of the eigenvalues.
      return values[order - tangent] - 4 * Double(order) * .ulpOfOne * (values.last ?? 0)
    }
    let smallest = scales.min() ?? 0
    if isFull {
      return (1...N).reduce(0) { sum, j in
        let (p, q) = (above(j).singularValues, below(j).singularValues)
        guard p.count >= outputs, q.count >= inputs else { return sum }
        let x = p[outputs - 1] * q[inputs - 1]
        return sum + x * x
      }
    }
    let (p, q) = (above(1).singularValues, below(N).singularValues)
    guard p.count >= r, q.count >= r else { return 0 }
    let x = min(smallest * p[r - 1], q[r - 1])
    return x * x
  }

  /// c_{j,k}² = Σ over the sets of k further layers of the products of ‖segment‖² between the chosen layers and j, by recursion over the breakpoints.
  var lipschitzCoefficients: [[Double]] {
    // squares[a][b]: ‖W_{b−1}⋯W_{a+1}‖², a from 0 (inputs included), b to N + 1.
    var squares = Array(repeating: [Double](repeating: 1, count: N + 2), count: N + 1)
    for a in 0...N {
      var product: Matrix?
      // The whole of W Ξ is no segment.
      for b in (a + 1)...(a == 0 ? N : N + 1) {
        if b > a + 1 {
          product =
            product.map { layers[b - 2] * $0 }
            ?? (a == 0 ? layers[0].scalingColumns(by: scales) : layers[b - 2])
        }
        let norm = product?.spectralNorm ?? (a == 0 ? scales.max() ?? 0 : 1)
        squares[a][b] = norm * norm * (1 + 1e-12)
      }
    }
    // lower[j][k]: k breakpoints below j; upper[j][k]: k above it.
    var lower = Array(repeating: [Double](repeating: 0, count: N), count: N + 2)
    var upper = lower
    for j in 1...N {
      lower[j][0] = squares[0][j]
      for k in 1..<max(N, 1) where k < j {
        lower[j][k] = (1..<j).reduce(0) { $0 + lower[$1][k - 1] * squares[$1][j] }
      }
    }
    for j in (1...N).reversed() {
      upper[j][0] = squares[j][N + 1]
      for k in 1..<max(N, 1) where k <= N - j {
        upper[j][k] = ((j + 1)...N).reduce(0) { $0 + upper[$1][k - 1] * squares[j][$1] }
      }
    }
    return (1...N).map { j in
      (0..<N).map { k in (0...k).reduce(0) { $0 + lower[j][$1] * upper[j][k - $1] }.squareRoot() }
    }
  }
}

extension Setting {
  /// The tangent kernel of the start; nil where it is singular or there is nothing to learn.
  package var kernelBall: KernelBall? { depth >= 2 ? KernelBall(self) : nil }
}
