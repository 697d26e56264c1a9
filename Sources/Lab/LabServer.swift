import FlyingFox
import FlyingSocks
import Foundation

/// The lab: a page whose knobs move the theory, and the JSON interface behind it (Documentation/lab-api.yaml).
///
/// It holds the tables it was given and the runs that go on, nothing else; every answer is a function of its request.
public struct LabServer: Sendable {
  private let server: HTTPServer
  private let host: String

  /// - Parameters:
  ///   - host: an address, or `localhost`; only a loopback address keeps others out.
  ///   - port: 0 for any that is free.
  ///   - tables: what `GET /api/data` lists.
  ///   - files: the page and its libraries.
  ///   - limits: what one request may ask for.
  /// - Throws: ``LabError`` if `host` is no address.
  public init(host: String, port: UInt16, tables: DataShelf, files: LabFiles, limits: LabLimits) throws {
    let handler = LabHandler(
      gatekeeper: Gatekeeper(host: host), shelf: tables, files: files, limits: limits, runs: RunQueue(limits))
    let pool = PatientPool(SocketPool<ePoll>.ePoll(), seconds: limits.idleSeconds)
    func configuration(_ address: some SocketAddress) -> HTTPServer.Configuration {
      HTTPServer.Configuration(
        address: address, timeout: limits.requestSeconds, sharedRequestBufferSize: 1 << 16,
        sharedRequestReplaySize: 1 << 16, pool: pool, logger: .disabled)
    }
    let address = host == "localhost" ? "127.0.0.1" : host
    self.host = address
    if address.contains(":"), let six = try? sockaddr_in6.inet6(ip6: address, port: port) {
      server = HTTPServer(config: configuration(six), handler: handler)
    } else if let four = try? sockaddr_in.inet(ip4: address, port: port) {
      server = HTTPServer(config: configuration(four), handler: handler)
    } else {
      throw LabError(.unprocessable, "“\(host)” is not an address, such as 127.0.0.1 or ::1.")
    }
  }

  /// Serves until the task is cancelled.
  ///
  /// - Throws: the error of a socket that cannot be opened at the start, such as a port that is taken.
  public func run() async throws {
    var hasListened = false
    while !Task.isCancelled {
      do {
        async let ended: Void = server.run()
        if !hasListened {
          try? await server.waitUntilListening(timeout: 5)
          hasListened = await server.isListening
        }
        try await ended
      } catch {
        // Once it has listened, a passing shortage (of file descriptors, say) must not end it.
        guard hasListened, !Task.isCancelled else { throw error }
        try? await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  /// The address of the page, once the server listens; nil if it does not within some seconds.
  public func address() async -> String? {
    try? await server.waitUntilListening(timeout: 5)
    switch await server.listeningAddress {
    case .ip4(_, let port): return "http://\(host == "0.0.0.0" ? "127.0.0.1" : host):\(port)/"
    case .ip6(_, let port): return "http://[\(host == "::" ? "::1" : host)]:\(port)/"
    default: return nil
    }
  }

  /// Ends the server and the connections.
  public func stop() async { await server.stop() }
}
