import Integration
import Landscape
import LinearNetworks
import Prose
import Theory

/// What is known of gradient descent with one step size before it runs.
public struct DescentPromise: Codable, Sendable, Equatable {
  /// η.
  public let step: Double
  /// β; 0 without momentum.
  public let momentum: Double
  /// 2/λ_max at the minimum and at the start.
  public let stability: StabilityLimit
  /// The theorems on descent; null with momentum, steps that differ or batches, of which they do not speak.
  @ExplicitNull public private(set) var certificate: Certificate?

  /// The promise for a run in steps.
  ///
  /// - Parameters:
  ///   - problem: what is trained on.
  ///   - start: where descent starts.
  ///   - step: η > 0.
  ///   - options: what it does beside.
  public init(problem: Problem, start: LinearNetwork, step: Double, options: DescentOptions = .init()) {
    (self.step, momentum) = (step, options.momentum)
    stability = StabilityLimit(problem: problem, start: start, momentum: options.momentum)
    certificate = options.isPlain ? Certificate(Setting(problem: problem, start: start, step: step)) : nil
  }

  /// η over the stability limit at the balanced minimiser; nil where there is none.
  public var share: Double? { stability.limit.map { step / $0 } }
  /// The same at the start.
  public var shareAtStart: Double? { stability.limitAtStart.map { step / $0 } }
}

/// Gradient descent beside the flow: what `result.json` keeps of a run in steps.
public struct DescentReport: Codable, Sendable, Equatable {
  /// One line of the table of accuracies.
  public struct Reached: Codable, Sendable, Equatable {
    /// ε of ‖W − W*‖² ≤ ε ‖W*‖².
    public let accuracy: Double
    /// The number of the first iterate that is so near; null if none was.
    @ExplicitNull public internal(set) var steps: Int?
    /// When the flow is, in units of the time of a step; null where it was not followed so far.
    @ExplicitNull public internal(set) var flow: Double?
  }

  /// Sharpness along the recorded iterates.
  public struct SharpnessTrack: Codable, Sendable, Equatable {
    /// k, increasing.
    public let iterates: [Int]
    /// t_k.
    public let times: [Double]
    /// λ_max(∇²L_N).
    public let values: [Double]
    /// 2(1 + β)/η, above which steps are unstable.
    public let limit: Double
    /// The first recorded iterate at which λ_max is above ``limit``; null if none was.
    @ExplicitNull public internal(set) var crossed: Int?
  }

  /// A step that was tried on the way to the best one.
  public struct Trial: Codable, Sendable, Equatable {
    /// η.
    public let step: Double
    /// Steps to the accuracy; null where it was not reached in fewer steps than by the best one so far, or at all.
    @ExplicitNull public internal(set) var steps: Int?
    /// The kind of the ending.
    public let ending: String
  }

  /// What was known before.
  public let promise: DescentPromise
  /// η_1, …, η_N where every layer has a step of its own; null for one step. What is told of single layers, λ_max, the flow and the theorems are those of the layers that ``LayerSteps`` takes.
  @ExplicitNull public internal(set) var layerSteps: [Double]?
  /// `constant`, `1/k` or `listed`.
  public let schedule: String
  /// Samples a batch; null where every step takes all.
  @ExplicitNull public internal(set) var batch: BatchChoice?
  /// The number of the last iterate.
  public let count: Int
  /// The numbers of the recorded iterates.
  public let iterates: [Int]
  /// Whether the loss rose from one iterate to the next by more than round-off.
  public let lossHasRisen: Bool
  /// The largest loss gap of all iterates, relative to the start's; null where the start has none.
  @ExplicitNull public internal(set) var highestGap: Double?
  /// Steps to accuracies, beside the flow's.
  public let reached: [Reached]
  /// Null where it was not recorded.
  @ExplicitNull public internal(set) var sharpness: SharpnessTrack?
  /// The flow from the same start; null where it was not followed.
  @ExplicitNull public internal(set) var flow: FlowBeside?
  /// Runs with other seeds of the batches; null where there are none.
  @ExplicitNull public internal(set) var band: BatchBand?
  /// The steps that were tried; null where no best one was asked for.
  @ExplicitNull public internal(set) var search: StepSearch?

  /// Nil for runs that are no descent.
  ///
  /// - Parameters:
  ///   - run: what was run.
  ///   - outcome: what came of it.
  ///   - promise: what was known before; nil to find it out now.
  ///   - search: how the step was found.
  ///   - band: of runs with other batches.
  public init?(
    _ run: TrainingRun, _ outcome: TrainingOutcome, promise: DescentPromise? = nil, search: StepSearch? = nil,
    band: BatchBand? = nil
  ) {
    guard run.takesIterates, let records = outcome.descent, let iterates = outcome.iterates else {
      return nil
    }
    let options = run.options.descent ?? DescentOptions()
    let clock = run.clock
    self.promise =
      promise
      ?? DescentPromise(problem: run.problem, start: run.start, step: clock.step, options: options)
    layerSteps = options.layerSteps?.steps
    schedule = options.factors.name
    batch = options.batch
    count = iterates.count
    self.iterates = records.iterates
    lossHasRisen = iterates.lossHasRisen
    let first = outcome.records.first?.gap ?? 0
    highestGap = first > 0 ? iterates.highestGap / first : nil
    let isEven = options.factors.isConstant
    reached = TrainingOutcome.accuracies.indices.map { i in
      Reached(
        accuracy: TrainingOutcome.accuracies[i], steps: outcome.accuracyTimes[i].map(clock.iterate),
        flow: isEven ? outcome.flow?.accuracyTimes[i].map { $0 / clock.duration(0) } : nil)
    }
    let limit = 2 * (1 + clock.momentum) / clock.step
    sharpness =
      records.sharpness.isEmpty
      ? nil
      : SharpnessTrack(
        iterates: records.sharpness.map(\.iterate), times: records.sharpness.map(\.time),
        values: records.sharpness.map(\.value), limit: limit,
        crossed: records.sharpness.first { $0.value > limit }?.iterate)
    flow = outcome.flow
    (self.band, self.search) = (band, search)
  }
}

extension StepFactors {
  /// The word in JSON.
  var name: String {
    switch self {
    case .constant: "constant"
    case .harmonic: "1/k"
    case .listed: "listed"
    }
  }
}
