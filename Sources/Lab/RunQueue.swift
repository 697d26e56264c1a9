import Foundation
import Synchronization
import Training

/// A stepping run that someone waits for.
final class LabRun: Sendable {
  let id: String
  private let stopped = Atomic<Bool>(false)

  init() { id = UUID().uuidString.lowercased() }

  var isStopped: Bool { stopped.load(ordering: .relaxed) }
  func stop() { stopped.store(true, ordering: .relaxed) }
}

/// Stepping runs: at most as many at once as there are cores, the others in order of arrival.
final class RunQueue: Sendable {
  private struct State {
    var runs: [String: LabRun] = [:]
    var waiting: [(id: String, begin: @Sendable () -> Void)] = []
    var active = 0
  }

  private let state = Mutex(State())
  private let limits: LabLimits

  init(_ limits: LabLimits) { self.limits = limits }

  /// How many run and wait.
  var counts: (active: Int, waiting: Int) { state.withLock { ($0.active, $0.waiting.count) } }

  /// Stops a run, or takes it out of the queue when its turn comes; false if there is none of this name.
  func stop(_ id: String) -> Bool {
    guard let run = state.withLock({ $0.runs[id] }) else { return false }
    run.stop()
    return true
  }

  /// Begins the work in a thread of its own as soon as a core is free, and ends when the core is free again.
  ///
  /// - Parameter queued: is told how many runs are before it, before the work can begin.
  /// - Throws: ``LabError`` of kind `busy` if too many wait.
  func enqueue(
    _ run: LabRun, queued: (Int) -> Void, _ work: @escaping @Sendable () -> Void,
    end: @escaping @Sendable () -> Void
  ) throws(LabError) {
    let begin: @Sendable () -> Void = { [self] in
      Thread.detachNewThread {
        work()
        self.finished(run, end)
      }
      Thread.detachNewThread { self.watch(run, end) }
    }
    let begins = try state.withLock { state throws(LabError) -> Bool in
      guard state.waiting.count < limits.waitingRuns else {
        throw LabError(.busy, "\(state.waiting.count) runs are waiting already; try again later.")
      }
      state.runs[run.id] = run
      if state.active < limits.simultaneousRuns {
        state.active += 1
        queued(0)
        return true
      }
      // Still under the lock: its turn may come at once.
      queued(state.waiting.count + 1)
      state.waiting.append((run.id, begin))
      return false
    }
    if begins { begin() }
  }

  /// Gives up a run that does not end although it should. Its thread goes on until its step is done, if ever; nobody waits for it.
  private func watch(_ run: LabRun, _ end: @Sendable () -> Void) {
    let interval = min(1, limits.graceSeconds / 2)
    var (used, overdue) = (0.0, 0.0)
    while state.withLock({ $0.runs[run.id] != nil }) {
      Thread.sleep(forTimeInterval: interval)
      used += interval
      if run.isStopped || used > limits.runSeconds { overdue += interval }
      if overdue > limits.graceSeconds {
        run.stop()
        return finished(run, end)
      }
    }
  }

  /// Lets the next one begin; only the first call for a run counts.
  private func finished(_ run: LabRun, _ end: () -> Void) {
    let (isFirst, next) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
      guard state.runs.removeValue(forKey: run.id) != nil else { return (false, nil) }
      guard !state.waiting.isEmpty else {
        state.active -= 1
        return (true, nil)
      }
      return (true, state.waiting.removeFirst().begin)
    }
    guard isFirst else { return }
    end()
    next?()
  }
}
