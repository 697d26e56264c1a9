import FlyingSocks
import Foundation
import Synchronization

/// A pool of sockets in which nobody waits for ever for a byte of a client.
///
/// One task looks every second whose time is up. A timer for each wait would do, too, but a timer that is not needed any more keeps its memory until it would
/// have rung, and there are several waits a request.
final class PatientPool: AsyncSocketPool {
  private struct Waits {
    var next = 0
    var open: [Int: (deadline: ContinuousClock.Instant, waiting: Task<Void, any Error>)] = [:]
  }

  private let base: any AsyncSocketPool
  private let patience: Duration
  private let waits = Mutex(Waits())

  /// - Parameters:
  ///   - base: does the waiting.
  ///   - seconds: after which a connection that does not move is closed, to within a second.
  init(_ base: any AsyncSocketPool, seconds: Double) { (self.base, patience) = (base, .seconds(seconds)) }

  func prepare() async throws { try await base.prepare() }

  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.base.run() }
      group.addTask {
        while true {
          try await Task.sleep(for: min(self.patience, .seconds(1)))
          self.giveUpOverdue()
        }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
    guard (try? socket.remotePeer()) != nil else {
      // The listening socket waits as long as it takes. Its connections inherit this: an answer's second packet must not wait 40 ms for the acknowledgement of
      // the first.
      var yes: Int32 = 1
      setsockopt(
        socket.file.rawValue, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
      return try await base.suspendSocket(socket, untilReadyFor: events)
    }
    let base = base
    let waiting = Task { try await base.suspendSocket(socket, untilReadyFor: events) }
    let id = waits.withLock { waits in
      waits.next += 1
      waits.open[waits.next] = (.now + patience, waiting)
      return waits.next
    }
    defer { waits.withLock { _ = $0.open.removeValue(forKey: id) } }
    try await withTaskCancellationHandler {
      try await waiting.value
    } onCancel: {
      waiting.cancel()
    }
  }

  private func giveUpOverdue() {
    let now = ContinuousClock.now
    let overdue = waits.withLock { $0.open.values.filter { $0.deadline <= now } }
    for wait in overdue { wait.waiting.cancel() }
  }
}
