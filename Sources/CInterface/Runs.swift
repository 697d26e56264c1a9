import Figures
import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import RunFiles
import Sweeps
import Theory
import Training

/// How a run is integrated and when it ends, as the options of the command say it.
private struct RunRequest: Decodable {
  let method, flow: String?
  let step, tolerance, time, maxTime, maxSeconds, stopGap, stopGradient: Double?
  /// Whether the step of euler is found out: half of the stability limit.
  let stepIsAutomatic: Bool?
  let every, records, spectrum, steps: Int?
  let momentum: Double?
  /// Factors of the step, the last for good; or η/(k + 1).
  let schedule: [Double]?
  let scheduleIsHarmonic: Bool?
  /// The loss gap, relative to the start's, to which the step is to come in the fewest steps.
  let bestStep: Double?
  let at: [Double]?
  /// Observables that are recorded.
  let record: [String]?
  let errorEstimate, check: Bool?

  func options() throws -> TrainingOptions {
    var options = TrainingOptions()
    if let method { options.method = try word(method, of: TrainingOptions.Method.self, "method") }
    if let flow { options.flow = try word(flow, of: TrainingOptions.Flow.self, "flow") }
    if let time { try require(time > 0 && time.isFinite, "time", "be positive", time) }
    if let maxTime {
      try require(maxTime > 0, "max_time", "be positive", maxTime)
      if time != nil {
        throw ArgumentError(
          "max_time", "max_time limits a run until convergence; with time it has no use", value: "\(maxTime)")
      }
    }
    if let stopGap {
      try require(
        stopGap > 0 && stopGap < 1, "stop_gap",
        "lie between 0 and 1, since it is relative to the gap of the start",
        stopGap)
    }
    if let stopGradient {
      try require(stopGradient > 0 && stopGradient.isFinite, "stop_gradient", "be positive", stopGradient)
    }
    if let maxSeconds { try require(maxSeconds > 0, "max_seconds", "be positive", maxSeconds) }
    if let tolerance {
      try require(
        tolerance >= 1e-13 && tolerance <= 1e-2, "tolerance",
        "lie between 1e-13 (round-off adds up to that) and 1e-2", tolerance)
    }
    try checkSteps(options)
    let times = Array(Set(at ?? [])).sorted()
    for t in times { try require(t >= 0 && t.isFinite, "at", "be times (numbers, not negative)", t) }
    if let time, let late = times.first(where: { $0 > time }) {
      throw ArgumentError("at", "at=\(late) lies after time=\(time)", value: "\(late)")
    }
    if let spectrum { try require(spectrum >= 1, "spectrum", "be a positive whole number", spectrum) }
    if let every { try require(every >= 1, "every", "be at least 1", every) }
    if let records { try require(records >= 2, "records", "be at least 2", records) }
    if let every, records != nil {
      throw ArgumentError("every", "give every or records, not both", value: "\(every)")
    }
    if options.method == .euler {
      // As the command has it.
      var descent = DescentOptions()
      descent.momentum = momentum ?? 0
      descent.factors = scheduleIsHarmonic == true ? .harmonic : schedule.map { .listed($0) } ?? .constant
      descent.bestStepGap = bestStep
      descent.steps = steps
      descent.recordsSharpness = options.flow == .layers
      options.descent = descent
    }
    (options.step, options.recordEvery, options.finalTime) = (step, every, time)
    options.recordCount = records
    (options.stopGap, options.stopGradient, options.maximumTime) = (stopGap, stopGradient, maxTime)
    (options.outputTimes, options.spectrumInterval) = (times, spectrum)
    if let tolerance { options.tolerance = tolerance }
    if let maxSeconds { options.maximumSeconds = maxSeconds }
    if let errorEstimate { options.estimatesAccuracy = errorEstimate }
    return options
  }

  private func checkSteps(_ options: TrainingOptions) throws {
    guard options.method == .euler else {
      if step != nil || stepIsAutomatic == true {
        throw ArgumentError(
          "step", "step belongs to method=\"euler\"; the other methods choose their steps by tolerance",
          value: step.map { "\($0)" } ?? "auto")
      }
      let given = [
        ("steps", steps != nil), ("momentum", momentum != nil),
        ("schedule", schedule != nil || scheduleIsHarmonic == true), ("best_step", bestStep != nil),
      ]
      if let name = given.first(where: \.1)?.0 {
        throw ArgumentError(name, "\(name) belongs to method=\"euler\"", value: "")
      }
      if options.flow == .induced {
        throw ArgumentError(
          "flow",
          "flow=\"induced\" is for method=\"euler\" only: an adaptive method on the entries of W is ill-posed (round-off leaves the rank)",
          value: "induced")
      }
      return
    }
    if let momentum {
      try require(momentum >= 0 && momentum < 1, "momentum", "be at least 0 and below 1", momentum)
    }
    if let schedule {
      try require(!schedule.isEmpty, "schedule", "have at least one factor", schedule)
      for factor in schedule {
        try require(factor > 0 && factor.isFinite, "schedule", "be positive factors", factor)
      }
    }
    if let bestStep {
      try require(
        bestStep > 0 && bestStep < 1, "best_step",
        "lie between 0 and 1, since it is relative to the gap of the start", bestStep)
      if step != nil || stepIsAutomatic == true {
        throw ArgumentError("best_step", "best_step looks for the step; leave out step", value: "\(bestStep)")
      }
    }
    if let steps {
      try require(steps >= 1, "steps", "be at least 1", steps)
      if time != nil { throw ArgumentError("steps", "give steps or time, not both", value: "\(steps)") }
    }
    if let records, time == nil {
      throw ArgumentError(
        "records", "records of euler are spread up to time; without it take every k-th iterate by every",
        value: "\(records)")
    }
    if step == nil, stepIsAutomatic != true, bestStep == nil {
      throw ArgumentError(
        "step", "method=\"euler\" needs its step, or step=\"auto\" for half of the stability limit", value: ""
      )
    }
    if let step {
      try require(step > 0 && step.isFinite, "step", "be positive", step)
      if let time, time < step * (1 - 1e-9) {
        throw ArgumentError("time", "time=\(time) is over before the first step of \(step)", value: "\(time)")
      }
    }
  }
}

/// A run that has ended.
final class RunBox: Box {
  let problem: ProblemBox
  let start: NetworkBox
  let run: TrainingRun
  let outcome: TrainingOutcome
  let report: TrainingReport

  init(
    _ problem: ProblemBox, _ start: NetworkBox, _ run: TrainingRun, _ outcome: TrainingOutcome,
    search: StepSearch?, check: Bool, callbacks: TrainingCallbacks
  ) {
    (self.problem, self.start, self.run, self.outcome) = (problem, start, run, outcome)
    let agreement =
      check && !outcome.ending.isFailure && outcome.time > 0 && !callbacks.isInterrupted()
      ? run.checkAgreement(until: outcome.time, callbacks: callbacks) : nil
    report = TrainingReport(
      run: run, outcome: outcome, promise: run.promise,
      prepared: problem.prepared, agreement: agreement,
      descent: DescentReport(run, outcome, search: search))
  }

  /// All but the trajectory and the promise, which are large and have parts of their own.
  private struct Summary: Encodable {
    let problem: TrainingReport.ProblemSummary
    let target: TrainingReport.Target
    let globalMinimum: TrainingReport.Minimum
    let imbalances: [Imbalance]
    let observations: [Observation]
    let certainty: Certainty?
    let turningTime: Double?
    let accuracyTimes: [Double?]
    let method: TrainingReport.MethodSummary
    let plateaus: [Plateau]
    let saddleSequence: TrainingReport.SaddlePassages?
    let termination: TrainingReport.TerminationSummary
    let meansConvergence, isFailure: Bool
    let verdict: Verdict
    let agreement: Agreement?
    let descent: DescentReport?
    /// The columns of observables that were recorded.
    let columns: [String]
    let widths: [Int]
    let start: String
  }

  override func json(_ part: String) throws -> Data {
    switch part {
    case "result": try CanonicalJSON.encode(RunResult(report, coding: problem.coding))
    case "summary":
      try CanonicalJSON.encode(
        Summary(
          problem: report.problem, target: report.target, globalMinimum: report.globalMinimum,
          imbalances: report.imbalances, observations: report.observations, certainty: report.certainty,
          turningTime: report.turningTime, accuracyTimes: outcome.accuracyTimes, method: report.method,
          plateaus: report.plateaus, saddleSequence: report.saddleSequence, termination: report.termination,
          meansConvergence: outcome.ending.meansConvergence, isFailure: outcome.ending.isFailure,
          verdict: report.verdict, agreement: report.agreement, descent: report.descent,
          columns: outcome.recordings.flatMap { $0.columns.map(\.name) }, widths: run.start.widths,
          start: start.words),
        layout: .line)
    case "certificate":
      try CanonicalJSON.encode(run.promise, layout: .line)
    case "record": try CanonicalJSON.encode(RunRecord.Summary(report, outcome), layout: .line)
    case "predictor": try CanonicalJSON.encode(report.predictor, layout: .line)
    case "figures": specifications(TrainingFigures(run, outcome, report).figures)
    default:
      throw unknownWord(
        part, "part", ["result", "summary", "certificate", "record", "predictor", "figures"])
    }
  }

  override func array(_ name: String) throws -> (values: [Double], shape: [Int]) {
    let found = outcome.records
    if let column = outcome.recordings.flatMap(\.columns).first(where: { "column:\($0.name)" == name }) {
      return found.map { $0.others[column.name] ?? .nan }.vector
    }
    switch name {
    case "time": return found.map(\.time).vector
    case "loss": return found.map(\.loss).vector
    case "gap": return found.map(\.gap).vector
    case "gradientNorm": return found.map(\.gradientNorm).vector
    case "distanceToTarget": return found.map(\.distanceToTarget).vector
    case "alignment": return found.map(\.alignment).vector
    case "imbalance": return found.map(\.imbalance).vector
    case "imbalanceDrift": return found.map(\.imbalanceDrift).vector
    case "singularValues":
      return (found.flatMap(\.singularValues), [found.count, found.first?.singularValues.count ?? 0])
    case "requestedTimes": return outcome.states.map(\.time).vector
    case "requested":
      let shape = [outcome.states.count, run.problem.outputs, run.problem.inputs]
      return (outcome.states.flatMap { $0.endToEnd.transpose.storage }, shape)
    case "layers": return outcome.network.layers.flatMap { $0.transpose.storage }.vector
    case "endToEnd": return outcome.network.endToEndMatrix.rowMajor
    case "spectrum":
      let rows = outcome.spectrum.map { record in
        [
          record.time, record.largestHessianEigenvalue, record.smallestHessianEigenvalue ?? .nan,
          record.smallestHessianEigenvalueError ?? .nan, record.largestKernelEigenvalue,
          record.smallestKernelEigenvalue ?? .nan, record.smallestKernelEigenvalueError ?? .nan,
        ]
      }
      return (rows.flatMap(\.self), [rows.count, 7])
    default:
      throw unknownWord(
        name, "array",
        [
          "time", "loss", "gap", "gradientNorm", "distanceToTarget", "alignment", "imbalance",
          "imbalanceDrift",
          "singularValues", "requestedTimes", "requested", "layers", "endToEnd", "spectrum",
        ])
    }
  }
}

/// Figures as one JSON object: the Vega-Lite specification of each by its name.
func specifications(_ figures: [(name: String, figure: LineFigure)]) -> Data {
  Data(("{" + figures.map { "\"\($0.name)\": \($0.figure.vegaLite)" }.joined(separator: ", ") + "}").utf8)
}

/// Told how a run goes: flow time, loss gap, relative gradient norm, alignment, last step, seconds used, and between how many seconds the end is likely to come (NaN where there is no ground for a
/// forecast).
public typealias ProgressTold = @convention(c) (UnsafePointer<Double>?, UnsafeMutableRawPointer?) -> Void

func callbacks(
  _ progress: ProgressTold?, _ context: UnsafeMutableRawPointer?, interval: Double, _ stop: UnsafeRawPointer?
) throws -> TrainingCallbacks {
  var callbacks = TrainingCallbacks()
  if stop != nil {
    let stop: StopBox = try box(stop)
    callbacks.isInterrupted = { stop.isRequested.load(ordering: .relaxed) }
  }
  if interval > 0 { callbacks.progressInterval = interval }
  // Nobody keeps checkpoints here.
  callbacks.checkpointInterval = .infinity
  if let progress {
    callbacks.progress = { told in
      let values = [
        told.time, told.lossGap, told.relativeGradientNorm, told.alignment, told.step, told.secondsUsed,
        told.secondsLeft?.lowerBound ?? .nan, told.secondsLeft?.upperBound ?? .nan,
      ]
      values.withUnsafeBufferPointer { progress($0.baseAddress!, context) }
    }
  }
  return callbacks
}

@_cdecl("linnet_train")
public func linnet_train(
  _ problem: UnsafeRawPointer?, _ network: UnsafeRawPointer?, _ request: Text?, _ progress: ProgressTold?,
  _ context: UnsafeMutableRawPointer?, _ interval: Double, _ stop: UnsafeRawPointer?, _ run: HandleOut?,
  _ error: TextOut?
) -> Int32 {
  answer(error) {
    let (problem, start): (ProblemBox, NetworkBox) = (try box(problem), try box(network))
    try checkFit(start, problem)
    let request = try decoded(RunRequest.self, request)
    let callbacks = try callbacks(progress, context, interval: interval, stop)
    guard
      let (options, search) = try request.options().searchingStep(
        for: problem.problem, start: start.network, isInterrupted: callbacks.isInterrupted)
    else { throw SessionError.noStep(gap: request.bestStep ?? 0) }
    let training = TrainingRun(problem: problem.problem, start: start.network, options: options)
    if training.method.lacksClosedForm {
      throw SessionError.noClosedForm(reason: training.method.reason)
    }
    let recordings = try training.recordings(of: request.record ?? [], knowing: [])
    let outcome = training.run(observing: recordings, callbacks: callbacks)
    try RunBox(
      problem, start, training, outcome, search: search, check: request.check ?? false, callbacks: callbacks
    ).hand(to: run)
  }
}

@_cdecl("linnet_run_states")
public func linnet_run_states(
  _ run: UnsafeRawPointer?, _ times: UnsafePointer<Double>?, _ count: Int64,
  _ matrices: UnsafeMutablePointer<Double>?, _ found: UnsafeMutablePointer<Double>?, _ error: TextOut?
) -> Int32 {
  answer(error) {
    let run: RunBox = try box(run)
    guard let times, let matrices, let found, count >= 0 else {
      throw ArgumentError("t", "there is no place for the states", value: "NULL")
    }
    let size = run.run.problem.outputs * run.run.problem.inputs
    for i in 0..<Int(count) {
      let moment = try run.outcome.state(at: times[i])
      moment.endToEndMatrix.transpose.storage.withUnsafeBufferPointer {
        (matrices + i * size).update(from: $0.baseAddress!, count: size)
      }
      found[i] = moment.time
    }
  }
}

@_cdecl("linnet_run_network")
public func linnet_run_network(
  _ run: UnsafeRawPointer?, _ time: Double, _ network: HandleOut?, _ error: TextOut?
) -> Int32 {
  answer(error) {
    let run: RunBox = try box(run)
    let moment = try run.outcome.state(at: time)
    try NetworkBox(moment.network, words: "layers at t = \(moment.time)").hand(to: network)
  }
}
