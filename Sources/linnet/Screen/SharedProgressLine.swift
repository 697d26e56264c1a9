import Foundation
import Prose
import Synchronization
import Verification

/// One progress line for all threads.
final class SharedProgressLine: Sendable {
  private let line = Mutex(ProgressLine())

  func show(_ text: String) { line.withLock { $0.show(text) } }

  func show(_ progress: VerificationProgress, place: Int, of count: Int, since begun: Date) {
    line.withLock {
      $0.show(
        "\(place + 1) of \(count), \(progress.claim.id): \(progress.stage.rawValue), \(progress.done) of \(progress.total); "
          + duration(Date().timeIntervalSince(begun))
      )
    }
  }

  func clear() { line.withLock { $0.clear() } }
}
