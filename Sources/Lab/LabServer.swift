import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// The lab: a page whose knobs move the theory, and the JSON interface behind it (Documentation/lab-api.yaml).
///
/// It holds the tables it was given and the runs that go on, nothing else; every answer is a function of its request.
public final class LabServer: Sendable {
  private let server: HTTPServer
  private let watch: ClientWatch
  private let host: String
  private let port: UInt16
  private let limits: LabLimits
  /// A folder of our own with the socket on which the server hears the gate, and nobody else.
  private let folder: URL
  private let gate = Mutex<Gate?>(nil)

  /// - Parameters:
  ///   - host: an address, or `localhost`; only a loopback address keeps others out.
  ///   - port: 0 for any that is free.
  ///   - tables: what `GET /api/data` lists.
  ///   - files: the page and its libraries.
  ///   - limits: what one request may ask for.
  /// - Throws: ``LabError`` if `host` is no address.
  public init(host: String, port: UInt16, tables: DataShelf, files: LabFiles, limits: LabLimits) throws {
    let address = host == "localhost" ? "127.0.0.1" : host
    guard Gatekeeper.isAddress(address) else {
      throw LabError(.unprocessable, "“\(host)” is not an address, such as 127.0.0.1 or ::1.")
    }
    (self.host, self.port, self.limits, watch) = (address, port, limits, ClientWatch())
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("linnet-lab-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let handler = LabHandler(
      gatekeeper: Gatekeeper(host: host), shelf: tables, files: files, limits: limits, runs: RunQueue(limits),
      clients: watch)
    server = HTTPServer(
      config: HTTPServer.Configuration(
        address: .unix(path: folder.appendingPathComponent("s").path), timeout: limits.requestSeconds,
        sharedRequestBufferSize: 1 << 16, sharedRequestReplaySize: 1 << 16, logger: .disabled),
      handler: handler)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Serves until the task is cancelled.
  ///
  /// - Throws: the error of a socket that cannot be opened at the start, such as a port that is taken.
  public func run() async throws {
    let socket = folder.appendingPathComponent("s").path
    let gate = try Gate(host: host, port: port, inner: socket, limits: limits, watch: watch)
    defer { gate.stop() }
    while !Task.isCancelled {
      unlink(socket)
      do {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await self.server.run() }
          group.addTask { try await self.open(gate) }
          defer { group.cancelAll() }
          try await group.next()
        }
      } catch {
        // Once the gate is open, a passing shortage (of file descriptors, say) must not end it.
        guard self.gate.withLock({ $0 != nil }), !Task.isCancelled else { throw error }
        try? await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  /// Opens the gate when the server behind it listens, and waits to be cancelled.
  private func open(_ gate: Gate) async throws {
    while await !server.isListening { try await Task.sleep(for: .milliseconds(5)) }
    let isFirst = self.gate.withLock { current in
      defer { current = gate }
      return current == nil
    }
    if isFirst { Thread.detachNewThread { gate.run() } }
    while true { try await Task.sleep(for: .seconds(3600)) }
  }

  /// Whether only this machine is served.
  public var isLocal: Bool { Gatekeeper(host: host).isLocal }

  /// The address of the page, once the server listens, however long a busy machine takes for that; nil if the task is cancelled.
  public func address() async -> String? {
    while !Task.isCancelled {
      if let port = gate.withLock({ $0?.port }) {
        let name = ["0.0.0.0": "127.0.0.1", "::": "::1"][host] ?? host
        return "http://\(name.contains(":") ? "[\(name)]" : name):\(port)/"
      }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return nil
  }

  /// Ends the server and the connections.
  public func stop() async {
    gate.withLock { $0?.stop() }
    await server.stop()
  }
}
