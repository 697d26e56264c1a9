import Dispatch
import Synchronization

/// f(0), …, f(n − 1), computed on several threads and returned in order: the result does not depend on how many.
///
/// - Parameters:
///   - n: how many values.
///   - workers: how many threads, at least 1.
///   - isInterrupted: looked at before every value; the values not computed then are nil.
///   - finished: called with the number of values so far, from any thread, one call at a time.
package func parallelMap<T: Sendable>(
  _ n: Int, workers: Int, isInterrupted: @Sendable () -> Bool, finished: @Sendable (Int) -> Void,
  _ f: @Sendable (Int) -> T
) -> [T?] {
  let next = Atomic<Int>(0)
  let results = Mutex<(values: [T?], count: Int)>((Array(repeating: nil, count: n), 0))
  // Values are handed out in small portions: large enough that the lock costs nothing, small enough that no thread waits long.
  let portion = max(1, min(16, n / (8 * workers)))
  DispatchQueue.concurrentPerform(iterations: workers) { _ in
    while true {
      let first = next.add(portion, ordering: .relaxed).oldValue
      guard first < n, !isInterrupted() else { return }
      var part: [T] = []
      for i in first..<min(first + portion, n) {
        if isInterrupted() { break }
        part.append(f(i))
      }
      results.withLock { results in
        for (k, value) in part.enumerated() { results.values[first + k] = value }
        results.count += part.count
        finished(results.count)
      }
    }
  }
  return results.withLock(\.values)
}
