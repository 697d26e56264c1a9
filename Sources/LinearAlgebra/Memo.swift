import Synchronization

/// A value that is computed when it is first asked for, and kept: copies of what holds it share it.
///
/// Whoever asks while it is being computed waits. Its computation must not ask for it.
package final class Memo<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)

  /// Nothing computed yet.
  package init() {}

  /// The value; computed if nobody asked before.
  package func callAsFunction(_ compute: () -> Value) -> Value {
    value.withLock { value in
      if let known = value { return known }
      let found = compute()
      value = found
      return found
    }
  }
}
