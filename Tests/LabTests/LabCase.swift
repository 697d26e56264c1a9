import Foundation
import FoundationNetworking
import Synchronization

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

/// A `linnet lab` of the example data, in a process of its own: the tests of other modules keep this one's threads busy.
final class LabCase: Sendable {
  let port: UInt16
  private let process: Process

  static let sources = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  struct NotListening: Error {}

  /// - Parameter limits: those that are not the usual ones.
  init(_ limits: [String: Double] = [:]) async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(
      "linnet-lab-\(UUID().uuidString).json")
    try JSONSerialization.data(withJSONObject: limits).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    // The executable beside the test bundle.
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("linnet")
    process.arguments = ["lab", "--no-open", "--port", "0", "--limits", file.path]
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    self.process = process
    // The address is the first that it says.
    let said: Data = await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: output.fileHandleForReading.availableData) }
    }
    guard let match = String(decoding: said, as: UTF8.self).firstMatch(of: /:(\d+)\//),
      let port = UInt16(match.1)
    else {
      throw NotListening()
    }
    self.port = port
  }

  deinit { process.terminate() }

  func stop() { process.terminate() }

  func request(
    _ method: String, _ path: String, _ body: Data? = nil, type: String = "application/json",
    headers: [String: String] = [:]
  ) async throws -> Answer {
    var request = URLRequest(url: URL(string: "http://127.0.0.1:\(port)\(path)")!, timeoutInterval: 600)
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
  private let isClosed = Atomic(false)

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
    var limit = timeval(tv_sec: 300, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close() }

  /// Once only: the second time, the number may already be that of another's file.
  func close() {
    if !isClosed.exchange(true, ordering: .relaxed) { Glibc.close(socket) }
  }

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
