import FlyingFox
import Foundation
import LinearNetworks
import Samples
import Synchronization
import Theory
import Training

/// Answers requests: checks who asks, finds the route, reads the body within its limit, and turns every error into JSON.
struct LabHandler: HTTPHandler {
  let gatekeeper: Gatekeeper
  let shelf: DataShelf
  let files: LabFiles
  let limits: LabLimits
  let runs: RunQueue
  private let clients: ClientWatch
  /// Small requests and large ones, so that the small do not wait behind the large.
  private let solvers: (small: OperationQueue, large: OperationQueue)

  init(
    gatekeeper: Gatekeeper, shelf: DataShelf, files: LabFiles, limits: LabLimits, runs: RunQueue,
    clients: ClientWatch
  ) {
    self.clients = clients
    (self.gatekeeper, self.shelf, self.files, self.limits, self.runs) = (
      gatekeeper, shelf, files, limits, runs
    )
    let cores = ProcessInfo.processInfo.activeProcessorCount
    solvers = (OperationQueue(), OperationQueue())
    solvers.small.maxConcurrentOperationCount = cores
    // One core stays free for what is small.
    solvers.large.maxConcurrentOperationCount = max(1, cores - 1)
  }

  func handleRequest(_ request: HTTPRequest) async -> HTTPResponse {
    let body = RequestBody(request)
    var response: HTTPResponse
    do {
      if let refusal = gatekeeper.refusal(
        host: request.headers[HTTPHeader("Host")], origin: request.headers[HTTPHeader("Origin")],
        fetchSite: request.headers[HTTPHeader("Sec-Fetch-Site")])
      {
        throw LabError(.foreign, refusal)
      }
      response = try await answer(request, body)
    } catch {
      response = Self.response(LabError(error))
    }
    if body.isUnread {
      let content = (try? await response.bodyData) ?? Data()
      response.payload = .httpBody(HTTPBodySequence(from: LastBody(content: content), count: content.count))
    }
    // The gate takes one request a connection.
    response.headers[HTTPHeader("Connection")] = "close"
    if response.statusCode.code == 503 { response.headers[HTTPHeader("Retry-After")] = "5" }
    for (name, value) in Self.guards { response.headers[HTTPHeader(name)] = value }
    return response
  }

  /// Scripts only from files of this server: nothing that a name or a message holds can become code.
  private static let guards = [
    "Content-Security-Policy":
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
      + "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
  ]

  // MARK: Routes

  private func answer(_ request: HTTPRequest, _ body: RequestBody) async throws -> HTTPResponse {
    switch request.path {
    case "/api/limits":
      try expect(["GET"], request)
      return try Self.response(LimitsAnswer(limits: limits, missing: files.missing))
    case "/api/references":
      try expect(["GET"], request)
      return try Self.response(Reference.all)
    case "/api/data":
      try expect(["GET", "POST"], request)
      if request.method == .GET { return try Self.response(shelf.tables.map(TableSummary.init)) }
      return try await upload(request, body)
    case "/api/solve":
      try expect(["POST"], request)
      let wanted = try await runRequest(request, body)
      return try await solve(wanted, for: request)
    case "/api/descent":
      try expect(["POST"], request)
      let wanted = try await runRequest(request, body)
      return try await descend(wanted, for: request)
    case "/api/runs":
      try expect(["POST"], request)
      let wanted = try await runRequest(request, body)
      return try await stream(wanted, for: request)
    case let path where path.hasPrefix("/api/runs/"):
      try expect(["DELETE"], request)
      let id = String(path.dropFirst("/api/runs/".count))
      guard runs.stop(id) else {
        throw LabError(.notFound, "there is no run “\(id.prefix(40))”; it may have ended.")
      }
      return HTTPResponse(statusCode: .noContent)
    case let path:
      try expect(["GET", "HEAD"], request)
      guard let entry = files.entry(path), let content = FileManager.default.contents(atPath: entry.file.path)
      else {
        throw LabError(.notFound, "there is nothing at this path.")
      }
      return HTTPResponse(
        statusCode: .ok, headers: Self.type(entry.type),
        body: Self.body(request.method.rawValue == "HEAD" ? Data() : content))
    }
  }

  private struct LimitsAnswer: Encodable {
    let limits: LabLimits
    let missing: [String]
  }

  private func expect(_ methods: [String], _ request: HTTPRequest) throws(LabError) {
    guard methods.contains(request.method.rawValue) else {
      throw LabError(.method, "\(request.path) answers \(methods.joined(separator: " and ")) only.")
    }
  }

  private func expect(type: String, _ request: HTTPRequest) throws(LabError) {
    // Such a type cannot be sent from another site without asking first, which is refused.
    let found = request.headers[HTTPHeader("Content-Type")] ?? ""
    guard found.lowercased().hasPrefix(type) else {
      throw LabError(.mediaType, "the body must be \(type), not “\(found.prefix(60))”.")
    }
  }

  private func runRequest(_ request: HTTPRequest, _ body: RequestBody) async throws -> RunRequest {
    try expect(type: "application/json", request)
    return try RunRequest(json: try await body.read(atMost: limits.requestBytes))
  }

  private func upload(_ request: HTTPRequest, _ body: RequestBody) async throws -> HTTPResponse {
    // What a form of another site could send is neither.
    if request.headers[HTTPHeader("Content-Type")]?.lowercased().hasPrefix("application/octet-stream") != true
    {
      try expect(type: "text/csv", request)
    }
    let bytes = try await body.read(atMost: limits.tableBytes)
    func list(_ name: String) -> [String] {
      request.query.filter { $0.name == name }.map(\.value)
    }
    let name = list("name").first.map { String($0.prefix(200)) } ?? "table.csv"
    let (targets, drop, keep) = (list("target"), list("drop"), list("keep"))
    func word<T: RawRepresentable<String> & CaseIterable>(_ key: String, _ type: T.Type) throws(LabError)
      -> T?
    {
      guard let word = list(key).first else { return nil }
      if let value = T(rawValue: word) { return value }
      throw LabError(
        .unprocessable,
        "“\(key)” is “\(word.prefix(40))”, but must be one of \(T.allCases.map(\.rawValue).joined(separator: ", "))."
      )
    }
    let preparation = try word("prepare", Preparation.self)
    let reading = ReadingOptions(
      missing: try word("missing", MissingValues.self) ?? .refuse,
      words: try word("encode", WordCoding.self) ?? .refuse)
    return try await computed(for: request, isLarge: bytes.count > 1 << 20) { _ in
      try DataShelf.withTable(name: name, bytes: bytes, reading, limits) { table, said in
        guard !targets.isEmpty else { return try Self.response(TableSummary(table)) }
        // Columns that are left out may hold anything.
        let chosen = try table.choosing(
          ColumnChoice(
            targets: targets.map { .written($0) }, drop: drop.map { .written($0) },
            keep: keep.isEmpty ? nil : keep.map { .written($0) })
        ).coded().compressed()
        let prepared = try chosen.prepared(preparation)
        try limits.check(
          inputs: prepared.problem.inputs, outputs: prepared.problem.outputs,
          samples: prepared.problem.sampleCount)
        return try Self.response(
          PreparedAnswer(
            chosen, columns: table.inputs.map(\.name), notices: chosen.notices.map(said), prepared))
      }
    }
  }

  // MARK: Runs

  /// Instead of a result where there is no closed form: why, and what is promised before the run. `POST /api/runs` steps there.
  private struct NeedsRun: Encodable {
    let needsRun: String
    let promise: RunEvent.Promise
  }

  /// The closed form, at once.
  private func solve(_ request: RunRequest, for asked: HTTPRequest) async throws -> HTTPResponse {
    try await computed(for: asked, isLarge: request.isLarge(shelf)) { abandonment in
      let posed = try request.problem.problem(shelf, limits)
      let start = try request.startingNetwork(posed.problem, limits)
      var options = try request.options(limits)
      // What is recorded is looked at along a run.
      if request.record ?? [] == [], RankOneAnswer.applies(posed.problem, start, options) {
        return try Self.response(try RankOneAnswer(posed, start, options))
      }
      options.maximumSeconds = min(options.maximumSeconds, limits.solveSeconds)
      let promise = CertificateReport(problem: posed.problem, start: start)
      // A closed form is exact; what may be wrong of it is only what round-off decides, where no theorem does.
      options.estimatesAccuracy = promise.certificate.strongest?.strength != .certain
      let run = TrainingRun(problem: posed.problem, start: start, options: options)
      let recordings = try request.recordings(of: run)
      guard run.method.method == .exact else {
        return try Self.response(
          NeedsRun(needsRun: "\(run.method.reason).", promise: RunEvent.Promise(run, promise)))
      }
      var callbacks = TrainingCallbacks()
      callbacks.isInterrupted = { abandonment.isUp.load(ordering: .relaxed) }
      let outcome = run.run(observing: recordings, callbacks: callbacks)
      return try Self.response(
        TrainingReport(run: run, outcome: outcome, promise: promise, prepared: posed.prepared))
    }
  }

  /// Gradient descent from the same start, at once: it ends where its steps, or the time of a closed form, are used up.
  private func descend(_ request: RunRequest, for asked: HTTPRequest) async throws -> HTTPResponse {
    try await computed(for: asked, isLarge: request.isLarge(shelf)) { abandonment in
      let posed = try request.problem.problem(shelf, limits)
      let start = try request.startingNetwork(posed.problem, limits)
      let run = TrainingRun(
        problem: posed.problem, start: start, options: try request.descentOptions(limits, for: start))
      var callbacks = TrainingCallbacks()
      callbacks.isInterrupted = { abandonment.isUp.load(ordering: .relaxed) }
      let outcome = run.run(
        stopping: [StepBudgetRule(steps: limits.descentSteps)],
        observing: try request.recordings(of: run), callbacks: callbacks)
      return try Self.response(DescentAnswer(run, outcome))
    }
  }

  /// A run whose events are sent as they come.
  private func stream(_ request: RunRequest, for asked: HTTPRequest) async throws -> HTTPResponse {
    // What is wrong with the request is said at once, as the status of the answer.
    let (posed, training, recordings) = try await computed(for: asked, isLarge: request.isLarge(shelf)) { _ in
      let posed = try request.problem.problem(shelf, limits)
      let start = try request.startingNetwork(posed.problem, limits)
      let run = TrainingRun(
        problem: posed.problem, start: start, options: try request.options(limits))
      return (posed, run, try request.recordings(of: run))
    }
    let run = LabRun()
    clients.whenLeaving(asked.headers[HTTPHeader(ClientWatch.header)]) { run.stop() }
    // A reader who is slower than the run loses progress, not the result.
    let (lines, feed) = AsyncStream.makeStream(of: Data.self, bufferingPolicy: .bufferingNewest(512))
    try runs.enqueue(run) { ahead in
      // First of all, since it has the name by which the run is stopped.
      feed.yield(RunEvent.queued(id: run.id, ahead: ahead).line)
    } _: {
      guard !run.isStopped else {
        feed.yield(RunEvent.failed(LabError(.busy, "stopped before it began.")).line)
        return
      }
      let promise = training.promise
      feed.yield(RunEvent.started(RunEvent.Promise(training, promise)).line)
      var callbacks = TrainingCallbacks()
      callbacks.progressInterval = 0.1
      callbacks.isInterrupted = { run.isStopped }
      callbacks.progress = { feed.yield(RunEvent.progress($0).line) }
      let outcome = training.run(observing: recordings, callbacks: callbacks)
      feed.yield(
        RunEvent.result(
          TrainingReport(run: training, outcome: outcome, promise: promise, prepared: posed.prepared)
        ).line)
    } end: {
      feed.finish()
    }
    // An empty line a second: a reader who has gone away is noticed by writing to him.
    Task {
      while case .enqueued = feed.yield(Data("\n".utf8)) { try? await Task.sleep(for: .seconds(1)) }
    }
    return HTTPResponse(
      statusCode: .ok, headers: Self.type("application/x-ndjson"),
      body: HTTPBodySequence(from: StreamedBody(lines, of: run)))
  }

  // MARK: Answers

  /// Work that takes a core, away from the threads that serve.
  ///
  /// - Parameters:
  ///   - request: whose answer it is.
  ///   - isLarge: whether it may take long.
  ///   - work: is given a flag that is up when nobody waits for the answer any more.
  private func computed<T: Sendable>(
    for request: HTTPRequest, isLarge: Bool, _ work: @escaping @Sendable (Abandonment) throws -> T
  ) async throws -> T {
    let queue = isLarge ? solvers.large : solvers.small
    guard queue.operationCount < limits.waitingSolves else {
      throw LabError(.busy, "\(limits.waitingSolves) requests are waiting already; try again later.")
    }
    let flag = Abandonment()
    clients.whenLeaving(request.headers[HTTPHeader(ClientWatch.header)]) {
      flag.isUp.store(true, ordering: .relaxed)
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        queue.addOperation {
          continuation.resume(
            with: Result {
              if flag.isUp.load(ordering: .relaxed) {
                throw LabError(.busy, "nobody waits for the answer any more.")
              }
              return try work(flag)
            })
        }
      }
    } onCancel: {
      flag.isUp.store(true, ordering: .relaxed)
    }
  }

  private final class Abandonment: Sendable { let isUp = Atomic<Bool>(false) }

  /// Sent in one piece, where it fits.
  private static func body(_ data: Data) -> HTTPBodySequence {
    HTTPBodySequence(data: data, suggestedBufferSize: 1 << 20)
  }

  private static func type(_ value: String) -> HTTPHeaders {
    var headers = HTTPHeaders()
    headers[HTTPHeader("Content-Type")] = value
    return headers
  }

  private static func response(_ value: some Encodable, status: Int = 200) throws -> HTTPResponse {
    HTTPResponse(
      statusCode: HTTPStatusCode(status, phrase: phrases[status] ?? "Error"),
      headers: Self.type("application/json"), body: Self.body(try LabJSON.encode(value)))
  }

  private static func response(_ error: LabError) -> HTTPResponse {
    struct Answer: Encodable {
      let error: LabError.Kind
      let message: String
    }
    let answer = Answer(error: error.kind, message: error.description)
    return (try? response(answer, status: error.kind.status))
      ?? HTTPResponse(statusCode: .internalServerError)
  }

  private static let phrases = [
    200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Content",
    500: "Internal Server Error", 503: "Service Unavailable",
  ]
}

/// The body of one request, read at most once and within a limit.
final class RequestBody: @unchecked Sendable {
  // Used by the one task that answers the request.
  private let sequence: HTTPBodySequence
  /// Whether bytes of the request are still to come.
  private(set) var isUnread: Bool

  init(_ request: HTTPRequest) {
    sequence = request.bodySequence
    // Small bodies have arrived with their request.
    isUnread = sequence.count.map { $0 > 1 << 16 } ?? true
  }

  func read(atMost limit: Int) async throws -> Data {
    if let count = sequence.count, count > limit { throw tooLarge(limit) }
    var data = Data()
    for try await part in sequence {
      data.append(part)
      if data.count > limit { throw tooLarge(limit) }
    }
    isUnread = false
    return data
  }

  private func tooLarge(_ limit: Int) -> LabError {
    LabError(.tooLarge, "the body has more than the \(limit >> 20) MiB that the lab takes; use linnet train.")
  }
}
