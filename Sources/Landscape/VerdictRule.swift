import Foundation
import LinearAlgebra
import LinearNetworks

/// The rule that decides a verdict, and its tolerances: the only one, for runs and for single networks.
public struct VerdictRule: Sendable {
  /// The problem, in whose coordinates networks are judged.
  public let problem: Problem
  /// Its minimum at the bottleneck's rank.
  public let minimum: GlobalMinimum
  /// The relative gradient up to which a point is looked at as stationary.
  public let gradientTolerance: Double

  let captured: CapturedDirections
  /// The lowest stationary value above the minimum, relative to ½‖Y P_X‖²; infinite if there is none.
  private let levelSpacing: Double

  /// The relative loss gap up to which a stationary point may be a global minimiser: at least 1e-12, as far as other stationary values are apart
  /// (½(σ_r² − σ_{r+1}²) or more) unless singular values agree to about that many digits.
  ///
  /// Near a minimiser the gap is about the square of the relative gradient times a condition number; where the target's rank is below r it is the square of
  /// singular values that are still on their way to zero.
  public func gapTolerance(depth N: Int) -> Double {
    let vanishing = isTargetDeficient ? vanishingSize(gradientTolerance, N) : 0
    return max(1e-12, 100 * gradientTolerance * gradientTolerance, 10 * vanishing * vanishing)
  }

  /// The part of Y P_X, relative to it, that the column space of a stationary network may leave unfitted.
  ///
  /// A stationary W satisfies Uᵀ(Y P_X − W X) = 0 for U spanning the range of W_{>1}. Unlike the gradient this is not weighted by X, so directions with
  /// little data that are still moving are not taken for stationary.
  public static let unfittedTolerance = 1e-5

  /// How far the fractions c_i of ``CapturedDirections`` may be from 0 and 1 for a level to be read off them (tuned).
  static let captureTolerance = 0.1

  /// The rule for networks of one bottleneck on one problem.
  ///
  /// - Parameters:
  ///   - problem: what the networks are trained on.
  ///   - rank: r = min_j d_j of the networks.
  ///   - gradientTolerance: the relative gradient up to which a point is looked at as stationary.
  public init(for problem: Problem, rank: Int, gradientTolerance: Double = 1e-9) {
    (self.problem, self.gradientTolerance) = (problem, gradientTolerance)
    let minimum = GlobalMinimum(of: problem, rank: rank)
    self.minimum = minimum
    captured = CapturedDirections(of: problem)
    let spacing = CriticalLevels(of: minimum).spacing
    levelSpacing = spacing.map { $0 / minimum.learnableLoss } ?? .infinity
  }

  /// The cheap half of the verdict, for use at every step: is the gradient small relative to its scale?
  public func relativeGradientNorm(_ gradientNorm: Double, of network: LinearNetwork) -> Double {
    relativeGradientNorm(gradientNorm, scale(of: network))
  }

  /// The same of a network of depth N, from what its unit takes of it where there is nothing to fit: max_j ‖W_j‖_F.
  package func relativeGradientNorm(
    _ gradientNorm: Double, depth N: Int, largestLayer: Double
  ) -> Double {
    relativeGradientNorm(
      gradientNorm,
      LandscapeScale(minimum: minimum, depth: N, sizeWithoutTarget: pow(largestLayer, Double(N))))
  }

  /// An exact zero is zero also where nothing gives a unit: inputs that are all zero.
  func relativeGradientNorm(_ gradientNorm: Double, _ scale: LandscapeScale) -> Double {
    gradientNorm == 0 ? 0 : gradientNorm / scale.gradient
  }

  /// The units in which the gradient and the curvature of a network are small or not.
  public func scale(of network: LinearNetwork) -> LandscapeScale {
    let largest = network.layers.reduce(0) { max($0, $1.frobeniusNorm) }
    return LandscapeScale(
      minimum: minimum, depth: network.depth,
      sizeWithoutTarget: pow(largest, Double(network.depth)))
  }

  /// Whether a stationary network is at the minimum: the second cheap part of the verdict.
  public func isAtMinimum(_ network: LinearNetwork) -> Bool {
    let W = network.endToEndMatrix
    let gap = relativeGap(minimum.gap(of: W), scale(of: network))
    if case .minimum = height(of: W, relativeGap: gap, depth: network.depth) { return true }
    return false
  }

  /// Relative to what there is to be learnt, or to the curvature's unit where that is nothing.
  func relativeGap(_ gap: Double, _ scale: LandscapeScale) -> Double {
    gap == 0 ? 0 : gap / (minimum.learnableLoss > 0 ? minimum.learnableLoss : scale.curvature * scale.size)
  }

  /// The verdict on a network, with a direction of negative curvature of a strict saddle: the steepest one where the Hessian was computed.
  public func verdict(on network: LinearNetwork) -> (verdict: Verdict, escape: LinearNetwork?) {
    let judgement = judge(network, looking: .asNeeded)
    return (judgement.verdict, judgement.escape)
  }

  /// The accuracy, relative to the largest eigenvalue, to which the smallest one is looked for where it does not decide the verdict and not all are computed (tuned).
  static let glance = 1e-4

  /// The same of a count of eigenvalues below the smallest one, where the gradient decides (tuned: a count to round-off costs twenty factorizations).
  static let countedGlance = 1e-5

  /// How much of the Hessian's spectrum is computed.
  enum Attention {
    /// What the verdict needs.
    case asNeeded
    /// All eigenvalues of networks of up to 2000 weights, spare dimensions not counted.
    case closely
    /// The same, but in larger networks not more than a glance, even if the verdict needs it.
    case briefly
  }

  /// A verdict with what it was read from.
  struct Judgement {
    let verdict: Verdict
    /// A direction of negative curvature of a strict saddle: the steepest one where the Hessian was computed.
    let escape: LinearNetwork?
    /// Nil where the layers alone decided and nothing asked for it.
    let hessian: NetworkHessian?
    /// No eigenvalue of ∇²L_N is smaller, by the layers alone; −∞ where they were not asked.
    let lowerBound: Double
  }

  /// What the verdict is, without the smallest eigenvalue where the verdict does not need it: for looks along a run.
  package func kind(of network: LinearNetwork) -> Verdict.Kind {
    let m = VerdictMeasures(of: network, rule: self)
    if let known = withoutCurvature(m) { return known.kind }
    switch ranks(of: network, m, CurvatureBounds(of: network, m)).answer {
    case .strict: return .strictSaddle
    case .notStrict: return .nonStrictSaddle
    case .undecided: return judge(network, looking: .asNeeded).verdict.kind
    }
  }

  func judge(_ network: LinearNetwork, looking attention: Attention) -> Judgement {
    let m = VerdictMeasures(of: network, rule: self)
    let tolerance = m.curvatureTolerance
    let firstAnswer = withoutCurvature(m)
    // One layer has the curvature of X Xᵀ alone; away from stationary points the bounds say little.
    let bounds = m.isStationary && m.depth > 1 ? CurvatureBounds(of: network, m) : nil
    let algebra = firstAnswer == nil ? bounds.map { ranks(of: network, m, $0) } : nil

    let compression = HiddenCompression(problem.inEigenbasis(network))
    let order = compression.network.parameterCount
    var found: NetworkHessian?
    if needsHessian(order, attention, bounds, algebra, tolerance, isKnown: firstAnswer != nil) {
      let isGlance =
        attention == .asNeeded && firstAnswer?.kind == .notStationary
        && order > HessianSpectrum.largestDenseOrderOfVerdict
      let glance =
        isGlance ? VerdictRule.countedGlance * Sharpness.value(of: problem, at: network).magnitude : 0
      func hessian(relativeResolution: Double) -> NetworkHessian {
        NetworkHessian(
          of: problem, compression: compression, resolution: max(tolerance / 10, glance),
          relativeResolution: relativeResolution,
          denseUpTo: attention == .asNeeded
            ? HessianSpectrum.largestDenseOrderOfVerdict : HessianSpectrum.largestDenseOrderAfterLanczos)
      }
      var first = hessian(relativeResolution: VerdictRule.glance)
      // A Ritz value is never below the smallest eigenvalue: one that is clearly negative is enough.
      if attention != .briefly, firstAnswer == nil, algebra?.answer ?? .undecided == .undecided,
        !first.isWhole, !(first.smallest < -tolerance), first.accuracy > tolerance / 2
      {
        first = hessian(relativeResolution: 0)
      }
      found = first
    }
    let answer = firstAnswer ?? combined(algebra, found, m)
    let smallest = SmallestEigenvalue(found, bounds, tolerance: tolerance)
    let isStrict = answer.kind == .strictSaddle
    // The steeper of the two ways out.
    let byHessian = found.map { isStrict && $0.smallest <= bounds?.upper ?? .infinity } ?? false
    let verdict = Verdict(
      kind: answer.kind, decidedBy: answer.decidedBy, rank: m.rank, rankTolerance: m.rankTolerance,
      gradientNorm: m.gradientNorm, relativeGradientNorm: m.relativeGradient,
      gradientTolerance: gradientTolerance, loss: minimum.loss + m.gap, lossGap: m.gap,
      relativeLossGap: m.relativeGap, smallestHessianEigenvalue: smallest.value,
      smallestHessianEigenvalueError: smallest.error, hessianMethod: smallest.method,
      hessianArgument: smallest.argument, hessianNote: smallest.note, algebra: algebra,
      curvatureTolerance: tolerance,
      escapeCurvature: isStrict ? (byHessian ? found!.smallest : bounds?.upper ?? found!.smallest) : nil,
      undecided: answer.close)
    return Judgement(
      verdict: verdict,
      escape: isStrict
        ? (byHessian ? found!.lowestDirection : bounds?.direction ?? found!.lowestDirection) : nil,
      hessian: found, lowerBound: bounds?.lower ?? -.infinity)
  }

  /// Whether the Hessian is worth its cost: it is small, or looked for, or nothing else decides.
  private func needsHessian(
    _ order: Int, _ attention: Attention, _ bounds: CurvatureBounds?, _ algebra: SaddleAlgebra?,
    _ tolerance: Double, isKnown: Bool
  ) -> Bool {
    if attention != .asNeeded || order <= HessianSpectrum.largestDenseOrderAfterLanczos { return true }
    if let bounds, bounds.isTight(tolerance) { return false }
    // Beyond what can be factored, the smallest eigenvalue takes minutes and nothing depends on it.
    let isDecided = isKnown || (algebra?.answer ?? .undecided) != .undecided
    return !(isDecided && order > HessianSpectrum.largestFactoredOrder)
  }

  private func ranks(of network: LinearNetwork, _ m: VerdictMeasures, _ bounds: CurvatureBounds)
    -> SaddleAlgebra
  {
    SaddleAlgebra(
      bounds, isLeading: isLeading(m), tolerance: m.curvatureTolerance,
      distance: NearbyStationaryPoint(
        near: network, problem: problem, keeping: captured.subset(of: m.W), kind: .withoutEscape)?.distance)
  }

  /// An exactly stationary network near one that has learnt certain directions; nil if none can be built.
  func nearbyStationaryPoint(of network: LinearNetwork) -> NearbyStationaryPoint? {
    NearbyStationaryPoint(
      near: network, problem: problem, keeping: captured.subset(of: network.endToEndMatrix), kind: .stationary
    )
  }

  // MARK: Parts of the rule

  private typealias Answer = (
    kind: Verdict.Kind, close: Verdict.CloseCall?, decidedBy: Verdict.Decision
  )

  /// What the gradient and the loss say; nil if the curvature has to decide.
  private func withoutCurvature(_ m: VerdictMeasures) -> Answer? {
    let isRoundOff = m.gradientNorm <= m.roundOff.gradientNorm
    let inDoubt: Answer = (
      .undecided,
      .init(
        quantity: "gradient norm ‖∇L_N‖", value: m.gradientNorm, tolerance: m.roundOff.gradientNorm),
      .gradient
    )
    guard m.isStationary else { return isRoundOff ? inDoubt : (.notStationary, nil, .gradient) }
    switch height(of: m.W, relativeGap: m.relativeGap, depth: m.depth) {
    case .minimum: return (.globalMinimiser, nil, .loss)
    case .unclear(let close): return (.undecided, close, .loss)
    case .above:
      guard m.unfitted > VerdictRule.unfittedTolerance else { return nil }
      return isRoundOff ? inDoubt : (.notStationary, nil, .gradient)
    }
  }

  /// What the layers and the Hessian say together: where both speak they must agree.
  private func combined(_ algebra: SaddleAlgebra?, _ hessian: NetworkHessian?, _ m: VerdictMeasures) -> Answer
  {
    let byRanks: Verdict.Kind? =
      switch algebra?.answer {
      case .strict: .strictSaddle
      case .notStrict: .nonStrictSaddle
      case .undecided, nil: nil
      }
    let byEigenvalue = hessian.map { byCurvature($0, m) }
    guard let byRanks else {
      return byEigenvalue ?? (.undecided, algebra!.closeCall, .algebra)
    }
    guard let byEigenvalue, byEigenvalue.kind != .undecided else { return (byRanks, nil, .algebra) }
    guard byEigenvalue.kind == byRanks else {
      return (
        .undecided,
        .init(
          quantity:
            "smallest eigenvalue of ∇²L_N, on whose sign the Hessian and the layers' ranks do not agree,",
          value: hessian!.smallest, tolerance: max(m.curvatureTolerance, hessian!.smallest.magnitude)),
        .algebraAndHessian
      )
    }
    return (byRanks, nil, .algebraAndHessian)
  }

  /// Where the loss of a stationary network stands among the stationary values.
  private enum Height {
    case minimum
    case above
    /// The next level is too near, and the directions that were learnt do not tell which of the two it is.
    case unclear(Verdict.CloseCall)
  }

  /// Whether W, the matrix of a stationary network of depth N, is at the minimum.
  ///
  /// Stationary values are discrete, so a gap below half the distance to the next one is none. Where that distance is below the tolerance of the
  /// gap itself, the singular directions that W has learnt decide.
  private func height(of W: Matrix, relativeGap: Double, depth N: Int) -> Height {
    let tolerance = gapTolerance(depth: N)
    guard relativeGap <= tolerance else { return .above }
    if levelSpacing > 2 * tolerance { return .minimum }
    if captured.defect(of: W) <= VerdictRule.captureTolerance {
      let best = min(minimum.rank, minimum.targetRank)
      return captured.subset(of: W) == Array(1..<best + 1) ? .minimum : .above
    }
    return .unclear(
      .init(
        quantity: "distance to the next stationary value, relative to ½‖Y P_X‖²", value: levelSpacing,
        tolerance: 2 * tolerance))
  }

  /// Strict if the curvature is clearly negative. Not strict if it is clearly not, and if a non-strict saddle can be there at all: for N ≥ 3 at a leading level.
  private func byCurvature(_ hessian: NetworkHessian, _ m: VerdictMeasures) -> Answer {
    let λ = hessian.smallest
    let tolerance = m.curvatureTolerance
    let error = max(tolerance, hessian.accuracy)
    // A Ritz value of Lanczos bounds the eigenvalue from above whether or not it has converged.
    if λ < -(hessian.isWhole ? error : tolerance) { return (.strictSaddle, nil, .hessian) }
    // The tolerance is an estimate: between a half and the whole of it both answers are possible.
    if λ >= -tolerance / 2, hessian.accuracy <= tolerance, isLeading(m) {
      return (.nonStrictSaddle, nil, .hessian)
    }
    return (
      .undecided, .init(quantity: "smallest eigenvalue of ∇²L_N", value: λ, tolerance: error), .hessian
    )
  }

  /// Whether W is at the lowest stationary value of its rank, and that rank below r.
  ///
  /// Everywhere else saddles are strict (``CriticalLevel/Nature``), and for N ≤ 2 all are.
  private func isLeading(_ m: VerdictMeasures) -> Bool {
    guard m.depth >= 3, m.rank < min(minimum.rank, minimum.targetRank) else { return false }
    // A singular value s that is left moves this gap by s·σ_{k+1}, up or down.
    let tolerance = max(gapTolerance(depth: m.depth), 20 * m.vanishing)
    return GlobalMinimum(of: problem, rank: m.rank).gap(of: m.W).magnitude <= tolerance
      * minimum.learnableLoss
  }

  /// The size, relative to the largest, of a singular value that is still on its way to zero when the gradient has this size.
  ///
  /// A direction in which the target still has σ_i to offer moves by a product of N−1 layers, so gradient ∼ (σ_i/σ_1) s^{(N−1)/N}. Where it has nothing to
  /// offer (rank of Y P_X below r) the gradient carries another factor s: s^{(2N−1)/N}.
  func vanishingSize(_ gradient: Double, _ N: Int) -> Double {
    guard N > 1, let σ1 = minimum.singularValues.first, σ1 > 0 else { return gradient }
    if isTargetDeficient { return pow(gradient, Double(N) / Double(2 * N - 1)) }
    return pow(relativeToWeakest(gradient), Double(N) / Double(N - 1))
  }

  /// A relative gradient in the unit of the weakest direction that can be learnt, σ_i with i ≤ r.
  func relativeToWeakest(_ gradient: Double) -> Double {
    let σ = minimum.singularValues.prefix(min(minimum.rank, minimum.targetRank))
    guard let first = σ.first, let last = σ.last else { return gradient }
    return gradient * first / last
  }

  /// Whether the rank of Y P_X is below r, up to round-off.
  private var isTargetDeficient: Bool {
    minimum.targetRank > 0 && minimum.targetRank < min(minimum.rank, minimum.singularValues.count)
  }
}
