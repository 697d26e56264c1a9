import ArgumentParser
import Foundation
import LinearNetworks
import Prose
import RunFiles
import Sweeps
import Synchronization
import Training

/// Makes a run of each point of a grid, as `linnet train` would, without folder and screen.
///
/// The line is parsed again only where an option changes that is no plain number, and data are read again only where an option changes that they depend on.
final class PointRunner: Sendable {
  let grid: SweepGrid
  /// Those parameters that change the data.
  let dataParameters: Set<String>
  private let options: TrainOptions
  private let parsed: Mutex<RecentValues<Train>>
  private let loaded: Mutex<RecentValues<Result<LoadedProblem, any Error>>>

  /// What a combination of values says.
  private struct Parsed {
    let data: DataRequest
    let start: StartRequest
    let options: TrainingOptions
    let events: [RunEvent]
  }

  /// - Parameters:
  ///   - grid: the grid.
  ///   - threads: that ask.
  /// - Throws: `SweepError` for options that `linnet train` does not have, or values that it refuses.
  init(_ grid: SweepGrid, threads: Int) throws {
    self.grid = grid
    options = TrainOptions()
    try options.check(grid) { nearestName(to: $0, among: $1) }
    // A constant input, which a network file with biases asks for, is one of the data.
    let ofData = Set(TrainOptions(of: DataOptions.self).kinds.keys).union(["biases", "network"])
    dataParameters = Set(grid.parameters.map(\.name)).intersection(ofData)
    parsed = Mutex(RecentValues(capacity: 2 * threads + 2))
    loaded = Mutex(RecentValues(capacity: threads + 1))
  }

  /// The files that the runs read, with what is in them now; every value of each parameter is looked at beside the first values of the others.
  ///
  /// - Throws: `SweepError.refusedArguments`, `SweepError.standardInput`, `DataFormatError`.
  func inputs() throws -> [RunDescription.Input] {
    var files: [String] = []
    for index in probes() {
      let point = grid.point(index)
      let found: Parsed
      do {
        found = try parse(point)
      } catch let error as Refusal {
        throw SweepError.refusedArguments(
          point: index == 0 ? "" : "\(point.description): ", reason: error.words)
      }
      for file in found.data.files + found.start.files where !files.contains(file) { files.append(file) }
    }
    guard !files.contains("-") else { throw SweepError.standardInput }
    let here = FileManager.default.currentDirectoryPath
    // An array of an archive is named behind a colon; the file before it is what is read.
    return try files.map { name in
      let path = name.hasPrefix("/") ? name : here + "/" + name
      if !FileManager.default.fileExists(atPath: path), let colon = path.lastIndex(of: ":") {
        return try .init(String(path[..<colon]))
      }
      return try .init(path)
    }
  }

  /// The first point, and for each further value of each parameter the first point that has it.
  private func probes() -> [Int] {
    var probes = [0]
    var stride = 1
    for parameter in grid.parameters.reversed() {
      if parameter.name != SweepParameter.seed {
        probes += (1..<max(parameter.values.count, 1)).map { $0 * stride }
      }
      stride *= parameter.values.count
    }
    return probes.sorted()
  }

  /// Arguments that `linnet train` does not take, in its words.
  private struct Refusal: Error {
    let words: String
  }

  private func parse(_ point: SweepPoint) throws -> Parsed {
    var command = try command(point)
    do {
      for (name, value) in zip(point.names, point.values) {
        guard let set = Self.direct[name] else { continue }
        if !set(&command, value) {
          // What is no number is refused in the words of the parser.
          _ = try Train.parse(options.arguments(grid, point))
        }
      }
      try command.network.validate()
      try command.integration.validate()
      try command.validate()
      let start = try command.network.request(command.data.text.format)
      return Parsed(
        data: try command.data.request(hasConstantInput: start.hasConstantInput), start: start,
        options: try command.integration.trainingOptions(
          command.data.text.format, seed: command.network.seed),
        events: try command.recording.eventList())
    } catch {
      throw Refusal(words: Train.message(for: error))
    }
  }

  /// The command of a point, but for the values of the options that are set directly.
  private func command(_ point: SweepPoint) throws -> Train {
    let key = zip(point.names, point.values).filter { Self.direct[$0.0] == nil }.map(\.1)
      .joined(separator: "\u{0}")
    if let known = parsed.withLock({ $0[key] }) { return known }
    do {
      let command = try Train.parse(options.arguments(grid, point))
      parsed.withLock { $0[key] = command }
      return command
    } catch {
      throw Refusal(words: Train.message(for: error))
    }
  }

  /// Options that are set without another parsing of the whole line, which takes as long as a run does (3 ms); false for a text that is no value.
  private static let direct: [String: @Sendable (inout Train, String) -> Bool] = [
    "depth": { command, text in value(text) { command.network.depth = $0 } },
    "rank": { command, text in value(text) { command.network.rank = $0 } },
    "angle": { command, text in value(text) { command.network.angle = $0 } },
    "norm": { command, text in value(text) { command.network.norm = $0 } },
    "scale": { command, text in value(text) { command.network.scale = $0 } },
    "seed": { command, text in value(text) { command.network.seed = $0 } },
    "tolerance": { command, text in value(text) { command.integration.tolerance = $0 } },
    "time": { command, text in value(text) { command.integration.time = $0 } },
    "step": { command, text in value(text) { command.integration.step = $0 } },
    "descent": { command, text in value(text) { command.integration.descent = $0 } },
    "momentum": { command, text in value(text) { command.integration.momentum = $0 } },
    "stop-gap": { command, text in value(text) { command.integration.stopGap = $0 } },
    "stop-gradient": { command, text in value(text) { command.integration.stopGradient = $0 } },
  ]

  /// Sets a value as the parser would; false for a text that is none.
  private static func value<Value: ExpressibleByArgument>(_ text: String, _ set: (Value) -> Void) -> Bool {
    guard let value = Value(argument: text) else { return false }
    set(value)
    return true
  }

  private func problem(_ point: SweepPoint, _ request: DataRequest) throws -> LoadedProblem {
    let key = zip(point.names, point.values).filter { dataParameters.contains($0.0) }.map(\.1)
      .joined(separator: "\u{0}")
    // Others wait: they want the same, mostly.
    return try loaded.withLock { loaded in
      if let known = loaded[key] { return try known.get() }
      let found = Result { try request.load() }
      loaded[key] = found
      return try found.get()
    }
  }

  /// Reads the data, if they are the same for all runs: what is wrong with them ends the sweep before it begins.
  func load() throws {
    let first = try parse(grid.point(0))
    if dataParameters.isEmpty { _ = try problem(grid.point(0), first.data) }
    try check(first.events)
  }

  /// Refuses events that exist for none of the runs that ``probes()`` has: some may be about a singular value that only some ranks have.
  ///
  /// - Throws: `RecordingError`.
  private func check(_ events: [RunEvent]) throws {
    var left = events
    var refusal: (any Error)?
    for index in probes() where !left.isEmpty {
      let point = grid.point(index)
      // What is wrong with a point otherwise is told of its run.
      guard let parsed = try? parse(point), let loaded = try? problem(point, parsed.data),
        let start = try? parsed.start.network(for: loaded.problem).network
      else { continue }
      let run = TrainingRun(problem: loaded.problem, start: start, options: parsed.options)
      let asked = left
      (left, refusal) = ([], nil)
      for event in asked {
        do {
          _ = try run.recordings(for: [event], beside: [])
        } catch {
          left.append(event)
          refusal = refusal ?? error
        }
      }
    }
    if let refusal { throw refusal }
  }

  /// The run of a point; nil if it was interrupted.
  ///
  /// - Parameter mark: of the sweep.
  func record(_ index: Int, mark: String, isInterrupted: @escaping @Sendable () -> Bool) -> RunRecord? {
    let point = grid.point(index)
    do {
      guard let summary = try summary(point, isInterrupted) else { return nil }
      return RunRecord(point, of: mark, .success(summary))
    } catch {
      return RunRecord(point, of: mark, .failure(.init(Self.words(error))))
    }
  }

  private func summary(_ point: SweepPoint, _ isInterrupted: @escaping @Sendable () -> Bool) throws
    -> RunRecord.Summary?
  {
    let parsed = try parse(point)
    let loaded = try problem(point, parsed.data)
    let start = try parsed.options.start(given: try parsed.start.network(for: loaded.problem).network)
    let samples = try parsed.data.samples(for: parsed.options.descent?.batch, of: loaded.prepared)
    guard
      let (options, _) = parsed.options.searchingStep(
        for: loaded.problem, start: start, samples: samples, isInterrupted: isInterrupted)
    else {
      throw SessionError.noStep(gap: parsed.options.descent?.bestStepGap ?? 0)
    }
    let run = TrainingRun(problem: loaded.problem, start: start, options: options, samples: samples)
    if run.method.lacksClosedForm { throw SessionError.noClosedForm(reason: run.method.reason) }
    var callbacks = TrainingCallbacks()
    callbacks.isInterrupted = isInterrupted
    var (recordings, events): ([Recording], [RunEvent]) = ([], [])
    // An event that does not exist for this run, as of a singular value beyond its rank, has no time.
    for event in parsed.events {
      guard let more = try? run.recordings(for: [event], beside: recordings) else { continue }
      (recordings, events) = (more, events + [event])
    }
    let outcome = run.run(observing: recordings, callbacks: callbacks)
    if outcome.ending == .interrupted || isInterrupted() { return nil }
    let report = TrainingReport(
      run: run, outcome: outcome, promise: run.promise, prepared: nil,
      events: parsed.events.isEmpty ? nil : outcome.times(of: events))
    return RunRecord.Summary(report, outcome)
  }

  private static func words(_ error: any Error) -> String {
    switch error {
    case let error as Refusal: error.words
    case let error as any MendableError: error.message { $0.option }
    default: "\(error)"
    }
  }
}

/// The values that were asked for last, by a key.
struct RecentValues<Value> {
  private let capacity: Int
  private var values: [(key: String, value: Value)] = []

  init(capacity: Int) { self.capacity = capacity }

  subscript(key: String) -> Value? {
    get { values.last { $0.key == key }?.value }
    set {
      values.removeAll { $0.key == key }
      if let newValue { values.append((key, newValue)) }
      if values.count > capacity { values.removeFirst() }
    }
  }
}
