import Certificates
import Landscape
import LinearAlgebra
import LinearNetworks

/// The result of a run as it is stored in `result.json`: its keys are a promise, described in Documentation/result-json.md.
public struct TrainingReport: Codable, Sendable {
  public struct ProblemSummary: Codable, Sendable {
    public let samples: Int
    public let inputs: Int
    public let outputs: Int
    public let depth: Int
    /// d_0 = inputs, d_1, …, d_N = outputs.
    public let widths: [Int]
    public let bottleneck: Int
    public let whitened: Bool
    /// ‖X Xᵀ/m − I‖.
    public let whiteningDefect: Double
  }

  public struct Target: Codable, Sendable {
    /// σ_i(Y P_X)/√m, which are the singular values of Z for whitened inputs.
    public let singularValues: [Double]
    /// γ_Z = s_{Z,2}/s_Z; null where Z = 0.
    @ExplicitNull public internal(set) var spectralGapRatio: Double?
  }

  public struct Minimum: Codable, Sendable {
    public let loss: Double
    public let irreducibleLoss: Double
    public let isUnique: Bool
  }

  public struct MethodSummary: Codable, Sendable {
    public let name: String
    public let flow: String
    public let reason: String
    public let tolerance: Double
    @ExplicitNull public internal(set) var step: Double?
    public let evaluations: Int
    public let steps: Int
    public let jacobianProducts: Int
    /// Unknowns integrated, after reduction, and weights of the network.
    public let unknowns: Int
    public let weights: Int
    public let seconds: Double
    /// Null if it was not estimated.
    @ExplicitNull public internal(set) var estimatedError: AccuracyEstimate?
  }

  /// Parallel arrays over `times`.
  public struct Trajectory: Codable, Sendable {
    public let times: [Double]
    public let loss: [Double]
    public let gap: [Double]
    public let gradientNorm: [Double]
    public let distanceToTarget: [Double]
    public let singularValues: [[Double]]
    public let alignment: [Double]
    public let imbalance: [Double]
    public let imbalanceDrift: [Double]
    /// W at each time, as rows; present only if times were asked for.
    public let endToEnd: [Matrix]?

    public init(_ records: [TrajectoryRecord], endToEnd: [Matrix]? = nil) {
      times = records.map(\.time)
      loss = records.map(\.loss)
      gap = records.map(\.gap)
      gradientNorm = records.map(\.gradientNorm)
      distanceToTarget = records.map(\.distanceToTarget)
      singularValues = records.map(\.singularValues)
      alignment = records.map(\.alignment)
      imbalance = records.map(\.imbalance)
      imbalanceDrift = records.map(\.imbalanceDrift)
      self.endToEnd = endToEnd
    }
  }

  public struct TerminationSummary: Codable, Sendable {
    public let kind: String
    public let time: Double
    public let description: String
  }

  public let problem: ProblemSummary
  public let target: Target
  public let globalMinimum: Minimum
  public let certificate: Certificate
  public let method: MethodSummary
  public let trajectory: Trajectory
  public let plateaus: [Plateau]
  public let termination: TerminationSummary
  public let verdict: Verdict
  /// In the units of the data; null for a problem given by its target alone.
  @ExplicitNull public internal(set) var predictor: AffinePredictor?

  /// - Parameter certificate: the promise made before the run; it comes back compared with what was observed.
  public init(run: TrainingRun, outcome: TrainingOutcome, certificate: Certificate, prepared: PreparedProblem?) {
    let problem = run.problem
    self.problem = ProblemSummary(problem, widths: run.start.widths)
    target = Target(problem)
    globalMinimum = Minimum(problem, rank: run.start.bottleneckWidth)
    // The promise is about the flow. How far Euler is from it only the estimate can tell.
    let followsTheFlow = (run.method.method != .euler || outcome.accuracy != nil) && !outcome.ending.isFailure
    let accuracyTimes = zip(NonLocalRate.accuracies, outcome.accuracyTimes).compactMap { ε, t in t.map { (ε, $0) } }
    self.certificate =
      followsTheFlow
      ? certificate.comparing(
        with: ObservedTrajectory(outcome), timesToAccuracy: Dictionary(uniqueKeysWithValues: accuracyTimes))
      : certificate
    method = MethodSummary(
      name: run.method.method.rawValue, flow: run.options.flow.rawValue, reason: run.method.reason,
      tolerance: run.options.tolerance, step: run.options.step, evaluations: outcome.work.evaluations,
      steps: outcome.work.steps, jacobianProducts: outcome.work.jacobianProducts, unknowns: run.unknowns,
      weights: run.start.parameterCount, seconds: outcome.secondsUsed, estimatedError: outcome.accuracy)
    if run.options.outputTimes.isEmpty {
      trajectory = Trajectory(outcome.records)
    } else {
      let requested = Dictionary(outcome.states.map { ($0.time, $0.endToEnd) }) { first, _ in first }
      let records = outcome.records.filter { requested[$0.time] != nil }
      trajectory = Trajectory(records, endToEnd: records.map { requested[$0.time]! })
    }
    plateaus = outcome.plateaus
    termination = TerminationSummary(
      kind: outcome.ending.kind, time: outcome.time, description: outcome.ending.description)
    verdict = outcome.verdict
    predictor = prepared?.predictor(of: outcome.network.endToEndMatrix)
  }
}

/// What is known of a problem and a start before any run: the beginning of a ``TrainingReport``.
public struct CertificateReport: Codable, Sendable {
  public let problem: TrainingReport.ProblemSummary
  public let target: TrainingReport.Target
  public let globalMinimum: TrainingReport.Minimum
  public let certificate: Certificate

  public init(problem: Problem, start: LinearNetwork) {
    self.problem = TrainingReport.ProblemSummary(problem, widths: start.widths)
    target = TrainingReport.Target(problem)
    globalMinimum = TrainingReport.Minimum(problem, rank: start.bottleneckWidth)
    certificate = Certificate(problem: problem, start: start)
  }
}

extension TrainingReport.Minimum {
  public init(_ problem: Problem, rank: Int) {
    let minimum = GlobalMinimum(of: problem.loss, rank: rank)
    self.init(loss: minimum.loss, irreducibleLoss: minimum.irreducibleLoss, isUnique: minimum.isUnique)
  }
}

extension TrainingReport.ProblemSummary {
  public init(_ problem: Problem, widths: [Int]) {
    self.init(
      samples: problem.sampleCount, inputs: problem.inputs, outputs: problem.outputs, depth: widths.count - 1,
      widths: widths, bottleneck: widths.min()!, whitened: problem.isWhitened(),
      whiteningDefect: problem.whiteningDefect)
  }
}

extension TrainingReport.Target {
  public init(_ problem: Problem) {
    let σ = problem.targetSingularValues
    let ratio = σ.first.flatMap { $0 > 0 ? (σ.count > 1 ? σ[1] / $0 : 0) : nil }
    self.init(singularValues: σ, spectralGapRatio: ratio)
  }
}

extension Certificate {
  /// The certificate of a start on a problem, before any run.
  public init(problem: Problem, start: LinearNetwork) {
    self.init(
      CertificateSubject(
        depth: start.depth, bottleneck: start.bottleneckWidth, sampleCount: Double(problem.sampleCount),
        whiteningDefect: problem.whiteningDefect, target: problem.crossCovariance, start: start.endToEndMatrix,
        relativeImbalance: start.relativeImbalance))
  }
}

extension ObservedTrajectory {
  init(_ outcome: TrainingOutcome) {
    let records = outcome.records
    self.init(
      times: records.map(\.time), distancesSquared: records.map { $0.distanceToTarget * $0.distanceToTarget },
      scales: records.map { $0.singularValues.first ?? 0 }, coordinates: records.map(\.alignment),
      accuracy: max(outcome.accuracy?.relativeError ?? 1e-8, 1e-13))
  }
}

extension TrainingOutcome.Ending: CustomStringConvertible {
  fileprivate var isFailure: Bool {
    if case .solverFailed = self { true } else { false }
  }

  public var description: String {
    switch self {
    case .converged: "converged: the gradient vanished relative to its scale and the limit was classified"
    case .reachedFinalTime: "reached the final time that was asked for"
    case .budgetRanOut(let budget): "budget ran out: \(budget)"
    case .interrupted: "interrupted"
    case .solverFailed(let termination): "failed: \(termination)"
    }
  }
}
