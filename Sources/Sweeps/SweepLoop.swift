import Dispatch
import Foundation
import Synchronization

/// The runs of a sweep, over some threads.
package struct SweepLoop: Sendable {
  /// How far it is.
  package struct Progress: Sendable {
    package let done: Int
    package let total: Int
    package let failed: Int
    package let seconds: Double
    /// From the runs so far; nil before there are some.
    package var secondsLeft: Double? { done > 0 ? seconds / Double(done) * Double(total - done) : nil }
  }

  /// The points, in the order in which they are begun.
  package let points: [Int]
  package let threads: Int

  package init(points: [Int], threads: Int) { (self.points, self.threads) = (points, threads) }

  /// An order in which the runs so far stand for all: what shares its data stays together, and so do the seeds of a combination, but combinations come from all over the grid.
  ///
  /// - Parameters:
  ///   - grid: the grid.
  ///   - dataParameters: names of the parameters that change the data.
  package static func order(_ grid: SweepGrid, dataParameters: Set<String>) -> [Int] {
    let repetitions = grid.repetitions
    let combinations = grid.count / repetitions
    // Steps of the golden ratio visit the whole range evenly.
    var step = max(1, Int((Double(combinations) * 0.6180339887498949).rounded()))
    while gcd(step, combinations) != 1 { step += 1 }
    var order = (0..<combinations).map { k in (k * step) % combinations }
    if grid.settings.contains(where: { dataParameters.contains($0.name) }) {
      let keys = order.map { combination in
        let point = grid.point(combination * repetitions)
        return zip(point.names, point.values).filter { dataParameters.contains($0.0) }.map(\.1).joined(
          separator: "\u{0}")
      }
      var places: [String: Int] = [:]
      for key in keys where places[key] == nil { places[key] = places.count }
      order = zip(order, keys).enumerated().sorted {
        (places[$0.element.1]!, $0.offset) < (places[$1.element.1]!, $1.offset)
      }.map(\.element.0)
    }
    return order.flatMap { combination in (0..<repetitions).map { combination * repetitions + $0 } }
  }

  /// Computes every point, until one cannot be kept or the caller interrupts.
  ///
  /// - Parameters:
  ///   - compute: the record of a point, on any thread; nil if it was interrupted.
  ///   - keep: takes a record, on any thread.
  ///   - isInterrupted: asked before each point.
  ///   - progress: called by one thread at a time.
  ///   - claim: the next places in ``points`` that are to be computed here, asked for by one thread at a time; an empty range if there are no more. By default all.
  /// - Returns: how far it came.
  /// - Throws: what `keep` throws first.
  package func run(
    compute: @escaping @Sendable (Int) -> RunRecord?, keep: @escaping @Sendable (RunRecord) throws -> Void,
    isInterrupted: @escaping @Sendable () -> Bool, progress: @escaping @Sendable (Progress) -> Void,
    claim: (@Sendable () -> Range<Int>)? = nil
  ) throws -> Progress {
    struct State {
      /// Claimed, and not begun.
      var places: Range<Int>
      var done = 0
      var failed = 0
      var error: (any Error)?
    }
    let state = Mutex(State(places: claim == nil ? points.indices : 0..<0))
    let begun = Date()
    let points = points
    @Sendable func now(_ state: borrowing State) -> Progress {
      Progress(
        done: state.done, total: points.count, failed: state.failed, seconds: Date().timeIntervalSince(begun))
    }
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, points.count))) { _ in
      while !isInterrupted() {
        let next: Int? = state.withLock { state in
          guard state.error == nil else { return nil }
          if state.places.isEmpty, let claim { state.places = claim() }
          return state.places.popFirst().map { points[$0] }
        }
        guard let next, let record = compute(next) else { return }
        do {
          try keep(record)
        } catch {
          state.withLock { if $0.error == nil { $0.error = error } }
          return
        }
        state.withLock { state in
          state.done += 1
          if record.failure != nil { state.failed += 1 }
          progress(now(state))
        }
      }
    }
    return try state.withLock { state in
      if let error = state.error { throw error }
      return now(state)
    }
  }

  private static func gcd(_ a: Int, _ b: Int) -> Int { b == 0 ? a : gcd(b, a % b) }
}
