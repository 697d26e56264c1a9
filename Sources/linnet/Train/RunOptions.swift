import ArgumentParser
import DataFormats
import Foundation
import Integration
import RunFiles
import Training

/// How long and by which method.
struct RunOptions: ParsableArguments {
  enum Until: String, ExpressibleByArgument, CaseIterable { case converged }

  @Option(
    help: ArgumentHelp("Run until the limit is reached and classified (the default).", valueName: "converged")
  )
  var until: Until?

  @Option(parsing: .unconditional, help: ArgumentHelp("Run to this flow time instead.", valueName: "T"))
  var time: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Stop as soon as the loss gap L − min L is this share of the start's: no convergence, but the minimum is known.",
      valueName: "ε"))
  var stopGap: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Stop as soon as the gradient norm is this share of its scale (the unit of the verdict and the progress line); it is as small on a plateau.",
      valueName: "g"))
  var stopGradient: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Times at which W and the layers are wanted, separated by commas, or a file of times (text or .npy); of euler, the last iterate at or before each.",
      valueName: "t1,t2,…|file"))
  var at: String?

  @Option(
    help: ArgumentHelp(
      "auto, exact (closed form), cvode (stiff), erk (not stiff) or euler.", valueName: "method"))
  var method: TrainingOptions.Method = .auto

  @Option(help: ArgumentHelp("For euler: layers (13) or induced (17).", valueName: "flow"))
  var flow: TrainingOptions.Flow = .layers

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Gradient descent with this learning rate, beside the flow from the same start; auto: half of the stability limit; or one rate for each layer, separated by commas, the first layer's first. The same as --method euler --step η.",
      valueName: "η|auto|η1,η2,…"))
  var descent: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Of descent: end after so many steps.", valueName: "k"))
  var steps: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Of descent: momentum of the heavy ball, v ← βv − η∇L; its time runs by η/(1 − β) a step. Default: 0.",
      valueName: "β"))
  var momentum: Double?

  @Option(
    help: ArgumentHelp(
      "Of descent: constant, 1/k (η_k = η/(k+1)), or a file with one factor of η a line, the last for good.",
      valueName: "schedule"))
  var schedule: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Of descent: samples of a batch, drawn without replacement by --seed; by default every step takes all samples.",
      valueName: "b"))
  var batch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --batch: runs with seeds one after the other, whose losses make a band. Default: 10.",
      valueName: "n"))
  var repetitions: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Of descent: look for the step that brings the loss gap to this share of the start's in the fewest steps.",
      valueName: "ε"))
  var bestStep: Double?

  @Flag(
    help:
      "Of descent: compare with the modified equation θ′ = −∇L − (η/2)∇²L∇L too, which is of second order in η."
  )
  var modified = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Step of euler, in flow time: the learning rate of gradient descent.", valueName: "h"))
  var step: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Record every k-th of the output times (see --spectrum) and none of the solver's own steps; of euler, every k-th iterate. Default: all of them, and up to 400 steps; of euler the first iterates, and then in steps that grow geometrically.",
      valueName: "k"))
  var every: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Record about n times instead, half of them evenly up to --time and half evenly in log t below it; without --time, n in ten decades of time; of euler, n iterates up to --time.",
      valueName: "n"))
  var records: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Relative accuracy aimed at.", valueName: "tolerance"))
  var tolerance = 1e-10

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Give up a run until convergence at this flow time.", valueName: "T"))
  var maxTime: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Give up after this many seconds of wall clock.", valueName: "seconds"))
  var maxSeconds = 3600.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Record the extreme eigenvalues of the Hessian and of the neural tangent kernel at every k-th output time (40 a decade, 200 up to --time; of euler, every k-th recorded iterate), or at all.",
      valueName: "k|all"))
  var spectrum: String?

  @Flag(help: "Do not estimate the accuracy by a second run at ten times the tolerance.")
  var noErrorEstimate = false

  func validate() throws {
    if until != nil, time != nil { throw ValidationError("Give --until converged or --time, not both.") }
    if let time, !(time > 0 && time.isFinite) {
      throw ValidationError("--time must be positive, not \(time).")
    }
    if let maxTime, !(maxTime > 0) { throw ValidationError("--max-time must be positive, not \(maxTime).") }
    if maxTime != nil, time != nil {
      throw ValidationError("--max-time limits a run until convergence; with --time it has no use.")
    }
    if let stopGap, !(stopGap > 0 && stopGap < 1) {
      throw ValidationError(
        "--stop-gap is relative to the gap of the start, so it lies between 0 and 1: \(stopGap) does not.")
    }
    if let stopGradient, !(stopGradient > 0 && stopGradient.isFinite) {
      throw ValidationError("--stop-gradient must be positive, not \(stopGradient).")
    }
    if !(maxSeconds > 0) { throw ValidationError("--max-seconds must be positive, not \(maxSeconds).") }
    if !(tolerance >= 1e-13 && tolerance <= 1e-2) {
      throw ValidationError(
        "--tolerance must lie between 1e-13 (round-off adds up to that) and 1e-2, not \(tolerance).")
    }
    try checkDescent()
    if takesSteps {
      let step = try learningRate()
      if let time, let step, time < step * (1 - 1e-9) {
        throw ValidationError("--time \(time) is over before the first step of \(step).")
      }
      if records != nil, time == nil {
        throw ValidationError(
          "--records of euler are spread up to --time; without it take every k-th iterate by --every.")
      }
    } else {
      if step != nil {
        throw ValidationError(
          "--step belongs to --method euler (or give --descent η); the other methods choose their steps by --tolerance."
        )
      }
      if flow == .induced {
        throw ValidationError(
          "--flow induced is for --method euler only: an adaptive method on the entries of W is ill-posed (round-off leaves the rank)."
        )
      }
    }
    if let every, every < 1 { throw ValidationError("--every must be at least 1, not \(every).") }
    if let records, records < 2 { throw ValidationError("--records must be at least 2, not \(records).") }
    if every != nil, records != nil {
      throw ValidationError("Give --every or --records, not both.")
    }
    _ = try spectrumInterval()
    guard timesFile == nil else { return }
    let times = try listedTimes()
    if let time, let late = times.first(where: { $0 > time }) {
      throw ValidationError("--at \(late) lies after --time \(time).")
    }
  }

  /// The file of times, if --at names one: what does not begin with a number.
  var timesFile: String? {
    at.flatMap { text in
      let first = text.prefix { $0 != "," }.filter { $0 != " " }
      return first.isEmpty || Double(first) != nil ? nil : text
    }
  }

  /// Whether the run is gradient descent.
  var takesSteps: Bool { method == .euler || descent != nil || bestStep != nil }

  private func checkDescent() throws {
    if takesSteps {
      guard method == .auto || method == .euler else {
        throw ValidationError("--descent takes its own steps; leave out --method \(method.rawValue).")
      }
      if descent != nil, step != nil { throw ValidationError("Give --descent or --step, not both.") }
      if bestStep != nil, step != nil || descent != nil {
        throw ValidationError("--best-step looks for the step; leave out --descent and --step.")
      }
      if let bestStep, !(bestStep > 0 && bestStep < 1) {
        throw ValidationError(
          "--best-step is a loss gap relative to that of the start, so it lies between 0 and 1: \(bestStep) does not."
        )
      }
      if let steps, steps < 1 { throw ValidationError("--steps must be at least 1, not \(steps).") }
      if steps != nil, time != nil { throw ValidationError("Give --steps or --time, not both.") }
      if let momentum, !(momentum >= 0 && momentum < 1) {
        throw ValidationError("--momentum must be at least 0 and below 1, not \(momentum).")
      }
      if let batch {
        if batch < 1 { throw ValidationError("--batch must be at least 1, not \(batch).") }
        guard steps != nil || time != nil || stopGap != nil || maxTime != nil else {
          throw ValidationError(
            "Steps on batches do not come to rest: say where to end, by --steps, --time or --stop-gap.")
        }
        if flow == .induced { throw ValidationError("--batch is for the layers; leave out --flow induced.") }
      }
      if repetitions != nil, batch == nil { throw ValidationError("--repetitions belongs to --batch.") }
      if let repetitions, !(1...1000).contains(repetitions) {
        throw ValidationError("--repetitions must lie between 1 and 1000, not \(repetitions).")
      }
      if modified, momentum ?? 0 > 0 || schedule != nil || batch != nil || flow == .induced {
        throw ValidationError(
          "--modified is about plain steps on the layers; leave out --momentum, --schedule, --batch and --flow induced."
        )
      }
      _ = try factors()
    } else {
      let given: [(String, Bool)] = [
        ("--steps", steps != nil), ("--momentum", momentum != nil), ("--schedule", schedule != nil),
        ("--batch", batch != nil), ("--repetitions", repetitions != nil), ("--modified", modified),
      ]
      if let name = given.first(where: \.1)?.0 {
        throw ValidationError("\(name) belongs to gradient descent: give --descent η, or --descent auto.")
      }
    }
  }

  /// η; nil where it is found out.
  private func learningRate() throws -> Double? {
    if bestStep != nil { return nil }
    guard let descent else {
      guard let step else {
        throw ValidationError("--method euler needs its --step, or give --descent auto.")
      }
      if !(step > 0 && step.isFinite) { throw ValidationError("--step must be positive, not \(step).") }
      return step
    }
    if descent == "auto" { return nil }
    if let steps = try layerSteps() { return steps.mean }
    guard let η = Double(descent) else {
      throw ValidationError("--descent: \"\(descent)\" is neither a number nor auto.")
    }
    if !(η > 0 && η.isFinite) {
      throw ValidationError("--descent: a learning rate is positive, which \(descent) is not.")
    }
    return η
  }

  /// η_1, …, η_N; nil for one step.
  private func layerSteps() throws -> LayerSteps? {
    guard let descent, descent.contains(",") else { return nil }
    let steps = try NetworkOptions.numbers(descent, "--descent")
    if let wrong = steps.first(where: { !($0 > 0) }) {
      throw ValidationError("--descent: a learning rate is positive, which \(wrong) is not.")
    }
    if flow == .induced {
      throw ValidationError("A step for each layer is for the layers; leave out --flow induced.")
    }
    return LayerSteps(steps)
  }

  private func factors() throws -> StepFactors {
    switch schedule {
    case nil, "constant": return .constant
    case "1/k": return .harmonic
    case let file?:
      guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
        throw ValidationError(
          "--schedule: there is no readable file \(file); other schedules are constant and 1/k.")
      }
      let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      let factors = try lines.enumerated().filter { !$0.element.isEmpty }.map { i, line in
        guard let factor = Double(line), factor > 0, factor.isFinite else {
          throw ValidationError("--schedule: line \(i + 1) of \(file), \"\(line)\", is no positive number.")
        }
        return factor
      }
      guard !factors.isEmpty else { throw ValidationError("--schedule: \(file) has no factors.") }
      return .listed(factors)
    }
  }

  /// - Parameter seed: of the batches.
  private func descentOptions(seed: UInt64) throws -> DescentOptions {
    var options = DescentOptions()
    options.momentum = momentum ?? 0
    options.layerSteps = try layerSteps()
    options.factors = try factors()
    options.batch = batch.map { BatchChoice(size: $0, seed: seed) }
    options.steps = steps
    options.bestStepGap = bestStep
    options.recordsSharpness = flow == .layers
    options.comparesModified = modified
    return options
  }

  private func listedTimes() throws -> [Double] {
    guard let at else { return [] }
    return try at.split(separator: ",", omittingEmptySubsequences: false).map { text in
      guard let time = Double(text.filter { $0 != " " }), time >= 0, time.isFinite else {
        throw ValidationError(
          "--at: \"\(text)\" is not a time (a number, not negative).")
      }
      return time
    }
  }

  /// The times asked for, in order.
  ///
  /// - Parameter format: what is known of the form of a text.
  private func outputTimes(_ format: TextFormat) throws -> [Double] {
    guard let file = timesFile else { return Array(Set(try listedTimes())).sorted() }
    let times = try DataFile.readMatrix(file, format).storage
    if let wrong = times.first(where: { !($0 >= 0 && $0.isFinite) }) {
      throw SessionError.notATime(file: file, value: wrong, latest: nil)
    }
    if let time, let late = times.first(where: { $0 > time }) {
      throw SessionError.notATime(file: file, value: late, latest: time)
    }
    return Array(Set(times)).sorted()
  }

  private func spectrumInterval() throws -> Int? {
    guard let spectrum else { return nil }
    if spectrum == "all" { return 1 }
    guard let k = Int(spectrum), k >= 1 else {
      throw ValidationError("--spectrum: \"\(spectrum)\" is neither all nor a positive whole number.")
    }
    return k
  }

  /// The values.
  ///
  /// - Parameters:
  ///   - format: what is known of the form of a file of times.
  ///   - seed: of batches.
  func trainingOptions(_ format: TextFormat, seed: UInt64 = 1) throws -> TrainingOptions {
    var options = TrainingOptions()
    options.method = takesSteps ? .euler : method
    options.flow = flow
    options.step = takesSteps ? try learningRate() : step
    if takesSteps { options.descent = try descentOptions(seed: seed) }
    options.recordEvery = every
    options.recordCount = records
    options.tolerance = tolerance
    options.finalTime = time
    options.stopGap = stopGap
    options.stopGradient = stopGradient
    options.outputTimes = try outputTimes(format)
    options.maximumTime = maxTime
    options.maximumSeconds = maxSeconds
    options.estimatesAccuracy = !noErrorEstimate
    options.spectrumInterval = try spectrumInterval()
    return options
  }
}

extension TrainingOptions.Method: ExpressibleByArgument {}
extension TrainingOptions.Flow: ExpressibleByArgument {}
