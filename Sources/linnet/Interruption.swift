import Foundation
import Synchronization

/// Ctrl-C, a termination signal or a terminal that hangs up asks the command to stop and keep what it has; a second one ends the program at once.
///
/// A command that has not ended within a second ends where it is: its files are whole, since each takes its name only when it is complete, and what was left out is said.
enum Interruption {
  /// The first signal, once there was one: when it came, in microseconds, times 64, and its number, in one word, which handlers on two threads cannot mix up.
  private static let first = Atomic<Int64>(0)
  private static let hasEnded = Atomic<Bool>(false)
  /// Woken by the signal: a semaphore is one of the few things that a handler may touch.
  nonisolated(unsafe) private static let bell = {
    let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
    return semaphore
  }()
  /// What is said and done in the end, and held while something must not be cut off.
  private static let farewell = Mutex<@Sendable () -> String>({ "Interrupted." })

  static var isRequested: Bool { first.load(ordering: .relaxed) != 0 }

  /// `timeout` and `mpirun` send a signal to the program and to its group, so that one request comes twice within a moment; no one presses Ctrl-C as fast.
  private static let momentOfEchoes: Int64 = 200_000

  /// Of the processor: on a busy machine a command is given as much work as on an idle one.
  private static let secondsOfWork = 0.8
  /// By the clock, for a command that waits for a disk.
  private static let secondsAtMost = 5.0

  static func listen() {
    _ = bell
    // A parent may have started us with these blocked; we would inherit that.
    var signals = sigset_t()
    sigemptyset(&signals)
    let numbers = [SIGINT, SIGTERM, SIGHUP]
    for number in numbers { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    for number in numbers {
      signal(number) { number in
        let request = Interruption.microseconds() * 64 + Int64(number)
        let (isFirst, first) = Interruption.first.compareExchange(
          expected: 0, desired: request, ordering: .relaxed)
        if isFirst {
          sem_post(Interruption.bell)
        } else if !Interruption.isEcho(request, of: first) {
          _exit(128 + number)
        }
      }
    }
    Thread.detachNewThread {
      while sem_wait(bell) != 0 {}
      let (begun, used) = (seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID))
      while seconds(CLOCK_MONOTONIC) - begun < secondsAtMost,
        seconds(CLOCK_PROCESS_CPUTIME_ID) - used < secondsOfWork
      {
        usleep(10_000)
      }
      farewell.withLock { words in
        guard end() else { return }
        let words = words()
        if !words.isEmpty { Screen.standardError(words) }
        _exit(1)
      }
    }
  }

  /// What a command says, and does, when it is ended before it has come to its own end.
  static func atTheEnd(_ words: @escaping @Sendable () -> String) { farewell.withLock { $0 = words } }

  /// Work that is not cut off: the writing of a checkpoint.
  static func uncut<T>(_ work: () throws -> T) rethrows -> T {
    try farewell.withLock { _ in try work() }
  }

  /// Claims the end: true for the first who asks. Whoever ends the command by itself asks before its last words.
  @discardableResult static func end() -> Bool { !hasEnded.exchange(true, ordering: .relaxed) }

  private static func isEcho(_ request: Int64, of first: Int64) -> Bool {
    request % 64 == first % 64 && request / 64 - first / 64 < momentOfEchoes
  }

  private static func microseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
