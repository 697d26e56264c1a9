import Foundation
import Integration
import Landscape
import LinearAlgebra
import LinearNetworks
import Prose

/// How a completion is integrated and when it ends.
public struct CompletionOptions: Codable, Sendable, Equatable {
  /// Stepping methods.
  public enum Method: String, Codable, Sendable, CaseIterable {
    /// Backward differentiation, for stiff flows.
    case cvode
    /// Dormand–Prince 5(4), for flows that are not stiff.
    case erk
  }

  /// The stepping method.
  public var method = Method.cvode
  /// The accuracy aimed at in every layer, relative.
  public var tolerance = 1e-8
  /// Flow time at which to stop; nil: when it has come to rest.
  public var finalTime: Double?
  /// The residual ‖P_Ω(W − Z)‖/‖P_Ω Z‖ at which the run ends.
  public var residual = 1e-8
  /// The gradient, relative to its scale, at which a point counts as stationary.
  public var gradientTolerance = 1e-10
  /// Seconds of wall clock after which a run is given up.
  public var maximumSeconds = 600.0

  /// The defaults.
  public init() {}
}

/// One recorded moment of a completion.
public struct CompletionRecord: Codable, Sendable, Equatable {
  /// Flow time.
  public let time: Double
  /// L_Ω.
  public let loss: Double
  /// ‖∇‖ of all layers, relative to ‖P_Ω Z‖_F ‖P_Ω Z‖_2^{(N−1)/N}.
  public let relativeGradient: Double
  /// σ_1 ≥ σ_2 ≥ … of W, at most twenty.
  public let singularValues: [Double]
  /// ‖W‖_*.
  public let nuclearNorm: Double
  /// Singular values above a hundredth of the largest.
  public let rank: Int
  /// e^H, H the entropy of σ/Σσ (Roy and Vetterli 2007): the rank as a number that moves smoothly.
  public let effectiveRank: Double
  /// Root of the mean square error on the observed entries.
  public let trainError: Double
  /// The same on the entries held out; nil where there are none.
  @ExplicitNull public private(set) var testError: Double?
  /// max_j ‖D_j(t) − D_j(0)‖_F / max_j ‖W_j‖²: zero for the exact flow (15), whatever is observed.
  public let imbalanceDrift: Double

  init(
    time: Double, loss: Double, relativeGradient: Double, W: Matrix, train: ObservedMatrix,
    test: ObservedMatrix?, drift: Double
  ) {
    let σ = W.singularValues
    let sum = σ.reduce(0, +)
    (self.time, self.loss, self.relativeGradient) = (time, loss, relativeGradient)
    singularValues = Array(σ.prefix(20))
    nuclearNorm = sum
    rank = σ.count { $0 > 0.01 * (σ.first ?? 0) }
    effectiveRank = sum > 0 ? exp(σ.reduce(0) { $1 > 0 ? $0 - $1 / sum * log($1 / sum) : $0 }) : 0
    trainError = train.rootMeanSquareError(of: W)
    imbalanceDrift = drift
    testError = test.map { $0.rootMeanSquareError(of: W) }
  }
}

/// What came of a completion.
public struct CompletionOutcome: Sendable {
  /// Why it ended.
  public enum Ending: Equatable, Sendable {
    /// The residual that was asked for was reached.
    case reachedResidual
    /// The gradient vanished relative to its scale and stayed so, and the loss did not.
    case stationary
    /// The final time that was asked for was reached.
    case reachedFinalTime
    /// The wall clock ran out.
    case budgetRanOut
    /// Somebody said so.
    case interrupted
    /// The integrator could not go on.
    case solverFailed(Termination)
  }

  /// Why it ended.
  public let ending: Ending
  /// In order of time: 0, 20 a decade, and the last.
  public let records: [CompletionRecord]
  /// The final layers.
  public let network: LinearNetwork
  /// What the final network is.
  public let verdict: CompletionVerdict
  /// What the integration cost.
  public let work: Work
  /// Wall clock of all sessions.
  public let secondsUsed: Double
  /// The flow times at which the run was resumed.
  public let resumptions: [Double]
}

/// Gradient flow of L_Ω on the layers of a linear network.
public struct CompletionRun: Sendable {
  /// Z on Ω.
  public let train: ObservedMatrix
  /// Entries held out; nil where there are none.
  public let test: ObservedMatrix?
  /// Where it starts.
  public let start: LinearNetwork
  /// How it is integrated.
  public let options: CompletionOptions

  /// - Parameters:
  ///   - train: Z on Ω.
  ///   - test: entries held out, of the same shape.
  ///   - start: layers from columns to rows.
  ///   - options: how it is integrated.
  public init(
    _ train: ObservedMatrix, test: ObservedMatrix? = nil, start: LinearNetwork,
    options: CompletionOptions = .init()
  ) {
    precondition(
      start.widths.first == train.columns && start.widths.last == train.rows,
      "a network of widths \(start.widths) for a \(train.rows)×\(train.columns) matrix")
    (self.train, self.test, self.start, self.options) = (train, test, start, options)
  }

  /// A balanced start, ‖W_0‖_F = size·‖P_Ω Z‖_F, of Gaussian entries.
  ///
  /// - Parameters:
  ///   - observed: Z on Ω.
  ///   - widths: d_0, …, d_N.
  ///   - size: relative.
  ///   - seed: of the entries.
  public static func start(
    for observed: ObservedMatrix, widths: [Int], size: Double, seed: UInt64
  ) -> LinearNetwork {
    var generator = SeededGenerator(seed: seed)
    let G = Matrix.gaussian(observed.rows, observed.columns, using: &generator)
    let r = widths.min()!
    let W = r < min(G.rows, G.columns) ? G.singularValueDecomposition.truncated(to: r) : G
    let unit = observed.norm > 0 ? observed.norm : 1
    // The rank is at most the bottleneck, so that the factorisation exists.
    return try! LinearNetwork.balanced(factoring: (size * unit / W.frobeniusNorm) * W, widths: widths)
  }

  /// Runs to the end.
  ///
  /// - Parameters:
  ///   - checkpoint: where to go on; nil from the start.
  ///   - progress: told every record.
  ///   - save: given a checkpoint after a second, then as often as takes a fiftieth of the time, and where a run ends that can go on.
  ///   - isInterrupted: whether to end it.
  public func run(
    resuming checkpoint: CompletionCheckpoint? = nil,
    progress: @escaping (CompletionRecord) -> Void = { _ in },
    checkpoint save: @escaping (CompletionCheckpoint) -> Void = { _ in },
    isInterrupted: @escaping () -> Bool = { false }
  ) -> CompletionOutcome {
    let loss = NetworkLoss(completing: train, widths: start.widths)
    let scale = CompletionScale(train, depth: start.depth)
    let watch = CompletionWatch(
      self, loss, scale, resuming: checkpoint, progress: progress, save: save, isInterrupted: isInterrupted)
    let θ = start.parameters
    let gradient = Matrix.column(loss.gradient(θ)).frobeniusNorm
    let first = gradient > 0 ? 1e-3 * Matrix.column(θ).frobeniusNorm / gradient : 1
    let field = GradientFlow(loss)
    let local = max(options.tolerance / 100, 4e-15)
    let (state, time) = (checkpoint?.state.values ?? θ, checkpoint?.time ?? 0)
    let stepper: any Stepper =
      switch options.method {
      case .cvode: CVODE(relativeTolerance: local).start(field, from: state, at: time, events: .none)
      case .erk:
        DormandPrince(relativeTolerance: local).start(
          field as any VectorField, from: state, at: time, events: .none)
      }
    if let checkpoint { stepper.memory = checkpoint.stepperMemory.values }
    let grid = sequence(state: -1) { (k: inout Int) -> Double? in
      defer { k += 1 }
      return k < 0 ? 0 : first * pow(10, Double(k) / 20)
    }
    let ended: Termination =
      gradient == 0
      ? .stoppedByObserver
      : integrate(
        stepper, outputTimes: grid.drop { checkpoint != nil && $0 <= time }, finalTime: options.finalTime,
        observer: watch)
    if gradient == 0 { watch.output(time: 0, state: θ) }
    watch.close(stepper, ended)
    let ending: CompletionOutcome.Ending =
      switch ended {
      case .reachedFinalTime: .reachedFinalTime
      case .stoppedByObserver: watch.ending ?? (train.norm == 0 ? .reachedResidual : .stationary)
      case .interrupted: isInterrupted() ? .interrupted : .budgetRanOut
      default: .solverFailed(ended)
      }
    let network = LinearNetwork(
      widths: start.widths,
      parameters: Array(UnsafeBufferPointer(start: stepper.state, count: stepper.dimension)))
    return CompletionOutcome(
      ending: ending, records: watch.records, network: network,
      verdict: CompletionVerdict(on: network, of: train, gradientTolerance: options.gradientTolerance),
      work: watch.earlierWork + stepper.work, secondsUsed: watch.secondsBefore + watch.seconds,
      resumptions: watch.resumptions)
  }
}

/// The units of residual and gradient.
struct CompletionScale {
  let norm: Double
  let gradient: Double

  init(_ observed: ObservedMatrix, depth: Int) {
    norm = observed.norm
    let largest = observed.filled.spectralNorm
    gradient = norm > 0 ? norm * pow(largest, 1 - 1 / Double(depth)) : 1
  }
}

extension CompletionScale {
  /// Whether a gradient is so small that it is that of a stationary point: in its own unit, and beside the residual, with which it vanishes where the entries are fitted.
  func isStationary(_ relativeGradient: Double, _ residual: Double, _ tolerance: Double) -> Bool {
    relativeGradient <= tolerance && relativeGradient <= 1e-6 * residual
  }
}

/// Records a completion, and ends it.
private final class CompletionWatch: IntegrationObserver {
  private let run: CompletionRun
  private let loss: NetworkLoss
  private let scale: CompletionScale
  private let progress: (CompletionRecord) -> Void
  private let interruption: () -> Bool
  private let began = ContinuousClock.now
  private let imbalances: [Matrix]
  private var gradient: [Double]
  private(set) var records: [CompletionRecord] = []
  private(set) var ending: CompletionOutcome.Ending?
  private var stepsAtRest: Int
  /// Of the sessions before this one.
  let earlierWork: Work
  let secondsBefore: Double
  let resumptions: [Double]
  private let save: (CompletionCheckpoint) -> Void
  /// In seconds of this session.
  private var nextCheckpoint = 1.0
  /// Steps on one plateau after which it counts as where the run stays (tuned): steps grow there, so that hundreds of them mean a time beyond all others.
  private static let longestRest = 500

  init(
    _ run: CompletionRun, _ loss: NetworkLoss, _ scale: CompletionScale,
    resuming checkpoint: CompletionCheckpoint?, progress: @escaping (CompletionRecord) -> Void,
    save: @escaping (CompletionCheckpoint) -> Void, isInterrupted interruption: @escaping () -> Bool
  ) {
    (self.run, self.loss, self.scale) = (run, loss, scale)
    (self.progress, self.save, self.interruption) = (progress, save, interruption)
    records = checkpoint?.records ?? []
    stepsAtRest = checkpoint?.stepsAtRest ?? 0
    earlierWork = checkpoint?.work ?? Work()
    secondsBefore = checkpoint?.secondsUsed ?? 0
    resumptions = checkpoint.map { $0.resumptions + [$0.time] } ?? []
    imbalances = run.start.imbalances
    gradient = Array(repeating: 0, count: loss.shape.parameterCount)
  }

  /// Seconds of this session.
  var seconds: Double {
    let elapsed = ContinuousClock.now - began
    return Double(elapsed.components.seconds) + 1e-18 * Double(elapsed.components.attoseconds)
  }

  private func relativeGradient(_ y: UnsafePointer<Double>) -> Double {
    gradient.withUnsafeMutableBufferPointer { loss.gradient(y, into: $0.baseAddress!) }
    return Matrix.column(gradient).frobeniusNorm / scale.gradient
  }

  func output(time: Double, state y: UnsafePointer<Double>) {
    guard records.last.map({ $0.time < time }) ?? true else { return }
    let θ = Array(UnsafeBufferPointer(start: y, count: gradient.count))
    let network = LinearNetwork(widths: run.start.widths, parameters: θ)
    let size = network.layers.reduce(0) { max($0, $1.frobeniusNorm) }
    let drift = zip(network.imbalances, imbalances).reduce(0) { max($0, ($1.0 - $1.1).frobeniusNorm) }
    let record = CompletionRecord(
      time: time, loss: loss.value(θ), relativeGradient: relativeGradient(y), W: network.endToEndMatrix,
      train: run.train, test: run.test, drift: size > 0 ? drift / size / size : 0)
    records.append(record)
    progress(record)
  }

  func event(_ occurrence: EventOccurrence) {}

  func stepped(_ stepper: any Stepper) -> Bool {
    let relative = relativeGradient(stepper.state)
    let value = loss.value(Array(UnsafeBufferPointer(start: stepper.state, count: gradient.count)))
    if run.options.finalTime == nil {
      let residual = (2 * value).squareRoot() / max(scale.norm, .leastNormalMagnitude)
      let isAtRest = scale.isStationary(relative, residual, run.options.gradientTolerance)
      stepsAtRest = isAtRest ? stepsAtRest + 1 : 0
      if residual <= run.options.residual {
        ending = .reachedResidual
      } else if stepsAtRest > Self.longestRest {
        ending = .stationary
      }
    }
    if ending == nil, seconds >= nextCheckpoint { keep(stepper) }
    return ending == nil
  }

  /// Gives out a checkpoint; the next one is due when this has cost a fiftieth of the time (tuned), at the earliest in a second.
  private func keep(_ stepper: any Stepper) {
    let begun = seconds
    save(
      CompletionCheckpoint(
        time: stepper.time,
        state: PackedNumbers(Array(UnsafeBufferPointer(start: stepper.state, count: stepper.dimension))),
        records: records, work: earlierWork + stepper.work, secondsUsed: secondsBefore + begun,
        stepperMemory: PackedNumbers(stepper.memory), stepsAtRest: stepsAtRest, resumptions: resumptions))
    let now = seconds
    nextCheckpoint = now + max(1, 50 * (now - begun))
  }

  var isInterrupted: Bool { interruption() || seconds > run.options.maximumSeconds }

  /// Records the last state, after a checkpoint where the run can go on from it: the last state is none of those that a run without interruption records.
  func close(_ stepper: any Stepper, _ ended: Termination) {
    if case .interrupted = ended { keep(stepper) }
    if ending == nil, interruption() { ending = .interrupted }
    output(time: stepper.time, state: stepper.state)
  }
}

extension CompletionRecord {
  /// The same numbers of a matrix that no flow made.
  public init(of W: Matrix, train: ObservedMatrix, test: ObservedMatrix?) {
    let residual = train.rootMeanSquareError(of: W) * Double(train.entries.count).squareRoot()
    self.init(
      time: 0, loss: 0.5 * residual * residual, relativeGradient: 0, W: W, train: train, test: test, drift: 0)
  }
}

extension CompletionOutcome.Ending {
  /// Whether a run that ended so can go on from its checkpoint.
  public var canGoOn: Bool { self == .interrupted || self == .budgetRanOut }

  /// The promised values of `termination.kind` in `completion.json`.
  public var kind: String {
    switch self {
    case .reachedResidual: "reachedResidual"
    case .stationary: "stationary"
    case .reachedFinalTime: "reachedFinalTime"
    case .budgetRanOut: "budgetRanOut"
    case .interrupted: "interrupted"
    case .solverFailed: "solverFailure"
    }
  }
}
