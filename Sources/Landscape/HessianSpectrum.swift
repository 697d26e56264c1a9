import LinearAlgebra
import LinearNetworks

/// The lower end of the spectrum of ∇²L_N at a network, and the largest eigenvalue.
///
/// Lanczos' method finds eigenvalues, but not that there is no smaller one: a start that is nearly orthogonal to an eigenvector, or a tolerance that the largest eigenvalue sets, hides it. So what it finds comes with an
/// ``Argument`` that nothing smaller was missed by more than ``accuracy``.
public struct HessianSpectrum: Sendable {
  /// How the eigenvalues were found.
  public enum Method: String, Codable, Sendable {
    /// All of them, from the Hessian as a matrix.
    case dense
    /// The lowest two, from Hessian products alone.
    case lanczos
    /// From above by the curvature along one direction, from below by the layers' blocks, without a Hessian: bounds that meet.
    case layers
  }

  /// Why no eigenvalue is below the smallest one by more than its error.
  public enum Argument: String, Codable, Sendable {
    /// All were computed.
    case allEigenvalues
    /// A factorization of the shifted Hessian has no negative pivot (Sylvester's law of inertia).
    case inertia
    /// The bound by the layers' blocks (``SaddleAlgebra/lowerBound``).
    case layers
    /// A second run of Lanczos from a random vector: false with a probability of at most 10⁻⁶ (Kuczyński and Woźniakowski, 1992).
    case randomStart

    /// In a few words.
    public var words: String {
      switch self {
      case .allEigenvalues: "all were computed"
      case .inertia: "counted by a factorization"
      case .layers: "bounded by the layers' blocks"
      case .randomStart: "two independent starts, wrong with a probability of at most 1e-6"
      }
    }
  }

  /// How the eigenvalues were found.
  public let method: Method
  /// The lowest eigenvalues, increasing: all of them if `method` is dense.
  public let lowest: [Double]
  /// The number of weights.
  public var order: Int { eigenvectors.rows }
  /// parameters × lowest.count, orthonormal columns in the same order.
  public let eigenvectors: Matrix
  /// The largest eigenvalue.
  public let largest: Double
  /// No eigenvalue is below this, nor above the other.
  public let bounds: ClosedRange<Double>
  /// Why.
  public let argument: Argument

  /// No eigenvalue is below the smallest that was found by more: round-off for dense, what the argument leaves open otherwise.
  public var accuracy: Double { max(lowest[0] - bounds.lowerBound, 0) }
  /// No eigenvalue is above the largest that was found by more.
  public var accuracyOfLargest: Double { max(bounds.upperBound - largest, 0) }

  /// Up to here all eigenvalues are computed (tuned: 0.1 s at this order).
  public static let largestDenseOrder = 600

  /// Up to here all eigenvalues are computed if Lanczos misses one or does not meet its tolerance, as where many lie close to zero (tuned: 2 s at this order).
  static let largestDenseOrderAfterLanczos = 2000

  /// Up to here all eigenvalues are computed for the verdict at the end of a run (tuned: 0.6 s at this order).
  static let largestDenseOrderOfVerdict = 1200

  /// Up to here the Hessian is factored, to count the eigenvalues below a number (tuned: 3 s and 128 MB at this order).
  static let largestFactoredOrder = 4000

  /// Steps of the second run of Lanczos beyond that, and how probable it may be that it is wrong (tuned: with 10⁵ weights it leaves 7·10⁻⁴ of the spectrum's width open).
  static let randomSteps = 400
  static let failureProbability = 1e-6

  /// - Parameters:
  ///   - loss: L_N.
  ///   - weights: where the Hessian is taken.
  ///   - resolution: absolute accuracy wanted of Lanczos; ignored for small networks.
  ///   - relativeResolution: the same relative to the largest eigenvalue; the coarser of the two is aimed at.
  ///   - denseUpTo: the number of weights up to which all eigenvalues are computed.
  public init(
    of loss: NetworkLoss, at weights: [Double], resolution: Double, relativeResolution: Double = 0,
    denseUpTo: Int = HessianSpectrum.largestDenseOrder
  ) {
    let n = weights.count
    weights.withUnsafeBufferPointer { loss.linearize(at: $0.baseAddress!) }
    if n > denseUpTo, let found = HessianSpectrum.lanczos(loss, order: n, resolution, relativeResolution) {
      self = found
    } else {
      self = HessianSpectrum.dense(loss, order: n)
    }
  }

  private init(
    _ method: Method, lowest: [Double], eigenvectors: Matrix, largest: Double, bounds: ClosedRange<Double>,
    _ argument: Argument
  ) {
    (self.method, self.lowest, self.eigenvectors) = (method, lowest, eigenvectors)
    (self.largest, self.bounds, self.argument) = (largest, bounds, argument)
  }

  /// Nil if Lanczos does not meet its tolerance, or missed something, and all eigenvalues are better computed.
  private static func lanczos(
    _ loss: NetworkLoss, order n: Int, _ resolution: Double, _ relativeResolution: Double
  ) -> HessianSpectrum? {
    var generator = SeededGenerator(seed: 0)
    let start = (0..<n).map { _ in generator.normal() }
    let hessian = SymmetricOperator(order: n) { loss.hessianProduct($0, into: $1) }
    let top = ExtremeEigenpairs(of: hessian, at: .highest, count: 1, tolerance: 1e-6, start: start)
    let shift = max(top.eigenvalues.first ?? 0, resolution)
    // Lanczos converges relative to the eigenvalue it seeks, and the lowest may be zero: so the largest of shift − H is sought.
    let flipped = SymmetricOperator(order: n) { x, y in
      loss.hessianProduct(x, into: y)
      for i in 0..<n { y[i] = shift * x[i] - y[i] }
    }
    var tolerance = min(max(resolution / shift, relativeResolution, 1e-12), 1e-3)
    // Where nothing else is left a few hundred products have to do (tuned: seconds for 100,000 weights).
    var pairs = ExtremeEigenpairs(
      of: flipped, at: .highest, count: 2, tolerance: tolerance, start: start,
      restarts: n <= largestDenseOrderAfterLanczos ? 300 : 25)
    if !pairs.metTolerance, n <= largestDenseOrderAfterLanczos { return nil }
    // A looser tolerance gives at least one pair: relative to the spectrum, any Ritz value is right to 1.
    while pairs.eigenvalues.isEmpty, tolerance < 1 {
      tolerance = min(max(1e4 * tolerance, 1e-3), 1)
      pairs = ExtremeEigenpairs(
        of: flipped, at: .highest, count: 1, tolerance: tolerance, start: start, restarts: 25)
    }
    // Rayleigh quotients, which lie within the spectrum whatever became of the iteration.
    func rayleigh(_ x: Matrix) -> Double {
      var image = x
      image.storage.withUnsafeMutableBufferPointer { loss.hessianProduct(x.storage, into: $0.baseAddress!) }
      return Matrix.inner(x, image) / Matrix.inner(x, x)
    }
    let low = (0..<pairs.eigenvectors.columns).map { rayleigh(pairs.eigenvectors.columns([$0])) }
    let high = top.eigenvectors.columns > 0 ? rayleigh(top.eigenvectors.columns([0])) : low[0]

    if n <= largestFactoredOrder {
      let H = matrix(loss, order: n)
      // Rounding may move pivots by that much.
      let δ = max(resolution, 8 * Double(n) * .ulpOfOne * shift)
      let end = SpectrumEnd(of: H, from: low[0], vector: pairs.eigenvectors.column(0), within: δ)
      let other = SpectrumEnd(of: -H, from: -high, vector: [], within: max(δ, 2e-6 * shift))
      if end.wasMissed || other.wasMissed, n <= largestDenseOrderAfterLanczos { return nil }
      let bounds = min(end.bound, end.value)...max(-other.bound, -other.value)
      guard end.wasMissed else {
        return HessianSpectrum(
          .lanczos, lowest: low, eigenvectors: pairs.eigenvectors, largest: -other.value, bounds: bounds,
          .inertia)
      }
      return HessianSpectrum(
        .lanczos, lowest: [end.value], eigenvectors: .column(end.vector), largest: -other.value,
        bounds: bounds,
        .inertia)
    }
    let random = RandomStartBounds(
      of: hessian, steps: randomSteps, failureProbability: failureProbability, using: &generator)
    return HessianSpectrum(
      .lanczos, lowest: low, eigenvectors: pairs.eigenvectors, largest: max(high, random.largestRitzValue),
      bounds: min(random.lower, low[0])...max(random.upper, high), .randomStart)
  }

  /// ∇²L_N as a matrix at the weights of the last linearisation, column by column from Hessian products.
  static func matrix(_ loss: NetworkLoss, order n: Int) -> Matrix {
    var H = Matrix(zeros: n, n)
    var unit = [Double](repeating: 0, count: n)
    H.storage.withUnsafeMutableBufferPointer { h in
      for i in 0..<n {
        unit[i] = 1
        loss.hessianProduct(unit, into: h.baseAddress! + i * n)
        unit[i] = 0
      }
    }
    return H
  }

  private static func dense(_ loss: NetworkLoss, order n: Int) -> HessianSpectrum {
    // Rounding leaves H symmetric to eps only; LAPACK reads one triangle, and the difference is within the accuracy.
    let decomposition = SymmetricEigendecomposition(matrix(loss, order: n))
    let λ = decomposition.eigenvalues
    let roundOff = Double(n) * .ulpOfOne * max(λ.last!.magnitude, λ.first!.magnitude)
    return HessianSpectrum(
      .dense, lowest: λ, eigenvectors: decomposition.eigenvectors, largest: λ.last!,
      bounds: λ.first! - roundOff...λ.last! + roundOff, .allEigenvalues)
  }
}

/// The smallest eigenvalue of a matrix, by counting: from a Ritz value down to where a factorization has no negative pivot.
private struct SpectrumEnd {
  /// The smallest eigenvalue: the Ritz value if no eigenvalue is far below it.
  let value: Double
  /// Its vector, where another one than the Ritz value was found.
  let vector: [Double]
  /// No eigenvalue is smaller.
  let bound: Double
  /// Whether the Ritz value was not the smallest to that.
  let wasMissed: Bool

  /// - Parameters:
  ///   - H: a symmetric matrix.
  ///   - ritz: a Ritz value.
  ///   - start: its vector, or nothing.
  ///   - δ: how far below it an eigenvalue is looked for.
  init(of H: Matrix, from ritz: Double, vector start: [Double], within δ: Double) {
    func count(below shift: Double) -> Int { SymmetricFactorization(H, shift: shift).negativeCount }
    guard count(below: ritz - δ) > 0 else {
      (value, vector, bound, wasMissed) = (ritz, start, ritz - δ, false)
      return
    }
    var generator = SeededGenerator(seed: 1)
    var x = (0..<H.rows).map { _ in generator.normal() }
    var rayleigh = ritz
    var low = -Double.infinity
    // Each round looks for a shift below all eigenvalues, nearer by and by, and iterates with the inverse there, which converges to the smallest.
    for _ in 0..<8 {
      var step = 4 * δ
      low = rayleigh - step
      while count(below: low) > 0 {
        step *= 8
        low = rayleigh - step
      }
      let factors = SymmetricFactorization(H, shift: low)
      for _ in 0..<8 {
        guard let y = factors.solve(x) else { break }
        let norm = Matrix.column(y).frobeniusNorm
        x = y.map { $0 / norm }
      }
      let quotient = Matrix.inner(.column(x), H * .column(x))
      // Once as near as asked for, it is done; rounding may keep the quotient from falling.
      if step <= 4 * δ || quotient >= rayleigh { break }
      rayleigh = quotient
    }
    (value, vector, bound, wasMissed) = (rayleigh, x, low, true)
  }
}
