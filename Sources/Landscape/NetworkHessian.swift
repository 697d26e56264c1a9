import LinearAlgebra
import LinearNetworks

/// The spectrum of ∇²L_N at a network, found from the network without its spare hidden dimensions.
///
/// Source: equation (8); ``HiddenCompression``.
public struct NetworkHessian: Sendable {
  /// The Hessian of the compressed layers C_1, …, C_N.
  public let inside: HessianSpectrum
  private let problem: Problem
  private let compression: HiddenCompression
  private let blocks: [SpareBlock]

  /// The block [0 C; Cᵀ 0] of the spare dimensions of layer j, which occurs once for each of them.
  private struct SpareBlock {
    let layer: Int
    let copies: Int
    let svd: SingularValueDecomposition
    /// Rows and columns of C together.
    let order: Int
  }

  /// - Parameters:
  ///   - problem: what the network is trained on.
  ///   - network: where the Hessian is taken.
  ///   - resolution: absolute accuracy wanted where not all eigenvalues are computed.
  ///   - relativeResolution: the same relative to the largest eigenvalue; the coarser of the two is aimed at.
  ///   - denseUpTo: the number of weights, spare dimensions not counted, up to which all are computed.
  public init(
    of problem: Problem, at network: LinearNetwork, resolution: Double, relativeResolution: Double = 0,
    denseUpTo: Int = HessianSpectrum.largestDenseOrder
  ) {
    // In the eigenvectors of X Xᵀ, which turn the first layer alone, hundreds of products cost less.
    self.init(
      of: problem, compression: HiddenCompression(problem.inEigenbasis(network)), resolution: resolution,
      relativeResolution: relativeResolution, denseUpTo: denseUpTo)
  }

  /// The same with the compression of the network in the eigenvectors of X Xᵀ.
  init(
    of problem: Problem, compression: HiddenCompression, resolution: Double, relativeResolution: Double,
    denseUpTo: Int
  ) {
    let C = compression.network
    self.problem = problem
    self.compression = compression
    inside = HessianSpectrum(
      of: NetworkLoss(problem: problem.diagonal, widths: C.widths), at: C.parameters, resolution: resolution,
      relativeResolution: relativeResolution, denseUpTo: denseUpTo)
    blocks = NetworkHessian.spareBlocks(problem.spectralLoss, C, compression.spareDimensions)
  }

  /// C = W_{>j+1}ᵀ G W_{<j}ᵀ for each layer with spare dimensions.
  private static func spareBlocks(
    _ loss: QuadraticLoss, _ network: LinearNetwork, _ spare: [Int]
  ) -> [SpareBlock] {
    guard spare.contains(where: { $0 > 0 }) else { return [] }
    let W = network.layers
    let G = loss.gradient(network.endToEndMatrix)
    // before[j − 1] = W_{<j}, nil for the empty product.
    var before: [Matrix?] = [nil]
    for j in 0..<(W.count - 1) { before.append(before[j].map { W[j] * $0 } ?? W[j]) }
    var blocks: [SpareBlock] = []
    // W_{>j+1}ᵀ G, from the last hidden layer down.
    var above = G
    for j in stride(from: W.count - 1, through: 1, by: -1) {
      if spare[j - 1] > 0 {
        let C = before[j - 1].map { Matrix.product(above, .plain, $0, .transposed) } ?? above
        blocks.append(
          SpareBlock(
            layer: j, copies: spare[j - 1], svd: C.singularValueDecomposition, order: C.rows + C.columns))
      }
      above = Matrix.product(W[j], .transposed, above, .plain)
    }
    return blocks
  }

  /// The smallest eigenvalue; for Lanczos an upper bound, which is right to ``accuracy``.
  public var smallest: Double {
    // A block has negative eigenvalues or zeros; where there is none all may be positive.
    steepest.map { min(inside.lowest[0], -($0.svd.singularValues.first ?? 0)) } ?? inside.lowest[0]
  }

  /// The largest eigenvalue.
  public var largest: Double { max(inside.largest, steepest?.svd.singularValues.first ?? inside.largest) }

  /// No eigenvalue is below ``smallest`` by more.
  public var accuracy: Double { inside.accuracy }

  /// No eigenvalue is above ``largest`` by more.
  public var accuracyOfLargest: Double { inside.accuracyOfLargest }

  /// Whether all eigenvalues are known.
  public var isWhole: Bool { inside.method == .dense }

  private var steepest: SpareBlock? {
    blocks.max { ($0.svd.singularValues.first ?? 0) < ($1.svd.singularValues.first ?? 0) }
  }

  /// A unit eigenvector of the smallest eigenvalue, as a direction of the network's weights.
  public var lowestDirection: LinearNetwork {
    if let steepest, let σ = steepest.svd.singularValues.first, -σ < inside.lowest[0] {
      // (a, −b)/√2 with C a = σ b belongs to −σ.
      let half = 0.5.squareRoot()
      return problem.fromEigenbasis(
        compression.spareDirection(
          layer: steepest.layer, into: steepest.svd.V.column(0).map { half * $0 },
          outOf: steepest.svd.U.column(0).map { -half * $0 }))
    }
    return problem.fromEigenbasis(
      compression.expand(
        LinearNetwork(widths: compression.network.widths, parameters: inside.eigenvectors.column(0))))
  }

  /// Every eigenvalue with its multiplicity, increasing by value; nil where not all were computed.
  public var eigenvalues: [(value: Double, multiplicity: Int)]? {
    guard isWhole else { return nil }
    var all = inside.lowest.map { (value: $0, multiplicity: 1) }
    for block in blocks {
      let σ = block.svd.singularValues
      for s in σ { all += [(value: s, multiplicity: block.copies), (value: -s, multiplicity: block.copies)] }
      let zeros = block.order - 2 * σ.count
      if zeros > 0 { all.append((value: 0, multiplicity: zeros * block.copies)) }
    }
    let spare = compression.spareDimensions
    for (s, t) in zip(spare, spare.dropFirst()) where s * t > 0 {
      all.append((value: 0, multiplicity: s * t))
    }
    return all.sorted { $0.value < $1.value }
  }

  /// How many eigenvalues are below −tolerance, between, and above tolerance, where the Hessian can be factored; nil where it is too large.
  func counts(tolerance: Double) -> (negative: Int, zero: Int, positive: Int)? {
    if let all = eigenvalues {
      func count(_ belongs: (Double) -> Bool) -> Int {
        all.reduce(0) { belongs($1.value) ? $0 + $1.multiplicity : $0 }
      }
      return (count { $0 < -tolerance }, count { $0.magnitude <= tolerance }, count { $0 > tolerance })
    }
    let C = compression.network
    let n = C.parameterCount
    guard n <= HessianSpectrum.largestFactoredOrder else { return nil }
    let loss = NetworkLoss(problem: problem.diagonal, widths: C.widths)
    C.parameters.withUnsafeBufferPointer { loss.linearize(at: $0.baseAddress!) }
    let H = HessianSpectrum.matrix(loss, order: n)
    var negative = SymmetricFactorization(H, shift: -tolerance).negativeCount
    var positive = SymmetricFactorization(H, shift: tolerance).positiveCount
    for block in blocks {
      let count = block.svd.singularValues.filter { $0 > tolerance }.count * block.copies
      negative += count
      positive += count
    }
    return (negative, compression.weights - negative - positive, positive)
  }

  /// The six lowest eigenvalues that are known, with repetitions, increasing.
  public var lowestFew: [Double] {
    if let all = eigenvalues { return NetworkHessian.repeated(all.prefix(6), 6) }
    let known = inside.lowest + blocks.flatMap { $0.svd.singularValues.prefix(6).map { -$0 } }
    return Array(known.sorted().prefix(6))
  }

  /// The six largest eigenvalues, decreasing, where all are known; the largest otherwise.
  public var highestFew: [Double] {
    if let all = eigenvalues { return NetworkHessian.repeated(all.reversed().prefix(6), 6) }
    return [largest]
  }

  private static func repeated(_ pairs: some Sequence<(value: Double, multiplicity: Int)>, _ n: Int)
    -> [Double]
  {
    Array(pairs.flatMap { Array(repeating: $0.value, count: min($0.multiplicity, n)) }.prefix(n))
  }
}
