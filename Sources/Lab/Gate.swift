import Foundation
import Synchronization

/// What stands before the server: it listens, reads the head of a request within its bounds, and hands on only what is well formed; the server behind it, on a socket that nobody else reaches, offers no bounds.
///
/// One request a connection, one thread a connection, and at most so many of both. It sees at once when a client goes, which the server would see only when it writes.
final class Gate: Sendable {
  private let listener: Int32
  private let inner: String
  private let limits: LabLimits
  private let watch: ClientWatch
  private let open = Atomic<Int>(0)
  private let closed = Atomic<Bool>(false)
  /// The port that it listens on.
  let port: UInt16

  /// Listens on an address.
  ///
  /// - Parameters:
  ///   - host: an IPv4 or IPv6 address.
  ///   - port: 0 for any that is free.
  ///   - inner: the path of the server's socket.
  ///   - watch: told of clients that go.
  /// - Throws: `POSIXError`.
  init(host: String, port: UInt16, inner: String, limits: LabLimits, watch: ClientWatch) throws {
    (self.inner, self.limits, self.watch) = (inner, limits, watch)
    func failure() -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    let isSix = host.contains(":")
    listener = socket(
      isSix ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { throw failure() }
    var yes: Int32 = 1
    for (level, option) in [(SOL_SOCKET, SO_REUSEADDR), (Int32(IPPROTO_TCP), TCP_NODELAY)] {
      setsockopt(listener, level, option, &yes, socklen_t(MemoryLayout<Int32>.size))
    }
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let descriptor = listener
    let bound = withUnsafeMutablePointer(to: &storage) { storage in
      storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { six in
        storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { four in
          if isSix {
            six.pointee.sin6_family = sa_family_t(AF_INET6)
            six.pointee.sin6_port = port.bigEndian
            inet_pton(AF_INET6, host, &six.pointee.sin6_addr)
          } else {
            four.pointee.sin_family = sa_family_t(AF_INET)
            four.pointee.sin_port = port.bigEndian
            inet_pton(AF_INET, host, &four.pointee.sin_addr)
          }
        }
      }
      return storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        let size = isSix ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        guard bind(descriptor, address, socklen_t(size)) == 0, listen(descriptor, 128) == 0 else {
          return false
        }
        return getsockname(descriptor, address, &length) == 0
      }
    }
    guard bound else {
      let error = failure()
      Foundation.close(descriptor)
      throw error
    }
    // The port stands at the same place in both families.
    self.port = withUnsafeBytes(of: &storage) {
      UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self))
    }
  }

  /// Takes connections until it is closed.
  func run() {
    while !closed.load(ordering: .relaxed) {
      guard Descriptor.isReady(listener, POLLIN, within: 0.2) else { continue }
      let client = accept(listener, nil, nil)
      guard client >= 0 else {
        // Out of descriptors: those that are open go on, and some will be closed.
        if errno == EMFILE || errno == ENFILE { usleep(50_000) }
        continue
      }
      _ = fcntl(client, F_SETFD, FD_CLOEXEC)
      _ = fcntl(client, F_SETFL, fcntl(client, F_GETFL) | O_NONBLOCK)
      let count = open.add(1, ordering: .relaxed).newValue
      Thread.detachNewThread { [self] in
        if count > limits.connections {
          refuse(
            client,
            .init(status: 503, words: "\(limits.connections) connections are open already; try again later."))
        } else {
          serve(client)
        }
        Foundation.close(client)
        open.subtract(1, ordering: .relaxed)
      }
    }
    Foundation.close(listener)
  }

  func stop() { closed.store(true, ordering: .relaxed) }

  private func serve(_ client: Int32) {
    var head = RequestHead()
    do throws(RequestHead.Refusal) {
      guard try read(&head, from: client) else { return }
      let number = watch.register()
      defer { watch.remove(number) }
      let request = try head.checked(adding: [("Connection", "close"), (ClientWatch.header, "\(number)")])
      guard let server = connected() else {
        throw .init(status: 503, words: "too many files are open; try again later.")
      }
      defer { Foundation.close(server) }
      let body = head.rest.prefix(request.body)
      var exchange = Exchange(
        client: client, server: server, toServer: request.head + body, bodyToCome: request.body - body.count,
        patience: limits.idleSeconds)
      if exchange.run(untilClosed: closed) == .clientGone { watch.leave(number) }
    } catch {
      refuse(client, error)
    }
  }

  /// Reads until the head is whole; false if nothing came before the other side closed.
  private func read(_ head: inout RequestHead, from client: Int32) throws(RequestHead.Refusal) -> Bool {
    let deadline = Descriptor.now + limits.arrivalSeconds
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while head.end == nil {
      guard Descriptor.isReady(client, POLLIN, within: deadline - Descriptor.now) else {
        throw .init(status: 408, words: "a request must arrive within \(limits.arrivalSeconds) seconds.")
      }
      let n = recv(client, &buffer, buffer.count, 0)
      if n == 0 {
        guard !head.bytes.isEmpty else { return false }
        throw .init(status: 400, words: "the request ends within its headers.")
      }
      if n > 0 { try head.append(buffer[..<n]) } else if errno != EAGAIN, errno != EINTR { return false }
    }
    return true
  }

  private func connected() -> Int32? {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: inner.utf8.prefix($0.count - 1)) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let isConnected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) == 0 }
    }
    guard isConnected else {
      Foundation.close(descriptor)
      return nil
    }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    return descriptor
  }

  /// Answers by itself, and waits for the client to have read it: closing on unread bytes would take the answer back.
  private func refuse(_ client: Int32, _ refusal: RequestHead.Refusal) {
    struct Answer: Encodable {
      let error: LabError.Kind
      let message: String
    }
    let kind: LabError.Kind =
      refusal.status == 503 ? .busy : [414, 431].contains(refusal.status) ? .tooLarge : .malformed
    let body = (try? LabJSON.encode(Answer(error: kind, message: refusal.words))) ?? Data()
    let phrases = [
      400: "Bad Request", 408: "Request Timeout", 411: "Length Required", 414: "URI Too Long",
      431: "Request Header Fields Too Large", 503: "Service Unavailable",
    ]
    var text =
      "HTTP/1.1 \(refusal.status) \(phrases[refusal.status] ?? "Error")\r\nContent-Type: application/json\r\n"
    text += "Content-Length: \(body.count)\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\n"
    if refusal.status == 503 { text += "Retry-After: 5\r\n" }
    let bytes = Array((text + "\r\n").utf8) + body
    _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    Descriptor.linger(client)
  }
}

/// The clients whose requests are being answered, by a number that the gate writes into the request.
final class ClientWatch: Sendable {
  static let header = "Linnet-Client"

  private struct State {
    var next = 0
    var onLeave: [Int: (@Sendable () -> Void)?] = [:]
  }
  private let state = Mutex(State())

  func register() -> Int {
    state.withLock { state in
      state.next += 1
      state.onLeave.updateValue(nil, forKey: state.next)
      return state.next
    }
  }

  /// What is done when the client goes; nothing for a number that there is not.
  func whenLeaving(_ number: String?, _ action: @escaping @Sendable () -> Void) {
    guard let number = number.flatMap({ Int($0) }) else { return }
    state.withLock { if $0.onLeave.keys.contains(number) { $0.onLeave.updateValue(action, forKey: number) } }
  }

  func leave(_ number: Int) { state.withLock { $0.onLeave[number] ?? nil }?() }
  func remove(_ number: Int) { state.withLock { _ = $0.onLeave.removeValue(forKey: number) } }
}

/// Bytes both ways between a client and the server, neither of which may stop the other.
private struct Exchange {
  enum End { case answered, clientGone, overdue }

  let client, server: Int32
  var toServer: [UInt8]
  var bodyToCome: Int
  /// Seconds that the client may take for its next byte of a body, or for reading.
  let patience: Double
  private var toClient: [UInt8] = []
  private var serverIsDone = false

  init(client: Int32, server: Int32, toServer: [UInt8], bodyToCome: Int, patience: Double) {
    (self.client, self.server, self.toServer) = (client, server, toServer)
    (self.bodyToCome, self.patience) = (bodyToCome, patience)
  }

  mutating func run(untilClosed closed: borrowing Atomic<Bool>) -> End {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    var lastMove = Descriptor.now
    while !closed.load(ordering: .relaxed) {
      if serverIsDone, toClient.isEmpty {
        Descriptor.linger(client)
        return .answered
      }
      let waitsForClient = bodyToCome > 0 || !toClient.isEmpty
      if waitsForClient, Descriptor.now - lastMove > patience { return .overdue }
      // Bytes behind the body are looked for, too: an end of the stream shows there.
      var polled = [
        pollfd(fd: client, events: Int16(POLLIN) | (toClient.isEmpty ? 0 : Int16(POLLOUT)), revents: 0),
        pollfd(
          fd: server,
          events: (toClient.isEmpty && !serverIsDone ? Int16(POLLIN) : 0)
            | (toServer.isEmpty ? 0 : Int16(POLLOUT)),
          revents: 0),
      ]
      if bodyToCome > 0, !toServer.isEmpty { polled[0].events &= ~Int16(POLLIN) }
      if poll(&polled, 2, Int32(min(200, 1000 * patience))) < 0, errno != EINTR { return .clientGone }
      let failed = Int16(POLLERR) | Int16(POLLHUP)
      if polled[0].revents & (Int16(POLLIN) | failed) != 0, bodyToCome == 0 || toServer.isEmpty {
        let n = recv(client, &buffer, bodyToCome > 0 ? min(buffer.count, bodyToCome) : buffer.count, 0)
        if n == 0 || n < 0 && errno != EAGAIN && errno != EINTR { return .clientGone }
        if n > 0, bodyToCome > 0 {
          (toServer, lastMove) = (Array(buffer[..<n]), Descriptor.now)
          bodyToCome -= n
        }
      }
      if polled[1].revents & Int16(POLLOUT) != 0, !toServer.isEmpty {
        let n = send(server, toServer, toServer.count, Int32(MSG_NOSIGNAL))
        if n > 0 {
          toServer.removeFirst(n)
        } else if errno != EAGAIN, errno != EINTR {
          (toServer, bodyToCome) = ([], 0)
        }
      }
      if polled[1].revents & (Int16(POLLIN) | failed) != 0, toClient.isEmpty, !serverIsDone {
        let n = recv(server, &buffer, buffer.count, 0)
        if n > 0 {
          (toClient, lastMove) = (Array(buffer[..<n]), Descriptor.now)
        } else if n == 0 || errno != EAGAIN && errno != EINTR {
          (serverIsDone, toServer, bodyToCome) = (true, [], 0)
        }
      }
      if !toClient.isEmpty {
        let n = send(client, toClient, toClient.count, Int32(MSG_NOSIGNAL))
        if n > 0 {
          (toClient, lastMove) = (Array(toClient.dropFirst(n)), Descriptor.now)
        } else if errno != EAGAIN, errno != EINTR {
          return .clientGone
        }
      }
    }
    return .overdue
  }
}

private enum Descriptor {
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// Whether something happens within so many seconds.
  static func isReady(_ descriptor: Int32, _ events: Int32, within seconds: Double) -> Bool {
    var polled = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    return poll(&polled, 1, Int32(max(0, min(seconds, 1e6)) * 1000)) > 0
  }

  /// Ends the answer, and takes what still comes for at most a second.
  static func linger(_ client: Int32) {
    shutdown(client, Int32(SHUT_WR))
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    let deadline = now + 1
    while now < deadline, isReady(client, POLLIN, within: deadline - now) {
      if recv(client, &buffer, buffer.count, 0) <= 0 { return }
    }
  }
}
