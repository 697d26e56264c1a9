import DataFormats
import Foundation
import FoundationNetworking
import Lab

/// An answer of the lab.
struct Answer {
  let status: Int
  let headers: [AnyHashable: Any]
  let body: Data

  var text: String { String(decoding: body, as: UTF8.self) }
  var object: [String: Any] { (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:] }
  var error: String? { object["error"] as? String }
  var message: String { object["message"] as? String ?? "" }
}

/// A lab of the source tree's page and data on a free port of the loopback; ends with it.
final class LabCase: Sendable {
  let address: String
  private let server: LabServer
  private let serving: Task<Void, Never>
  let port: UInt16

  static let sources = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  init(_ change: (inout LabLimits) -> Void = { _ in }) async throws {
    var limits = LabLimits()
    change(&limits)
    let data = LabCase.sources.appendingPathComponent("Examples/data/tobacco.csv").path
    let table = try DataShelf.Table(name: "tobacco", try DataFile.open(data))
    let files = LabFiles(
      page: LabCase.sources.appendingPathComponent("Sources/Lab/Page"), chartLibrary: nil, katex: nil)
    let server = try LabServer(
      host: "127.0.0.1", port: 0, tables: DataShelf([table]), files: files, limits: limits)
    self.server = server
    serving = Task { try? await server.run() }
    struct NotListening: Error {}
    guard let address = await server.address(), let port = URL(string: address)?.port else {
      throw NotListening()
    }
    (self.address, self.port) = (address, UInt16(port))
  }

  deinit {
    serving.cancel()
    let server = server
    Task { await server.stop() }
  }

  func request(
    _ method: String, _ path: String, _ body: Data? = nil, type: String = "application/json",
    headers: [String: String] = [:]
  ) async throws -> Answer {
    var request = URLRequest(url: URL(string: address + path.dropFirst())!)
    request.httpMethod = method
    request.httpBody = body
    if body != nil { request.setValue(type, forHTTPHeaderField: "Content-Type") }
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let (data, response) = try await URLSession.shared.data(for: request)
    let answer = response as! HTTPURLResponse
    return Answer(status: answer.statusCode, headers: answer.allHeaderFields, body: data)
  }

  func post(_ path: String, _ json: String) async throws -> Answer {
    try await request("POST", path, Data(json.utf8))
  }
}

/// A connection that says exactly what it is told to, and nothing of what a library would add.
final class RawConnection: Sendable {
  private let socket: Int32

  init(port: UInt16) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw POSIXError(.ECONNREFUSED) }
    // A test that waits for ever tells less than one that fails.
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close() }

  func close() { Glibc.close(socket) }

  /// Sends from a thread of its own, since a server that does not read would block.
  func send(_ text: String) {
    let data = Data(text.utf8)
    guard data.count > 1 << 14 else { return transmit(data) }
    Thread.detachNewThread { [self] in transmit(data) }
  }

  private func transmit(_ data: Data) {
    data.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let n = Glibc.send(socket, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
        if n <= 0 { return }
        sent += n
      }
    }
  }

  /// What comes until the text appears, or the other side closes.
  ///
  /// Waits on a thread of its own: those that run tests run the server, too.
  func receive(until text: String = "\u{0}") async -> String {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { [self] in continuation.resume(returning: received(until: text)) }
    }
  }

  private func received(until text: String) -> String {
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let n = recv(socket, &buffer, buffer.count, 0)
      if n <= 0 { break }
      received += buffer[..<n]
      if String(decoding: received, as: UTF8.self).contains(text) { break }
    }
    return String(decoding: received, as: UTF8.self)
  }
}
