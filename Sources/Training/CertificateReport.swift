import Landscape
import LinearAlgebra
import LinearNetworks
import Prose
import Theory

/// What is known of a problem and a start before any run: the beginning of a ``TrainingReport``.
public struct CertificateReport: Codable, Sendable {
  /// The problem and the network.
  public let problem: TrainingReport.ProblemSummary
  /// Where it should go.
  public let target: TrainingReport.Target
  /// How low it can get.
  public let globalMinimum: TrainingReport.Minimum
  /// D_1, …, D_{N−1} of the start.
  public let imbalances: [Imbalance]
  /// The promise.
  public let certificate: Certificate
  /// The saddles that a small start passes; null for other starts.
  @ExplicitNull public private(set) var saddleSequence: SaddleSequence?

  /// The certificate of a start on a problem.
  public init(problem: Problem, start: LinearNetwork) {
    self.problem = TrainingReport.ProblemSummary(problem, widths: start.widths)
    target = TrainingReport.Target(problem)
    globalMinimum = TrainingReport.Minimum(problem, rank: start.bottleneckWidth)
    let setting = Setting(problem: problem, start: start)
    imbalances = setting.imbalances
    certificate = Certificate(setting)
    saddleSequence = SaddleSequence(setting)
  }
}

extension TrainingReport.Minimum {
  /// The minimum of a problem at the bottleneck's rank.
  public init(_ problem: Problem, rank: Int) {
    let minimum = GlobalMinimum(of: problem, rank: rank)
    self.init(
      loss: minimum.loss, irreducibleLoss: minimum.irreducibleLoss, isUnique: minimum.isUnique,
      learnableLoss: 0.5 * minimum.singularValues.prefix(rank).reduce(0) { $0 + $1 * $1 },
      minimiserNorm: minimum.minimiser.frobeniusNorm,
      minimiserSingularValues: minimum.minimiserSingularValues)
  }
}

extension TrainingReport.ProblemSummary {
  /// The summary of a problem and the widths d_0, …, d_N.
  public init(_ problem: Problem, widths: [Int]) {
    self.init(
      samples: problem.sampleCount, inputs: problem.inputs, outputs: problem.outputs, depth: widths.count - 1,
      widths: widths, bottleneck: widths.min()!, whitened: problem.isWhitened(),
      whiteningDefect: problem.whiteningDefect)
  }
}

extension TrainingReport.Target {
  /// The target of a problem.
  public init(_ problem: Problem) {
    let σ = problem.targetSingularValues
    let ratio = σ.first.flatMap { $0 > 0 ? (σ.count > 1 ? σ[1] / $0 : 0) : nil }
    self.init(singularValues: σ, spectralGapRatio: ratio)
  }
}
