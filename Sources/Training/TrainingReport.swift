import Landscape
import LinearAlgebra
import LinearNetworks
import Prose
import Theory

/// The result of a run as it is stored in `result.json`: its keys are a promise, described in Documentation/result-json.md.
public struct TrainingReport: Codable, Sendable {
  /// The shape of the problem and the network.
  public struct ProblemSummary: Codable, Sendable {
    /// m.
    public let samples: Int
    /// dx, after preparation.
    public let inputs: Int
    /// dy.
    public let outputs: Int
    /// N.
    public let depth: Int
    /// d_0 = inputs, d_1, …, d_N = outputs.
    public let widths: [Int]
    /// r = min_j d_j, equation (9).
    public let bottleneck: Int
    /// Whether ``whiteningDefect`` is below 1e-10.
    public let whitened: Bool
    /// ‖X Xᵀ/m − I‖.
    public let whiteningDefect: Double
  }

  /// The singular values that decide the landscape.
  public struct Target: Codable, Sendable {
    /// σ_i(Y P_X)/√m, which are the singular values of Z for whitened inputs.
    public let singularValues: [Double]
    /// γ_Z = s_{Z,2}/s_Z; null where Z = 0.
    @ExplicitNull public internal(set) var spectralGapRatio: Double?

    /// σ̂_{r+1}/σ̂_r, the ratio that decides how fast a network of bottleneck r ends, by its name: γ_Z for one neuron on whitened data.
    ///
    /// - Parameters:
    ///   - rank: r.
    ///   - isWhitened: whether Y P_X/√m is Z.
    public func gap(rank: Int, isWhitened: Bool) -> String {
      guard let first = singularValues.first, first > 0 else { return "Z = 0" }
      guard rank <= singularValues.count, singularValues[rank - 1] > 0 else {
        return "rank below r = \(rank)"
      }
      let next = rank < singularValues.count ? singularValues[rank] : 0
      let name = rank == 1 && isWhitened ? "γ_Z" : "σ̂_\(rank + 1)/σ̂_\(rank)"
      return "\(name) = \(number(next / singularValues[rank - 1]))"
    }
  }

  /// The global minimum of L_N, Theorem 2.7.
  public struct Minimum: Codable, Sendable {
    /// min L_N.
    public let loss: Double
    /// ½‖Y P_X⊥‖², which no linear predictor can reach.
    public let irreducibleLoss: Double
    /// Whether the end-to-end matrix of the minimum is unique on the data: σ_r > σ_{r+1}.
    public let isUnique: Bool
    /// ½ Σ_{i≤r} σ̂_i², what a network of these widths can learn: the unit of relative gaps.
    public let learnableLoss: Double
    /// ‖W*‖_F, the unit of relative distances.
    public let minimiserNorm: Double
    /// σ_i(W*), r of them: where the singular values of W(t) go.
    public let minimiserSingularValues: [Double]
  }

  /// How the flow was integrated, and what that cost.
  public struct MethodSummary: Codable, Sendable {
    /// `cvode`, `erk` or `euler`.
    public let name: String
    /// `layers` (13) or `induced` (17).
    public let flow: String
    /// Why this method.
    public let reason: String
    /// The relative accuracy aimed at.
    public let tolerance: Double
    /// The step of explicit Euler in flow time; null for the others.
    @ExplicitNull public internal(set) var step: Double?
    /// Evaluations of the flow.
    public let evaluations: Int
    /// Accepted steps.
    public let steps: Int
    /// Products with the Jacobian.
    public let jacobianProducts: Int
    /// Unknowns integrated, after reduction, and weights of the network.
    public let unknowns: Int
    /// Σ_j d_j d_{j−1} of the whole network.
    public let weights: Int
    /// Wall clock of the run.
    public let seconds: Double
    /// Null if it was not estimated.
    @ExplicitNull public internal(set) var estimatedError: AccuracyEstimate?
    /// The flow times at which the run was resumed from a checkpoint; present only if it was. A closed form and explicit Euler go on to the last bit, an adaptive method begins anew there, within the same tolerance.
    public let resumedAt: [Double]?
  }

  /// Parallel arrays over `times`.
  public struct Trajectory: Codable, Sendable {
    /// Flow times, increasing.
    public let times: [Double]
    /// L_N.
    public let loss: [Double]
    /// L_N − min L_N.
    public let gap: [Double]
    /// ‖∇L_N‖, all layers together.
    public let gradientNorm: [Double]
    /// ‖W − W*‖_F.
    public let distanceToTarget: [Double]
    /// σ_1 ≥ … ≥ σ_r of W at each time.
    public let singularValues: [[Double]]
    /// ⟨W, W*⟩/(‖W‖ ‖W*‖).
    public let alignment: [Double]
    /// max_j ‖D_j‖ / max_j ‖W_j‖², equation (14).
    public let imbalance: [Double]
    /// max_j ‖D_j(t) − D_j(0)‖ / max_j ‖W_j‖², equation (15).
    public let imbalanceDrift: [Double]
    /// How many stationary levels, the minimum included, the flow could still come to; at most 1000 are counted.
    public let possibleLevels: [Int]
    /// W at each time, as rows; present only if times were asked for, and not where ``endToEndFile`` has them.
    public let endToEnd: [Matrix]?
    /// The file in the same folder in which the matrices are, where they would take too many digits here; absent otherwise.
    public let endToEndFile: String?

    /// The records as parallel arrays.
    ///
    /// - Parameters:
    ///   - records: in order of time.
    ///   - possibleLevels: of each record.
    ///   - endToEnd: W of each record, if it was asked for.
    ///   - file: where the matrices are instead.
    public init(
      _ records: [TrajectoryRecord], possibleLevels: [Int], endToEnd: [Matrix]? = nil, in file: String? = nil
    ) {
      times = records.map(\.time)
      loss = records.map(\.loss)
      gap = records.map(\.gap)
      gradientNorm = records.map(\.gradientNorm)
      distanceToTarget = records.map(\.distanceToTarget)
      singularValues = records.map(\.singularValues)
      alignment = records.map(\.alignment)
      imbalance = records.map(\.imbalance)
      imbalanceDrift = records.map(\.imbalanceDrift)
      self.possibleLevels = possibleLevels
      (self.endToEnd, endToEndFile) = (endToEnd, file)
    }
  }

  /// Parallel arrays over `times`: the extreme curvatures along the run.
  public struct Spectrum: Codable, Sendable, Equatable {
    /// Flow times, increasing: every k-th of the output grid, and the last.
    public let times: [Double]
    /// λ_max of ∇²L_N.
    public let largestHessianEigenvalue: [Double]
    /// λ_min of ∇²L_N; null where nothing excludes a lower one.
    public let smallestHessianEigenvalue: [Double?]
    /// No eigenvalue is lower by more; null with it.
    public let smallestHessianEigenvalueError: [Double?]
    /// λ_max of the neural tangent kernel.
    public let largestKernelEigenvalue: [Double]
    /// λ_min of the neural tangent kernel on the row space of X; null where nothing excludes a lower one.
    public let smallestKernelEigenvalue: [Double?]
    /// No eigenvalue of the kernel is lower by more; null with it.
    public let smallestKernelEigenvalueError: [Double?]

    /// The records as parallel arrays; nil if there are none.
    public init?(_ records: [SpectrumRecord]) {
      if records.isEmpty { return nil }
      times = records.map(\.time)
      largestHessianEigenvalue = records.map(\.largestHessianEigenvalue)
      smallestHessianEigenvalue = records.map(\.smallestHessianEigenvalue)
      smallestHessianEigenvalueError = records.map(\.smallestHessianEigenvalueError)
      largestKernelEigenvalue = records.map(\.largestKernelEigenvalue)
      smallestKernelEigenvalue = records.map(\.smallestKernelEigenvalue)
      smallestKernelEigenvalueError = records.map(\.smallestKernelEigenvalueError)
    }
  }

  /// An observable that was recorded.
  public struct RecordedObservable: Codable, Sendable, Equatable {
    /// One number of it.
    public struct Column: Codable, Sendable, Equatable {
      /// As in trajectory.csv.
      public let name: String
      /// What it is at the global minimum; null where that is not known.
      @ExplicitNull public internal(set) var goal: Double?
      /// At each of the times of ``Trajectory``; null where there is none.
      public let values: [Double?]
    }

    /// The name by which it was asked for.
    public let observable: String
    /// Its numbers.
    public let columns: [Column]
    /// What its samples are called, in the order of the rows of its matrices in trajectory.npz; null where it is about no samples.
    @ExplicitNull public internal(set) var samples: [String]?

    init(_ recording: Recording, _ records: [TrajectoryRecord]) {
      observable = recording.observable
      samples = recording.samples.isEmpty ? nil : recording.samples
      columns = recording.columns.map { column in
        Column(
          name: column.name, goal: column.goal,
          values: records.map { $0.others[column.name].flatMap { $0.isFinite ? $0 : nil } })
      }
    }
  }

  /// Why and when the run ended.
  public struct TerminationSummary: Codable, Sendable {
    /// See ``TrainingOutcome/Ending/kind``.
    public let kind: String
    /// Flow time reached.
    public let time: Double
    /// The ε or g that was asked for, where the run ended there; null otherwise.
    @ExplicitNull public internal(set) var threshold: Double?
    /// The number of steps after which iterates repeat, where the run ended by that; null otherwise.
    @ExplicitNull public internal(set) var period: Int?
    public let description: String
  }

  /// A predicted sequence of saddles, and when a run passed from one to the next.
  public struct SaddlePassages: Codable, Sendable, Equatable {
    /// What was said before the run.
    public let predicted: SaddleSequence
    /// For each step the time at which the loss passed the middle; null where it did not.
    public let passed: [Double?]
  }

  /// What was trained, on what.
  public let problem: ProblemSummary
  /// Where it should go.
  public let target: Target
  /// How low it can get.
  public let globalMinimum: Minimum
  /// D_1, …, D_{N−1} of the start.
  public let imbalances: [Imbalance]
  /// The promise made before the run.
  public let certificate: Certificate
  /// Every promise beside what was observed; empty where the run does not follow the flow closely enough to tell.
  public let observations: [Observation]
  /// From when on the limit was certain, by the level certificate D14; null if it never was, or if the run does not follow the flow closely enough to tell.
  @ExplicitNull public internal(set) var certainty: Certainty?
  /// What the theorems with a rate promise from that moment on, with whose layers; null where the promise before the run is as late, or there is no certainty.
  @ExplicitNull public internal(set) var renewal: Certificate?
  /// τ, the first time with ‖W‖ ≤ √6 ‖W*‖; null if there was none.
  @ExplicitNull public internal(set) var turningTime: Double?
  /// How it was integrated.
  public let method: MethodSummary
  /// What was recorded.
  public let trajectory: Trajectory
  /// Null unless it was asked for.
  @ExplicitNull public internal(set) var spectrum: Spectrum?
  /// The observables that were asked for; null if none were.
  @ExplicitNull public internal(set) var recorded: [RecordedObservable]?
  /// The events whose times were asked for; null if none were.
  @ExplicitNull public internal(set) var events: [EventTime]?
  /// The loss on held-out rows; null without any.
  @ExplicitNull public internal(set) var heldOut: HeldOutSummary?
  /// Where it hardly moved.
  public let plateaus: [Plateau]
  /// The saddles that a small start was predicted to pass, and when it did; null for other starts, and where the run does not follow the flow closely enough to tell.
  @ExplicitNull public internal(set) var saddleSequence: SaddlePassages?
  /// Why it ended.
  public let termination: TerminationSummary
  /// What the final state is.
  public let verdict: Verdict
  /// In the units of the data; null for a problem given by its target alone.
  @ExplicitNull public internal(set) var predictor: AffinePredictor?
  /// Null unless it was asked for.
  @ExplicitNull public internal(set) var agreement: Agreement?
  /// Gradient descent beside the flow; null for the other methods.
  @ExplicitNull public internal(set) var descent: DescentReport?

  /// Numbers of the matrices at the times asked for that a report holds where a file has them, too: about 4 MB of digits (tuned).
  public static let mostEntries = 200_000

  /// - Parameters:
  ///   - run: what was run.
  ///   - outcome: what came of it.
  ///   - promise: what was known before it.
  ///   - prepared: the way back to the units of the data; nil for a problem given by its target alone.
  ///   - agreement: of the other ways to the trajectory, if it was checked.
  ///   - events: the times of the events that were asked for.
  ///   - heldOut: the loss on held-out rows.
  ///   - descent: the report of a run in steps, if it is known already.
  ///   - matrixFile: a file that has the matrices at the times asked for, too: more than ``mostEntries`` numbers are left to it.
  public init(
    run: TrainingRun, outcome: TrainingOutcome, promise: CertificateReport, prepared: PreparedProblem?,
    agreement: Agreement? = nil, events: [EventTime]? = nil, heldOut: HeldOutSummary? = nil,
    descent: DescentReport? = nil, matrixFile: String? = nil
  ) {
    (problem, target, globalMinimum) = (promise.problem, promise.target, promise.globalMinimum)
    (imbalances, certificate) = (promise.imbalances, promise.certificate)
    // The promise is about the flow. How far descent is from it only the flow beside it can tell.
    let isPlain = run.options.descent?.isPlain ?? true
    let followsTheFlow =
      (run.method.method != .euler || outcome.accuracy != nil) && isPlain && !outcome.ending.isFailure
    let observed = ObservedTrajectory(run, outcome)
    let watch = LevelWatch(Setting(problem: run.problem, start: run.start))
    let unit = 2 * globalMinimum.learnableLoss
    // Without an estimate nobody has looked whether round-off decides; a theorem that names the limit of a closed form need not ask.
    let isAccurate =
      outcome.accuracy != nil
      || run.method.method == .exact && certificate.strongest?.strength == .certain
    let found =
      followsTheFlow && isAccurate && !outcome.isDecidedByRoundOff
      ? Certainty(observed, watch, outcome, unit: unit) : nil
    let renewed = found.flatMap { Certificate(renewing: $0, run, outcome, accuracy: observed.accuracy) }
    (certainty, renewal) = (found, renewed)
    observations =
      followsTheFlow
      ? certificate.observations(along: observed) + (renewed?.observations(along: observed) ?? [])
        + (Certificate(atLimitOf: run, outcome)?.observations(along: observed) ?? []) : []
    let possible = observed.gaps.map { watch.possible(excess: $0.value * unit, error: $0.error * unit) }
    turningTime = outcome.sizeTime
    method = MethodSummary(
      name: outcome.timeOfSwitch == nil ? run.method.method.rawValue : "cvode",
      flow: run.options.flow.rawValue,
      reason: run.method.reason
        + (outcome.timeOfSwitch.map {
          "; but \(MethodChoice.explicitStepLimit) explicit steps came only to t = \(number($0, digits: 3)), so cvode went on from there"
        } ?? ""),
      tolerance: run.options.tolerance, step: run.options.step, evaluations: outcome.work.evaluations,
      steps: outcome.work.steps, jacobianProducts: outcome.work.jacobianProducts, unknowns: run.unknowns,
      weights: run.start.parameterCount, seconds: outcome.secondsUsed, estimatedError: outcome.accuracy,
      resumedAt: outcome.resumptions.isEmpty ? nil : outcome.resumptions)
    // A level once out of reach is so for good.
    let levels = possible.reduce(into: [Int]()) { $0.append(min($1, $0.last ?? $1)) }
    var shown = outcome.records
    if run.options.outputTimes.isEmpty {
      trajectory = Trajectory(outcome.records, possibleLevels: levels)
    } else {
      let requested = Dictionary(outcome.states.map { ($0.time, $0.endToEnd) }) { first, _ in first }
      let kept = zip(outcome.records, levels).filter { requested[$0.0.time] != nil }
      let isLarge = kept.reduce(0) { $0 + requested[$1.0.time]!.storage.count } > Self.mostEntries
      let file = isLarge ? matrixFile : nil
      shown = kept.map(\.0)
      trajectory = Trajectory(
        shown, possibleLevels: kept.map(\.1),
        endToEnd: file == nil ? kept.map { requested[$0.0.time]! } : nil, in: file)
    }
    spectrum = Spectrum(outcome.spectrum)
    recorded =
      outcome.recordings.isEmpty ? nil : outcome.recordings.map { RecordedObservable($0, shown) }
    (self.events, self.heldOut) = (events, heldOut)
    plateaus = outcome.plateaus
    saddleSequence =
      followsTheFlow
      ? promise.saddleSequence.map {
        SaddlePassages(
          predicted: $0,
          passed: $0.passages(times: outcome.records.map(\.time), gaps: outcome.records.map(\.gap)))
      } : nil
    termination = TerminationSummary(outcome)
    verdict = outcome.verdict
    predictor = prepared?.predictor(of: outcome.network.endToEndMatrix)
    self.agreement = agreement
    self.descent = descent ?? DescentReport(run, outcome)
  }
}

extension TrainingReport.TerminationSummary {
  /// Why and when a run ended.
  public init(_ outcome: TrainingOutcome) {
    self.init(
      kind: outcome.ending.kind, time: outcome.time, threshold: outcome.ending.threshold,
      period: outcome.ending.period,
      description: outcome.ending.description)
  }
}

extension Certainty {
  /// The first recorded moment of a run at which only the minimum was left.
  fileprivate init?(
    _ observed: ObservedTrajectory, _ watch: LevelWatch, _ outcome: TrainingOutcome, unit: Double
  ) {
    for (record, gap) in zip(outcome.records, observed.gaps) where gap.value.isFinite {
      if let found = watch.certainty(
        at: record.time, excess: max(0, gap.value * unit), error: gap.error * unit)
      {
        self = found
        return
      }
    }
    return nil
  }
}

extension Certificate {
  /// What is said of the layers at the end of an unbalanced run that arrived: the rate of a balanced one is known before.
  fileprivate init?(atLimitOf run: TrainingRun, _ outcome: TrainingOutcome) {
    guard outcome.ending.meansConvergence, run.start.depth > 1, !run.start.isBalanced() else { return nil }
    self.init(
      Setting(problem: run.problem, start: outcome.network, time: outcome.time), theorems: Catalogue.limits)
  }

  /// What the theorems with a rate say of the layers at the moment of certainty; nil where that is the start, or where they say nothing.
  fileprivate init?(
    renewing certainty: Certainty, _ run: TrainingRun, _ outcome: TrainingOutcome, accuracy: Double
  ) {
    guard certainty.time > 0, let (time, state) = outcome.solution.vector(at: certainty.time) else {
      return nil
    }
    // Theorems do not see a rotation of the hidden layers, which a closed form of depth two would have to follow.
    let setting = Setting(
      problem: run.problem, start: run.reduction.expand(run.network(ofState: state)), time: time,
      relativeError: accuracy)
    let certificate = Certificate(setting, theorems: Catalogue.rates)
    guard certificate.best != nil else { return nil }
    self = certificate
  }
}

extension Verdict {
  /// The word of ``Limit`` for this verdict; nil where the point is no limit or cannot be told.
  package var limitWord: String? {
    switch kind {
    case .globalMinimiser: "globalMinimiser"
    case .strictSaddle, .nonStrictSaddle: rank == 0 ? "origin" : "saddle"
    case .notStationary, .undecided: nil
    }
  }
}
