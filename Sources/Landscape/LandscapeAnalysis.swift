import LinearAlgebra
import LinearNetworks

/// All that Section 2 of the theory says about one network.
///
/// Source: Eftekhari (2020), Section 2.
public struct LandscapeReport: Codable, Sendable {
  /// The end-to-end matrix.
  public struct EndToEnd: Codable, Sendable {
    /// Singular values above ``rankTolerance``.
    public let rank: Int
    /// What counts as zero.
    public let rankTolerance: Double
    /// σ_1 ≥ σ_2 ≥ … of W_N⋯W_1.
    public let singularValues: [Double]
    /// c_i = u_iᵀ W X v_i / σ_i: 0 or 1 at a stationary point (``CapturedDirections``).
    public let capturedFractions: [Double]
    /// S: the singular directions of Y P_X that W has learnt, from 1.
    public let kept: [Int]
  }

  /// The spectrum of ∇²L_N.
  public struct Spectrum: Codable, Sendable {
    /// Σ_j d_j d_{j−1}.
    public let weights: Int
    /// Weights without spare hidden dimensions, in which it was computed.
    public let compressedWeights: Int
    /// How.
    public let method: HessianSpectrum.Method
    /// A bound on the error of the eigenvalues.
    public let accuracy: Double
    /// The six lowest, increasing.
    public let lowest: [Double]
    /// The six largest, decreasing; the largest alone where not all were computed.
    public let highest: [Double]
    /// All distinct eigenvalues, increasing, with their multiplicities; absent where not all were computed.
    public let eigenvalues: [Double]?
    /// How often each of ``eigenvalues`` occurs.
    public let multiplicities: [Int]?
    /// Negative, zero and positive ones of the network itself, up to round-off.
    public let inertia: Inertia
    /// Those of the exactly stationary network nearby; absent where none is near or the network is one itself.
    public let nearbyInertia: Inertia?
    /// How many zeros the symmetries of the factorisation explain; absent for large networks.
    public let symmetries: Int?
  }

  /// An exactly stationary network near one that is looked at as stationary.
  public struct Nearby: Codable, Sendable {
    /// √Σ_j‖ΔW_j‖², an upper bound of the distance to the stationary networks.
    public let distance: Double
    /// The distance relative to the norm of the weights.
    public let relativeDistance: Double
    /// ‖∇L_N‖ there: round-off.
    public let gradientNorm: Double
    /// No eigenvalue of ∇²L_N differs there by more.
    public let curvatureChange: Double

    init(_ point: NearbyStationaryPoint, of network: LinearNetwork, problem: Problem) {
      distance = point.distance
      relativeDistance =
        point.distance > 0 ? point.distance / Matrix.column(network.parameters).frobeniusNorm : 0
      gradientNorm =
        Matrix.column(
          NetworkLoss(problem: problem, widths: network.widths).gradient(point.network.parameters)
        ).frobeniusNorm
      curvatureChange = point.curvatureChange
    }
  }

  /// What it is.
  public let verdict: Verdict
  /// An exactly stationary network close by; absent where the network is not looked at as stationary, or none could be built.
  public let nearby: Nearby?
  /// ∇L_N = 0?
  public let firstOrder: FirstOrderTest
  /// ∇²L_N ≥ 0?
  public let secondOrder: SecondOrderTest
  /// The matrix that the layers multiply to.
  public let endToEnd: EndToEnd
  /// The curvatures.
  public let spectrum: Spectrum
  /// The lowest stationary values, from the minimum up.
  public let levels: [CriticalLevel]
  /// The loss along the direction that leads out of a strict saddle; absent otherwise.
  public let escape: EscapePath?
  /// (P, Q) and (P, Q′).
  public let correspondingPoints: CorrespondingPoints
  /// Theorem 2.8.
  public let secondOrderTheorem: SecondOrderTheorem
}

/// The analysis of one network: its report, and the direction out of a strict saddle.
public struct LandscapeAnalysis: Sendable {
  /// What was found.
  public let report: LandscapeReport
  /// Δ of the report's escape path; nil unless the verdict is a strict saddle.
  public let escapeDirection: LinearNetwork?

  /// Analyses a network.
  ///
  /// - Parameters:
  ///   - network: any network.
  ///   - rule: the problem, and the tolerances of the verdict.
  ///   - levels: how many of the lowest stationary values are listed.
  public init(of network: LinearNetwork, rule: VerdictRule, levels: Int) {
    let judgement = rule.judge(network, looking: .closely)
    let (verdict, hessian) = (judgement.verdict, judgement.hessian!)
    let W = network.endToEndMatrix
    let captured = CapturedDirections(of: rule.problem)
    let first = FirstOrderTest(of: network, rule: rule)
    let look = SecondOrderLook(network, rule: rule, judgement: judgement, isStationary: first.holds)
    let second = look.test
    /// Round-off of the terms, and of the eigenvalues where they were computed.
    func inertia(_ hessian: NetworkHessian, at network: LinearNetwork) -> Inertia {
      Inertia(
        of: hessian,
        tolerance: max(
          RoundOff(of: rule.problem, at: network).hessian, hessian.isWhole ? hessian.accuracy : 0))
    }
    let way = judgement.escape.map {
      EscapePath.along($0, from: network, curvature: verdict.escapeCurvature!, minimum: rule.minimum)
    }
    escapeDirection = way?.direction
    let all = hessian.eigenvalues
    report = LandscapeReport(
      verdict: verdict, nearby: look.nearby.map { .init($0.point, of: network, problem: rule.problem) },
      firstOrder: first, secondOrder: second,
      endToEnd: .init(
        rank: verdict.rank, rankTolerance: verdict.rankTolerance, singularValues: W.singularValues,
        capturedFractions: captured.fractions(of: W), kept: captured.subset(of: W)),
      spectrum: .init(
        weights: network.parameterCount, compressedWeights: hessian.inside.order,
        method: hessian.inside.method,
        accuracy: hessian.accuracy, lowest: hessian.lowestFew, highest: hessian.highestFew,
        eigenvalues: all?.map(\.value), multiplicities: all?.map(\.multiplicity),
        inertia: inertia(hessian, at: network),
        nearbyInertia: look.nearby.flatMap { nearby in
          nearby.hessian.map { inertia($0, at: nearby.point.network) }
        },
        symmetries: FactorisationSymmetry.dimension(at: network)),
      levels: CriticalLevels(of: rule.minimum).lowest(levels), escape: way?.path,
      correspondingPoints: CorrespondingPoints(of: network, rule: rule, rank: verdict.rank),
      secondOrderTheorem: SecondOrderTheorem(
        rule: rule, verdict: verdict, endToEnd: W, bottleneck: network.bottleneckWidth, first: first,
        second: second))
  }
}
