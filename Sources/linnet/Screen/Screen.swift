import Foundation
import Synchronization

/// The two streams of a command.
///
/// A stream that cannot be written (a closed pipe, a full disk) loses what is said on it, not the work: the command goes on, its files are written, and ``finish()`` says so at the end.
enum Screen {
  static func standardError(_ text: String) { standardError(Data((text + "\n").utf8)) }
  static func standardOutput(_ text: String) { standardOutput(Data((text + "\n").utf8)) }

  /// Not ended by a line of its own.
  static func standardError(_ bytes: Data) { _ = write(bytes, to: STDERR_FILENO) }

  /// Not ended by a line of its own; nothing once a write has failed.
  static func standardOutput(_ bytes: Data) {
    guard failure.load(ordering: .relaxed) == 0 else { return }
    failure.store(write(bytes, to: STDOUT_FILENO), ordering: .relaxed)
  }

  /// The error number of the first write to standard output that failed; 0 if none did.
  private static let failure = Atomic<Int32>(0)

  /// Makes errors of a write ordinary ones, instead of signals, and keeps files from being opened in the place of a closed stream. To be called first.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free descriptor is this one. Opened for reading, it still refuses what is written.
      _ = open("/dev/null", O_RDONLY)
    }
  }

  /// Says whether standard output took everything; false, with a line on standard error, if not.
  static func finish() -> Bool {
    let code = failure.load(ordering: .relaxed)
    guard code != 0 else { return true }
    standardError(
      "Error: standard output cannot be written (\(String(cString: strerror(code)).lowercased())).")
    return false
  }

  /// The error number of a write that failed; 0 if all was written.
  private static func write(_ bytes: Data, to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let n = Foundation.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if n < 0 {
          if errno == EINTR { continue }
          return errno
        }
        done += n
      }
      return 0
    }
  }

  /// Columns before the content of a labelled line, as `labelledLines` leaves them.
  static let indent = 15
}
